//! Much work with files in the directory that the input `into` names.

wit_bindgen::generate!({ world: "plain-step", path: "../../../wit" });

mod work;

use exports::wharf::step::step::Guest;
use serde_json::{Value, json};
use wharf::step::report;
use wharf::step::types::{Error, ErrorCode};

struct BulkFiles;
export!(BulkFiles);

impl Guest for BulkFiles {
    fn describe() -> String {
        r#"{"name":"bulk-files","version":"0.1.0","summary":"Works much with files.","powers":["write"],
            "inputs":{"type":"object","properties":{"into":{"type":"string","x-power":"write"}},"required":["into"]}}"#
            .to_owned()
    }

    fn run(inputs: String) -> Result<(), Error> {
        let inputs: Value = serde_json::from_str(&inputs).unwrap_or_default();
        let into = inputs["into"].as_str().unwrap_or_default();
        let phases = work::work(into.as_ref()).map_err(|error| Error {
            code: ErrorCode::Failed,
            message: error.to_string(),
            detail: "{}".to_owned(),
        })?;
        let phases: serde_json::Map<String, Value> =
            phases.into_iter().map(|(name, microseconds)| (name.to_owned(), json!(microseconds))).collect();
        report::output("phases", &Value::Object(phases).to_string(), false)
    }
}
