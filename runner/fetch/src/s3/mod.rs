//! Packages in a bucket, through the `object_store` crate, which knows the protocol and its signatures.

mod attempt;
mod builder;
mod feed;
mod policy;
mod push;
mod service;

pub(crate) use feed::S3Feed;
