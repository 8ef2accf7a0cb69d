use serde_json::Value;

use crate::{Error, Result};

/// Evaluates plain `#{Name}` tokens, which is all that the double knows of the template language; `##{` is an escape.
pub(crate) fn evaluate(text: &str, lenient: bool, lookup: impl Fn(&str) -> Option<Value>) -> Result<String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("#{") {
        let (before, token) = rest.split_at(at);
        let Some(end) = token.find('}') else { break };
        rest = &token[end + 1..];
        let token = &token[..=end];
        if let Some(escaped) = before.strip_suffix('#') {
            result.push_str(escaped);
            result.push_str(token);
            continue;
        }
        result.push_str(before);
        match lookup(token[2..end].trim()) {
            Some(Value::String(text)) => result.push_str(&text),
            Some(other) => result.push_str(&other.to_string()),
            None if lenient => result.push_str(token),
            None => return Err(Error::invalid(format!("`{token}` cannot be evaluated: there is no such variable"))),
        }
    }
    result.push_str(rest);
    Ok(result)
}
