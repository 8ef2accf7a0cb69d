//! What the guests of the tests share: the bindings of the whole contract, a macro that makes a step of a function, and
//! [`Script`], which does one operation after the other and keeps what came of each.

use std::cell::RefCell;

wit_bindgen::generate!({
    world: "full-step",
    path: "../../wit",
    pub_export_macro: true,
    default_bindings_module: "guests_support",
});

pub use exports::wharf::step::step::Guest;
pub use serde_json::{Value, json};
pub use wharf::step::types::{Error, ErrorCode};
pub use wharf::step::{context, files, packages, processes, report, secrets, variables};

/// Makes a step of `fn(Value) -> Result<(), Error>`. Any inputs will do.
#[macro_export]
macro_rules! step {
    ($name:literal, $run:path) => {
        struct Step;
        $crate::export!(Step with_types_in $crate);

        impl $crate::Guest for Step {
            fn describe() -> String {
                $crate::description($name, "A guest of the tests.")
            }

            fn run(inputs: String) -> Result<(), $crate::Error> {
                $run($crate::serde_json_value(&inputs))
            }
        }
    };
}

/// The answer of `describe`.
pub fn description(name: &str, summary: &str) -> String {
    json!({ "name": name, "version": "0.1.0", "summary": summary, "inputs": { "type": "object" } }).to_string()
}

/// The inputs, which the host has written.
pub fn serde_json_value(inputs: &str) -> Value {
    serde_json::from_str(inputs).expect("the host writes JSON")
}

/// A text among the inputs; empty if it is not there.
pub fn text<'a>(inputs: &'a Value, name: &str) -> &'a str {
    inputs[name].as_str().unwrap_or_default()
}

/// An error of the step's own.
pub fn failed(message: impl Into<String>) -> Error {
    Error { code: ErrorCode::Failed, message: message.into(), detail: "{}".to_owned() }
}

/// Sets an output.
pub fn output(name: &str, value: impl Into<Value>) -> Result<(), Error> {
    report::output(name, &value.into().to_string(), false)
}

/// What an operation answers: a few words, or why it did not happen.
pub type Answer = Result<String, String>;

thread_local! {
    /// The last error of the contract with its words, so that a step can fail with it as it was.
    static LAST: RefCell<Option<(String, Error)>> = const { RefCell::new(None) };
}

/// The error of the contract in a few words: the code, the message, and what the detail says.
pub fn words(error: Error) -> String {
    let text = shown(&error);
    LAST.set(Some((text.clone(), error)));
    text
}

fn shown(error: &Error) -> String {
    let code = format!("{:?}", error.code);
    let code = code.rsplit("::").next().unwrap_or_default().to_lowercase();
    let detail = if error.detail == "{}" { String::new() } else { format!(" {}", error.detail) };
    format!("{code}: {}{detail}", error.message)
}

/// Operations in the input `do`, one per line: a word, and its arguments behind it, separated by spaces. The last
/// argument that the operation takes holds the rest of the line.
pub struct Script(Vec<String>);

impl Script {
    /// The script among the inputs.
    pub fn new(inputs: &Value) -> Self {
        Self(text(inputs, "do").lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    /// Does all of it and sets the output `transcript`: each line with what came of it. A line that begins with `!` ends
    /// the step with its error.
    pub fn run(self, mut operation: impl FnMut(&str, &[&str]) -> Answer) -> Result<(), Error> {
        let mut transcript = String::new();
        for line in self.0 {
            let (must, line) = match line.strip_prefix('!') {
                Some(line) => (true, line),
                None => (false, line.as_str()),
            };
            let words: Vec<&str> = line.split(' ').collect();
            let answer = operation(words[0], &words[1..]);
            if let (true, Err(text)) = (must, &answer) {
                let last = LAST.take().filter(|(words, _)| words == text);
                return Err(last.map_or_else(|| failed(text.clone()), |(_, error)| error));
            }
            let came = match answer {
                Ok(answer) if answer.is_empty() => "ok".to_owned(),
                Ok(answer) => answer,
                Err(error) => format!("ERROR {error}"),
            };
            transcript.push_str(&format!("{line} => {came}\n"));
        }
        output("transcript", transcript)
    }
}

/// The arguments from one on, as one text.
pub fn rest(arguments: &[&str], from: usize) -> String {
    arguments.get(from..).unwrap_or_default().join(" ")
}
