use std::sync::Arc;

use wharf_model::{Diagnostic, SourceFile, ValueKind};
use wharf_variables::Override;

use crate::arguments::VariableArguments;
use crate::error::CommandError;
use crate::process_file::read_source;

/// The values that the command line gives to variables: those of files first, so that single ones win.
pub fn overrides(arguments: &VariableArguments) -> Result<Vec<Override>, CommandError> {
    let mut overrides = Vec::new();
    for path in &arguments.files {
        overrides.extend(from_file(read_source(path)?)?);
    }
    for given in &arguments.variables {
        overrides.push(from_text(given)?);
    }
    Ok(overrides)
}

fn from_file(file: Arc<SourceFile>) -> Result<Vec<Override>, Vec<Diagnostic>> {
    let name = file.name.clone();
    let value = wharf_project::parse_value(file)?;
    match value.kind {
        ValueKind::Map(entries) => {
            Ok(entries.into_iter().map(|((key, _), value)| Override::value(key, value, name.clone())).collect())
        }
        ValueKind::Null => Ok(Vec::new()),
        _ => Err(vec![
            Diagnostic::error("wrong-value", "a file of variables is a map of names and values").at(&value.span),
        ]),
    }
}

/// `name=value`, or `name:value` where there is no `=`: a name may hold `:`, as in `ConnectionStrings:Db=…`.
fn from_text(given: &str) -> Result<Override, CommandError> {
    let parts = given.split_once('=').or_else(|| given.split_once(':'));
    match parts {
        Some((name, value)) if !name.trim().is_empty() => Ok(Override::text(name.trim(), value, "--variable")),
        _ => {
            Err(CommandError::usage(format!("`--variable {given}` gives no value"))
                .hint("write `--variable name=value`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(given: &str) -> Option<(String, String)> {
        let given = from_text(given).ok()?;
        Some((given.name, given.value.as_text()?.to_owned()))
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
}
