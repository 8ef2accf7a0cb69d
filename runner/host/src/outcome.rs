//! How an attempt ended, in the words of [`Failure`].

use wasmtime::Trap;
use wasmtime::component::ResourceTableError;
use wasmtime_wasi::I32Exit;
use wharf_model::{Failure, FailureCode, Limit, Limits};

use crate::refusal::out_of;

/// Ends the step from inside a host function: the guest does not hear of it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct EndStep(pub(crate) Failure);

impl From<Failure> for EndStep {
    fn from(failure: Failure) -> Self {
        EndStep(failure)
    }
}

/// What is known beside the error when a guest did not come back by itself.
pub(crate) struct Circumstances<'a> {
    pub(crate) limits: &'a Limits,
    /// The limit that refused memory or table elements last.
    pub(crate) hit: Option<Limit>,
    /// The last lines on standard error: where languages say why they panic.
    pub(crate) last_lines: Vec<String>,
}

/// The failure that a wasmtime error stands for.
pub(crate) fn failure_of(error: &wasmtime::Error, circumstances: &Circumstances<'_>) -> Failure {
    let limits = circumstances.limits;
    if let Some(EndStep(failure)) = error.downcast_ref::<EndStep>() {
        return failure.clone();
    }
    if let Some(EndStep(failure)) = error.chain().find_map(|cause| cause.downcast_ref::<EndStep>()) {
        return failure.clone();
    }
    if let Some(ResourceTableError::Full) = error.chain().find_map(|cause| cause.downcast_ref()) {
        return Failure::limit(Limit::Handles, limits.get(Limit::Handles), "it has too many open handles");
    }
    if let Some(hit) = circumstances.hit {
        return out_of(hit, limits);
    }
    let text = format!("{error:#}");
    if text.contains("resource limit exceeded") {
        return Failure::limit(Limit::Instances, limits.get(Limit::Instances), "it has too many instances");
    }
    if text.contains("hostcall fuel") || text.contains("fuel allocated for hostcalls") {
        return Failure::limit(Limit::CallBytes, limits.get(Limit::CallBytes), "one call into the host is too large");
    }
    if error.downcast_ref::<I32Exit>().is_some() {
        return Failure::new(FailureCode::Trapped, "the step ended itself instead of returning")
            .with_help("a step returns from `run`; it does not exit");
    }
    let reason = match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => "its recursion is too deep".to_owned(),
        Some(Trap::UnreachableCodeReached) => "it panicked or aborted".to_owned(),
        Some(Trap::MemoryOutOfBounds) => {
            "it reached outside its memory, as it does when its recursion is too deep".to_owned()
        }
        Some(trap) => trap.to_string().trim_start_matches("wasm trap: ").to_owned(),
        None => text,
    };
    let failure = Failure::new(FailureCode::Trapped, format!("the step trapped: {reason}"));
    let is_word = |line: &&String| !line.trim().is_empty() && !line.contains("`RUST_BACKTRACE=1`");
    let words: Vec<&str> = circumstances.last_lines.iter().filter(is_word).map(String::as_str).collect();
    if words.is_empty() { failure } else { failure.with_help(format!("its last words: {}", words.join("\n"))) }
}
