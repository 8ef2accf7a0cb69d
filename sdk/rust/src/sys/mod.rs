//! The contract's functions, in this crate's own types: the real ones in a component, the double's anywhere else.

#[cfg(target_family = "wasm")]
mod guest;
#[cfg(target_family = "wasm")]
mod guest_files;
#[cfg(target_family = "wasm")]
mod guest_http;
#[cfg(target_family = "wasm")]
pub(crate) use {guest::*, guest_files::*, guest_http::*};

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::*;
