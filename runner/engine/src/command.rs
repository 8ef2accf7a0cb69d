use std::io::{self, IsTerminal as _, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;
use wharf_model::CancelToken;

/// The most bytes of the standard error that are kept for a message: what a program says last is why it failed.
const STDERR_BYTES: usize = 4 * 1024;
/// How long the end of a program is waited for before one looks again.
const INTERVAL: Duration = Duration::from_millis(20);

/// A program that tells a secret. It is started directly, without a shell and without an input, in Wharf's own
/// environment.
#[derive(Debug, Clone, Copy)]
pub struct SecretCommand<'a> {
    /// The program's absolute path.
    pub program: &'a Path,
    /// Its arguments.
    pub args: &'a [String],
    /// The folder in which it runs.
    pub folder: &'a Path,
    /// How long it may take.
    pub time: Duration,
    /// The most bytes that it may write to its standard output.
    pub most_bytes: usize,
}

/// Why a program told no secret.
#[derive(Debug, Error)]
pub enum SecretCommandError {
    /// It could not be started.
    #[error("it cannot be started: {0}")]
    Start(io::Error),
    /// Its output could not be read.
    #[error("its output cannot be read: {0}")]
    Read(io::Error),
    /// It ended with another code than 0, or by a signal.
    #[error("it failed ({status})")]
    Failed {
        /// How it ended, such as `exit status: 1`.
        status: String,
        /// The end of what it wrote to its standard error, at most 4 KiB.
        stderr: String,
    },
    /// It took too long, and was ended.
    #[error("it took too long")]
    TookTooLong {
        /// The end of what it wrote to its standard error, at most 4 KiB.
        stderr: String,
    },
    /// It wrote too much, and was ended.
    #[error("it wrote too much")]
    TooLarge,
    /// The run was cancelled, and the program ended.
    #[error("it was cancelled")]
    Cancelled,
}

/// What is heard of a running program.
enum Heard {
    /// Its standard output has ended, with what was read of it.
    Output(io::Result<Vec<u8>>),
    Cancelled,
}

