use std::fmt;

use thiserror::Error;

use crate::name::split_extension;

/// Which kind of archive a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArchiveFormat {
    /// `.zip`.
    Zip,
    /// `.nupkg`: a zip with URI-escaped names and files of its own that are not the package's content.
    Nupkg,
    /// `.jar`, `.war`, `.ear`, `.rar` (a Java resource archive): a zip.
    Jar,
    /// `.tar`.
    Tar,
    /// `.tar.gz`, `.tgz`.
    TarGz,
    /// `.tar.bz2`, `.tar.bz`, `.tbz`, `.tbz2`.
    TarBz2,
    /// `.tar.xz`, `.txz`.
    TarXz,
    /// `.tar.zst`, `.tzst`.
    TarZst,
    /// `.tar.Z`.
    TarZ,
}

/// Why a file's name names no archive that can be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FormatError {
    /// There is no extension.
    #[error("has no file extension that tells its format: known are {KNOWN}")]
    NoExtension,
    /// The extension is none of an archive.
    #[error("has the extension `{0}`, which is none of a package: known are {KNOWN}")]
    Unknown(String),
    /// The format is known and cannot be read.
    #[error("is in the format {0}, which is not supported: use tar.gz or tar.zst")]
    NotSupported(ArchiveFormat),
}

const KNOWN: &str = ".zip, .nupkg, .jar, .war, .ear, .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz and .tar.zst";

impl ArchiveFormat {
    /// The format of a file of this name; folders before it are passed over. Case does not matter.
    pub fn of_file_name(file_name: &str) -> Result<Self, FormatError> {
        let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let (_, extension) = split_extension(name).ok_or(FormatError::NoExtension)?;
        match extension.to_ascii_lowercase().as_str() {
            ".nupkg" => Ok(Self::Nupkg),
            ".tar.gz" | ".tgz" => Ok(Self::TarGz),
            ".tar.bz2" | ".tar.bz" | ".tbz" | ".tbz2" => Ok(Self::TarBz2),
            ".zip" => Ok(Self::Zip),
            ".tar" => Ok(Self::Tar),
            ".jar" | ".war" | ".ear" | ".rar" => Ok(Self::Jar),
            ".tar.xz" | ".txz" => Ok(Self::TarXz),
            ".tar.zst" | ".tzst" => Ok(Self::TarZst),
            ".tar.z" => Ok(Self::TarZ),
            _ => Err(FormatError::Unknown(extension.to_owned())),
        }
    }

    /// The usual name, such as `tar.gz`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Nupkg => "nupkg",
            Self::Jar => "jar",
            Self::Tar => "tar",
            Self::TarGz => "tar.gz",
            Self::TarBz2 => "tar.bz2",
            Self::TarXz => "tar.xz",
            Self::TarZst => "tar.zst",
            Self::TarZ => "tar.Z",
        }
    }
}

impl fmt::Display for ArchiveFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_by_file_name() {
        let shown: Vec<String> = [
            "a.1.0.zip",
            "a.1.0.NuPkg",
            "a.1.0.war",
            "a.1.0.tar",
            "a.1.0.tar.gz",
            "a.1.0.tgz",
            "x/a.1.0-b.tar.bz2",
            "a.1.0.tar.Z",
            "a.1.0.7z",
            "a.1.0",
            "a.tar.xyz",
        ]
        .into_iter()
        .map(|name| match ArchiveFormat::of_file_name(name) {
            Ok(format) => format!("{name}: {format}"),
            Err(error) => format!("{name} {error}"),
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        a.1.0.zip: zip
        a.1.0.NuPkg: nupkg
        a.1.0.war: jar
        a.1.0.tar: tar
        a.1.0.tar.gz: tar.gz
        a.1.0.tgz: tar.gz
        x/a.1.0-b.tar.bz2: tar.bz2
        a.1.0.tar.Z: tar.Z
        a.1.0.7z has the extension `.7z`, which is none of a package: known are .zip, .nupkg, .jar, .war, .ear, .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz and .tar.zst
        a.1.0 has no file extension that tells its format: known are .zip, .nupkg, .jar, .war, .ear, .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz and .tar.zst
        a.tar.xyz has the extension `.tar.xyz`, which is none of a package: known are .zip, .nupkg, .jar, .war, .ear, .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz and .tar.zst
        ");
    }
}
