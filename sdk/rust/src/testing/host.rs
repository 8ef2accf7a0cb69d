use std::cell::{RefCell, RefMut};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;

use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;

use super::{HttpRequest, LogEntry, Printed, ProgramStart, Progress, Reply, ReportedChange, TestPackage};
use crate::context::Mode;
use crate::{ChangeKind, Result, Step, component};

thread_local! {
    static CURRENT: RefCell<Vec<Host>> = const { RefCell::new(Vec::new()) };
}

type Program = Rc<dyn Fn(&ProgramStart) -> Printed>;
type Server = Rc<dyn Fn(&HttpRequest) -> Result<Reply>>;

/// A double of the host. Clones are the same host.
///
/// ```
/// use wharf_step::{context, testing::Host};
///
/// let host = Host::new().step_id("web").attempt(2).variable("Site.Name", "shop");
/// host.enter(|| assert_eq!(context::step_id(), "web"));
/// ```
#[derive(Clone)]
pub struct Host(Rc<RefCell<State>>);

pub(crate) struct State {
    pub(crate) mode: Mode,
    pub(crate) step_id: String,
    pub(crate) step_name: String,
    pub(crate) attempt: u32,
    pub(crate) idempotency_key: String,
    pub(crate) cancelled: bool,
    pub(crate) time_left: Option<u64>,
    pub(crate) variables: BTreeMap<String, Value>,
    pub(crate) denied_variables: BTreeSet<String>,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) packages: BTreeMap<String, TestPackage>,
    pub(crate) programs: BTreeMap<String, Program>,
    pub(crate) http: Option<Server>,
    pub(crate) logs: Vec<LogEntry>,
    pub(crate) progress: Vec<Progress>,
    pub(crate) changes: Vec<ReportedChange>,
    pub(crate) masked: Vec<String>,
    pub(crate) outputs: BTreeMap<String, (Value, bool)>,
    pub(crate) artifacts: BTreeMap<String, Vec<u8>>,
    pub(crate) started: Vec<ProgramStart>,
    pub(crate) requests: Vec<HttpRequest>,
    work: Option<TempDir>,
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

/// Putting in what the step finds.
impl Host {
    /// A host with nothing in it: no variables, no packages, no programs, no network.
    pub fn new() -> Self {
        Self(Rc::new(RefCell::new(State {
            mode: Mode::Apply,
            step_id: "step".into(),
            step_name: "Step".into(),
            attempt: 1,
            idempotency_key: "0123456789abcdef0123456789abcdef".into(),
            cancelled: false,
            time_left: None,
            variables: BTreeMap::new(),
            denied_variables: BTreeSet::new(),
            secrets: BTreeMap::new(),
            packages: BTreeMap::new(),
            programs: BTreeMap::new(),
            http: None,
            logs: Vec::new(),
            progress: Vec::new(),
            changes: Vec::new(),
            masked: Vec::new(),
            outputs: BTreeMap::new(),
            artifacts: BTreeMap::new(),
            started: Vec::new(),
            requests: Vec::new(),
            work: None,
        })))
    }

    fn with(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state());
        self
    }

    /// Whether it is a run or a plan.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        self.with(|state| state.mode = mode)
    }

    /// The step's identity.
    #[must_use]
    pub fn step_id(self, id: &str) -> Self {
        self.with(|state| id.clone_into(&mut state.step_id))
    }

    /// Which attempt it is.
    #[must_use]
    pub fn attempt(self, attempt: u32) -> Self {
        self.with(|state| state.attempt = attempt)
    }

    /// The key that is the same for every attempt.
    #[must_use]
    pub fn idempotency_key(self, key: &str) -> Self {
        self.with(|state| key.clone_into(&mut state.idempotency_key))
    }

    /// Whether the run was cancelled.
    #[must_use]
    pub fn cancelled(self, cancelled: bool) -> Self {
        self.with(|state| state.cancelled = cancelled)
    }

    /// How many milliseconds are left.
    #[must_use]
    pub fn time_left(self, milliseconds: u64) -> Self {
        self.with(|state| state.time_left = Some(milliseconds))
    }

    /// A variable that may be read.
    #[must_use]
    pub fn variable(self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.with(|state| drop(state.variables.insert(name.to_owned(), value)))
    }

    /// A variable that the step may not read.
    #[must_use]
    pub fn denied_variable(self, name: &str) -> Self {
        self.with(|state| state.denied_variables.extend([name.to_lowercase()]))
    }

    /// A secret with its reference.
    #[must_use]
    pub fn secret(self, reference: &str, value: &str) -> Self {
        self.with(|state| drop(state.secrets.insert(reference.to_owned(), value.to_owned())))
    }

    /// A package whose reference is its ID, with its files: path and text.
    #[must_use]
    pub fn package(self, id: &str, version: &str, files: &[(&str, &str)]) -> Self {
        let files: Vec<_> = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        self.package_of_bytes(id, version, files)
    }

    /// The same with files of any bytes.
    #[must_use]
    pub fn package_of_bytes(self, id: &str, version: &str, files: Vec<(String, Vec<u8>)>) -> Self {
        let package = TestPackage { id: id.to_owned(), version: version.to_owned(), files };
        self.with(|state| drop(state.packages.insert(id.to_owned(), package)))
    }

    /// A program that may be run: what it prints, given how it was started.
    #[must_use]
    pub fn program(self, name: &str, program: impl Fn(&ProgramStart) -> Printed + 'static) -> Self {
        self.with(|state| drop(state.programs.insert(name.to_owned(), Rc::new(program))))
    }

    /// The network: what it answers to each request.
    #[must_use]
    pub fn http(self, server: impl Fn(&HttpRequest) -> Result<Reply> + 'static) -> Self {
        self.with(|state| state.http = Some(Rc::new(server)))
    }
}

