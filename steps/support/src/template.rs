use wharf_step::{Result, reveal_all, variables};

/// Evaluates a template with the granted variables; secrets in it get their values.
pub fn evaluate(template: &str, lenient: bool) -> Result<String> {
    // Most files have no token at all; they need not cross into the host.
    if !template.contains("#{") {
        return Ok(template.to_owned());
    }
    reveal_all(&if lenient { variables::evaluate_leniently(template)? } else { variables::evaluate(template)? })
}
