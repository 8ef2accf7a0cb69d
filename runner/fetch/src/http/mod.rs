//! The one HTTP client: redirects that carry no credential away, statuses as errors, time-outs, retries.

mod body;
mod client;
mod origin;
mod retry;
mod status;
mod tls;
#[cfg(test)]
mod tls_tests;
mod upload;
mod validator;

pub(crate) use body::{Answer, watched};
pub(crate) use client::{Ask, Authenticator, Client};
pub(crate) use origin::{Origin, is_plain_and_far, parse_url, shown};
pub(crate) use retry::{pause, retrying};
pub(crate) use status::words_of;
pub(crate) use upload::{Body, Upload};
pub(crate) use validator::{open_at, probe};
