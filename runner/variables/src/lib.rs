//! Variables of a process: which value holds in a scope, and the `#{…}` templates in which they stand. No I/O.
//!
//! The language is Octostache's: symbols with dots and indexers, `#{if}`, `#{unless}`, `#{each}`, `#{calc}`, filters,
//! and navigation into JSON text, lists and maps. Evaluation is strict unless [`Variables::lenient`] says otherwise: a
//! token that has no value is an error with its place. Of secrets only references are known until
//! [`Variables::with_secret_values`]; a token that looks into a secret is a [`DerivedSecret`].

mod access;
mod bounds;
mod choose;
mod chosen;
mod condition;
mod declared;
mod derived;
mod evaluate;
mod evaluated;
mod evaluation;
mod explain;
mod explanation;
mod filters;
mod json;
mod literals;
mod mentions;
mod message;
mod number;
mod path;
mod problems;
mod references;
mod rendition;
mod scopes;
mod source;
mod template;
mod tree;
mod typed;
mod variables;
mod written;

pub use bounds::Bounds;
pub use chosen::{ChosenPrompt, ChosenSecret};
pub use derived::DerivedSecret;
pub use evaluated::Evaluated;
pub use evaluation::Answer;
pub use explanation::{ExplainedCandidate, ExplainedValue, Explanation, TrailStep, Verdict};
pub use rendition::Rendition;
pub use scopes::Scopes;
pub use source::command_line_value;
pub use template::{Segment, SyntaxProblem, Template};
pub use variables::Variables;
