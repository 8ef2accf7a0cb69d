use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use wharf_model::{CancelToken, ExitCode};
use wharf_package::{ArchiveLimits, Verified};
use wharf_report::{Line, Role, format_bytes, format_duration, sanitize};

use super::limits::LimitArguments;
use super::open::open;
use super::show::{count, shown_path};
use crate::arguments::Output;
use crate::error::CommandError;
use crate::progress::{Progress, unless_cancelled};
use crate::signals::cancel_work_on_signals;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The packages
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    limits: LimitArguments,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let limits = arguments.limits.archive_limits();
    let cancel = CancelToken::new();
    cancel_work_on_signals(&cancel);
    let mut documents = Vec::new();
    let mut damaged = 0;
    for file in &arguments.files {
        let begun = Instant::now();
        let verdict = verify(file, &limits, &cancel, ui);
        if cancel.is_cancelled() {
            return Err(CommandError::cancelled());
        }
        damaged += usize::from(!verdict.is_intact());
        match ui.output {
            Output::Text => ui.text(&verdict.text(file, begun, ui)),
            Output::Json => documents.push(verdict.document(file)),
            Output::Ndjson => ui.json(&verdict.document(file)),
        }
    }
    if ui.output == Output::Json {
        ui.json(&documents.into());
    }
    Ok(if damaged == 0 { ExitCode::Done } else { ExitCode::Failed })
}

/// What became of one package.
enum Verdict {
    /// It was read to its end.
    Read(Verified),
    /// It cannot be opened, or not be read.
    Unreadable { message: String, hints: Vec<String> },
}

fn verify(file: &Path, limits: &ArchiveLimits, cancel: &CancelToken, ui: &Ui) -> Verdict {
    let unreadable = |error: CommandError| match error {
        CommandError::Failed { message, hints, .. } => Verdict::Unreadable { message, hints },
        other => Verdict::Unreadable { message: other.to_string(), hints: Vec::new() },
    };
    if file.is_dir() {
        let message = format!("{} is a folder, not a package", shown_path(file));
        let hints = vec![format!("`wharf package verify {}/*` verifies the packages in it", shown_path(file))];
        return Verdict::Unreadable { message, hints };
    }
    let archive = match open(file, limits) {
        Ok(archive) => archive,
        Err(error) => return unreadable(error),
    };
    let progress = Progress::of_bytes(&format!("verifying {}", shown_path(file)), ui);
    let (done, total) = (AtomicU64::new(0), archive.total_bytes());
    let verified = archive.verify(&|bytes| {
        progress.set(done.fetch_add(bytes, Ordering::Relaxed) + bytes, total);
        unless_cancelled(cancel)
    });
    match verified {
        // Whoever cancelled looks at the token.
        Ok(verified) => Verdict::Read(verified.unwrap_or_default()),
        Err(error) => unreadable(super::open::failure(&error)),
    }
}

impl Verdict {
    fn is_intact(&self) -> bool {
        matches!(self, Self::Read(verified) if verified.damaged.is_empty())
    }

    fn text(&self, file: &Path, begun: Instant, ui: &Ui) -> String {
        let symbols = ui.out.symbols;
        let (role, sign) = if self.is_intact() { (Role::Good, symbols.done) } else { (Role::Bad, symbols.failed) };
        let mut head = Line::new().with(role, sign).with(Role::Strong, format!(" {}", shown_path(file)));
        let mut below = Vec::new();
        match self {
            Self::Read(verified) => {
                let facts =
                    [count(verified.files, "file"), format_bytes(verified.bytes), format_duration(begun.elapsed())];
                head.push(Role::Text, format!("  {}", facts.join(", ")));
                for damage in &verified.damaged {
                    let path = sanitize(&damage.path);
                    below.push(
                        Line::new().with(Role::Text, format!("`{path}` {}", sanitize(&damage.problem.to_string()))),
                    );
                }
            }
            Self::Unreadable { message, hints } => {
                below.push(Line::new().with(Role::Text, sanitize(message)));
                below.extend(hints.iter().map(|hint| Line::new().with(Role::Text, sanitize(hint))));
            }
        }
        let below = below.into_iter().map(|line| line.indented(2));
        std::iter::once(head).chain(below).map(|line| ui.out.render(&line) + "\n").collect()
    }

    fn document(&self, file: &Path) -> Value {
        let mut document = json!({ "path": shown_path(file), "intact": self.is_intact() });
        match self {
            Self::Read(verified) => {
                document["files"] = json!(verified.files);
                document["content-bytes"] = json!(verified.bytes);
                let damaged = verified.damaged.iter();
                document["damaged"] = damaged
                    .map(|damage| json!({ "path": damage.path, "problem": damage.problem.to_string() }))
                    .collect();
            }
            Self::Unreadable { message, .. } => document["error"] = json!(message),
        }
        document
    }
}
