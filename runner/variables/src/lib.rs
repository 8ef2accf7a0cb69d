//! Variables of a process: which value holds in a scope, and the `#{…}` templates in which they stand. No I/O.
//!
//! This version knows plain substitution, `#{Name}`, with dotted and indexed names and navigation into lists, maps and
//! JSON text. Conditions, loops, calculation and filters are refused by name. Evaluation is strict: a token that has no
//! value is an error with its place.

mod access;
mod bounds;
mod choose;
mod condition;
mod evaluate;
mod evaluated;
mod filters;
mod json;
mod lookup;
mod message;
mod navigate;
mod path;
mod problems;
mod resolve;
mod scopes;
mod secret;
mod source;
mod symbol;
mod template;
mod variables;

pub use bounds::Bounds;
pub use evaluated::Evaluated;
pub use scopes::Scopes;
pub use secret::ChosenSecret;
pub use source::Override;
pub use symbol::{Index, Symbol, SymbolStep};
pub use template::{Segment, SyntaxProblem, Template};
pub use variables::Variables;
