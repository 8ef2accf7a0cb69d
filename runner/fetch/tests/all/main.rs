//! Feeds, downloads and the cache, against servers in this process and against real ones.

mod cache;
mod downloads;
mod folder;
mod http_store;
mod nuget;
mod oci;
mod real_registry;
mod real_s3;
mod real_server;
mod refusals;
mod s3;
mod server;
mod support;
