//! Runs guests: a [`Bench`] is a host, a call that a test changes as it likes, and everything that is observed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::by_plan::Shown;
use serde_json::Value;
use wharf_host::{Host, HostOptions};
use wharf_model::{
    CancelToken, Change, Component, ComponentSource, Failure, FileAccess, FileGrant, GrantOrigin, Grants, HttpPattern,
    Level, Limit, Limits, PlannedEffects, ProgramGrant, Rendered, RunMode, Secret, StepCall, StepEvent, StepObserver,
    StepRunner, VariableAccess, VariableError,
};

/// The repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

/// The component of a guest, built by `cargo xtask guests`.
pub(crate) fn guest(name: &str) -> ComponentSource {
    let path = repository().join(format!("target/guests-out/{name}.wasm"));
    assert!(path.exists(), "{} is missing: run `cargo xtask guests`", path.display());
    ComponentSource::File(path)
}

/// The names of all guests.
pub(crate) fn guests() -> Vec<String> {
    let folder = repository().join("target/guests-out");
    let entries = std::fs::read_dir(&folder).expect("`cargo xtask guests` has been run").flatten();
    let names = entries.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".wasm").map(str::to_owned));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// One host for all tests, with a cache, as `wharf` has it.
pub(crate) fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let cache = Some(repository().join("target/test-cache"));
        Host::new(&HostOptions { cache, ..HostOptions::default() }).expect("the host starts")
    })
}

/// Hears everything and keeps it.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) events: Mutex<Vec<StepEvent>>,
    pub(crate) masked: Mutex<Vec<String>>,
}

impl StepObserver for Heard {
    fn event(&self, event: StepEvent) {
        self.events.lock().expect("no test panics while it holds this").push(event);
    }

    fn mask(&self, value: &str) {
        self.masked.lock().expect("no test panics while it holds this").push(value.to_owned());
    }
}

/// A secret that was fetched.
pub(crate) fn secret(reference: &str, name: &str, value: &str) -> Secret {
    Secret { reference: reference.into(), name: name.into(), value: value.into(), sources: vec![name.into()] }
}

/// Variables from a list, and secrets that come into being where their tokens are evaluated.
struct Listed {
    variables: Vec<(String, String)>,
    derived: Vec<Secret>,
}

impl VariableAccess for Listed {
    fn get(&self, name: &str) -> Result<Option<Rendered<Value>>, VariableError> {
        let Some((_, value)) = self.variables.iter().find(|(other, _)| other == name) else { return Ok(None) };
        let rendered = self.evaluate(value, false, &|_| true)?;
        Ok(Some(Rendered { value: rendered.value.into(), derived: rendered.derived }))
    }

    fn names(&self) -> Vec<String> {
        self.variables.iter().map(|(name, _)| name.clone()).collect()
    }

    fn evaluate(
        &self,
        template: &str,
        _: bool,
        allowed: &dyn Fn(&str) -> bool,
    ) -> Result<Rendered<String>, VariableError> {
        let mut text = template.to_owned();
        let mut derived = Vec::new();
        for secret in self.derived.iter().filter(|secret| template.contains(&secret.name)) {
            text = text.replace(&secret.name, &secret.reference);
            derived.push(secret.clone());
        }
        for (name, value) in &self.variables {
            let token = format!("#{{{name}}}");
            if text.contains(&token) {
                if !allowed(name) {
                    return Err(VariableError::Wrong(format!("`{name}` is not granted")));
                }
                text = text.replace(&token, value);
            }
        }
        Ok(Rendered { value: text, derived })
    }
}

/// A call in the making.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) component: Arc<Component>,
    pub(crate) inputs: Value,
    pub(crate) grants: Grants,
    pub(crate) limits: Limits,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) derived: Vec<Secret>,
    /// The variables of a run, instead of those of the list.
    pub(crate) run_variables: Option<Arc<dyn VariableAccess>>,
    pub(crate) mode: RunMode,
    pub(crate) cancel: CancelToken,
    pub(crate) grace: Duration,
    pub(crate) planned: Option<Arc<dyn PlannedEffects>>,
    pub(crate) attempt: u32,
    pub(crate) packages: Vec<wharf_model::PackageFile>,
    pub(crate) artifacts: Option<PathBuf>,
    /// A folder with all that the step may change: what it does is planned first, which must come to the same and leave
    /// the folder as it is.
    pub(crate) planned_in: Option<PathBuf>,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) result: Result<(), Failure>,
    pub(crate) events: Vec<StepEvent>,
    pub(crate) masked: Vec<String>,
}

