//! The whole program, as its users meet it.

mod cases;
mod commands;
mod exit_codes;
mod packages;
mod reference;
mod support;
mod terminal;
