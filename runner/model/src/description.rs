use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::PowerKind;

/// What `describe` of a component answers, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct StepDescription {
    /// What the step is called in `uses`.
    pub name: String,
    /// The step's own version.
    pub version: String,
    /// One sentence for lists.
    pub summary: String,
    /// More, in Markdown; empty for none.
    pub description: String,
    /// JSON Schema of the inputs, of type object.
    pub inputs: Value,
    /// JSON Schema of the outputs, of type object; null for none.
    pub outputs: Value,
    /// The kinds of power that the step asks for.
    pub powers: Vec<PowerKind>,
    /// A second run with the same inputs changes nothing.
    pub idempotent: bool,
    /// The step may delete what it did not make.
    pub destructive: bool,
    json: Value,
}

/// The power that follows from an input: `x-power` of its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputPower {
    /// The input is a path that is read.
    Read,
    /// The input is a path that is written.
    Write,
    /// The input is an address that is requested.
    Http,
    /// The input is a package's reference.
    Package,
    /// The input is a program, or a list that begins with one. Never derived as a grant.
    Run,
    /// The input is the id of an earlier step of the same component: its file grants and outputs are this step's too.
    Step,
    /// Where the input is given, all variables of the run may be read.
    Variables,
}

impl InputPower {
    /// The power of this word in a schema.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "read" => InputPower::Read,
            "write" => InputPower::Write,
            "http" => InputPower::Http,
            "package" => InputPower::Package,
            "run" => InputPower::Run,
            "step" => InputPower::Step,
            "variables" => InputPower::Variables,
            _ => return None,
        })
    }
}

/// Why an answer of `describe` is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DescriptionError {
    /// It is larger than is sensible.
    #[error("its description is {0} bytes long; the limit is {max}", max = StepDescription::MAX_BYTES)]
    TooLarge(usize),
    /// It is nested deeper than is sensible.
    #[error("its description is nested deeper than {max} levels", max = StepDescription::MAX_DEPTH)]
    TooDeep,
    /// It is no JSON, or of another shape.
    #[error("its description is not what `wharf:step` asks for: {0}")]
    Malformed(String),
    /// The name has another form.
    #[error(
        "its name `{0}` must be lower-case letters, digits and `-`, beginning with a letter, at most 64 characters"
    )]
    Name(String),
    /// An `x-power` is unknown.
    #[error("input `{input}` has the unknown `x-power` `{power}`")]
    UnknownPower {
        /// The input.
        input: String,
        /// The word.
        power: String,
    },
}

#[derive(Deserialize)]
struct Raw {
    name: String,
    version: String,
    summary: String,
    #[serde(default)]
    description: String,
    inputs: Value,
    #[serde(default)]
    outputs: Value,
    #[serde(default)]
    powers: Vec<PowerKind>,
    #[serde(default)]
    idempotent: bool,
    #[serde(default)]
    destructive: bool,
}

impl StepDescription {
    /// The most bytes that a description may have.
    pub const MAX_BYTES: usize = 1024 * 1024;
    /// The most levels that a description may be nested.
    pub const MAX_DEPTH: usize = 64;

    /// Whether a plan finds the same value of an output as the run: `x-known-in-plan` of its schema.
    pub fn is_known_in_plan(&self, output: &str) -> bool {
        let property = self.outputs.get("properties").and_then(|properties| properties.get(output));
        property.and_then(|property| property.get("x-known-in-plan")).is_some_and(|known| known == true)
    }

    /// The output that says what was live before the step, if it has one: `x-live` of its schema.
    pub fn live_output(&self) -> Option<&str> {
        let properties = self.outputs.get("properties").and_then(Value::as_object)?;
        let is_live = |schema: &Value| schema.get("x-live").is_some_and(|live| live == true);
        properties.iter().find(|(_, schema)| is_live(schema)).map(|(name, _)| name.as_str())
    }

    /// The description of a component that has not been asked yet.
    pub fn unknown() -> Self {
        Self {
            name: String::new(),
            version: String::new(),
            summary: String::new(),
            description: String::new(),
            inputs: Value::Null,
            outputs: Value::Null,
            powers: Vec::new(),
            idempotent: false,
            destructive: false,
            json: Value::Null,
        }
    }

