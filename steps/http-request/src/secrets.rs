use wharf_step::prelude::*;
use wharf_step::reveal_all;

/// The value with secrets in the place of their references, in all its texts.
pub fn put_in(value: &Value) -> Result<Value> {
    Ok(match value {
        Value::String(text) => Value::String(reveal_all(text)?),
        Value::Array(items) => items.iter().map(put_in).collect::<Result<_>>()?,
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| Ok((key.clone(), put_in(value)?)));
            Value::Object(entries.collect::<Result<_>>()?)
        }
        other => other.clone(),
    })
}
