use std::path::PathBuf;

use clap::ValueEnum;
use wharf_package as package;

use crate::commands::package::LimitArguments;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder whose content becomes the package; the current one if none is named
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// The same as FOLDER
    #[arg(long, value_name = "FOLDER", alias = "basePath", conflicts_with = "folder")]
    pub base_path: Option<PathBuf>,
    /// The package's ID, such as `SupportFlow`
    #[arg(long)]
    pub id: String,
    /// The version; `ci` is the build server's number, `git` the tag at HEAD; without this option the first of these
    /// that there is
    #[arg(long, value_name = "VERSION|ci|git")]
    pub version: Option<String>,
    /// Where the package is written, as `ID.VERSION.zip` or what the format's extension is
    #[arg(long, value_name = "FOLDER", alias = "outFolder", default_value = ".")]
    pub out_folder: PathBuf,
    /// The format
    #[arg(long, value_enum, default_value_t, ignore_case = true)]
    pub format: Format,
    /// How much time goes into making it small
    #[arg(long, value_enum, default_value_t, ignore_case = true, alias = "compressionLevel", value_name = "LEVEL")]
    pub compression: Compression,
    /// Replace a package of this name that has other content
    #[arg(long)]
    pub overwrite: bool,
    /// How many threads compress; 0 is one per core. The package is the same
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threads: usize,
    #[command(flatten)]
    pub limits: LimitArguments,
    /// Pack only files that match this glob, such as `bin/**`; may be given several times
    #[arg(long = "include", value_name = "GLOB", help_heading = "Which files")]
    pub includes: Vec<String>,
    /// Leave out what matches this line, written as in a `.gitignore`; may be given several times
    #[arg(long = "exclude", value_name = "LINE", help_heading = "Which files")]
    pub excludes: Vec<String>,
    /// Leave out what the `.gitignore` files in the folder leave out
    #[arg(long, help_heading = "Which files")]
    pub gitignore: bool,
    #[command(flatten)]
    pub nuget: NuGetArguments,
}

/// What a nupkg says of itself.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What a nupkg says of itself")]
pub struct NuGetArguments {
    /// Who made it; the ID if nobody is named. May be given several times
    #[arg(long = "author", value_name = "NAME")]
    pub authors: Vec<String>,
    /// Another name for people
    #[arg(long)]
    pub title: Option<String>,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// What is new
    #[arg(long, value_name = "TEXT", alias = "releaseNotes")]
    pub release_notes: Option<String>,
    /// A file that tells what is new
    #[arg(long, value_name = "FILE", alias = "releaseNotesFile", conflicts_with = "release_notes")]
    pub release_notes_file: Option<PathBuf>,
}

impl NuGetArguments {
    /// Whether anything of it is said.
    pub fn is_any(&self) -> bool {
        let texts = [&self.title, &self.description, &self.release_notes];
        !self.authors.is_empty() || texts.iter().any(|text| text.is_some()) || self.release_notes_file.is_some()
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A zip with deflate
    #[default]
    Zip,
    /// A zip for NuGet feeds
    #[value(alias = "nuget")]
    Nupkg,
    /// A tar with gzip
    #[value(name = "tar.gz", alias = "tgz")]
    TarGz,
    /// A tar with zstd
    #[value(name = "tar.zst", alias = "tzst")]
    TarZst,
}

impl From<Format> for package::PackFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Zip => Self::Zip,
            Format::Nupkg => Self::Nupkg,
            Format::TarGz => Self::TarGz,
            Format::TarZst => Self::TarZst,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Compression {
    /// Stored, or compressed as little as the format allows
    None,
    /// Soon done
    Fast,
    /// As small as most programs make it
    #[default]
    #[value(alias = "optimal")]
    Normal,
    /// As small as it gets
    Best,
}

impl From<Compression> for package::Compression {
    fn from(compression: Compression) -> Self {
        match compression {
            Compression::None => Self::None,
            Compression::Fast => Self::Fast,
            Compression::Normal => Self::Normal,
            Compression::Best => Self::Best,
        }
    }
}
