//! Reading templates: `#{…}` tokens and blocks, as Octostache's grammar has them.

mod brackets;
mod calculation;
mod characters;
mod expression;
mod names;
mod parser;
mod print;
mod problem;
mod syntax;
mod template;

pub(crate) use print::Printed;
pub use problem::SyntaxProblem;
pub(crate) use syntax::{
    Argument, Calculation, Condition, Each, Expression, Filter, If, Kind, Operand, Operator, Piece, Step, Symbol,
};
pub use template::{Segment, Template};
pub(crate) use template::{read_condition, read_name};