/// Runs the program to its end and answers what it wrote to its standard output.
pub(crate) fn run_secret_command(
    command: &SecretCommand<'_>,
    cancel: &CancelToken,
) -> Result<Vec<u8>, SecretCommandError> {
    let mut system = Command::new(command.program);
    system.args(command.args).current_dir(command.folder);
    system.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start(system).map_err(SecretCommandError::Start)?;
    let (tell, heard) = mpsc::channel();
    let stderr = running.listen(command.most_bytes, &tell);
    let _watch = cancel.watch(move || drop(tell.send(Heard::Cancelled)));

    let until = Instant::now() + command.time;
    let mut output = None;
    let mut status: Option<ExitStatus> = None;
    while output.is_none() || status.is_none() {
        let now = Instant::now();
        if now >= until {
            running.end();
            return Err(SecretCommandError::TookTooLong { stderr: told(&stderr) });
        }
        match heard.recv_timeout(INTERVAL.min(until - now)) {
            Ok(Heard::Cancelled) => {
                running.end();
                return Err(SecretCommandError::Cancelled);
            }
            Ok(Heard::Output(Ok(bytes))) if bytes.len() > command.most_bytes => {
                running.end();
                return Err(SecretCommandError::TooLarge);
            }
            Ok(Heard::Output(read)) => output = Some(read),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        status = running.child.try_wait().map_err(SecretCommandError::Read)?;
    }
    let is_good = status.is_some_and(|status| status.success());
    match output {
        Some(read) if is_good => read.map_err(SecretCommandError::Read),
        _ => {
            let status = status.map(|status| status.to_string()).unwrap_or_default();
            Err(SecretCommandError::Failed { status, stderr: told(&stderr) })
        }
    }
}

/// The end of the standard error, if it comes soon: something that the program left behind may hold it open.
fn told(stderr: &mpsc::Receiver<Vec<u8>>) -> String {
    let bytes = stderr.recv_timeout(Duration::from_millis(200)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

struct Running {
    child: Child,
    /// Whether the program leads a process group of its own, with all that it starts.
    has_group: bool,
}

impl Running {
    /// On a terminal the program stays in Wharf's own process group, so that it may ask for a password there, and so
    /// that Ctrl-C reaches it. Elsewhere it gets one of its own, so that nothing of it is left behind.
    fn start(mut system: Command) -> io::Result<Self> {
        let has_group = cfg!(unix) && !io::stdin().is_terminal();
        #[cfg(unix)]
        if has_group {
            use std::os::unix::process::CommandExt as _;
            system.process_group(0);
        }
        Ok(Self { child: system.spawn()?, has_group })
    }

    /// Reads both outputs, each on a thread of its own. Answers where the end of the standard error is told.
    fn listen(&mut self, most_bytes: usize, tell: &Sender<Heard>) -> mpsc::Receiver<Vec<u8>> {
        let tell = tell.clone();
        if let Some(stdout) = self.child.stdout.take() {
            thread::spawn(move || {
                let mut bytes = Vec::new();
                let most = u64::try_from(most_bytes).unwrap_or(u64::MAX).saturating_add(1);
                let read = stdout.take(most).read_to_end(&mut bytes).map(|_| bytes);
                // Nobody listens any more if the program was ended.
                drop(tell.send(Heard::Output(read)));
            });
        }
        let (tell, heard) = mpsc::channel();
        if let Some(stderr) = self.child.stderr.take() {
            thread::spawn(move || drop(tell.send(last_bytes(stderr))));
        }
        heard
    }

    /// Ends the program by force, and waits for it.
    fn end(&mut self) {
        #[cfg(unix)]
        if self.has_group {
            let group = rustix::process::Pid::from_child(&self.child);
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        // One that has ended meanwhile cannot be killed, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn last_bytes(mut stream: impl Read) -> Vec<u8> {
    let mut last = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        last.extend_from_slice(&buffer[..length]);
        last.drain(..last.len().saturating_sub(STDERR_BYTES));
    }
    last
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(script: &str, time: Duration, cancel: &CancelToken) -> Result<String, SecretCommandError> {
        let args = ["-c".to_owned(), script.to_owned()];
        let (program, folder) = (Path::new("/bin/sh"), Path::new("/"));
        let command = SecretCommand { program, args: &args, folder, time, most_bytes: 64 };
        run_secret_command(&command, cancel).map(|bytes| String::from_utf8(bytes).expect("UTF-8"))
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn what_it_writes_is_answered() {
        let run = |script| run(script, MINUTE, &CancelToken::new());
        assert_eq!(run("cat; echo noise >&2; echo hunter2").expect("it works"), "hunter2\n");
        let error = run("echo hunter2; echo 'no such item' >&2; exit 3").expect_err("it fails");
        let SecretCommandError::Failed { status, stderr } = error else { panic!("{error:?}") };
        assert_eq!((status.as_str(), stderr.as_str()), ("exit status: 3", "no such item"));
        assert!(matches!(run("exec cat /dev/zero"), Err(SecretCommandError::TooLarge)));
        let error = run("i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done >&2; exit 1").expect_err("it fails");
        let SecretCommandError::Failed { stderr, .. } = error else { panic!("{error:?}") };
        assert!(stderr.len() <= STDERR_BYTES && stderr.ends_with("2999"), "{stderr}");
    }

    #[test]
    fn it_ends_when_its_time_is_over_or_the_run_is_cancelled() {
        let error = run("echo working >&2; exec sleep 1000", Duration::from_millis(300), &CancelToken::new());
        let Err(SecretCommandError::TookTooLong { stderr }) = error else { panic!("{error:?}") };
        assert_eq!(stderr, "working");
        let cancel = CancelToken::new();
        cancel.cancel();
        assert!(matches!(run("sleep 1000", MINUTE, &cancel), Err(SecretCommandError::Cancelled)));
    }

    #[test]
    fn what_cannot_be_started_is_told() {
        let command = SecretCommand {
            program: Path::new("/nowhere/op"),
            args: &[],
            folder: Path::new("/"),
            time: MINUTE,
            most_bytes: 64,
        };
        let error = run_secret_command(&command, &CancelToken::new()).expect_err("it is not there");
        assert!(matches!(error, SecretCommandError::Start(_)), "{error:?}");
    }
}
