//! Reading templates: `#{…}` tokens and blocks, as Octostache's grammar has them.

mod brackets;
mod calculation;
mod characters;
mod expression;
mod names;
mod parsed;
mod parser;
mod print;
mod problem;
mod syntax;

pub use parsed::{Segment, Template};
pub(crate) use parsed::{read_condition, read_name};
pub(crate) use print::Printed;
pub use problem::SyntaxProblem;
pub(crate) use syntax::{
    Argument, Calculation, Condition, Each, Expression, Filter, If, Kind, Operand, Operator, Piece, Step, Symbol,
};
