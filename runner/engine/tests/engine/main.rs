//! The engine as a whole, with a double of the sandbox.

mod checking;
mod grants;
mod outputs;
mod running;
mod secrets;
mod support;
