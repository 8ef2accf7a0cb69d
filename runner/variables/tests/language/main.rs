//! The language of templates as its users see it.

mod evaluate;
mod hostile;
mod write;
