//! The versions of the contract: one thin shim each.

pub(crate) mod v0_1;
