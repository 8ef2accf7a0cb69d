//! The process file as its writers see it: what is read, what is refused and how, and how it is formatted.

mod errors;
mod formatting;
mod granting;
mod hostile;
mod inputs;
mod lock;
mod published_schema;
mod reading;
mod variables;
mod write;
