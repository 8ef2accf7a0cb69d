use std::io;
use std::path::PathBuf;

use wharf_engine::{Clock, Machine, SecretCommand, SecretCommandError, ThisMachine};
use wharf_model::CancelToken;

use crate::ask;
use crate::ui::Ui;

/// This machine, with the user in front of it where there is one.
pub struct TerminalMachine<'a> {
    pub ui: &'a Ui,
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
