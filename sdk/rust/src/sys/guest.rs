use crate::bindings::wharf::step::{context, files, packages as archives, processes as programs, report};
use crate::bindings::wharf::step::{secrets, types, variables};
use crate::context::Mode;
use crate::packages::{Entry, EntryKind};
use crate::processes::{Command, Exit, Line, OutputMode, Source, Stdin};
use crate::{ChangeKind, Error, ErrorCode, Level, Result};

/// What the host answers, in this crate's own type. (The blanket `From` of [`Error`] leaves no room for another one.)
fn lift<T>(answer: Result<T, types::Error>) -> Result<T> {
    answer.map_err(|error| {
        let code = match error.code {
            types::ErrorCode::Invalid => ErrorCode::Invalid,
            types::ErrorCode::Denied => ErrorCode::Denied,
            types::ErrorCode::Withheld => ErrorCode::Withheld,
            types::ErrorCode::NotYetKnown => ErrorCode::NotYetKnown,
            types::ErrorCode::NotFound => ErrorCode::NotFound,
            types::ErrorCode::Transient => ErrorCode::Transient,
            types::ErrorCode::Limit => ErrorCode::Limit,
            types::ErrorCode::Cancelled => ErrorCode::Cancelled,
            types::ErrorCode::Failed => ErrorCode::Failed,
            types::ErrorCode::Other => ErrorCode::Other,
        };
        Error::from_contract(code, error.message, &error.detail)
    })
}

impl From<Error> for types::Error {
    fn from(error: Error) -> Self {
        let code = match error.code() {
            ErrorCode::Invalid => types::ErrorCode::Invalid,
            ErrorCode::Denied => types::ErrorCode::Denied,
            ErrorCode::Withheld => types::ErrorCode::Withheld,
            ErrorCode::NotYetKnown => types::ErrorCode::NotYetKnown,
            ErrorCode::NotFound => types::ErrorCode::NotFound,
            ErrorCode::Transient => types::ErrorCode::Transient,
            ErrorCode::Limit => types::ErrorCode::Limit,
            ErrorCode::Cancelled => types::ErrorCode::Cancelled,
            ErrorCode::Failed => types::ErrorCode::Failed,
            ErrorCode::Other => types::ErrorCode::Other,
        };
        let detail = serde_json::Value::Object(error.detail().clone()).to_string();
        Self { code, message: error.message().to_owned(), detail }
    }
}

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, String)]) {
    let level = match level {
        Level::Trace => report::Level::Trace,
        Level::Debug => report::Level::Debug,
        Level::Info => report::Level::Info,
        Level::Highlight => report::Level::Highlight,
        Level::Warn => report::Level::Warn,
        Level::Error => report::Level::Error,
    };
    let fields: Vec<(String, String)> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    report::log(level, message, &fields);
}

pub(crate) fn mask(text: &str) {
    report::mask(text);
}

pub(crate) fn progress(done: u64, total: Option<u64>, note: &str) {
    report::progress(done, total, note);
}

pub(crate) fn change(kind: ChangeKind, target: &str, detail: &str) -> Result {
    let kind = match kind {
        ChangeKind::Create => report::ChangeKind::Create,
        ChangeKind::Update => report::ChangeKind::Update,
        ChangeKind::Replace => report::ChangeKind::Replace,
        ChangeKind::Delete => report::ChangeKind::Delete,
        ChangeKind::Other => report::ChangeKind::Other,
    };
    lift(report::change(kind, target, detail))
}

pub(crate) fn output(name: &str, value: &str, sensitive: bool) -> Result {
    lift(report::output(name, value, sensitive))
}

pub(crate) fn artifact(path: &str, name: &str) -> Result {
    lift(report::artifact(path, name))
}

pub(crate) fn mode() -> Mode {
    match context::mode() {
        types::RunMode::Apply => Mode::Apply,
        types::RunMode::Plan => Mode::Plan,
    }
}

pub(crate) use context::{attempt, cancelled, idempotency_key, step_id, step_name, time_left};

