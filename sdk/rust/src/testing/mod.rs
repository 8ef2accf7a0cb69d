//! A double of the host for tests that run natively: on any target but WebAssembly, the helpers of this crate act on
//! it. It records what a step says, and answers from what the test put in. Files are real.
//!
//! ```
//! use wharf_step::prelude::*;
//! use wharf_step::testing::Host;
//!
//! #[inputs]
//! struct Greet {
//!     /// Who.
//!     name: String,
//! }
//!
//! /// Greets someone.
//! #[step(name = "greet")]
//! fn run(input: Greet) -> Result {
//!     info!("hello, {}", input.name);
//!     output("length", input.name.len())
//! }
//!
//! let host = Host::new();
//! host.run::<Greet>(json!({ "name": "Ada" }))?;
//! assert_eq!(host.log_text(), "info: hello, Ada\n");
//! assert_eq!(host.output("length").unwrap(), 3);
//! # Ok::<(), Error>(())
//! ```

mod host;
mod http;
mod package;
mod program;
mod record;
pub(crate) mod template;

pub use crate::processes::Printed;
pub use host::Host;
pub use http::{HttpRequest, Reply};
pub use package::TestPackage;
pub use program::ProgramStart;
pub use record::{LogEntry, Progress, ReportedChange};
