//! Variables of a process: which value holds in a scope, and the `#{…}` templates in which they stand. No I/O.
//!
//! This version knows plain substitution, `#{Name}`, with dotted and indexed names and navigation into lists, maps and
//! JSON text. Conditions, loops, calculation and filters are refused by name. Evaluation is strict: a token that has no
//! value is an error with its place.

mod access;
mod bounds;
mod choose;
mod chosen;
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
mod source;
mod symbol;
mod template;
mod variables;
mod written;

pub use bounds::Bounds;
pub use chosen::{ChosenPrompt, ChosenSecret};
pub use evaluated::Evaluated;
pub use scopes::Scopes;
pub use source::command_line_value;
pub use symbol::{Index, Symbol, SymbolStep};
pub use template::{Segment, SyntaxProblem, Template};
pub use variables::Variables;
