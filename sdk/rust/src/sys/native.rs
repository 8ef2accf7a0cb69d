use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::context::Mode;
use crate::http::{Incoming, Outgoing};
use crate::packages::{Entry, EntryKind};
use crate::processes::{Command, Exit, Line, OutputMode, Printed, Source, Stdin};
use crate::testing::{Host, HttpRequest, LogEntry, ProgramStart, Progress, ReportedChange, TestPackage, template};
use crate::{ChangeKind, Context, Error, Level, Result};

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, String)]) {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Host::current().state().logs.push(LogEntry { level, message: message.to_owned(), fields });
}

pub(crate) fn mask(text: &str) {
    Host::current().state().masked.push(text.to_owned());
}

pub(crate) fn progress(done: u64, total: Option<u64>, note: &str) {
    Host::current().state().progress.push(Progress { done, total, note: note.to_owned() });
}

pub(crate) fn change(kind: ChangeKind, target: &str, detail: &str) -> Result {
    let detail = serde_json::from_str(detail)?;
    Host::current().state().changes.push(ReportedChange { kind, target: target.to_owned(), detail });
    Ok(())
}

pub(crate) fn output(name: &str, value: &str, sensitive: bool) -> Result {
    let letters = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    if name.is_empty() || name.len() > 200 || !name.chars().all(letters) {
        return Err(Error::invalid("the name of an output is 1 to 200 letters, digits, `-`, `_` or `.`"));
    }
    let value: Value = serde_json::from_str(value)?;
    Host::current().state().outputs.insert(name.to_owned(), (value, sensitive));
    Ok(())
}

pub(crate) fn artifact(path: &str, name: &str) -> Result {
    let content = fs::read(path).with_context(|| format!("cannot keep {path}"))?;
    Host::current().state().artifacts.insert(name.to_owned(), content);
    Ok(())
}

pub(crate) fn mode() -> Mode {
    Host::current().state().mode
}

pub(crate) fn cancelled() -> bool {
    Host::current().state().cancelled
}

pub(crate) fn time_left() -> Option<u64> {
    Host::current().state().time_left
}

pub(crate) fn sleep(_milliseconds: u64) -> Result {
    if cancelled() { Err(Error::cancelled("the run was cancelled")) } else { Ok(()) }
}

pub(crate) fn step_id() -> String {
    Host::current().state().step_id.clone()
}

pub(crate) fn step_name() -> String {
    Host::current().state().step_name.clone()
}

pub(crate) fn attempt() -> u32 {
    Host::current().state().attempt
}

pub(crate) fn idempotency_key() -> String {
    Host::current().state().idempotency_key.clone()
}

pub(crate) fn work() -> PathBuf {
    Host::current().work()
}

pub(crate) fn native_path(path: &str) -> Result<String> {
    Ok(path.to_owned())
}

#[cfg(unix)]
pub(crate) fn permissions(path: &str) -> Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).with_context(|| format!("cannot read the permissions of {path}"))?;
    Ok(Some(metadata.permissions().mode() & 0o7777))
}

#[cfg(not(unix))]
pub(crate) fn permissions(path: &str) -> Result<Option<u32>> {
    fs::metadata(path).map(|_| None).with_context(|| format!("cannot read the permissions of {path}"))
}

#[cfg(unix)]
pub(crate) fn set_permissions(path: &str, permissions: u32) -> Result {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(permissions))
        .with_context(|| format!("cannot set the permissions of {path}"))
}

#[cfg(not(unix))]
pub(crate) fn set_permissions(path: &str, _permissions: u32) -> Result {
    fs::metadata(path).map(|_| ()).with_context(|| format!("cannot set the permissions of {path}"))
}

