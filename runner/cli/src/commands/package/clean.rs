use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use wharf_fetch::{Cache, Clean, Cleaned, FetchError};
use wharf_model::ExitCode;
use wharf_project::{parse_duration, parse_size};
use wharf_report::{Line, Role, format_bytes};

use super::show::{count, shown_path};
use crate::arguments::Output;
use crate::error::CommandError;
use crate::places::{CACHE_VARIABLE, package_cache_folder};
use crate::ui::Ui;

/// What nobody used for a month is hardly used again.
const USUAL_AGE: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Remove what was not used for so long, such as `12h`; 30d if nothing else is said
    #[arg(long, value_name = "TIME", value_parser = age, conflicts_with = "all")]
    older_than: Option<Duration>,
    /// Remove what was not used for the longest time, until no more than this is left, such as `2GiB`
    #[arg(long, value_name = "SIZE", value_parser = size, conflicts_with = "all")]
    larger_than: Option<u64>,
    /// Remove everything that is not in use
    #[arg(long)]
    all: bool,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let (cleaned, left, folder) = match existing_cache()? {
        Some((cache, folder)) => (clean(&cache, &arguments.policies()).map_err(failed)?, cache.size(), Some(folder)),
        None => (Cleaned::default(), 0, None),
    };
    match ui.output {
        Output::Text => {
            let Cleaned { removed, bytes, in_use } = cleaned;
            let mut text = match removed {
                0 => "nothing to remove".to_owned(),
                _ => format!("removed {}, {}", count(removed as u64, "package"), format_bytes(bytes)),
            };
            if in_use > 0 {
                text.push_str(&format!("; {in_use} in use"));
            }
            if left > 0 {
                text.push_str(&format!("; {} left", format_bytes(left)));
            }
            ui.say(Line::new().with(Role::Text, text));
        }
        Output::Json | Output::Ndjson => ui.json(&json!({
            "folder": folder.as_deref().map(shown_path),
            "removed": cleaned.removed,
            "bytes": cleaned.bytes,
            "in-use": cleaned.in_use,
            "left-bytes": left,
        })),
    }
    Ok(ExitCode::Done)
}

impl Arguments {
    fn policies(&self) -> Vec<Clean> {
        let age = self.older_than.map(Clean::OlderThan);
        let size = self.larger_than.map(Clean::ToSize);
        match (self.all, age, size) {
            (true, ..) => vec![Clean::All],
            (false, None, None) => vec![Clean::OlderThan(USUAL_AGE)],
            (false, age, size) => age.into_iter().chain(size).collect(),
        }
    }
}

fn clean(cache: &Cache, policies: &[Clean]) -> Result<Cleaned, FetchError> {
    let mut sum = Cleaned::default();
    for policy in policies {
        let Cleaned { removed, bytes, in_use } = cache.clean(*policy)?;
        sum.removed += removed;
        sum.bytes += bytes;
        // The same ones are in use each time.
        sum.in_use = sum.in_use.max(in_use);
    }
    Ok(sum)
}

/// The cache of downloads and its folder, if there is one.
pub fn existing_cache() -> Result<Option<(Cache, PathBuf)>, CommandError> {
    let folder = package_cache_folder().ok_or_else(|| {
        CommandError::failed("there is no place for a cache: HOME is not set")
            .hint(format!("{CACHE_VARIABLE} names one"))
    })?;
    if !folder.is_dir() {
        return Ok(None);
    }
    Ok(Some((Cache::open(&folder).map_err(failed)?, folder)))
}

fn failed(error: FetchError) -> CommandError {
    CommandError::failed(error.to_string())
}

fn age(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|reason| format!("it {reason}; write a time such as 30d"))
}

fn size(text: &str) -> Result<u64, String> {
    parse_size(text).map_err(|reason| format!("it {reason}; write a size such as 2GiB"))
}
