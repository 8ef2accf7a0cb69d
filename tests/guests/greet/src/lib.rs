//! A step in Rust from the WIT alone, as `tests/guests-foreign` has in other languages.

wit_bindgen::generate!({ world: "plain-step", path: "../../../wit" });

use exports::wharf::step::step::Guest;
use serde_json::{Value, json};
use wharf::step::report::{self, Level};
use wharf::step::types::{Error, ErrorCode};

struct Greet;
export!(Greet);

impl Guest for Greet {
    fn describe() -> String {
        json!({
            "name": "greet",
            "version": "0.1.0",
            "summary": "Greets somebody, in Rust.",
            "inputs": {
                "type": "object",
                "properties": { "name": { "type": "string", "description": "Who is greeted." } },
                "required": ["name"],
                "additionalProperties": false
            },
            "outputs": { "type": "object", "properties": { "greeting": { "type": "string" } } }
        })
        .to_string()
    }

    fn run(inputs: String) -> Result<(), Error> {
        let invalid = |message: String| Error {
            code: ErrorCode::Invalid,
            message,
            detail: json!({ "input": "/name" }).to_string(),
        };
        let inputs: Value = serde_json::from_str(&inputs).map_err(|error| invalid(error.to_string()))?;
        let name = inputs["name"].as_str().unwrap_or_default();
        if name.is_empty() {
            return Err(invalid("the name is empty: say who is greeted".to_owned()));
        }
        let greeting = format!("hello, {name}");
        report::log(Level::Info, &greeting, &[]);
        report::output("greeting", &json!(greeting).to_string(), false)
    }
}
