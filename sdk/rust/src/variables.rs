//! Variables of the run beyond the step's own inputs, by granted pattern (`variables: ["Site.*"]`).

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Result, sys};

/// The value of a variable, names compared without regard to case; none if there is no such variable.
///
/// ```
/// use wharf_step::{testing::Host, variables};
///
/// let host = Host::new().variable("Site.Ports", [80, 443]);
/// let ports: Option<Vec<u16>> = host.enter(|| variables::get("site.ports"))?;
/// assert_eq!(ports, Some(vec![80, 443]));
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn get<T: DeserializeOwned>(name: &str) -> Result<Option<T>> {
    let Some(json) = sys::variable(name)? else { return Ok(None) };
    let other = |error| Error::invalid(format!("the variable `{name}` is of another type: {error}"));
    serde_json::from_str(&json).map(Some).map_err(other)
}

/// The value of a variable as text: what is no text is shown as JSON.
///
/// ```
/// use wharf_step::{testing::Host, variables};
///
/// let host = Host::new().variable("Retries", 3);
/// assert_eq!(host.enter(|| variables::text("Retries"))?.as_deref(), Some("3"));
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn text(name: &str) -> Result<Option<String>> {
    Ok(get::<Value>(name)?.map(|value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    }))
}

/// The granted names that match the pattern (`*` stands for any text), sorted.
///
/// ```
/// use wharf_step::{testing::Host, variables};
///
/// let host = Host::new().variable("Site.Url", "/").variable("Site.Name", "shop").variable("Other", 1);
/// assert_eq!(host.enter(|| variables::names("Site.*"))?, ["Site.Name", "Site.Url"]);
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn names(pattern: &str) -> Result<Vec<String>> {
    sys::variable_names(pattern)
}

/// Evaluates a `#{…}` template with the granted variables. A token that cannot be evaluated is an error of code
/// `invalid` that names it.
///
/// ```
/// use wharf_step::{testing::Host, variables};
///
/// let host = Host::new().variable("Name", "shop");
/// assert_eq!(host.enter(|| variables::evaluate("<b>#{Name}</b>"))?, "<b>shop</b>");
/// assert!(host.enter(|| variables::evaluate("#{Nme}")).is_err());
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn evaluate(template: &str) -> Result<String> {
    sys::evaluate(template, false)
}

/// Evaluates a template; tokens that cannot be evaluated are echoed as they stand.
///
/// ```
/// assert_eq!(wharf_step::variables::evaluate_leniently("#{Unknown}")?, "#{Unknown}");
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn evaluate_leniently(template: &str) -> Result<String> {
    sys::evaluate(template, true)
}
