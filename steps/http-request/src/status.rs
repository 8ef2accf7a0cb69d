use wharf_step::prelude::*;
use wharf_step::schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use wharf_step::serde::{self, Deserialize, Deserializer, Serialize};

/// Statuses, any of which is meant: codes, or classes such as `2xx`. Written as one or as a list, as numbers or as text.
#[derive(Serialize)]
#[serde(crate = "serde", transparent)]
pub struct Statuses(pub Vec<String>);

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let one = |value: Value| match value {
            Value::String(text) => text.trim().to_ascii_lowercase(),
            other => other.to_string(),
        };
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Array(values) => values.into_iter().map(one).collect(),
            value => vec![one(value)],
        }))
    }
}

impl JsonSchema for Statuses {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Statuses".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // Without alternatives, so that a message can say what is wrong with which one.
        let pattern = "^[1-5]([0-9][0-9]|[0-9][xX]|[xX][xX])$";
        json_schema!({
            "type": ["integer", "string", "array"],
            "minimum": 100, "maximum": 599, "pattern": pattern, "minItems": 1,
            "items": { "type": ["integer", "string"], "minimum": 100, "maximum": 599, "pattern": pattern },
        })
    }
}

/// Whether a status is this code or of this class.
pub fn matches(pattern: &str, status: u16) -> bool {
    let status = status.to_string();
    pattern.len() == status.len() && pattern.bytes().zip(status.bytes()).all(|(p, s)| p == s || p == b'x')
}

/// Whether it is a code or a class at all.
pub fn is_sensible(pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_at_checked(1) else { return false };
    rest.len() == 2
        && matches!(first, "1" | "2" | "3" | "4" | "5")
        && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x')
}
