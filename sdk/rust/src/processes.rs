//! Programs of the machine. They run outside the sandbox, so each is named in the grant (`run: [terraform]`) and every
//! listing says so.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;

use crate::files::text_of;
use crate::{Error, Result, sys};

/// Which stream a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line of a program's output, without its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which stream it came from.
    pub source: Source,
    /// The text. Bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl Exit {
    /// Whether the code is 0.
    pub fn success(self) -> bool {
        self == Exit::Code(0)
    }
}

/// `exit code 3`, `signal 9`.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit code {code}"),
            Exit::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// What happens to a program's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputMode {
    Log,
    Lines,
    Discard,
}

/// What a program reads from standard input.
#[derive(Debug, Clone)]
pub(crate) enum Stdin {
    Nothing,
    Bytes(Vec<u8>),
    File(String),
}

/// A program to be started, with its arguments passed as they are: no shell comes in between.
///
/// ```
/// use wharf_step::processes::Command;
/// use wharf_step::testing::{Host, Printed};
///
/// let host = Host::new().program("git", |started| {
///     assert_eq!(started.args, ["describe", "--tags"]);
///     Printed::stdout("v1.2\n")
/// });
/// let printed = host.enter(|| Command::new("git").arg("describe").arg("--tags").cwd("/work").read())?;
/// assert_eq!(printed.stdout, "v1.2\n");
/// # Ok::<(), wharf_step::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a command does nothing until it is run"]
pub struct Command {
    pub(crate) program: String,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) cwd: Option<String>,
    pub(crate) stdin: Stdin,
    pub(crate) stdout_to: Option<String>,
    invalid: Option<Error>,
}

/// What a program printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// How it ended.
    pub exit: Exit,
    /// Standard output, each line with `\n`.
    pub stdout: String,
    /// Standard error, each line with `\n`.
    pub stderr: String,
}

impl Command {
    /// `program` is a name that the grant resolves to an absolute path, or such a path.
    pub fn new(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: None,
            stdin: Stdin::Nothing,
            stdout_to: None,
            invalid: None,
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, value: impl Into<String>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Adds arguments.
    pub fn args<T: Into<String>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.args.extend(values.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of the program's environment, which is otherwise empty but for the system's basics (`PATH`,
    /// `HOME`, `LANG`, `TMPDIR` and their like). Secret references in the value are resolved by the host.
    pub fn env(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.env.push((name.into(), value.to_string()));
        self
    }

    /// Where it starts: a guest path, `/work` if this is not called.
    pub fn cwd(mut self, path: impl AsRef<Path>) -> Self {
        self.cwd = self.path(path.as_ref());
        self
    }

    /// What it reads from standard input.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Stdin::Bytes(bytes.into());
        self
    }

    /// Reads standard input from a file of the step.
    pub fn stdin_from(mut self, path: impl AsRef<Path>) -> Self {
        if let Some(path) = self.path(path.as_ref()) {
            self.stdin = Stdin::File(path);
        }
        self
    }

    /// Writes standard output into a file of the step.
    pub fn stdout_to(mut self, path: impl AsRef<Path>) -> Self {
        self.stdout_to = self.path(path.as_ref());
        self
    }

    fn path(&mut self, path: &Path) -> Option<String> {
        text_of(path).map(str::to_owned).map_err(|error| self.invalid = Some(error)).ok()
    }

    /// Runs it to its end while the host relays each line to the log: standard output at `info`, standard error at
    /// `warn`.
    ///
    /// ```
    /// use wharf_step::{processes::Command, testing::{Host, Printed}};
    ///
    /// let host = Host::new().program("tool", |_| Printed::stdout("done\n").code(2));
    /// let exit = host.enter(|| Command::new("tool").env("LEVEL", 3).run())?;
    /// assert_eq!(exit.to_string(), "exit code 2");
    /// assert_eq!(host.log_text(), "info: done\n");
    /// # Ok::<(), wharf_step::Error>(())
    /// ```
    pub fn run(self) -> Result<Exit> {
        self.start(OutputMode::Log)?.wait()
    }

    /// Runs it to its end like [`run`](Self::run); another end than code 0 is an error of code `failed`.
    ///
    /// ```
    /// use wharf_step::{processes::Command, testing::{Host, Printed}};
    ///
    /// let host = Host::new().program("tool", |_| Printed::stdout("").code(3));
    /// let error = host.enter(|| Command::new("tool").run_checked()).unwrap_err();
    /// assert_eq!(error.to_string(), "`tool` ended with exit code 3");
    /// ```
    pub fn run_checked(self) -> Result {
        let program = self.program.clone();
        match self.run()? {
            exit if exit.success() => Ok(()),
            exit => Err(Error::failed(format!("`{program}` ended with {exit}"))),
        }
    }

    /// Runs it to its end and hands over what it printed.
    pub fn read(self) -> Result<Printed> {
        let mut running = self.lines()?;
        let (mut stdout, mut stderr) = (String::new(), String::new());
        while let Some(line) = running.next_line()? {
            let text = if line.source == Source::Stdout { &mut stdout } else { &mut stderr };
            text.push_str(&line.text);
            text.push('\n');
        }
        Ok(Printed { exit: running.wait()?, stdout, stderr })
    }

    /// Runs it to its end; nobody reads what it prints.
    ///
    /// ```
    /// use wharf_step::{processes::Command, testing::{Host, Printed}};
    ///
    /// let host = Host::new().program("tool", |_| Printed::stdout("noise\n"));
    /// assert!(host.enter(|| Command::new("tool").run_silently())?.success());
    /// assert_eq!(host.log_text(), "");
    /// # Ok::<(), wharf_step::Error>(())
    /// ```
    pub fn run_silently(self) -> Result<Exit> {
        self.start(OutputMode::Discard)?.wait()
    }

    /// Starts it and hands over its lines as they come.
    ///
    /// ```
    /// use wharf_step::{processes::Command, testing::{Host, Printed}};
    ///
    /// let host = Host::new().program("tool", |started| {
    ///     assert_eq!(started.stdin, b"hello");
    ///     Printed::stdout("one\ntwo\n")
    /// });
    /// host.enter(|| {
    ///     let mut running = Command::new("tool").stdin("hello").lines()?;
    ///     let mut count = 0;
    ///     while let Some(line) = running.next_line()? {
    ///         count += line.text.len();
    ///     }
    ///     assert_eq!(count, 6);
    ///     assert!(running.wait()?.success());
    ///     Ok::<(), wharf_step::Error>(())
    /// })?;
    /// # Ok::<(), wharf_step::Error>(())
    /// ```
    pub fn lines(self) -> Result<Running> {
        self.start(OutputMode::Lines)
    }

    fn start(self, output: OutputMode) -> Result<Running> {
        match self.invalid {
            Some(error) => Err(error),
            None => Ok(Running { process: sys::start(&self, output)?, waiting: VecDeque::new() }),
        }
    }
}

/// A running program. The step's end ends its whole process group.
pub struct Running {
    process: sys::Process,
    waiting: VecDeque<Line>,
}

impl Running {
    /// Waits for the next line; none is the end of the output.
    pub fn next_line(&mut self) -> Result<Option<Line>> {
        if self.waiting.is_empty() {
            self.waiting = self.process.next_lines(256)?.into();
        }
        Ok(self.waiting.pop_front())
    }

    /// Waits for the end, draining what is left of the output first.
    pub fn wait(&mut self) -> Result<Exit> {
        self.process.wait()
    }

    /// Ends the whole process group.
    pub fn kill(&mut self) {
        self.process.kill();
    }
}
