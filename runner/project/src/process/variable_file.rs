use std::path::Path;
use std::sync::Arc;

use wharf_model::{Diagnostic, Process, SourceFile, SpannedValue, ValueKind, VariableDefinition};

use crate::json::read_json;
use crate::process::problems::Problems;
use crate::process::scope::ScopeNames;
use crate::process::variables::variables;
use crate::yaml::{FileBounds, read};

/// What a file of variables holds.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableFile {
    /// The variables, in the order written.
    pub definitions: Vec<VariableDefinition>,
    /// What is odd about them, in the order of the file.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a file of variables, that of `--variable-file` or of `variable-sets`: a map of names and values in YAML or JSON,
/// with the forms of `variables` in a process file, in the order written. Nothing at all is a file without variables.
///
/// Other processes may share the file, so its scopes may name environments, steps and processes that `process` does not
/// have; what is nearly one of its own gives a warning. Limits: [`FileBounds::default`].
pub fn parse_variables(file: Arc<SourceFile>, process: Option<&Process>) -> Result<VariableFile, Vec<Diagnostic>> {
    let value = read_value(&file)?;
    let mut problems = Problems::default();
    let names = process.map(|process| ScopeNames::new(&process.environments, process.all_processes(), true).shared());
    let definitions = match &value.kind {
        ValueKind::Null => Vec::new(),
        _ => variables(&value, "a file of variables", names.as_ref(), &mut problems).list,
    };
    let has_errors = problems.diagnostics.iter().any(Diagnostic::is_error);
    let found = problems.into_sorted();
    if has_errors { Err(found) } else { Ok(VariableFile { definitions, warnings: found }) }
}

/// The file as JSON if it is such, else as YAML. Only of a file that is called `.json` the errors are those of JSON.
fn read_value(file: &Arc<SourceFile>) -> Result<SpannedValue, Vec<Diagnostic>> {
    let bounds = FileBounds::default();
    let is_json = Path::new(&file.name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let looks_like_json = file.text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    if is_json && !file.text.trim().is_empty() {
        return read_json(file, &bounds).map_err(|problem| vec![problem]);
    }
    if looks_like_json && let Ok(value) = read_json(file, &bounds) {
        return Ok(value);
    }
    let document = read(file.clone(), &bounds);
    document.value.ok_or(document.diagnostics)
}
