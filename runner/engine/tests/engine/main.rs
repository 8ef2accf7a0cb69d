//! The engine as a whole, with a double of the sandbox.

mod checking;
mod deriving;
mod feeds;
mod fetching;
mod grants;
mod locking;
mod outputs;
mod planned_runs;
mod planning;
mod resuming;
mod running;
mod scoping;
mod secrets;
mod support;
mod templates;
