use std::borrow::Cow;

use serde_json::Value;

/// The value at a place: a JSON pointer (`/sites/0/name`, RFC 6901), or the same with dots (`sites.0.name`,
/// `sites[0].name`).
pub fn find<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let pointer = if path.is_empty() || path.starts_with('/') { Cow::Borrowed(path) } else { dotted(path).into() };
    value.pointer(&pointer)
}

fn dotted(path: &str) -> String {
    let parts =
        path.split(['.', '[']).map(|part| part.strip_suffix(']').unwrap_or(part)).filter(|part| !part.is_empty());
    parts.map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

/// Whether a value is the one that is expected. What was written as text may be a number or a boolean.
pub fn is(actual: &Value, expected: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    actual == expected || text(actual).is_some_and(|actual| Some(actual) == text(expected))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_are_pointers_or_dotted() {
        let value = json!({"sites": [{"name": "shop", "a/b": 1}], "": 2, "a.b": 3});
        for (path, found) in [
            ("/sites/0/name", Some(json!("shop"))),
            ("sites.0.name", Some(json!("shop"))),
            ("sites[0].name", Some(json!("shop"))),
            ("sites[0].a/b", Some(json!(1))),
            ("/sites/0/a~1b", Some(json!(1))),
            ("/a.b", Some(json!(3))),
            ("/", Some(json!(2))),
            ("", Some(value.clone())),
            ("sites.1", None),
            ("sites.name", None),
        ] {
            assert_eq!(find(&value, path).cloned(), found, "{path}");
        }
    }

    #[test]
    fn a_number_may_be_written_as_text() {
        assert!(is(&json!(7), &json!("7")));
        assert!(is(&json!("true"), &json!(true)));
        assert!(is(&json!([1]), &json!([1])));
        assert!(!is(&json!(null), &json!("null")));
        assert!(!is(&json!(["7"]), &json!("[\"7\"]")));
        assert!(!is(&json!(7), &json!(8)));
    }
}
