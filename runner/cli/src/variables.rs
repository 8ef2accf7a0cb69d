use std::path::{Path, PathBuf};

use wharf_model::{Diagnostic, Process, VariableDefinition, VariableOrigin, VariableSet};
use wharf_project::{VariableFile, parse_variables};
use wharf_variables::command_line_value;

use crate::arguments::VariableArguments;
use crate::error::CommandError;
use crate::process_file::read_source;

/// The variables that do not stand in the process file itself.
pub struct VariableSets {
    /// Those of the command line, of files that it names, and of the sets that the process includes: the stronger first.
    pub sets: Vec<VariableSet>,
    /// What is odd about them.
    pub warnings: Vec<Diagnostic>,
}

/// Reads the variables that do not stand in the process file itself.
pub fn variable_sets(arguments: &VariableArguments, process: Option<&Process>) -> Result<VariableSets, CommandError> {
    let mut given: Vec<VariableDefinition> = Vec::new();
    // Of two values for one name the last is the one that is meant.
    for text in arguments.variables.iter().rev() {
        let definition = definition(text)?;
        if !given.iter().any(|later| later.name.to_lowercase() == definition.name.to_lowercase()) {
            given.push(definition);
        }
    }
    given.reverse();
    let mut sets = vec![VariableSet { origin: VariableOrigin::CommandLine, definitions: given }];
    let mut warnings = Vec::new();
    for path in arguments.files.iter().rev() {
        let VariableFile { definitions, warnings: found } = parse_variables(read_source(path)?, process)?;
        warnings.extend(found);
        sets.push(VariableSet { origin: VariableOrigin::VariableFile, definitions });
    }
    if let Some(process) = process {
        for (path, span) in &process.variable_sets {
            let place = beside(process, path);
            let file = read_source(&place).map_err(|error| match error {
                CommandError::Failed { message, .. } => Diagnostic::error("variable-set", message)
                    .at(span)
                    .help("paths start at the process file's folder")
                    .into(),
                other => other,
            })?;
            let VariableFile { definitions, warnings: found } = parse_variables(file, Some(process))?;
            warnings.extend(found);
            sets.push(VariableSet { origin: VariableOrigin::IncludedSet, definitions });
        }
    }
    Ok(VariableSets { sets, warnings })
}

/// A path of the process file, from here.
fn beside(process: &Process, path: &Path) -> PathBuf {
    let folder = Path::new(&process.file.name).parent();
    folder.map_or_else(|| path.to_owned(), |folder| folder.join(path.strip_prefix(".").unwrap_or(path)))
}

/// `name=value`, or `name:value` where there is no `=`: a name may hold `:`, as in `ConnectionStrings:Db=…`.
pub fn definition(given: &str) -> Result<VariableDefinition, CommandError> {
    let parts = given.split_once('=').or_else(|| given.split_once(':'));
    match parts {
        Some((name, value)) if !name.trim().is_empty() => Ok(command_line_value(name.trim(), value)),
        _ => {
            Err(CommandError::usage(format!("`--variable {given}` gives no value"))
                .hint("write `--variable name=value`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use wharf_model::VariableValue;

    use super::*;

    fn parts(given: &str) -> Option<(String, String)> {
        let given = definition(given).ok()?;
        match &given.candidates.first()?.value {
            VariableValue::Plain(value) => Some((given.name.clone(), value.as_text()?.to_owned())),
            _ => None,
        }
    }

    #[test]
    fn the_first_equals_sign_or_else_the_first_colon_divides() {
        for (given, name, value) in [
            ("Site.Url=http://localhost:8080", "Site.Url", "http://localhost:8080"),
            ("Site.Url:http://localhost:8080", "Site.Url", "http://localhost:8080"),
            ("ConnectionStrings:Db=Host=x", "ConnectionStrings:Db", "Host=x"),
            ("Empty=", "Empty", ""),
            (" Name = value", "Name", " value"),
        ] {
            assert_eq!(parts(given), Some((name.to_owned(), value.to_owned())), "{given}");
        }
        for given in ["Name", "=x", ":x", "", " =x"] {
            assert_eq!(parts(given), None, "{given}");
        }
    }

    #[test]
    fn of_two_values_for_one_name_the_last_is_meant() {
        let variables = ["A=1", "B=2", "a=3"].map(str::to_owned).to_vec();
        let given = variable_sets(&VariableArguments { variables, files: Vec::new() }, None).expect("it is right");
        let names: Vec<_> = given.sets[0].definitions.iter().map(|definition| definition.name.as_str()).collect();
        assert_eq!(names, ["B", "a"]);
    }
}
