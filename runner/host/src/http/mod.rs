//! HTTP requests of a step: the hooks behind `wasi:http`.
//!
//! A request is sent only if the step's [`HttpPolicy`](wharf_model::HttpPolicy) allows its address, and only to network
//! addresses that the policy allows: a name is looked up once, and the connection is made to exactly what was checked.
//! Redirects are not followed. A request through a proxy is checked by name alone, because the proxy looks it up.

mod cancel;
mod connect;
mod connection;
mod decide;
mod dial;
mod download;
mod environment;
mod exchange;
mod fault;
mod pool;
mod power;
mod prepare;
mod proxy;
mod refusals;
mod reports;
mod resolve;
mod stream;
mod tasks;
mod tls;
mod upload;
mod withhold;

#[cfg(test)]
mod tests;

pub use environment::HttpEnvironment;
pub use power::HttpPower;
pub use refusals::Refusals;