impl Bench {
    pub(crate) fn new(name: &str) -> Self {
        let component = host().load(&guest(name)).unwrap_or_else(|error| panic!("{name} loads: {error}"));
        Self::of(component)
    }

    pub(crate) fn of(component: Arc<Component>) -> Self {
        Self {
            component,
            inputs: serde_json::json!({}),
            grants: Grants::default(),
            limits: Limits::default(),
            variables: Vec::new(),
            secrets: Vec::new(),
            derived: Vec::new(),
            run_variables: None,
            mode: RunMode::Apply,
            cancel: CancelToken::new(),
            grace: Duration::from_secs(10),
            planned: None,
            attempt: 1,
            packages: Vec::new(),
            artifacts: None,
            planned_in: None,
        }
    }

    /// The same in a plan.
    pub(crate) fn planned(self) -> Self {
        Self { mode: RunMode::Plan, planned_in: None, ..self }
    }

    pub(crate) fn input(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.inputs[name] = value.into();
        self
    }

    pub(crate) fn read(self, path: &Path) -> Self {
        self.file(path, FileAccess::Read)
    }

    pub(crate) fn write(self, path: &Path) -> Self {
        self.file(path, FileAccess::Write)
    }

    fn file(mut self, path: &Path, access: FileAccess) -> Self {
        self.grants.files.push(FileGrant { path: path.to_owned(), access, origin: GrantOrigin::Host });
        self
    }

    /// What the guest does, an operation per line.
    pub(crate) fn script(self, lines: impl Into<String>) -> Self {
        self.input("do", lines.into())
    }

    pub(crate) fn http(mut self, pattern: &str) -> Self {
        let pattern = HttpPattern::parse(pattern).expect("a test's pattern parses");
        self.grants.http.allow(pattern, GrantOrigin::Host);
        self
    }

    pub(crate) fn program(mut self, name: &str, path: &str) -> Self {
        let path = Some(PathBuf::from(path));
        self.grants.programs.push(ProgramGrant { name: name.into(), path, origin: GrantOrigin::Host });
        self
    }

    pub(crate) fn limit(mut self, limit: Limit, value: u64) -> Self {
        self.limits.set(limit, value);
        self
    }

    pub(crate) fn run(mut self) -> Outcome {
        let Some(root) = self.planned_in.take() else { return self.run_once() };
        let before = crate::files::contents(&root);
        let planned = self.clone().planned().run_once();
        // The run goes by that plan: nothing that it does is refused.
        self.planned = Some(Arc::new(Shown::of(&planned.events, true)));
        assert_eq!(crate::files::contents(&root), before, "a plan changes nothing");
        let outcome = self.run_once();
        let transcript = |outcome: &Outcome| outcome.output("transcript").map(|text| without_work(&text.to_string()));
        assert_eq!(transcript(&planned), transcript(&outcome), "a plan comes to the same");
        assert_eq!(planned.result, outcome.result, "a plan ends the same");
        assert_eq!(planned.change_lines(&root), outcome.change_lines(&root), "a plan shows the same changes");
        outcome
    }

    fn run_once(self) -> Outcome {
        let heard = Arc::new(Heard::default());
        let result = self.run_with(heard.clone());
        Outcome::of(result, &heard)
    }

    /// On another host than the one for all.
    pub(crate) fn run_on(self, host: &Host) -> Outcome {
        let heard = Arc::new(Heard::default());
        let result = host.run(self.call(), heard.clone());
        Outcome::of(result, &heard)
    }

    /// Runs a step that must fail, and another one behind it, which must not mind.
    #[track_caller]
    pub(crate) fn fails(self) -> Outcome {
        let outcome = self.run();
        if outcome.result.is_ok() {
            panic!("the step succeeded: {:#?}", outcome.events);
        }
        Bench::new("noop").run().succeeded();
        outcome
    }

    /// The same for a step that is cancelled so many times when it logs its first line.
    #[track_caller]
    pub(crate) fn cancelled(self, times: u32) -> Outcome {
        let heard = Arc::new(Heard::default());
        let observer = CancelAtFirstLine { heard: Arc::clone(&heard), cancel: self.cancel.clone(), times };
        let result = self.run_with(Arc::new(observer));
        Bench::new("noop").run().succeeded();
        Outcome::of(result, &heard)
    }

    pub(crate) fn run_with(self, observer: Arc<dyn StepObserver>) -> Result<(), Failure> {
        host().run(self.call(), observer)
    }

