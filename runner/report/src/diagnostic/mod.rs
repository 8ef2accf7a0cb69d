//! Diagnostics for people and for programs.

mod json;
mod text;

pub use json::diagnostics_to_json;
pub use text::diagnostics_to_text;
