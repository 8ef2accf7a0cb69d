use serde_json::{Map, Value};

use crate::Span;

/// How a scalar was written; a plain one may be a number or a boolean, the others are always text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block (`|` or `>`).
    Block,
}

/// A scalar with its source text: `1.10` stays `1.10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text, after YAML's unquoting.
    pub text: String,
    /// How it was written.
    pub style: ScalarStyle,
}

/// What a [`SpannedValue`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKind {
    /// Nothing, `~` or `null`.
    Null,
    /// Text, a number or a boolean: what it is taken for is decided by the schema that it has to satisfy.
    Scalar(Scalar),
    /// A list.
    List(Vec<SpannedValue>),
    /// A map, in the order written; keys are unique without regard to case.
    Map(Vec<(SpannedKey, SpannedValue)>),
    /// What only the run can know: the names that it waits for. Never in a process file; evaluation before a run makes
    /// it of what refers to a step's output.
    Unknown(Vec<String>),
}

impl Scalar {
    /// The value that a plain scalar has where no schema says otherwise: a boolean, or a number whose JSON form is the
    /// very text that was written (`8080`, but not `1.10` or `007`); else text.
    pub fn to_json(&self) -> Value {
        if self.style != ScalarStyle::Plain {
            return Value::String(self.text.clone());
        }
        match self.text.as_str() {
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            text => match text.parse::<serde_json::Number>() {
                Ok(number) if number.to_string() == text => Value::Number(number),
                _ => Value::String(text.to_owned()),
            },
        }
    }
}

/// A key of a map with its place.
pub type SpannedKey = (String, Span);

/// A value of the process file, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpannedValue {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
}

impl SpannedValue {
    /// The scalar's text, if it is a scalar.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The value under a key, compared exactly, if it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&SpannedValue> {
        match &self.kind {
            ValueKind::Map(entries) => entries.iter().find(|((name, _), _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The value as JSON, its scalars by [`Scalar::to_json`]; null stands for what is unknown.
    pub fn to_json(&self) -> Value {
        // The depth is bounded by the process file's and by that of evaluation.
        match &self.kind {
            ValueKind::Null | ValueKind::Unknown(_) => Value::Null,
            ValueKind::Scalar(scalar) => scalar.to_json(),
            ValueKind::List(items) => items.iter().map(SpannedValue::to_json).collect(),
            ValueKind::Map(entries) => Value::Object(
                entries.iter().map(|((key, _), value)| (key.clone(), value.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// Whether all of it is known before the run.
    pub fn is_known(&self) -> bool {
        match &self.kind {
            ValueKind::Unknown(_) => false,
            ValueKind::Null | ValueKind::Scalar(_) => true,
            ValueKind::List(items) => items.iter().all(SpannedValue::is_known),
            ValueKind::Map(entries) => entries.iter().all(|(_, value)| value.is_known()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plain_scalar_is_a_number_only_if_nothing_of_it_is_lost() {
        let plain = |text: &str| Scalar { text: text.into(), style: ScalarStyle::Plain }.to_json();
        assert_eq!(plain("8080"), json!(8080));
        assert_eq!(plain("-1.5"), json!(-1.5));
        assert_eq!(plain("True"), json!(true));
        for text in ["1.10", "007", "1e3", "+1", "0x10", "yes", "123456789012345678901234567890", ".inf", ""] {
            assert_eq!(plain(text), json!(text));
        }
        assert_eq!(Scalar { text: "8080".into(), style: ScalarStyle::Quoted }.to_json(), json!("8080"));
    }
}
