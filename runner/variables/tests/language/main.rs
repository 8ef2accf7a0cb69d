//! The language of templates as its users see it.

mod blocks;
mod evaluate;
mod explain;
mod hostile;
mod origins;
mod secrets;
mod write;
