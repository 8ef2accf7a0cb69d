use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;
use wharf_model::{CancelToken, ExitCode};
use wharf_package::{EntryKind, EntryPatterns, ExtractError, FolderProblem};
use wharf_report::{Line, Role, format_bytes, format_duration};

use super::limits::LimitArguments;
use super::open::{failure, open};
use super::show::{count, shown_path};
use crate::arguments::Output;
use crate::error::CommandError;
use crate::progress::{Progress, unless_cancelled};
use crate::signals::cancel_work_on_signals;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The package
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder that gets the content; it must be empty or missing, and stays so if anything fails
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    /// Extract only what matches this glob, such as `bin/**`; may be given several times
    #[arg(long = "include", value_name = "GLOB")]
    includes: Vec<String>,
    #[command(flatten)]
    limits: LimitArguments,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let begun = Instant::now();
    let patterns = EntryPatterns::new(&arguments.includes).map_err(|error| CommandError::usage(error.to_string()))?;
    let archive = open(&arguments.file, &arguments.limits.archive_limits())?;
    let is_taken =
        archive.entries().iter().any(|entry| entry.kind != EntryKind::Directory && patterns.matches(&entry.path));
    if !is_taken && !patterns.is_all() {
        return Err(CommandError::failed(format!("nothing in {} matches", shown_path(&arguments.file)))
            .hint("`wharf package inspect` shows what is in it"));
    }
    let cancel = CancelToken::new();
    cancel_work_on_signals(&cancel);
    let progress = Progress::of_bytes(&format!("extracting {}", shown_path(&arguments.file)), ui);
    let extracted = archive.extract_into(&arguments.into, &patterns, &mut |told| {
        progress.set(told.bytes, told.total_bytes);
        unless_cancelled(&cancel)
    });
    drop(progress);
    let extracted = extracted.map_err(|error| match &error {
        ExtractError::Cancelled => CommandError::cancelled(),
        ExtractError::Archive(error) => failure(error),
        ExtractError::Folder { problem: FolderProblem::NotEmpty(_), .. } => {
            CommandError::failed(error.to_string()).hint("name a new folder, or remove what is in this one")
        }
        _ => CommandError::failed(error.to_string()),
    })?;
    match ui.output {
        Output::Text => ui.say(
            Line::new()
                .with(Role::Good, ui.err.symbols.done)
                .with(Role::Strong, format!(" {}", shown_path(&arguments.into)))
                .with(
                    Role::Text,
                    format!(
                        "  {}, {}, {}",
                        count(extracted.files, "file"),
                        format_bytes(extracted.bytes),
                        format_duration(begun.elapsed())
                    ),
                ),
        ),
        Output::Json | Output::Ndjson => ui.json(&json!({
            "path": shown_path(&arguments.file),
            "into": shown_path(&arguments.into),
            "files": extracted.files,
            "content-bytes": extracted.bytes,
        })),
    }
    Ok(ExitCode::Done)
}
