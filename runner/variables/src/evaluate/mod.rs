//! Evaluation: what templates and variables are in one scope.

mod calculation;
mod child;
mod condition;
mod context;
mod evaluator;
mod expression;
mod json;
mod locate;
mod pieces;
mod repeat;
mod structure;
mod value;
mod variable;

pub(crate) use condition::Tested;
pub(crate) use condition::is_true;
pub(crate) use context::Place;
pub(crate) use evaluator::{Evaluator, Stop};
pub(crate) use locate::{PathStep, written};
pub(crate) use pieces::Source;
pub(crate) use value::Value;
