//! What NuGet needs around the files of a package: a manifest, and the parts of an Open Packaging container.

use std::collections::BTreeSet;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::zip::{ZipContent, ZipEntry};
use super::{PackError, PackRequest};
use crate::{EntryKind, nupkg};

/// What a nupkg says of itself, besides its ID and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NuGetMetadata<'a> {
    /// Who made it; the ID, if that is not said.
    pub authors: Option<&'a str>,
    /// What it is.
    pub description: &'a str,
    /// What is new.
    pub release_notes: Option<&'a str>,
    /// Another name for people.
    pub title: Option<&'a str>,
}

impl Default for NuGetMetadata<'_> {
    fn default() -> Self {
        Self {
            authors: None,
            description: "A deployment package created from files on disk.",
            release_notes: None,
            title: None,
        }
    }
}

/// The parts of a nupkg that are made and not read.
pub(super) struct NuGetParts {
    relations: Vec<u8>,
    manifest_name: String,
    manifest: Vec<u8>,
    content_types: Vec<u8>,
    properties_name: String,
    properties: Vec<u8>,
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

impl NuGetParts {
    /// Makes the parts for a package with these files.
    pub(super) fn new<'a>(
        request: &PackRequest<'_>,
        files: impl Iterator<Item = (&'a str, EntryKind)>,
    ) -> Result<Self, PackError> {
        let PackRequest { id, version, nuget, .. } = *request;
        for text in [nuget.authors, Some(nuget.description), nuget.release_notes, nuget.title].into_iter().flatten() {
            if let Some(c) = text.chars().find(|c| !is_xml(*c)) {
                return Err(PackError::NuGetMetadata(c));
            }
        }
        let authors = nuget.authors.unwrap_or(id);
        let manifest = manifest(id, version, authors, &nuget);
        let properties = properties(id, version, authors, nuget.description);
        // NuGet takes a random name; one of the content is the same for the same package.
        let mut properties_name = "package/services/metadata/core-properties/".to_owned();
        for byte in &Sha256::digest(&properties)[..16] {
            let _ = write!(properties_name, "{byte:02x}");
        }
        properties_name.push_str(".psmdcp");
        let manifest_name = format!("{id}.nuspec");
        let relations = relations(&manifest_name, &properties_name);
        let content_types = content_types(files)?;
        Ok(Self {
            relations: relations.into_bytes(),
            manifest_name,
            manifest: manifest.into_bytes(),
            content_types: content_types.into_bytes(),
            properties_name,
            properties: properties.into_bytes(),
        })
    }

    /// The entries in NuGet's order, around those of the files.
    pub(super) fn around<'a>(&'a self, files: Vec<ZipEntry<'a>>) -> Vec<ZipEntry<'a>> {
        let part = |name: &str, bytes: &'a [u8]| ZipEntry {
            name: nupkg::escape(name),
            mode: 0o100_644,
            content: ZipContent::Bytes(bytes),
        };
        let mut entries = vec![part("_rels/.rels", &self.relations), part(&self.manifest_name, &self.manifest)];
        entries.extend(files);
        entries.push(ZipEntry { name: "[Content_Types].xml".to_owned(), ..part("", &self.content_types) });
        entries.push(part(&self.properties_name, &self.properties));
        entries
    }
}

fn manifest(id: &str, version: &str, authors: &str, nuget: &NuGetMetadata<'_>) -> String {
    let mut text =
        format!("{XML}<package xmlns=\"http://schemas.microsoft.com/packaging/2012/06/nuspec.xsd\">\n  <metadata>\n");
    let elements = [
        ("id", Some(id)),
        ("version", Some(version)),
        ("title", nuget.title),
        ("authors", Some(authors)),
        ("requireLicenseAcceptance", Some("false")),
        ("description", Some(nuget.description)),
        ("releaseNotes", nuget.release_notes),
    ];
    for (name, value) in elements {
        if let Some(value) = value {
            let _ = writeln!(text, "    <{name}>{}</{name}>", escaped(value));
        }
    }
    text.push_str("  </metadata>\n</package>\n");
    text
}

fn properties(id: &str, version: &str, authors: &str, description: &str) -> String {
    let [id, version, authors, description] = [id, version, authors, description].map(escaped);
    format!(
        "{XML}<coreProperties xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\">\n  <dc:creator>{authors}</dc:creator>\n  <dc:description>{description}</dc:description>\n  <dc:identifier>{id}</dc:identifier>\n  <version>{version}</version>\n</coreProperties>\n"
    )
}

fn relations(manifest: &str, properties: &str) -> String {
    let [manifest, properties] = [manifest, properties].map(|name| escaped(&nupkg::escape(name)));
    format!(
        "{XML}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\n  <Relationship Type=\"http://schemas.microsoft.com/packaging/2010/07/manifest\" Target=\"/{manifest}\" Id=\"R1\" />\n  <Relationship Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"/{properties}\" Id=\"R2\" />\n</Relationships>\n"
    )
}

/// The type of every part: by extension, and by name for files that have none.
fn content_types<'a>(files: impl Iterator<Item = (&'a str, EntryKind)>) -> Result<String, PackError> {
    let (mut extensions, mut names) = (BTreeSet::from(["nuspec".to_owned()]), BTreeSet::new());
    for (path, kind) in files {
        if nupkg::is_metadata(path) && kind != EntryKind::Directory {
            return Err(PackError::NuGetPart(path.to_owned()));
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.') {
            _ if kind == EntryKind::Directory => {}
            Some((_, extension)) if !extension.is_empty() => {
                extensions.insert(extension.to_lowercase());
            }
            _ => {
                names.insert(nupkg::escape(path));
            }
        }
    }
    let mut text = format!("{XML}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\n");
    for (extension, kind) in [
        ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
        ("psmdcp", "application/vnd.openxmlformats-package.core-properties+xml"),
    ] {
        extensions.remove(extension);
        let _ = writeln!(text, "  <Default Extension=\"{extension}\" ContentType=\"{kind}\" />");
    }
    for extension in extensions {
        let extension = escaped(&extension);
        let _ = writeln!(text, "  <Default Extension=\"{extension}\" ContentType=\"application/octet\" />");
    }
    for name in names {
        let _ = writeln!(text, "  <Override PartName=\"/{}\" ContentType=\"application/octet\" />", escaped(&name));
    }
    text.push_str("</Types>\n");
    Ok(text)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Whether XML 1.0 has this character.
fn is_xml(c: char) -> bool {
    !c.is_ascii_control() && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\t' | '\n' | '\r')
}
