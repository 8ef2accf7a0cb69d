use crate::sys;

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For the step's author.
    Trace,
    /// For who looks for a fault.
    Debug,
    /// For everyone.
    Info,
    /// For everyone, and in the summary.
    Highlight,
    /// Something is odd.
    Warn,
    /// Something is wrong.
    Error,
}

/// Writes one log entry of a level that is only known at run time; the macros are shorter.
///
/// ```
/// use wharf_step::{Level, log, testing::Host};
///
/// log(Level::Warn, "disk is nearly full", &[("free", "2 GB".to_owned())]);
/// assert_eq!(Host::current().logs()[0].fields, [("free".to_owned(), "2 GB".to_owned())]);
/// ```
pub fn log(level: Level, message: &str, fields: &[(&str, String)]) {
    sys::log(level, message, fields);
}

/// The shape that all log macros share.
#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($level:ident, $format:literal $(, $argument:expr)* $(; $($key:ident = $value:expr),+)? $(,)?) => {
        $crate::log(
            $crate::Level::$level,
            &::std::format!($format $(, $argument)*),
            &[$($((::core::stringify!($key), ::std::string::ToString::to_string(&$value))),+)?],
        )
    };
}

/// Writes a log line for the step's author: like [`info!`](crate::info).
///
/// ```
/// wharf_step::trace!("asking again");
/// ```
#[macro_export]
macro_rules! trace { ($($arguments:tt)*) => { $crate::__log!(Trace, $($arguments)*) } }

/// Writes a log line for who looks for a fault: like [`info!`](crate::info).
///
/// ```
/// wharf_step::debug!("the answer has {} bytes", 12);
/// ```
#[macro_export]
macro_rules! debug { ($($arguments:tt)*) => { $crate::__log!(Debug, $($arguments)*) } }

/// Writes a log line: a format with its arguments, then, behind a `;`, fields that are kept apart.
///
/// ```
/// use wharf_step::{info, testing::Host};
///
/// let site = "shop";
/// info!("{site} is live on {}", "web-1"; version = "1.0.78", files = 12);
/// assert_eq!(Host::current().log_text(), "info: shop is live on web-1 version=1.0.78 files=12\n");
/// ```
#[macro_export]
macro_rules! info { ($($arguments:tt)*) => { $crate::__log!(Info, $($arguments)*) } }

/// Writes a log line that the summary shows too: like [`info!`](crate::info).
///
/// ```
/// wharf_step::highlight!("open http://localhost:8080");
/// ```
#[macro_export]
macro_rules! highlight { ($($arguments:tt)*) => { $crate::__log!(Highlight, $($arguments)*) } }

/// Writes a warning: like [`info!`](crate::info).
///
/// ```
/// wharf_step::warn!("the certificate ends in {} days", 3);
/// ```
#[macro_export]
macro_rules! warn { ($($arguments:tt)*) => { $crate::__log!(Warn, $($arguments)*) } }

/// Writes an error line; the step goes on. Like [`info!`](crate::info).
///
/// ```
/// wharf_step::error!("could not tell the team");
/// ```
#[macro_export]
macro_rules! error { ($($arguments:tt)*) => { $crate::__log!(Error, $($arguments)*) } }
