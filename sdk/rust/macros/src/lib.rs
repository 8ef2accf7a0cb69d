//! The macros of `wharf-step`, which re-exports and documents them.

mod data;
mod doc;
mod step;

use proc_macro::TokenStream;

/// Marks a struct (or an enum in one) as inputs of a step: it can be read from JSON and has a JSON Schema, in which
/// documentation comments are descriptions. Names are in kebab-case (`save_to` is the input `save-to`); unknown inputs
/// are refused. An `Option` may be left out. On a field, `#[input(…)]` takes
///
/// - `default`, or `default = expression`: the value if it is left out;
/// - `power = "read" | "write" | "http" | "package" | "run" | "step" | "variables"`: what follows from the
///   input, or a list of these;
/// - `secret`: the input is a secret (the type `Secret` is one by itself).
///
/// Attributes of `serde` and `schemars` may be added.
///
/// ```
/// use wharf_step::prelude::*;
///
/// /// A page to be made.
/// #[inputs]
/// struct Page {
///     /// Where it is written.
///     #[input(power = "write")]
///     path: String,
///     /// Its style.
///     #[input(default = Style::Plain)]
///     style: Style,
/// }
///
/// #[inputs]
/// #[derive(Debug, PartialEq)]
/// enum Style {
///     Plain,
///     VeryColourful,
/// }
///
/// let page: Page = serde_json::from_value(json!({"path": "/srv/a.html", "style": "very-colourful"}))?;
/// assert_eq!(page.style, Style::VeryColourful);
/// # Ok::<(), Error>(())
/// ```
#[proc_macro_attribute]
pub fn inputs(arguments: TokenStream, item: TokenStream) -> TokenStream {
    data::inputs(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Marks a struct as outputs of a step: each field is one, its name in kebab-case. What is `None` is not set;
/// `#[output(sensitive)]` on a field masks the value wherever it appears, and `#[output(known_in_plan)]` says that a plan
/// finds the same value as the run: later steps then have it in a plan too.
///
/// ```
/// use wharf_step::prelude::*;
/// use wharf_step::testing::Host;
///
/// #[outputs]
/// struct Made {
///     /// How many bytes were written.
///     bytes_written: usize,
///     /// The new key.
///     #[output(sensitive)]
///     key: String,
/// }
///
/// #[inputs]
/// struct Make {}
///
/// /// Makes something.
/// #[step(name = "make")]
/// fn run(_: Make) -> Result<Made> {
///     Ok(Made { bytes_written: 12, key: "k-123".into() })
/// }
///
/// let host = Host::new();
/// host.run::<Make>(json!({}))?;
/// assert_eq!(host.output("bytes-written").unwrap(), 12);
/// assert!(host.is_sensitive("key"));
/// # Ok::<(), Error>(())
/// ```
#[proc_macro_attribute]
pub fn outputs(arguments: TokenStream, item: TokenStream) -> TokenStream {
    data::outputs(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a function the step of its component. The function takes the inputs, or nothing, and answers `Result`, or
/// `Result<T>` with `#[outputs] struct T`. Its documentation is the step's: the first paragraph is the summary.
///
/// - `name = "…"`, `version = "…"`: the crate's own if they are not given;
/// - `powers(run, …)`: the kinds of power that do not follow from inputs;
/// - `outputs = T`: the step answers `Result` and sets its outputs itself, with `Outputs::set`;
/// - `idempotent`: a second run with the same inputs changes nothing;
/// - `destructive`: it may delete what it did not make.
///
/// ```
/// use wharf_step::prelude::*;
///
/// #[inputs]
/// struct Restart {
///     /// The service.
///     service: String,
/// }
///
/// /// Restarts a service.
/// ///
/// /// It waits until the service is up again.
/// #[step(name = "restart-service", version = "1.2.0", powers(run), idempotent)]
/// fn run(input: Restart) -> Result {
///     Command::new("systemctl").arg("restart").arg(input.service).run_checked()
/// }
///
/// let description = wharf_step::describe::<Restart>();
/// assert!(description.contains(r#""powers":["run"]"#), "{description}");
/// # Ok::<(), Error>(())
/// ```
#[proc_macro_attribute]
pub fn step(arguments: TokenStream, item: TokenStream) -> TokenStream {
    step::step(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