/// Running steps in it.
impl Host {
    /// Runs a step, named by its inputs' type, as the real host does: from JSON.
    pub fn run<S: Step>(&self, inputs: Value) -> Result {
        self.enter(|| component::run::<S>(&inputs.to_string()))
    }

    /// Does something in this host.
    pub fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Leave;
        impl Drop for Leave {
            fn drop(&mut self) {
                CURRENT.with_borrow_mut(|hosts| drop(hosts.pop()));
            }
        }
        CURRENT.with_borrow_mut(|hosts| hosts.push(self.clone()));
        let _leave = Leave;
        work()
    }

    /// The host of the innermost [`enter`](Self::enter), or the thread's own if there is none.
    pub fn current() -> Self {
        CURRENT.with_borrow_mut(|hosts| {
            if hosts.is_empty() {
                hosts.push(Self::new());
            }
            hosts.last().cloned().unwrap_or_default()
        })
    }

    pub(crate) fn state(&self) -> RefMut<'_, State> {
        self.0.borrow_mut()
    }
}

/// Looking at what the step did.
impl Host {
    /// The log entries.
    pub fn logs(&self) -> Vec<LogEntry> {
        self.state().logs.clone()
    }

    /// The log as text: `level: message field=value`, a line each.
    pub fn log_text(&self) -> String {
        let line = |entry: &LogEntry| {
            let level = format!("{:?}", entry.level).to_lowercase();
            let fields: String = entry.fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            format!("{level}: {}{fields}\n", entry.message)
        };
        self.state().logs.iter().map(line).collect()
    }

    /// What was said of progress.
    pub fn progress(&self) -> Vec<Progress> {
        self.state().progress.clone()
    }

    /// The changes that were reported.
    pub fn changes(&self) -> Vec<ReportedChange> {
        self.state().changes.clone()
    }

    /// Whether a change of this kind was reported for this target.
    pub fn has_change(&self, kind: ChangeKind, target: &str) -> bool {
        self.state().changes.iter().any(|change| change.kind == kind && change.target == target)
    }

    /// The value of an output, if it was set.
    pub fn output(&self, name: &str) -> Option<Value> {
        self.state().outputs.get(name).map(|(value, _)| value.clone())
    }

    /// All outputs by name.
    pub fn outputs(&self) -> BTreeMap<String, Value> {
        self.state().outputs.iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect()
    }

    /// Whether an output was set as a sensitive one.
    pub fn is_sensitive(&self, name: &str) -> bool {
        self.state().outputs.get(name).is_some_and(|(_, sensitive)| *sensitive)
    }

    /// Whether a text was masked.
    pub fn is_masked(&self, text: &str) -> bool {
        self.state().masked.iter().any(|masked| masked == text)
    }

    /// The content of an artifact, if it was kept.
    pub fn artifact(&self, name: &str) -> Option<Vec<u8>> {
        self.state().artifacts.get(name).cloned()
    }

    /// The programs that were started.
    pub fn started(&self) -> Vec<ProgramStart> {
        self.state().started.clone()
    }

    /// The requests that were sent.
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.state().requests.clone()
    }

    /// The step's private directory: a temporary one.
    pub fn work(&self) -> PathBuf {
        let mut state = self.state();
        let made = state.work.get_or_insert_with(|| TempDir::new().expect("a temporary directory can be made"));
        made.path().to_owned()
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("step", &self.state().step_id).finish_non_exhaustive()
    }
}

impl State {
    pub(crate) fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn variable_names(&self, pattern: &str) -> Vec<String> {
        // Names have no separators for the glob to stop at once every `/` is out of the way.
        let pattern = pattern.to_lowercase().replace('/', "\u{1}");
        let matches = |name: &&String| fast_glob::glob_match(&pattern, name.to_lowercase().replace('/', "\u{1}"));
        self.variables.keys().filter(matches).cloned().collect()
    }

    /// The text with the values of secrets in the place of their references.
    pub(crate) fn revealed(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, (reference, value)| text.replace(reference, value))
    }
}