    /// Reads and checks the answer of `describe`.
    pub fn parse(text: &str) -> Result<Self, DescriptionError> {
        if text.len() > Self::MAX_BYTES {
            return Err(DescriptionError::TooLarge(text.len()));
        }
        let malformed = |error: serde_json::Error| DescriptionError::Malformed(error.to_string());
        let json: Value = serde_json::from_str(text).map_err(malformed)?;
        if depth(&json) > Self::MAX_DEPTH {
            return Err(DescriptionError::TooDeep);
        }
        let raw = Raw::deserialize(&json).map_err(malformed)?;
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let begins = raw.name.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins || raw.name.len() > 64 || !raw.name.chars().all(letters) {
            return Err(DescriptionError::Name(raw.name.chars().take(80).collect()));
        }
        if raw.inputs.get("type").and_then(Value::as_str) != Some("object") {
            return Err(DescriptionError::Malformed(
                "`inputs` must be a JSON Schema with `\"type\": \"object\"`".into(),
            ));
        }
        let description = Self {
            name: raw.name,
            version: one_line(&raw.version, 64),
            summary: one_line(&raw.summary, 200),
            description: raw.description,
            inputs: raw.inputs,
            outputs: raw.outputs,
            powers: raw.powers,
            idempotent: raw.idempotent,
            destructive: raw.destructive,
            json,
        };
        for (input, schema) in description.input_schemas() {
            if let Some(power) = power_words(schema).find(|word| InputPower::parse(word).is_none()) {
                return Err(DescriptionError::UnknownPower { input: input.to_owned(), power: one_line(power, 64) });
            }
        }
        Ok(description)
    }

    /// The answer as it was given.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The inputs at the top level with their schemas, in the order of the schema.
    pub fn input_schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.inputs
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.as_str(), schema))
    }

    /// The powers that follow from an input.
    pub fn input_powers(&self, input: &str) -> Vec<InputPower> {
        let schema = self.inputs.get("properties").and_then(|properties| properties.get(input));
        schema.into_iter().flat_map(power_words).filter_map(InputPower::parse).collect()
    }

    /// The inputs that must be given.
    pub fn required_inputs(&self) -> impl Iterator<Item = &str> {
        self.inputs.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }
}

/// The words of `x-power`: one, or a list.
fn power_words(schema: &Value) -> impl Iterator<Item = &str> {
    let power = schema.get("x-power");
    let list = power.and_then(Value::as_array).into_iter().flatten();
    list.chain(power.filter(|power| power.is_string())).filter_map(Value::as_str)
}

fn depth(value: &Value) -> usize {
    // serde_json refuses more than 128 levels, so this recursion is bounded.
    1 + match value {
        Value::Array(items) => items.iter().map(depth).max().unwrap_or(0),
        Value::Object(entries) => entries.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn one_line(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        StepDescription::parse(text).expect_err("the description is refused").to_string()
    }

    #[test]
    fn a_complete_description_is_read() {
        let description = StepDescription::parse(
            r#"{"name":"write-file","version":"1.0.0","summary":"Writes\na file.","powers":["write"],"idempotent":true,
                "inputs":{"type":"object","required":["path"],"properties":{
                  "path":{"type":"string","x-power":"write"},"template":{"x-power":["read","variables"]}}}}"#,
        )
        .expect("it is complete");
        assert_eq!(description.summary, "Writes a file.");
        assert_eq!(description.input_powers("path"), [InputPower::Write]);
        assert_eq!(description.input_powers("template"), [InputPower::Read, InputPower::Variables]);
        assert_eq!(description.input_powers("other"), []);
        assert_eq!(description.required_inputs().collect::<Vec<_>>(), ["path"]);
    }

    #[test]
    fn hostile_descriptions_are_refused_by_name() {
        assert!(error("[").contains("not what `wharf:step` asks for"));
        assert!(error(&"[".repeat(1000)).contains("not what"));
        assert!(error(&format!("\"{}\"", "x".repeat(StepDescription::MAX_BYTES))).contains("limit is 1048576"));
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert!(error(&deep).contains("deeper than 64"));
        let named =
            |name: &str| format!(r#"{{"name":"{name}","version":"1","summary":"","inputs":{{"type":"object"}}}}"#);
        assert!(error(&named("../x")).contains("must be lower-case"));
        assert!(error(r#"{"name":"x","version":"1","summary":"","inputs":{}}"#).contains("type"));
        assert!(
            error(r#"{"name":"x","version":"1","summary":"","inputs":{"type":"object","properties":{"a":{"x-power":"root"}}}}"#)
                .contains("unknown `x-power` `root`")
        );
    }
}
