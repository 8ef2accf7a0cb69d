//! What a process uses, in the form in which `wharf.lock` records it, and what is said where that differs.

mod compare;
mod now;
mod update;
mod usage;

pub(crate) use compare::unrecorded;
pub(crate) use now::{Definitions, locked_component, locked_step, origin_as_written};
pub use update::UpdateScope;
pub use usage::LockUse;
