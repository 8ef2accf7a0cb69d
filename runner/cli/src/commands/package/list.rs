use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wharf_fetch::{Cache, Cached};
use wharf_model::ExitCode;
use wharf_package::{ArchiveFormat, PackageName};
use wharf_report::{Line, Role, Table, format_bytes, sanitize};

use super::clean::existing_cache;
use super::show::shown_path;
use crate::arguments::Output;
use crate::error::CommandError;
use crate::ui::{Ui, stdout_width};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder; the current one if none is named
    #[arg(value_name = "FOLDER", conflicts_with = "cache")]
    folder: Option<PathBuf>,
    /// List only packages of this ID
    #[arg(long)]
    id: Option<String>,
    /// List what was downloaded
    #[arg(long)]
    cache: bool,
}

/// A package that is there.
struct Found {
    name: PackageName,
    format: ArchiveFormat,
    bytes: u64,
    path: PathBuf,
    /// The feed from which it was downloaded.
    feed: Option<String>,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let (mut found, place) = if arguments.cache {
        match existing_cache()? {
            Some((cache, folder)) => (in_cache(&cache), folder),
            None => (Vec::new(), PathBuf::from("the cache")),
        }
    } else {
        let folder = arguments.folder.clone().unwrap_or_else(|| PathBuf::from("."));
        (in_folder(&folder)?, folder)
    };
    if let Some(id) = &arguments.id {
        found.retain(|package| package.name.id.to_lowercase() == id.to_lowercase());
    }
    found.sort_by(|one, other| {
        let id = |found: &Found| found.name.id.to_lowercase();
        let versions = || one.name.version.cmp(&other.name.version);
        id(one).cmp(&id(other)).then_with(versions).then_with(|| one.path.cmp(&other.path))
    });
    match ui.output {
        Output::Text if found.is_empty() => {
            ui.say(Line::new().with(Role::Text, format!("no packages in {}", shown_path(&place))));
        }
        Output::Text => ui.text(&table(&found).render(&ui.out, 0, stdout_width())),
        Output::Json | Output::Ndjson => ui.json(&found.iter().map(document).collect()),
    }
    Ok(ExitCode::Done)
}

/// Those directly in the folder, and those in folders that are named like their ID.
fn in_folder(folder: &Path) -> Result<Vec<Found>, CommandError> {
    let mut found = Vec::new();
    for path in paths_in(folder)? {
        if path.is_dir() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
            // A folder that cannot be read holds none that could be taken.
            let inner = paths_in(&path).unwrap_or_default();
            found.extend(inner.iter().filter_map(|path| package(path)).filter(|it| it.name.id.to_lowercase() == name));
        } else {
            found.extend(package(&path));
        }
    }
    Ok(found)
}

fn paths_in(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(|error| CommandError::failed(format!("the folder {} cannot be read: {error}", shown_path(folder))))
}

fn package(path: &Path) -> Option<Found> {
    let file_name = path.file_name()?.to_str()?;
    let name = PackageName::parse(file_name).ok()?;
    let format = ArchiveFormat::of_file_name(file_name).ok()?;
    let about = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(Found { name, format, bytes: about.len(), path: path.to_owned(), feed: None })
}

fn in_cache(cache: &Cache) -> Vec<Found> {
    let found = cache.list().into_iter().filter_map(|cached| {
        let Cached { file_name, path, bytes, feed, .. } = cached;
        let name = PackageName::parse(&file_name).ok()?;
        let format = ArchiveFormat::of_file_name(&file_name).ok()?;
        Some(Found { name, format, bytes, path, feed: Some(feed) })
    });
    found.collect()
}

fn table(found: &[Found]) -> Table {
    let is_cache = found.iter().any(|package| package.feed.is_some());
    let mut table = Table::new(&["package", "version", "format", "size", if is_cache { "from" } else { "file" }]);
    for package in found {
        let place =
            package.feed.as_deref().map_or_else(|| shown_path(&package.path), |feed| sanitize(feed).into_owned());
        table.row(vec![
            Line::new().with(Role::Strong, sanitize(&package.name.id)),
            Line::new().with(Role::Text, sanitize(package.name.version.as_str())),
            Line::new().with(Role::Text, package.format.as_str()),
            Line::new().with(Role::Text, format_bytes(package.bytes)),
            Line::new().with(Role::Faint, place),
        ]);
    }
    table
}

fn document(package: &Found) -> Value {
    let mut document = json!({
        "id": package.name.id,
        "version": package.name.version.as_str(),
        "format": package.format.as_str(),
        "bytes": package.bytes,
        "path": shown_path(&package.path),
    });
    if let Some(feed) = &package.feed {
        document["feed"] = json!(feed);
    }
    document
}
