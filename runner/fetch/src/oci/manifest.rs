use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{PackageFile, Sha256Digest};

/// The artifact type of a package.
pub(super) const ARTIFACT_TYPE: &str = "application/vnd.wharf.package.v1";
/// The media type of the manifests that are written.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// What is asked for: artifacts that other tools pushed may be described in the older form.
pub(super) const ACCEPTED: &str =
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
/// The configuration that says nothing.
pub(super) const EMPTY: &[u8] = b"{}";

const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
const TITLE: &str = "org.opencontainers.image.title";
const VERSION: &str = "org.opencontainers.image.version";

/// The manifest of an artifact.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    schema_version: u32,
    media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

/// A blob: what it is, its digest and its size.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    media_type: String,
    pub(super) digest: String,
    pub(super) size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Manifest {
    /// The manifest of a package. The same package gives the same bytes.
    pub(super) fn of(file: &PackageFile, digest: Sha256Digest, size: u64) -> Self {
        let layer = Descriptor {
            media_type: media_type(&file.extension).to_owned(),
            digest: digest.to_string(),
            size,
            annotations: BTreeMap::from([(TITLE.to_owned(), file.file_name())]),
        };
        let config = Descriptor {
            media_type: EMPTY_TYPE.to_owned(),
            digest: Sha256Digest::of(EMPTY).to_string(),
            size: EMPTY.len() as u64,
            annotations: BTreeMap::new(),
        };
        Self {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            artifact_type: Some(ARTIFACT_TYPE.to_owned()),
            config,
            layers: vec![layer],
            annotations: BTreeMap::from([
                (TITLE.to_owned(), file.id.clone()),
                (VERSION.to_owned(), file.version.clone()),
            ]),
        }
    }

    /// The version that it was pushed as.
    pub(super) fn version(&self) -> Option<&str> {
        self.annotations.get(VERSION).map(String::as_str)
    }

    /// The layer that is the package, and the name of its file if it has one.
    pub(super) fn package(&self) -> Result<(&Descriptor, Option<&str>), &'static str> {
        let title = |layer: &'_ Descriptor| layer.annotations.contains_key(TITLE);
        let titled: Vec<&Descriptor> = self.layers.iter().filter(|layer| title(layer)).collect();
        let layer = match (titled.as_slice(), self.layers.as_slice()) {
            ([one], _) => *one,
            ([], [one]) => one,
            ([], []) => return Err("the artifact has no layer"),
            _ => return Err("the artifact has several layers, so it is no package but an image or a bundle"),
        };
        // The title comes from the feed and becomes a file name.
        let name = layer.annotations.get(TITLE).map(String::as_str);
        if name.is_some_and(|name| name.contains(['/', '\\', ':', '\0']) || name.starts_with('.')) {
            return Err("the title of its layer is no file name");
        }
        Ok((layer, name))
    }

    /// The kind of archive, if only the media type tells it.
    pub(super) fn extension(&self) -> Option<&'static str> {
        let layer = self.layers.first()?;
        KINDS.iter().find(|(_, kind)| *kind == layer.media_type).map(|(extension, _)| *extension)
    }
}

/// Which kind of archive has which media type. The first extension of a type is the one it is given when no name is.
const KINDS: [(&str, &str); 7] = [
    ("zip", "application/zip"),
    ("nupkg", "application/zip"),
    ("tar.gz", "application/gzip"),
    ("tgz", "application/gzip"),
    ("tar.zst", "application/zstd"),
    ("tar", "application/x-tar"),
    ("jar", "application/java-archive"),
];

fn media_type(extension: &str) -> &'static str {
    let kind = KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
    kind.map_or("application/octet-stream", |(_, kind)| kind)
}
