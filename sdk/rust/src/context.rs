//! Where the step stands in the run.

use std::time::Duration;

use crate::{Error, Result, sys};

/// Why the step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// To do its work.
    Apply,
    /// To show what it would do: the host withholds every power to change things; the step runs the same code.
    Plan,
}

/// Whether this is a run or a plan. Few steps need to ask.
///
/// ```
/// use wharf_step::context::{self, Mode};
///
/// assert_eq!(context::mode(), Mode::Apply);
/// ```
pub fn mode() -> Mode {
    sys::mode()
}

/// Whether the run was cancelled. Ask in long loops; the step then has a grace period to end well.
///
/// ```
/// use wharf_step::{context, testing::Host};
///
/// let host = Host::new().cancelled(true);
/// assert!(host.enter(context::cancelled));
/// ```
pub fn cancelled() -> bool {
    sys::cancelled()
}

/// An error of code `cancelled` once the run was cancelled, for `?` in long loops.
///
/// ```
/// for file in ["a", "b"] {
///     wharf_step::context::check_cancelled()?;
/// }
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn check_cancelled() -> Result {
    if cancelled() { Err(Error::cancelled("the run was cancelled")) } else { Ok(()) }
}

/// How long until this attempt's time is up; none when it has no end.
///
/// ```
/// assert_eq!(wharf_step::context::time_left(), None);
/// ```
pub fn time_left() -> Option<Duration> {
    sys::time_left().map(Duration::from_millis)
}

/// Waits, and answers `cancelled` at once when the run is cancelled.
///
/// ```
/// use std::time::Duration;
///
/// wharf_step::context::sleep(Duration::from_secs(30))?;   // the test host does not really wait
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn sleep(time: Duration) -> Result {
    sys::sleep(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// The step's identity in its process.
///
/// ```
/// use wharf_step::{context, testing::Host};
///
/// assert_eq!(Host::new().step_id("web").enter(context::step_id), "web");
/// ```
pub fn step_id() -> String {
    sys::step_id()
}

/// The step's name for people.
///
/// ```
/// assert_eq!(wharf_step::context::step_name(), "Step");
/// ```
pub fn step_name() -> String {
    sys::step_name()
}

/// Which attempt this is, from 1.
///
/// ```
/// use wharf_step::{context, testing::Host};
///
/// assert_eq!(Host::new().attempt(2).enter(context::attempt), 2);
/// ```
pub fn attempt() -> u32 {
    sys::attempt()
}

/// The same for every attempt of this step in this run, also after a crash: for remote calls that must not happen
/// twice, and to know one's own earlier attempt again. 32 hexadecimal digits.
///
/// ```
/// assert_eq!(wharf_step::context::idempotency_key().len(), 32);
/// ```
pub fn idempotency_key() -> String {
    sys::idempotency_key()
}
