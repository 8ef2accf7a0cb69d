use std::path::PathBuf;

use thiserror::Error;

/// Why the host itself cannot work.
#[derive(Debug, Error)]
pub enum HostError {
    /// wasmtime does not run here.
    #[error("the WebAssembly engine does not start on this machine: {0}")]
    Engine(String),
    /// The interfaces of the sandbox cannot be set up.
    #[error("the sandbox cannot be set up: {0}")]
    Linker(String),
    /// A thread or a timer of the system is not to be had.
    #[error("the system refuses what the sandbox needs: {0}")]
    System(String),
    /// The cache cannot be used.
    #[error("the cache of compiled components, {}, cannot be used: {reason}", path.display())]
    Cache {
        /// The directory.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}
