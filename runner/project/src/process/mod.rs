//! From values with places to the model, one file per part of the process file.

mod amount;
mod environments;
mod feeds;
mod fields;
mod identity;
mod keys;
mod limits;
mod packages;
mod parse;
mod powers;
mod problems;
mod prompt;
mod schema;
mod scope;
mod secret;
mod step;
mod texts;
mod uses;
mod variable_file;
mod variables;

pub use amount::{duration as parse_duration, limit as parse_limit, size as parse_size};
pub use parse::{Parsed, parse, parse_within};
pub use schema::json_schema;
pub use variable_file::{VariableFile, parse_variables};
