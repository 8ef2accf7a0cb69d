//! From values with places to the model, one file per part of the process file.

mod amount;
mod environments;
mod fields;
mod identity;
mod keys;
mod limits;
mod packages;
mod parse;
mod powers;
mod problems;
mod schema;
mod step;
mod texts;
mod uses;
mod variables;

pub use parse::{Parsed, parse, parse_within};
pub use schema::json_schema;
