use http::Method;
use url::Url;
use wharf_model::{Failure, FailureCode, HttpDecision, HttpPolicy, RunMode};

use super::reports::shown;

/// Whether a request may be sent; if not, the failure that says why and what to add. This is the one place that
/// decides: also what becomes of a granted request in plan mode, where every one is withheld.
pub(super) fn decide(policy: &HttpPolicy, mode: RunMode, method: &Method, url: &Url) -> Result<(), Failure> {
    if let HttpDecision::Denied { add } = policy.check(url) {
        return Err(Failure::denied(
            format!("the request {method} {} is not granted", shown(url)),
            format!("allow: {{ http: [\"{add}\"] }}"),
        ));
    }
    match mode {
        RunMode::Apply => Ok(()),
        RunMode::Plan => Err(Failure::new(
            FailureCode::Withheld,
            format!("the request {method} {} is not sent while planning", shown(url)),
        )),
    }
}
