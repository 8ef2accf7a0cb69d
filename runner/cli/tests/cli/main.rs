//! The whole program, as its users meet it.

mod cases;
mod commands;
mod exit_codes;
mod fault_campaign;
mod feeds;
mod one_at_a_time;
mod packages;
mod purity;
// One file starts real servers for these tests and for those of the feeds themselves.
#[path = "../../../fetch/tests/all/real_server.rs"]
mod real_server;
mod reference;
mod support;
mod terminal;
