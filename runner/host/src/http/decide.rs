use http::Method;
use url::Url;
use wharf_model::{Failure, FailureCode, HttpDecision, HttpPolicy};

use super::reports::shown;

/// Whether a request is granted; if not, the failure that says why and what to add. What becomes of a granted request in a
/// plan is decided in [`withhold`](super::withhold).
pub(super) fn decide(policy: &HttpPolicy, method: &Method, url: &Url) -> Result<(), Failure> {
    match policy.check(url) {
        HttpDecision::Allowed => Ok(()),
        HttpDecision::Denied { add } => Err(Failure::denied(
            format!("the request {method} {} is not granted", shown(url)),
            format!("allow: {{ http: [\"{add}\"] }}"),
        )),
    }
}

/// Why a granted request is not sent in a run that goes by a plan.
pub(super) fn unplanned(method: &Method, url: &Url) -> Failure {
    Failure::unplanned(format_args!("the request {method} {}", shown(url)))
}

/// Why a granted request is not sent in a plan.
pub(super) fn withheld(method: &Method, url: &Url) -> Failure {
    Failure::new(FailureCode::Withheld, format!("the request {method} {} is not sent while planning", shown(url)))
}
