use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use wharf_model::{Diagnostic, FileAccess, Grants, InputPower, Process, Severity, SourceFile, Span, Uses};

use super::coverage::is_unknown;
use super::inputs::texts_of;
use super::steps::Draft;

/// The largest template that is looked at before the run; the step itself takes larger ones.
const MOST_BYTES: u64 = 16 << 20;

/// What is wrong with the tokens of files that standard steps fill with variables, at its place in those files.
///
/// A file that a step before may write is not looked at: it is another one by then. Where a program runs before, which
/// may write anything, what is wrong now may be right then, and is a warning.
pub(super) fn template_problems(process: &Process, drafts: &[Draft<'_>]) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        let Some(component) = draft.component.as_ref().filter(|_| matches!(draft.step.uses, Uses::Standard(_))) else {
            continue;
        };
        if draft.is_left_out() || draft.awaits_answer() || draft.inputs.json.get("lenient") == Some(&Value::Bool(true))
        {
            continue;
        }
        let before: Vec<&Grants> =
            drafts[..at].iter().filter(|earlier| !earlier.is_left_out()).map(|earlier| &earlier.grants).collect();
        for (input, _) in component.description.input_schemas() {
            let powers = component.description.input_powers(input);
            let is_template = powers.contains(&InputPower::Read) && powers.contains(&InputPower::Variables);
            if !is_template || is_unknown(&draft.inputs, input) {
                continue;
            }
            for path in draft.inputs.json.get(input).map(texts_of).unwrap_or_default().into_iter().map(Path::new) {
                if before.iter().any(|grants| may_write(grants, path)) {
                    continue;
                }
                let Some(text) = read(path) else { continue };
                let file = Arc::new(SourceFile { name: shown(process, path), text });
                let whole = Span::new(Arc::clone(&file), 0, file.text.len());
                let found = draft.scoped.variables.evaluate(&file.text, Some(&whole)).err().unwrap_or_default();
                let is_certain = before.iter().all(|grants| grants.programs.is_empty());
                problems.extend(found.into_iter().map(|problem| if is_certain { problem } else { doubtful(problem) }));
            }
        }
    }
    problems
}

/// Whether a step with these grants may write the file.
fn may_write(grants: &Grants, path: &Path) -> bool {
    grants.files.iter().any(|grant| grant.access == FileAccess::Write && path.starts_with(&grant.path))
}

/// The text of a file; none if it is not there, too large or not UTF-8: the step says so when it comes to it.
fn read(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > MOST_BYTES {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The path as the process file's own is shown.
fn shown(process: &Process, path: &Path) -> String {
    let beside = path.strip_prefix(&process.folder).ok();
    let folder = Path::new(&process.file.name).parent().unwrap_or(Path::new(""));
    beside.map_or_else(|| path.to_owned(), |path| folder.join(path)).display().to_string()
}

fn doubtful(problem: Diagnostic) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..problem }.help("unless a program that runs before writes the file anew")
}
