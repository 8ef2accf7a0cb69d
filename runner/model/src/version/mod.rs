//! Versions as Octopus Deploy reads and orders them.

mod octopus;
mod order;
#[cfg(test)]
mod tests;

pub use octopus::{OctopusVersion, OctopusVersionError};
