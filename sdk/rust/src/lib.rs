//! Write steps for Wharf: sandboxed WebAssembly components that deploy and provision.
//!
//! A step is a struct for its inputs and a function. Documentation comments become the descriptions that users see.
//!
//! ```
//! use wharf_step::prelude::*;
//!
//! /// Who is greeted.
//! #[inputs]
//! struct Hello {
//!     /// The name.
//!     name: String,
//!     /// How often.
//!     #[input(default = 1)]
//!     times: u32,
//! }
//!
//! /// Says hello.
//! #[step(name = "hello")]
//! fn run(input: Hello) -> Result {
//!     for _ in 0..input.times {
//!         info!("hello, {}", input.name);
//!     }
//!     output("greeting", format!("hello, {}", input.name))
//! }
//! ```
//!
//! Make the crate a `cdylib` and build it with `cargo build --release --target wasm32-wasip2`: the `.wasm` file is the
//! component that `uses: ./hello.wasm` names. Only what a step uses is imported by its component.
//!
//! Everything of the contract has a helper: the log macros ([`info!`] and its like), [`progress`], [`Change`],
//! [`output()`], [`mask`], [`artifact`], and the modules [`context`], [`files`], [`variables`], [`packages`], [`processes`] and
//! [`http`]. Files are read and written with [`std::fs`]. Natively, all of it acts on a double of the host, see
//! `testing`, so that a step's tests are ordinary tests.

mod component;
mod error;
mod log;
mod report;
mod schema;
mod secrets;
mod sys;

pub mod context;
pub mod files;
pub mod http;
pub mod packages;
pub mod prelude;
pub mod processes;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
pub mod variables;

pub use component::{About, Outputs, Step, describe};
pub use error::{Context, Error, ErrorCode, Result};
pub use log::{Level, log};
pub use report::{Change, ChangeKind, artifact, mask, output, output_sensitive, progress};
pub use secrets::{Secret, reveal, reveal_all};
pub use wharf_step_macros::{inputs, outputs, step};
/// For types with an own form or schema.
pub use {schemars, serde, serde_json};

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "full-step",
        pub_export_macro: true,
        default_bindings_module: "::wharf_step::__private::bindings",
    });
}

/// What the macros write refers to these.
#[doc(hidden)]
pub mod __private {
    pub use crate::component::{Answer, run, schema_of_outputs, set_outputs};
    pub use {schemars, serde, serde_json};

    #[cfg(target_family = "wasm")]
    pub use crate::bindings;
}
