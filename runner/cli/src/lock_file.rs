//! `wharf.lock` beside the process file.

use std::path::{Path, PathBuf};

use wharf_engine::LockUse;
use wharf_model::{Lock, Process};
use wharf_project::{read_lock, write_lock};

use crate::error::CommandError;
use crate::process_file::read_source;
use crate::write_file::write_file;

/// What the lock means for a command.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct LockArguments {
    /// Use only what wharf.lock records; the default where the variable CI is set
    #[arg(long, conflicts_with = "no_locked")]
    locked: bool,
    /// Use what is not recorded too, even where CI is set
    #[arg(long)]
    no_locked: bool,
}

impl LockArguments {
    /// Whether what is not recorded is refused.
    pub fn is_strict(self) -> bool {
        self.locked || (!self.no_locked && is_ci())
    }

    /// The options that say the same again.
    pub fn options(self) -> &'static str {
        match (self.locked, self.no_locked) {
            (true, _) => " --locked",
            (_, true) => " --no-locked",
            _ => "",
        }
    }
}

/// Whether this is a build server's job: they all set this variable.
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "false"))
}

/// The lock of a process file: its place, and what stands there.
pub struct LockFile {
    pub path: PathBuf,
    /// The name for messages.
    pub name: String,
    /// What was recorded, with its text; none if there is no such file.
    pub recorded: Option<(Lock, String)>,
}

impl LockFile {
    /// Reads the lock of a process: `wharf.lock` beside `wharf.yaml`.
    pub fn of(process: &Process) -> Result<Self, CommandError> {
        let path = Path::new(&process.file.name).with_extension("lock");
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let recorded = match path.try_exists() {
            Ok(false) => None,
            _ => {
                let file = read_source(&path)?;
                Some((read_lock(&file)?, file.text.clone()))
            }
        };
        Ok(Self { path, name, recorded })
    }

    /// What was recorded.
    pub fn lock(&self) -> Option<&Lock> {
        self.recorded.as_ref().map(|(lock, _)| lock)
    }

    /// What it means for a command.
    pub fn usage(&self, arguments: LockArguments, is_offline: bool) -> LockUse<'_> {
        LockUse { lock: self.lock(), file_name: &self.name, is_strict: arguments.is_strict(), is_offline }
    }

    /// Writes what is to be recorded; answers whether that is another text than before.
    pub fn write(&self, lock: &Lock) -> Result<bool, CommandError> {
        let before = self.recorded.as_ref().map(|(_, text)| text.as_str());
        let text = write_lock(lock, before);
        if before == Some(text.as_str()) {
            return Ok(false);
        }
        write_file(&self.path, &text)
            .map_err(|error| CommandError::failed(format!("{} cannot be written: {error}", self.path.display())))?;
        Ok(true)
    }
}