#[cfg(unix)]
pub(crate) fn symlink(target: &str, link: &str) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
pub(crate) fn symlink(_target: &str, _link: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn reveal(reference: &str) -> Result<String> {
    let value = Host::current().state().secrets.get(reference).cloned();
    value.ok_or_else(|| Error::not_found("there is no secret with this reference"))
}

pub(crate) fn variable(name: &str) -> Result<Option<String>> {
    if Host::current().state().denied_variables.contains(&name.to_lowercase()) {
        return Err(Error::denied(format!("the step may not read the variable `{name}`"))
            .with_line_to_add(format!("allow: {{ variables: [\"{name}\"] }}")));
    }
    Ok(Host::current().state().variable(name).map(Value::to_string))
}

pub(crate) fn variable_names(pattern: &str) -> Result<Vec<String>> {
    Ok(Host::current().state().variable_names(pattern))
}

pub(crate) fn evaluate(text: &str, lenient: bool) -> Result<String> {
    template::evaluate(text, lenient, |name| Host::current().state().variable(name).cloned())
}

pub(crate) struct Archive(TestPackage);

pub(crate) fn open_package(reference: &str) -> Result<Archive> {
    let package = Host::current().state().packages.get(reference).cloned();
    package.map(Archive).ok_or_else(|| Error::not_found(format!("there is no package `{reference}`")))
}

impl Archive {
    pub(crate) fn id(&self) -> String {
        self.0.id.clone()
    }

    pub(crate) fn version(&self) -> String {
        self.0.version.clone()
    }

    pub(crate) fn digest(&self) -> String {
        self.0.digest()
    }

    pub(crate) fn entries(&self, offset: u32, limit: u32) -> Result<Vec<Entry>> {
        let files = self.0.files.iter().skip(offset as usize).take(limit as usize);
        let entry = |(path, content): &(String, Vec<u8>)| Entry {
            path: path.clone(),
            kind: EntryKind::File,
            size: content.len() as u64,
            permissions: Some(0o644),
            link: None,
        };
        Ok(files.map(entry).collect())
    }

    pub(crate) fn read(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>> {
        let content = self.0.files.iter().find(|(name, _)| name == path).map(|(_, content)| content);
        let content = content.with_context(|| format!("the package {} has no file {path}", self.0.id))?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        Ok(content[start..(start + length as usize).min(content.len())].to_vec())
    }

    pub(crate) fn extract(&self, into: &str, patterns: &[String]) -> Result<u64> {
        let mut count = 0;
        let cannot = |path: &Path| format!("cannot write {}", path.display());
        fs::create_dir_all(into).with_context(|| cannot(Path::new(into)))?;
        for (path, content) in &self.0.files {
            if !patterns.is_empty() && !patterns.iter().any(|pattern| fast_glob::glob_match(pattern, path)) {
                continue;
            }
            let target = Path::new(into).join(path);
            let parent = target.parent().unwrap_or(Path::new(into));
            fs::create_dir_all(parent).with_context(|| cannot(parent))?;
            fs::write(&target, content).with_context(|| cannot(&target))?;
            count += 1;
        }
        Ok(count)
    }
}

pub(crate) struct Process {
    printed: Printed,
    lines: std::vec::IntoIter<Line>,
}

pub(crate) fn start(command: &Command, output: OutputMode) -> Result<Process> {
    let host = Host::current();
    let stdin = match &command.stdin {
        Stdin::Nothing => Vec::new(),
        Stdin::Bytes(bytes) => bytes.clone(),
        Stdin::File(path) => fs::read(path).with_context(|| format!("cannot read {path}"))?,
    };
    let reveal = |(name, value): &(String, String)| (name.clone(), host.state().revealed(value));
    let start = ProgramStart {
        program: command.program.clone(),
        args: command.args.clone(),
        env: command.env.iter().map(reveal).collect(),
        cwd: command.cwd.clone(),
        stdin,
    };
    let program = host.state().programs.get(&command.program).cloned();
    let program = program.ok_or_else(|| {
        Error::denied(format!("the step is not granted the program `{}`", command.program))
            .with_line_to_add(format!("allow: {{ run: [{}] }}", command.program))
    })?;
    let printed = program(&start);
    host.state().started.push(start);
    let line = |source, text: &str| Line { source, text: text.to_owned() };
    let mut lines: Vec<Line> = printed.stderr.lines().map(|text| line(Source::Stderr, text)).collect();
    match &command.stdout_to {
        Some(path) => fs::write(path, &printed.stdout).with_context(|| format!("cannot write {path}"))?,
        None => lines.extend(printed.stdout.lines().map(|text| line(Source::Stdout, text))),
    }
    if output == OutputMode::Log {
        for line in &lines {
            log(if line.source == Source::Stdout { Level::Info } else { Level::Warn }, &line.text, &[]);
        }
    }
    let kept = if output == OutputMode::Lines { lines } else { Vec::new() };
    Ok(Process { printed, lines: kept.into_iter() })
}

impl Process {
    pub(crate) fn next_lines(&mut self, most: u32) -> Result<Vec<Line>> {
        Ok(self.lines.by_ref().take(most as usize).collect())
    }

    pub(crate) fn wait(&mut self) -> Result<Exit> {
        Ok(self.printed.exit)
    }

    pub(crate) fn kill(&mut self) {
        self.lines = Vec::new().into_iter();
    }
}

pub(crate) fn send(outgoing: Outgoing<'_>) -> Result<Incoming> {
    let host = Host::current();
    let mut body = Vec::new();
    if let Some(mut from) = outgoing.body {
        from.read_to_end(&mut body).context("cannot read the body")?;
    }
    let reveal = |(name, value): &(String, String)| (name.clone(), host.state().revealed(value));
    let request = HttpRequest {
        method: outgoing.method.to_owned(),
        url: format!("{}{}", outgoing.address.origin(), outgoing.address.path_and_query()),
        headers: outgoing.headers.iter().map(reveal).collect(),
        body,
    };
    if outgoing.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
        return Err(Error::transient("the request took too long: no answer in time"));
    }
    let server = host.state().http.clone();
    let server = server.ok_or_else(|| Error::denied("the step is not granted this address"))?;
    let reply = server(&request);
    host.state().requests.push(request);
    let reply = reply?;
    Ok(Incoming { status: reply.status, headers: reply.headers, body: Box::new(io::Cursor::new(reply.body)) })
}