    pub(crate) fn call(self) -> StepCall {
        let listed =
            || Arc::new(Listed { variables: self.variables, derived: self.derived }) as Arc<dyn VariableAccess>;
        StepCall {
            attempt: self.attempt,
            idempotency_key: "0123456789abcdef0123456789abcdef".into(),
            mode: self.mode,
            inputs: self.inputs,
            grants: Arc::new(self.grants),
            limits: self.limits,
            variables: self.run_variables.unwrap_or_else(listed),
            secrets: self.secrets.into(),
            packages: self.packages.into(),
            artifacts: self.artifacts,
            cancel: self.cancel,
            grace: self.grace,
            planned: self.planned,
            ..StepCall::new(self.component)
        }
    }
}

/// Cancels when the step has begun, which it says in the log.
struct CancelAtFirstLine {
    heard: Arc<Heard>,
    cancel: CancelToken,
    times: u32,
}

impl StepObserver for CancelAtFirstLine {
    fn event(&self, event: StepEvent) {
        if matches!(event, StepEvent::Log { .. }) && !self.cancel.is_cancelled() {
            (0..self.times).for_each(|_| self.cancel.cancel());
        }
        self.heard.event(event);
    }

    fn mask(&self, value: &str) {
        self.heard.mask(value);
    }
}

impl Outcome {
    pub(crate) fn of(result: Result<(), Failure>, heard: &Heard) -> Self {
        let events = std::mem::take(&mut *heard.events.lock().expect("the step has ended"));
        let masked = std::mem::take(&mut *heard.masked.lock().expect("the step has ended"));
        Self { result, events, masked }
    }

    /// The failure as people see it: code and limit, message, help, the line to add.
    #[track_caller]
    pub(crate) fn told(&self) -> String {
        told(self.failure())
    }

    /// What the guest's script came to, with the folder `root` written as `ROOT`.
    #[track_caller]
    pub(crate) fn transcript(&self, root: &Path) -> String {
        if let Err(failure) = &self.result {
            panic!("the step failed: {failure:#?}\n{}", self.log());
        }
        let transcript = self.output("transcript").and_then(Value::as_str).expect("the guest has a transcript");
        transcript.replace(root.to_str().expect("a folder's name is UTF-8"), "ROOT")
    }

    /// The log, a line each, with its level unless that is `info`.
    pub(crate) fn log(&self) -> String {
        let mut text = String::new();
        for event in &self.events {
            if let StepEvent::Log { level, message, .. } = event {
                let level = if *level == Level::Info { String::new() } else { format!("{level:?}: ").to_lowercase() };
                text.push_str(&format!("{level}{message}\n"));
            }
        }
        text
    }

    pub(crate) fn changes(&self) -> Vec<&Change> {
        let mut changes = Vec::new();
        for event in &self.events {
            if let StepEvent::Change(change) = event {
                changes.push(change);
            }
        }
        changes
    }

    /// The changes as `sign path summary`, with `root` left out of the paths.
    pub(crate) fn change_lines(&self, root: &Path) -> Vec<String> {
        let root = format!("{}/", root.display());
        let line = |change: &&Change| {
            let target = change.target.replace(&root, "");
            format!("{} {target} {}", change.kind.sign(), change.summary).trim_end().to_owned()
        };
        self.changes().iter().map(line).collect()
    }

    pub(crate) fn output(&self, wanted: &str) -> Option<&Value> {
        self.events.iter().rev().find_map(|event| match event {
            StepEvent::Output { name, value, .. } if name == wanted => Some(value),
            _ => None,
        })
    }

    #[track_caller]
    pub(crate) fn failure(&self) -> &Failure {
        self.result.as_ref().expect_err("the step fails")
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        if let Err(failure) = &self.result {
            panic!("the step failed: {failure:#?}\n{}", self.log());
        }
        self
    }
}

/// The text with the names of private directories, which are others each time, made the same.
fn without_work(text: &str) -> String {
    const BEFORE: &str = "/wharf-work-";
    let mut parts = text.split(BEFORE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = part.find(|character: char| !character.is_ascii_alphanumeric()).map_or("", |end| &part[end..]);
        text + BEFORE + "NAME" + rest
    })
}

/// A failure as people see it.
pub(crate) fn told(failure: &Failure) -> String {
    let mut text = format!("{:?}", failure.code).to_lowercase();
    if let Some(limit) = &failure.limit {
        text.push_str(&format!(" [{limit}]"));
    }
    text.push_str(&format!(": {}", failure.message));
    for (name, part) in [("help", &failure.help), ("add", &failure.add), ("input", &failure.input)] {
        if let Some(part) = part {
            text.push_str(&format!("\n{name}: {part}"));
        }
    }
    text
}

/// A new folder for a test.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("wharf-test-").tempdir().expect("a folder for the test")
}
