//! What a process may use, as it was recorded, and how that differs from what it uses now.

mod difference;
mod record;

pub use difference::{ComponentPin, LockChange, PackagePin};
pub use record::{Lock, LockedComponent, LockedPackage, LockedPower, LockedStep};
