//! The process file: YAML with spans becomes a [`wharf_model::Process`], or diagnostics with places. Beside it: inputs of
//! a step checked against its schema, the formatter of `wharf fmt`, the published JSON Schema, and the file with which
//! `wharf init` begins; and the text of `wharf.lock`. Text in, model out; no I/O.

mod format;
mod grant;
mod inputs;
mod json;
mod lock;
mod process;
mod starter;
mod yaml;

pub use format::format;
pub use grant::add_grant;
pub use inputs::{Inputs, UnknownInput, complete_inputs};
pub use lock::{read_lock, write_lock};
pub use process::{
    Parsed, VariableFile, json_schema, parse, parse_duration, parse_limit, parse_size, parse_variables, parse_within,
};
pub use starter::starter;
pub use yaml::{FileBounds, parse_value};
