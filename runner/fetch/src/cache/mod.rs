//! What was downloaded, by its digest, shared by all runs of a user on this machine.
//!
//! ```text
//! <root>/lock                     shared by whoever takes something, exclusive for who cleans up
//! <root>/sha256/ab/<hex>          the packages
//! <root>/sha256/ab/<hex>.seal     size and time of the file when its digest was last known to be right
//! <root>/index/<hex>.json         which feed, ID and version has which digest
//! <root>/partial/<hex>.part       unfinished downloads; <hex>.lock is held by who downloads
//! ```
//!
//! A package that is in use is locked by its user, as a shared lock of the file itself: a clean-up, which needs an
//! exclusive one, passes over it. Files appear under their names only when they are complete. Locks are advisory locks
//! of the operating system, so they end with the process that holds them.

mod acquire;
mod clean;
mod held;
mod index;
mod layout;
mod list;
mod seal;

pub use acquire::{Cache, Wanted};
pub use clean::{Clean, Cleaned};
pub use held::{Held, Source};
pub use list::Cached;
