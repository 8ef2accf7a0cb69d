use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use wharf_engine::{Clock, Downloading, Machine, SecretCommand, SecretCommandError, ThisMachine};
use wharf_model::CancelToken;

use crate::ask;
use crate::places::package_cache_folder;
use crate::progress::Progress;
use crate::ui::Ui;

/// This machine, with the user in front of it where there is one.
pub struct TerminalMachine<'a> {
    ui: &'a Ui,
    downloads: Mutex<Option<Progress>>,
}

impl<'a> TerminalMachine<'a> {
    pub fn new(ui: &'a Ui) -> Self {
        Self { ui, downloads: Mutex::new(None) }
    }
}

impl Machine for TerminalMachine<'_> {
    fn program(&self, name: &str) -> Option<PathBuf> {
        ThisMachine.program(name)
    }

    fn environment_variable(&self, name: &str) -> Option<String> {
        ThisMachine.environment_variable(name)
    }

    fn home(&self) -> Option<PathBuf> {
        ThisMachine.home()
    }

    fn package_cache(&self) -> Option<PathBuf> {
        package_cache_folder()
    }

    fn downloading(&self, progress: Downloading) {
        let mut downloads = self.downloads.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Downloading::Going { done, total } => {
                downloads.get_or_insert_with(|| Progress::of_bytes("downloading packages", self.ui)).set(done, total);
            }
            Downloading::Ended => *downloads = None,
        }
    }

    fn clock(&self) -> Clock {
        ThisMachine.clock()
    }

    fn run_secret_command(
        &self,
        command: &SecretCommand<'_>,
        cancel: &CancelToken,
    ) -> Result<Vec<u8>, SecretCommandError> {
        ThisMachine.run_secret_command(command, cancel)
    }

    fn can_ask(&self) -> bool {
        ask::can_ask()
    }

    fn ask_secret(&self, label: &str) -> io::Result<Option<String>> {
        ask::secret(label, self.ui)
    }
}
