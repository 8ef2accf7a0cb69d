use serde_json::Value;

/// The schema as it is published.
const SCHEMA: &str = include_str!("../../schema/wharf.schema.json");

/// The JSON Schema (2020-12) of the process file, for editors. It is a help for writing; [`crate::parse`] decides.
pub fn json_schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap_or_default()
}
