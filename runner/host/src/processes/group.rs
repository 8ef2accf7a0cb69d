//! A program and everything that it starts: a session of its own on Unix, a job object on Windows.
//!
//! A session rather than a mere process group, so that nobody can ask for a password on the terminal behind the user's
//! back. Whoever leaves it (`setsid` in a grandchild, as daemons do) is outside of what can be ended without privileges;
//! Wharf never waits for such a process.

use std::io;
use std::process::ExitStatus;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// A running group.
pub(super) struct Group {
    child: Box<dyn ChildWrapper>,
    #[cfg(unix)]
    id: rustix::process::Pid,
    gone: bool,
}

/// This side of the pipes to a program.
pub(super) struct Pipes {
    pub(super) stdin: Option<ChildStdin>,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
}

impl Group {
    /// Starts a program as the first of its group. Needs a runtime around it.
    pub(super) fn start(command: Command) -> io::Result<(Self, Pipes)> {
        let mut command = CommandWrap::from(command);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessSession);
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        let mut child = command.spawn()?;
        let pipes = Pipes { stdin: child.stdin().take(), stdout: child.stdout().take(), stderr: child.stderr().take() };
        #[cfg(unix)]
        let id = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
            .ok_or_else(|| io::Error::other("the program has no process number"))?;
        let group = Self {
            child,
            #[cfg(unix)]
            id,
            gone: false,
        };
        Ok((group, pipes))
    }

    /// Waits until the program itself has ended, not those that it started. May be dropped and called again.
    pub(super) async fn ended(&mut self) -> io::Result<Exit> {
        self.child.inner_mut().wait().await.map(exit_of)
    }

    /// Whether nobody of the group is left. Only to be asked when the program itself has ended. From then on nothing is
    /// sent to the group, whose number may belong to somebody else.
    pub(super) fn is_gone(&mut self) -> bool {
        #[cfg(unix)]
        if !self.gone {
            self.gone = rustix::process::test_kill_process_group(self.id) == Err(rustix::io::Errno::SRCH);
        }
        self.gone
    }

    /// The same, but members that are dead and wait to be fetched by the machine's process 1 are not counted: in a
    /// container that may take for ever.
    pub(super) fn is_dead(&mut self) -> bool {
        #[cfg(target_os = "linux")]
        if !self.is_gone() {
            self.gone = super::members::all_dead(self.id.as_raw_nonzero().get());
        }
        self.is_gone()
    }

    /// Asks the group to end, where the system has a way to ask.
    pub(super) fn terminate(&mut self) {
        #[cfg(unix)]
        if !self.gone {
            // It fails only if nobody is there any more.
            let _ = rustix::process::kill_process_group(self.id, rustix::process::Signal::TERM);
        }
        #[cfg(windows)]
        self.kill();
    }

    /// Ends the group by force.
    pub(super) fn kill(&mut self) {
        #[cfg(unix)]
        if !self.gone {
            let _ = rustix::process::kill_process_group(self.id, rustix::process::Signal::KILL);
        }
        #[cfg(windows)]
        {
            // It fails only if nobody is there any more.
            let _ = self.child.start_kill();
            self.gone = true;
        }
    }
}

#[cfg(unix)]
fn exit_of(status: ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt as _;

    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or_default()),
    }
}

#[cfg(not(unix))]
fn exit_of(status: ExitStatus) -> Exit {
    Exit::Code(status.code().unwrap_or(-1))
}
