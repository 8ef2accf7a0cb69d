use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wharf_model::{Diagnostic, Process, SourceFile, Span};
use wharf_project::FileBounds;

use crate::arguments::FileArgument;
use crate::error::CommandError;
use crate::ui::Ui;

/// What a process file is called.
pub const FILE_NAME: &str = "wharf.yaml";

/// The process file that is named, or the one that is found here or in a folder above; none if there is none.
pub fn find(argument: &FileArgument) -> Result<Option<PathBuf>, CommandError> {
    if let Some(file) = &argument.file {
        return Ok(Some(if file.is_dir() { file.join(FILE_NAME) } else { file.clone() }));
    }
    let here = std::env::current_dir()
        .map_err(|error| CommandError::usage(format!("the current folder cannot be read: {error}")))?;
    let mut relative = PathBuf::new();
    for folder in here.ancestors() {
        if folder.join(FILE_NAME).is_file() {
            return Ok(Some(relative.join(FILE_NAME)));
        }
        relative.push("..");
    }
    Ok(None)
}

/// Reads the process file and tells its warnings.
pub fn load(argument: &FileArgument, ui: &Ui) -> Result<Process, CommandError> {
    let path = find(argument)?.ok_or_else(|| {
        let error = CommandError::usage(format!("there is no {FILE_NAME} here or in a folder above"));
        error.hint("`wharf init` writes one to begin with").hint("`-f FILE` names one")
    })?;
    let (process, warnings) = read_process(&path)?;
    ui.diagnostics(&warnings);
    Ok(process)
}

/// Reads a process file; with it what is odd about it.
pub fn read_process(path: &Path) -> Result<(Process, Vec<Diagnostic>), CommandError> {
    let file = read_source(path)?;
    let absolute = std::path::absolute(path)
        .map_err(|error| CommandError::usage(format!("{} has no place: {error}", path.display())))?;
    let folder = absolute.parent().map(without_dots).unwrap_or_default();
    let parsed = wharf_project::parse(file, folder);
    match parsed.process {
        Some(process) => Ok((process, parsed.diagnostics)),
        None => Err(parsed.diagnostics.into()),
    }
}

/// Reads a text that a user wrote, as far as it may be read.
pub fn read_source(path: &Path) -> Result<Arc<SourceFile>, CommandError> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => CommandError::usage(format!("there is no file {name}")),
        _ => CommandError::usage(format!("{name} cannot be read: {error}")),
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(CommandError::usage(format!("{name} is a folder, not a file")));
    }
    let limit = FileBounds::default().bytes;
    if metadata.is_file() && metadata.len() > limit as u64 {
        let message = format!("the file has {} bytes; the limit is {limit}", metadata.len());
        let file = Arc::new(SourceFile { name, text: String::new() });
        return Err(Diagnostic::error("file-too-large", message)
            .at(&Span::new(file, 0, 0))
            .help("keep data in files of their own and name them in the process file")
            .into());
    }
    // One byte more than may be read shows that it is too many, however large the file is.
    let most = limit as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    source(name, bytes).map_err(CommandError::from)
}

/// The bytes as text; the first byte that is not UTF-8 is told with its place.
pub fn source(name: String, bytes: Vec<u8>) -> Result<Arc<SourceFile>, Diagnostic> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::new(SourceFile { name, text })),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let message = format!("the file is not UTF-8: byte 0x{:02x} begins no character", bytes[at]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let file = Arc::new(SourceFile { name, text });
            Err(Diagnostic::error("not-utf8", message)
                .at(&Span::new(file, at, at + 1))
                .help("save it as UTF-8 in your editor"))
        }
    }
}

/// The path without `..`, as far as links allow.
fn without_dots(path: &Path) -> PathBuf {
    let has_dots = path.components().any(|component| component == std::path::Component::ParentDir);
    match path.canonicalize() {
        Ok(canonical) if has_dots => canonical,
        _ => path.to_owned(),
    }
}
