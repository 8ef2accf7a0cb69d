//! The sandbox: loads components, compiles them once, and runs them with nothing but the powers that they are granted.
//!
//! [`Host`] implements [`wharf_model::StepRunner`]. Each power is a module (`files`, `http`, `processes`, `packages`,
//! `variables`, `secrets`, `report`) over a policy of `wharf_model`; `world` holds the thin shims from the WIT of each
//! version of the contract to those modules.

mod cache;
mod call;
mod component;
mod engine;
mod error;
mod files;
#[cfg(fuzzing)]
pub mod fuzzing;
mod host;
mod http;
mod limiter;
mod linker;
mod outcome;
mod packages;
mod processes;
mod refusal;
mod report;
mod secrets;
mod state;
mod stdio;
#[cfg(test)]
mod testing;
mod ticker;
mod variables;
mod world;

pub use component::component_imports;
pub use error::HostError;
pub use host::{Host, HostOptions};
