use serde_json::{Value, json};
use wharf_model::{Diagnostic, MissingGrant};

/// The diagnostics as an array of objects: `severity`, `code`, `message`, and where they apply `file`, `line`, `column`
/// (both from 1, in characters), `help`, `add`, and with it where it is known `grant`: the `step`, the `power` and the
/// `pattern`.
pub fn diagnostics_to_json(diagnostics: &[Diagnostic]) -> Value {
    diagnostics.iter().map(to_json).collect()
}

fn to_json(diagnostic: &Diagnostic) -> Value {
    let severity = if diagnostic.is_error() { "error" } else { "warning" };
    let mut object = json!({ "severity": severity, "code": diagnostic.code, "message": diagnostic.message });
    if let Some(span) = &diagnostic.span {
        let (line, column) = span.line_and_column();
        object["file"] = json!(span.file.name);
        object["line"] = json!(line);
        object["column"] = json!(column);
    }
    if !diagnostic.help.is_empty() {
        object["help"] = json!(diagnostic.help);
    }
    if let Some(add) = &diagnostic.add {
        object["add"] = json!(add);
    }
    if let Some(MissingGrant { step, kind, pattern }) = &diagnostic.grant {
        object["grant"] = json!({ "step": step, "power": kind, "pattern": pattern });
    }
    object
}
