use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use wharf_engine::PackageNames;
use wharf_fetch::{FetchError, PackageFile, Pushed, open_feed, push_all};
use wharf_model::{CancelToken, ExitCode, Limits};
use wharf_package::{Archive, ArchiveFormat, ArchiveLimits, PackageName};
use wharf_report::{Line, Role, sanitize};

use super::arguments::Arguments;
use crate::arguments::Output;
use crate::commands::package::shown_path;
use crate::error::CommandError;
use crate::progress::Progress;
use crate::signals::cancel_work_on_signals;
use crate::ui::Ui;

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let cancel = CancelToken::new();
    cancel_work_on_signals(&cancel);
    let settings = arguments.feed.settings(&cancel, ui)?;
    let place = settings.name.clone();
    let feed = open_feed(settings, Arc::new(PackageNames)).map_err(|error| CommandError::usage(error.to_string()))?;
    let mut pushes: Vec<Push> = arguments.all_files().into_iter().map(Push::new).collect();
    let files: Vec<PackageFile> = pushes.iter().filter_map(|push| push.package.as_ref().ok()).cloned().collect();
    let progress = Progress::of_things(&format!("pushing to {place}"), ui);
    let (done, total) = (AtomicU64::new(0), files.len() as u64);
    let results = runtime()?.block_on(push_all(&*feed, &files, arguments.mode(), &cancel, |_, _| {
        progress.set(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    }));
    drop(progress);
    // The results are in the order of the packages that could be read.
    let mut results = results.into_iter();
    for push in &mut pushes {
        push.result = match &push.package {
            Ok(_) => results.next(),
            Err(_) => None,
        };
    }
    let documents: Value = pushes.iter().map(|push| push.document(&place)).collect();
    match ui.output {
        Output::Text => pushes.iter().for_each(|push| ui.text(&push.text(ui))),
        Output::Json | Output::Ndjson => ui.json(&documents),
    }
    let failed = pushes.iter().filter(|push| push.verdict().is_err()).count();
    match failed {
        _ if cancel.is_cancelled() => Ok(ExitCode::Cancelled),
        0 => Ok(ExitCode::Done),
        failed => {
            if ui.output == Output::Text {
                let all = pushes.len();
                ui.say(Line::new().with(Role::Bad, format!("{failed} of {all} failed")));
            }
            Ok(ExitCode::Failed)
        }
    }
}

/// The threads that work for feeds. Made when they are needed: no other command has them.
fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CommandError::failed(format!("no threads can be started: {error}")))
}

/// One package, and what became of it.
struct Push {
    path: PathBuf,
    package: Result<PackageFile, String>,
    result: Option<Result<Pushed, FetchError>>,
}

impl Push {
    fn new(path: PathBuf) -> Self {
        let package = package(&path);
        Self { path, package, result: None }
    }

    /// What became of it; the error is why it is not there.
    fn verdict(&self) -> Result<Pushed, String> {
        match (&self.package, &self.result) {
            (Err(reason), _) => Err(reason.clone()),
            (Ok(_), Some(Ok(pushed))) => Ok(*pushed),
            (Ok(_), Some(Err(FetchError::Exists { .. }))) => {
                Err("it is there already; `--overwrite-mode` overwrites or ignores it".to_owned())
            }
            (Ok(_), Some(Err(error))) => Err(error.to_string()),
            (Ok(_), None) => Err("its push has not begun".to_owned()),
        }
    }

    fn text(&self, ui: &Ui) -> String {
        let symbols = ui.out.symbols;
        let path = shown_path(&self.path);
        let line = match self.verdict() {
            Ok(Pushed::Done) => Line::new().with(Role::Good, symbols.done).with(Role::Strong, format!(" {path}")),
            Ok(Pushed::AlreadyThere) => Line::new()
                .with(Role::Faint, symbols.skipped)
                .with(Role::Strong, format!(" {path}"))
                .with(Role::Faint, "  was there already"),
            Err(reason) => Line::new()
                .with(Role::Bad, symbols.failed)
                .with(Role::Strong, format!(" {path}"))
                .with(Role::Text, format!("  {}", sanitize(&reason))),
        };
        ui.out.render(&line) + "\n"
    }

    fn document(&self, feed: &str) -> Value {
        let verdict = self.verdict();
        let mut document = json!({
            "path": shown_path(&self.path),
            "id": self.package.as_ref().ok().map(|package| &package.id),
            "version": self.package.as_ref().ok().map(|package| &package.version),
            "feed": feed,
            "result": match &verdict {
                Ok(Pushed::Done) => "pushed",
                Ok(Pushed::AlreadyThere) => "already-there",
                Err(_) => "failed",
            },
        });
        if let Err(reason) = verdict {
            document["error"] = json!(reason);
        }
        document
    }
}

/// What a file is by its name.
fn package(path: &Path) -> Result<PackageFile, String> {
    let file_name = path.file_name().and_then(|name| name.to_str()).ok_or("its name is no text")?;
    if !path.is_file() {
        return Err(if path.exists() { "is no file" } else { "there is no such file" }.to_owned());
    }
    ArchiveFormat::of_file_name(file_name).map_err(|error| error.to_string())?;
    let name = PackageName::parse(file_name).map_err(|error| error.to_string())?;
    // A package that nobody can open would be the newest one of its feed.
    let limits = ArchiveLimits::from(&Limits::default());
    Archive::open(path, &limits).map_err(|error| error.problem.to_string())?;
    Ok(PackageFile {
        path: path.to_owned(),
        id: name.id,
        version: name.version.to_string(),
        extension: name.extension.trim_start_matches('.').to_owned(),
    })
}
