use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use wharf_model::{Diagnostic, ExitCode, SourceFile, Span};
use wharf_report::{Line, Role};

use crate::arguments::FileArgument;
use crate::error::CommandError;
use crate::process_file::{FILE_NAME, find, read_source, source};
use crate::ui::Ui;
use crate::write_file::write_file;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The files; `wharf.yaml` here or in a folder above if none is named, `-` for standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Change nothing; exit code 1 tells that something would change
    #[arg(long)]
    check: bool,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let files = match arguments.files.as_slice() {
        [] => vec![find(&FileArgument { file: None })?.ok_or_else(|| {
            CommandError::usage(format!("there is no {FILE_NAME} here or in a folder above")).hint("name the file")
        })?],
        files => files.to_vec(),
    };
    // All files are read before the first is written: one that is wrong leaves all as they are.
    let mut changed = Vec::new();
    for file in &files {
        let from_stdin = file.as_os_str() == "-";
        let text = if from_stdin { read_stdin()? } else { read_source(file)? };
        let formatted = wharf_project::format(text.clone())?;
        is_process(&text.name, &formatted)?;
        if from_stdin && !arguments.check {
            ui.text(&formatted);
        } else if formatted != text.text {
            changed.push((file, formatted));
        }
    }
    for (file, formatted) in &changed {
        if !arguments.check {
            write_file(file, formatted)
                .map_err(|error| CommandError::failed(format!("{} cannot be written: {error}", file.display())))?;
        }
        let verb = if arguments.check { "would change" } else { "formatted" };
        ui.say(Line::new().with(Role::Text, format!("{verb} {}", file.display())));
    }
    Ok(if arguments.check && !changed.is_empty() { ExitCode::Failed } else { ExitCode::Done })
}

/// Refuses text that is YAML by chance: nearly every text is.
fn is_process(name: &str, text: &str) -> Result<(), CommandError> {
    let file = Arc::new(SourceFile { name: name.to_owned(), text: text.to_owned() });
    let value = wharf_project::parse_value(file)?;
    if value.get("wharf").is_some() {
        return Ok(());
    }
    Err(Diagnostic::error("no-process", "this is no process file: it has no `wharf:` at its top")
        .at(&Span::new(Arc::clone(&value.span.file), 0, 0))
        .help("a process file begins with `wharf: 1`")
        .into())
}

fn read_stdin() -> Result<Arc<SourceFile>, CommandError> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(64 * 1024 * 1024)
        .read_to_end(&mut bytes)
        .map_err(|error| CommandError::usage(format!("standard input cannot be read: {error}")))?;
    Ok(source("<standard input>".into(), bytes)?)
}
