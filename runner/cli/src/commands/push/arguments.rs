use std::path::PathBuf;

use clap::ValueEnum;
use wharf_fetch as fetch;

use super::feed_argument::FeedArguments;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The packages, named ID.VERSION.EXTENSION
    #[arg(value_name = "FILE", required_unless_present = "more_packages")]
    pub packages: Vec<PathBuf>,
    /// The same, one at a time
    #[arg(long = "package", value_name = "FILE", hide = true)]
    pub more_packages: Vec<PathBuf>,
    /// What to do about a package that is there already
    #[arg(long, value_enum, default_value_t, ignore_case = true, value_name = "MODE")]
    pub overwrite_mode: OverwriteMode,
    /// The same as `--overwrite-mode overwrite`
    #[arg(long, hide = true, conflicts_with = "overwrite_mode")]
    pub replace_existing: bool,
    #[command(flatten)]
    pub feed: FeedArguments,
}

impl Arguments {
    /// All packages, each once, in the order in which they were named.
    pub fn all_files(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = Vec::new();
        for file in self.packages.iter().chain(&self.more_packages) {
            if !all.contains(file) {
                all.push(file.clone());
            }
        }
        all
    }

    pub fn mode(&self) -> fetch::Overwrite {
        match self.overwrite_mode {
            _ if self.replace_existing => fetch::Overwrite::Overwrite,
            OverwriteMode::Fail => fetch::Overwrite::Fail,
            OverwriteMode::Overwrite => fetch::Overwrite::Overwrite,
            OverwriteMode::Ignore => fetch::Overwrite::Ignore,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OverwriteMode {
    /// It stays, and its push fails
    #[default]
    #[value(alias = "FailIfExists")]
    Fail,
    /// It is replaced
    #[value(alias = "OverwriteExisting")]
    Overwrite,
    /// It stays, which is no failure
    #[value(alias = "IgnoreIfExists")]
    Ignore,
}