pub(crate) fn sleep(milliseconds: u64) -> Result {
    lift(context::sleep(milliseconds))
}

pub(crate) fn native_path(path: &str) -> Result<String> {
    lift(files::native_path(path))
}

pub(crate) fn permissions(path: &str) -> Result<Option<u32>> {
    lift(files::permissions(path))
}

pub(crate) fn set_permissions(path: &str, permissions: u32) -> Result {
    lift(files::set_permissions(path, permissions))
}

pub(crate) fn reveal(reference: &str) -> Result<String> {
    lift(secrets::reveal(reference))
}

pub(crate) fn variable(name: &str) -> Result<Option<String>> {
    lift(variables::get(name))
}

pub(crate) fn variable_names(pattern: &str) -> Result<Vec<String>> {
    lift(variables::names(pattern))
}

pub(crate) fn evaluate(template: &str, lenient: bool) -> Result<String> {
    lift(variables::evaluate(template, lenient))
}

pub(crate) struct Archive(archives::Archive);

pub(crate) fn open_package(reference: &str) -> Result<Archive> {
    lift(archives::open(reference)).map(Archive)
}

impl Archive {
    pub(crate) fn id(&self) -> String {
        self.0.id()
    }

    pub(crate) fn version(&self) -> String {
        self.0.version()
    }

    pub(crate) fn digest(&self) -> String {
        self.0.digest()
    }

    pub(crate) fn entries(&self, offset: u32, limit: u32) -> Result<Vec<Entry>> {
        let kind = |kind| match kind {
            archives::EntryKind::File => EntryKind::File,
            archives::EntryKind::Directory => EntryKind::Directory,
            archives::EntryKind::Symlink => EntryKind::Symlink,
            archives::EntryKind::Other => EntryKind::Other,
        };
        let entry = |entry: archives::Entry| Entry {
            path: entry.path,
            kind: kind(entry.kind),
            size: entry.size,
            permissions: entry.permissions,
            link: entry.link,
        };
        Ok(lift(self.0.entries(offset, limit))?.into_iter().map(entry).collect())
    }

    pub(crate) fn read(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>> {
        lift(self.0.read(path, offset, length))
    }

    pub(crate) fn extract(&self, into: &str, patterns: &[String]) -> Result<u64> {
        lift(self.0.extract(into, patterns))
    }
}

pub(crate) struct Process(programs::Process);

pub(crate) fn start(command: &Command, output: OutputMode) -> Result<Process> {
    let program = programs::Command::new(&command.program);
    program.args(&command.args);
    for (name, value) in &command.env {
        program.env(name, value);
    }
    if let Some(path) = &command.cwd {
        program.cwd(path);
    }
    match &command.stdin {
        Stdin::Nothing => {}
        Stdin::Bytes(bytes) => program.stdin(bytes),
        Stdin::File(path) => program.stdin_from(path),
    }
    if let Some(path) = &command.stdout_to {
        program.stdout_to(path);
    }
    program.output(match output {
        OutputMode::Log => programs::OutputMode::Log,
        OutputMode::Lines => programs::OutputMode::Lines,
        OutputMode::Discard => programs::OutputMode::Discard,
    });
    lift(program.start()).map(Process)
}

impl Process {
    pub(crate) fn next_lines(&mut self, most: u32) -> Result<Vec<Line>> {
        let source = |source| match source {
            programs::Source::Stdout => Source::Stdout,
            programs::Source::Stderr => Source::Stderr,
        };
        let line = |line: programs::Line| Line { source: source(line.source), text: line.text };
        Ok(lift(self.0.next_lines(most))?.into_iter().map(line).collect())
    }

    pub(crate) fn wait(&mut self) -> Result<Exit> {
        Ok(match lift(self.0.wait())? {
            programs::Exit::Code(code) => Exit::Code(code),
            programs::Exit::Signal(signal) => Exit::Signal(signal),
        })
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill();
    }
}
