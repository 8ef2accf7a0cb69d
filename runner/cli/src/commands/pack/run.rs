use std::io::Read as _;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use wharf_model::{CancelToken, ExitCode};
use wharf_package::{
    Existing, FileSelection, NuGetMetadata, PackError, PackFormat, PackRequest, Packed, pack_with_progress,
};
use wharf_report::{Line, Role, format_bytes, format_duration, sanitize};

use super::arguments::{Arguments, NuGetArguments};
use super::version::{Chosen, Source, choose};
use crate::arguments::Output;
use crate::commands::package::{count, limit_hint, percent, shown_path};
use crate::error::CommandError;
use crate::progress::{Progress, unless_cancelled};
use crate::signals::cancel_work_on_signals;
use crate::ui::{Ui, stdout_width};

/// Release notes are no books.
const NOTES_BYTES: u64 = 1024 * 1024;

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let begun = Instant::now();
    let folder = arguments.base_path.as_deref().or(arguments.folder.as_deref()).unwrap_or(Path::new("."));
    let selection = selection(arguments)?;
    let source_date_epoch = source_date_epoch()?;
    let notes = release_notes(&arguments.nuget)?;
    let authors = arguments.nuget.authors.join(", ");
    let cancel = CancelToken::new();
    cancel_work_on_signals(&cancel);
    let chosen = choose(arguments.version.as_deref(), folder, &cancel)?;
    tell_source(&chosen, ui);
    let format = PackFormat::from(arguments.format);
    if arguments.nuget.is_any() && format != PackFormat::Nupkg {
        ui.warn("only a nupkg says who made it and what is new; write `--format nupkg`");
    }
    let usual = NuGetMetadata::default();
    let limits = arguments.limits.archive_limits();
    let request = PackRequest {
        out_folder: &arguments.out_folder,
        format,
        compression: arguments.compression.into(),
        threads: arguments.threads,
        nuget: NuGetMetadata {
            authors: Some(authors.as_str()).filter(|authors| !authors.is_empty()),
            description: arguments.nuget.description.as_deref().unwrap_or(usual.description),
            release_notes: notes.as_deref(),
            title: arguments.nuget.title.as_deref(),
        },
        existing: if arguments.overwrite { Existing::Replace } else { Existing::Refuse },
        source_date_epoch,
        ..PackRequest::new(folder, &arguments.id, &chosen.version, &selection, &limits)
    };
    let progress = Progress::of_bytes(&format!("packing {} {}", arguments.id, chosen.version), ui);
    let mut content_bytes = 0;
    let packed = pack_with_progress(&request, &mut |told| {
        content_bytes = told.total_bytes;
        progress.set(told.bytes, told.total_bytes);
        unless_cancelled(&cancel)
    });
    drop(progress);
    let packed = packed.map_err(failure)?;
    let report = Report { packed: &packed, content_bytes, chosen: &chosen, id: &arguments.id, format, begun };
    match ui.output {
        Output::Text if ui.quiet => ui.text(&format!("{}\n", shown_path(&packed.path))),
        Output::Text => ui.text(&report.text(ui)),
        Output::Json | Output::Ndjson => ui.json(&report.document()),
    }
    Ok(ExitCode::Done)
}

fn selection(arguments: &Arguments) -> Result<FileSelection, CommandError> {
    let selection = FileSelection::new(&arguments.includes, &arguments.excludes)
        .map_err(|error| CommandError::usage(error.to_string()))?;
    Ok(if arguments.gitignore { selection.with_ignore_files() } else { selection })
}

/// The time that all entries get, if the environment says one: <https://reproducible-builds.org/specs/source-date-epoch/>.
fn source_date_epoch() -> Result<Option<u64>, CommandError> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) if !text.is_empty() => text.parse().map(Some).map_err(|_| {
            CommandError::usage(format!("SOURCE_DATE_EPOCH is `{text}`, which is no number of seconds since 1970"))
        }),
        _ => Ok(None),
    }
}

fn release_notes(arguments: &NuGetArguments) -> Result<Option<String>, CommandError> {
    let Some(path) = &arguments.release_notes_file else { return Ok(arguments.release_notes.clone()) };
    let mut text = String::new();
    let unreadable = |reason: String| CommandError::usage(format!("{} cannot be read: {reason}", path.display()));
    std::fs::File::open(path)
        .and_then(|file| file.take(NOTES_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| unreadable(error.to_string()))?;
    if text.len() as u64 > NOTES_BYTES {
        return Err(unreadable(format!("it has more than {}", format_bytes(NOTES_BYTES))));
    }
    Ok(Some(text))
}

fn tell_source(chosen: &Chosen, ui: &Ui) {
    let from = match &chosen.source {
        Source::Given => return,
        Source::Ci { server, variable } => format!("{variable} of {server}"),
        Source::Git { tag } => format!("the git tag {}", sanitize(tag)),
    };
    ui.say(
        Line::new()
            .with(Role::Text, "version ")
            .with(Role::Strong, sanitize(&chosen.version))
            .with(Role::Text, format!(" from {from}")),
    );
}

fn failure(error: PackError) -> CommandError {
    let failed = match &error {
        PackError::Cancelled => return CommandError::cancelled(),
        PackError::Name(_) | PackError::NuGetMetadata(_) => CommandError::usage(error.to_string()),
        _ => CommandError::failed(error.to_string()),
    };
    match &error {
        PackError::Exists(_) => failed.hint("`--overwrite` replaces it"),
        _ => limit_hint(failed, error.limit()),
    }
}

/// What is told of a package that was packed.
struct Report<'a> {
    packed: &'a Packed,
    content_bytes: u64,
    chosen: &'a Chosen,
    id: &'a str,
    format: PackFormat,
    begun: Instant,
}

impl Report<'_> {
    fn text(&self, ui: &Ui) -> String {
        let Packed { path, digest, bytes, files, unchanged } = self.packed;
        let sizes = format!(
            "{} {} {}{}",
            format_bytes(self.content_bytes),
            ui.out.symbols.arrow,
            format_bytes(*bytes),
            percent(*bytes, self.content_bytes).map(|share| format!(" ({share})")).unwrap_or_default(),
        );
        let unchanged = if *unchanged { ", unchanged" } else { "" };
        let line = Line::new()
            .with(Role::Good, ui.out.symbols.done)
            .with(Role::Strong, format!(" {}", shown_path(path)))
            .with(
                Role::Text,
                format!("  {}, {sizes}, {}{unchanged}", count(*files, "file"), format_duration(self.begun.elapsed())),
            )
            .with(Role::Faint, format!("  {digest}"));
        let lines = match stdout_width() {
            Some(width) => line.wrapped(width, 2),
            None => vec![line],
        };
        lines.iter().map(|line| ui.out.render(line) + "\n").collect()
    }

    fn document(&self) -> Value {
        let Packed { path, digest, bytes, files, unchanged } = self.packed;
        json!({
            "path": shown_path(path),
            "id": self.id,
            "version": self.chosen.version,
            "version-source": self.chosen.source.word(),
            "format": self.format.extension().trim_start_matches('.'),
            "files": files,
            "content-bytes": self.content_bytes,
            "bytes": bytes,
            "digest": digest,
            "unchanged": unchanged,
            "duration": u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}
