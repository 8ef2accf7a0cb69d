//! The inputs of a step: from evaluated values to the JSON that its schema asks for.

mod check;
mod complete;
mod convert;
mod library;
mod place;
mod problem;
mod schema;

pub use complete::{Inputs, UnknownInput, complete_inputs};
