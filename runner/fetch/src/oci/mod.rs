//! Packages as artifacts of an OCI registry (distribution specification 1.1).
//!
//! A package is a repository `<namespace>/<id in lower case>`, a version a tag with `_` for each `+`. The manifest is an
//! image manifest with the artifact type [`manifest::ARTIFACT_TYPE`], the empty configuration and one layer: the
//! package's file as it is, whose name is the annotation `org.opencontainers.image.title`. The manifest's annotations
//! are `org.opencontainers.image.title` (the ID) and `org.opencontainers.image.version` (the version, with its `+`).

mod challenge;
mod docker_config;
mod feed;
mod login;
mod manifest;
mod push;
mod reference;

pub(crate) use feed::OciFeed;
