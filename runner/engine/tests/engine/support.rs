//! A process file, a double of the sandbox and of the machine, and what the run says as text.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, io};

use serde_json::{Value, json};
use tempfile::TempDir;
use wharf_engine::{
    ByPlan, Clock, FeedUse, LockUse, Machine, PackageChoices, PlanKeeping, PlanKey, PlanOutcome, PlannedRun, Prompt,
    Request, Resumed, RunOptions, RunOutcome, Schedule, SecretCommand, SecretCommandError, StandardSteps, Unplanned,
    World, check, feed_settings, plan, plan_for_run, prompts, record, resolve, run, run_with,
};
use wharf_fetch::FeedSettings;
use wharf_model::{
    CancelToken, Change, ChangeKind, ChangeSource, Component, ComponentError, ComponentSource, Diagnostic, Event,
    EventKind, EventSink, Failure, FailureCode, Lock, PowerSummary, Process, RunMode, SourceFile, StepCall,
    StepDescription, StepEvent, StepObserver, StepRunner, VariableOrigin, VariableSet,
};
use wharf_report::{Style, diagnostics_to_text};
use wharf_variables::command_line_value;

/// What a step of the double does.
pub type Behaviour = Arc<dyn Fn(&StepCall, &dyn StepObserver) -> Result<(), Failure> + Send + Sync>;

/// The standard steps of the double with their descriptions.
fn descriptions() -> Vec<Value> {
    let describe = |name: &str, properties: Value, required: Value, powers: Value| {
        json!({
            "name": name, "version": "1.0.0", "summary": name, "powers": powers,
            "inputs": { "type": "object", "additionalProperties": false, "properties": properties, "required": required },
            "outputs": { "type": "object", "properties": { "known": { "type": "string", "x-known-in-plan": true } } },
        })
    };
    vec![
        describe("note", json!({ "text": { "type": "string" } }), json!([]), json!([])),
        describe(
            "write-file",
            json!({
                "path": { "type": "string", "x-power": "write" },
                "content": { "type": "string", "x-secret": true },
                "template": { "type": "string", "x-power": ["read", "variables"] },
                "lenient": { "type": "boolean", "default": false },
            }),
            json!(["path"]),
            json!(["read", "write", "variables", "secrets"]),
        ),
        describe(
            "http-request",
            json!({ "url": { "type": "string", "x-power": "http" }, "key": { "type": "string" } }),
            json!(["url"]),
            json!(["http"]),
        ),
        describe(
            "deploy-package",
            json!({
                "package": { "type": "string", "x-power": "package" },
                "into": { "type": "string", "x-power": "write" },
                "restore": { "type": "string", "x-power": "step" },
            }),
            json!([]),
            json!(["write", "packages", "variables"]),
        ),
        describe(
            "run-command",
            json!({ "command": { "type": "array", "items": { "type": "string" }, "x-power": "run" } }),
            json!(["command"]),
            json!(["run"]),
        ),
    ]
}

/// The double of the sandbox.
#[derive(Default)]
pub struct Double {
    behaviours: HashMap<String, Behaviour>,
    calls: Mutex<Vec<StepCall>>,
}

impl Double {
    /// Does this when the step of this id runs; others succeed and do nothing.
    pub fn on(
        mut self,
        step: &str,
        behaviour: impl Fn(&StepCall, &dyn StepObserver) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        self.behaviours.insert(step.to_owned(), Arc::new(behaviour));
        self
    }

    /// The step of this id fails.
    pub fn failing(self, step: &str, code: FailureCode) -> Self {
        self.on(step, move |call, _| Err(Failure::new(code, format!("{} does not work", call.step_id))))
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<StepCall> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The inputs of the last call of a step.
    pub fn inputs_of(&self, step: &str) -> Value {
        let calls = self.calls();
        calls.iter().rev().find(|call| call.step_id == step).expect("the step ran").inputs.clone()
    }
}

impl StepRunner for Double {
    fn load(&self, source: &ComponentSource) -> Result<Arc<Component>, ComponentError> {
        let (name, text) = match source {
            ComponentSource::Embedded { name, bytes, .. } => {
                ((*name).to_owned(), String::from_utf8_lossy(bytes).into_owned())
            }
            ComponentSource::File(path) => {
                let name = path.display().to_string();
                let text = fs::read_to_string(path).map_err(|_| ComponentError {
                    name: name.clone(),
                    message: "is not there".into(),
                    help: Some("build it first".into()),
                })?;
                (name, text)
            }
            ComponentSource::Bytes { name, bytes } => (name.clone(), String::from_utf8_lossy(bytes).into_owned()),
        };
        let description = StepDescription::parse(&text).map_err(|error| ComponentError {
            name,
            message: format!("is no step: {error}"),
            help: None,
        })?;
        Ok(Arc::new(Component {
            digest: format!("digest of {}", description.name),
            size: 1,
            description,
            imports: Vec::new(),
            source: source.clone(),
        }))
    }

    fn run(&self, call: StepCall, observer: Arc<dyn StepObserver>) -> Result<(), Failure> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        match self.behaviours.get(&call.step_id) {
            Some(behaviour) => behaviour(&call, observer.as_ref()),
            None => Ok(()),
        }
    }

    fn begin_plan(&self) -> Result<Box<dyn StepRunner + '_>, Failure> {
        Ok(Box::new(Planning(self)))
    }
}

/// The double in a plan.
struct Planning<'a>(&'a Double);

impl StepRunner for Planning<'_> {
    fn load(&self, source: &ComponentSource) -> Result<Arc<Component>, ComponentError> {
        self.0.load(source)
    }

    fn run(&self, call: StepCall, observer: Arc<dyn StepObserver>) -> Result<(), Failure> {
        self.0.run(StepCall { mode: RunMode::Plan, ..call }, observer)
    }

    fn begin_plan(&self) -> Result<Box<dyn StepRunner + '_>, Failure> {
        self.0.begin_plan()
    }
}

struct Standard(Vec<(String, &'static [u8])>);

impl StandardSteps for Standard {
    fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }
    fn find(&self, name: &str) -> Option<ComponentSource> {
        let (name, bytes) = self.0.iter().find(|(known, _)| known == name)?;
        // Tests are few and end soon.
        let name: &'static str = name.clone().leak();
        Some(ComponentSource::Embedded { name, bytes, digest: "" })
    }
    fn absence(&self) -> Option<&str> {
        None
    }
}

/// What a program of the double machine does.
pub type Program = Arc<dyn Fn(&[String]) -> Result<Vec<u8>, SecretCommandError> + Send + Sync>;

/// A machine with one program and one environment variable, and what a test adds.
#[derive(Default)]
pub struct Machinery {
    /// More environment variables.
    pub environment: Vec<(String, String)>,
    /// What programs tell, by their names.
    pub programs: HashMap<String, Program>,
    /// What is answered, by the label; none means that there is nobody to ask.
    pub answers: Option<HashMap<String, String>>,
    /// Where packages are kept.
    pub package_cache: Option<PathBuf>,
    /// What was run and asked.
    pub told: Mutex<Vec<String>>,
}

impl Machine for Machinery {
    fn program(&self, name: &str) -> Option<PathBuf> {
        let is_there = name == "bash" || self.programs.contains_key(name);
        is_there.then(|| if name.starts_with('/') { PathBuf::from(name) } else { Path::new("/usr/bin").join(name) })
    }
    fn environment_variable(&self, name: &str) -> Option<String> {
        let given = self.environment.iter().find(|(known, _)| known == name);
        given.map(|(_, value)| value.clone()).or_else(|| (name == "TOKEN").then(|| "s3cret value".to_owned()))
    }
    fn home(&self) -> Option<PathBuf> {
        Some(PathBuf::from("/home/me"))
    }
    fn package_cache(&self) -> Option<PathBuf> {
        self.package_cache.clone()
    }
    fn clock(&self) -> Clock {
        Arc::new(|| "2026-11-21T01:07:54+01:00[Europe/Berlin]".parse().expect("a time"))
    }
    fn run_secret_command(&self, command: &SecretCommand<'_>, _: &CancelToken) -> Result<Vec<u8>, SecretCommandError> {
        let path = command.program.to_string_lossy().into_owned();
        let seconds = command.time.as_secs();
        self.note(format!("run {path} {:?} at most {seconds} s", command.args));
        let name = path.rsplit('/').next().unwrap_or_default();
        let program = self.programs.get(&path).or_else(|| self.programs.get(name)).expect("the program was found");
        program(command.args)
    }
    fn can_ask(&self) -> bool {
        self.answers.is_some()
    }
    fn ask_secret(&self, label: &str) -> io::Result<Option<String>> {
        self.note(format!("ask {label}"));
        Ok(self.answers.as_ref().and_then(|answers| answers.get(label)).cloned())
    }
}

impl Machinery {
    fn note(&self, what: String) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// What was run and asked so far.
    pub fn told(&self) -> Vec<String> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A program that tells this.
    pub fn telling(
        mut self,
        name: &str,
        tell: impl Fn(&[String]) -> Result<Vec<u8>, SecretCommandError> + Send + Sync + 'static,
    ) -> Self {
        self.programs.insert(name.to_owned(), Arc::new(tell));
        self
    }

    /// An environment variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Somebody who answers this.
    pub fn answering(mut self, answers: &[(&str, &str)]) -> Self {
        let pairs = answers.iter().map(|(label, answer)| ((*label).to_owned(), (*answer).to_owned()));
        self.answers = Some(pairs.collect());
        self
    }
}

/// A process file in a folder of its own.
pub struct Case {
    pub folder: TempDir,
    pub process: Process,
    pub machine: Machinery,
    pub sets: Vec<VariableSet>,
    pub lenient: bool,
    /// What was recorded, whether only that may be used, and whether feeds are left alone.
    pub lock: Option<Lock>,
    pub is_strict: bool,
    pub is_offline: bool,
    pub package_choices: PackageChoices,
    standard: Standard,
}

impl Case {
    pub fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = Arc::new(SourceFile { name: "wharf.yaml".into(), text: format!("wharf: 1\nproject: Test\n{text}") });
        let parsed = wharf_project::parse(file, folder.path().to_owned());
        let told = diagnostics_to_text(&parsed.diagnostics, &Style::plain(), None);
        let process = parsed.process.unwrap_or_else(|| panic!("the process file is wrong:\n{told}"));
        let standard = descriptions()
            .into_iter()
            .map(|description| {
                let name = description["name"].as_str().expect("it has a name").to_owned();
                let bytes: &'static [u8] = description.to_string().leak().as_bytes();
                (name, bytes)
            })
            .collect();
        let machine = Machinery::default();
        Self {
            folder,
            process,
            machine,
            sets: Vec::new(),
            lenient: false,
            lock: None,
            is_strict: false,
            is_offline: false,
            package_choices: PackageChoices::default(),
            standard: Standard(standard),
        }
    }

    /// A file beside the process file.
    pub fn file(self, path: &str, content: &str) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// On this machine.
    pub fn on(self, machine: Machinery) -> Self {
        Self { machine, ..self }
    }

    /// A variable of the command line.
    pub fn given(mut self, name: &str, text: &str) -> Self {
        let definitions = vec![command_line_value(name, text)];
        self.sets.push(VariableSet { origin: VariableOrigin::CommandLine, definitions });
        self
    }

    pub fn prompts(&self, environment: Option<&str>) -> Result<Vec<Prompt>, String> {
        let (double, cancel) = (Double::default(), CancelToken::new());
        prompts(&self.request(environment), self.world(&double, &cancel)).map_err(|problems| self.tell(&problems))
    }

    fn world<'a>(&'a self, double: &'a Double, cancel: &'a CancelToken) -> World<'a> {
        World { runner: double, standard: &self.standard, machine: &self.machine, cancel }
    }

    fn request<'a>(&'a self, environment: Option<&'a str>) -> Request<'a> {
        Request {
            process: &self.process,
            process_name: "deploy",
            environment,
            variable_sets: self.sets.clone(),
            lenient: self.lenient,
            package_choices: self.package_choices.clone(),
            run_id: "20261121-010754-3f9a".into(),
            mode: RunMode::Apply,
            lock: LockUse {
                lock: self.lock.as_ref(),
                is_strict: self.is_strict,
                is_offline: self.is_offline,
                ..LockUse::default()
            },
        }
    }

    pub fn resolve(&self, environment: Option<&str>, double: &Double) -> Result<Schedule, String> {
        resolve(&self.request(environment), self.world(double, &CancelToken::new()))
            .map_err(|problems| self.tell(&problems))
    }

    /// Resolves unless it was cancelled.
    pub fn resolve_until(&self, environment: &str, cancel: &CancelToken) -> Result<Schedule, String> {
        let double = Double::default();
        let world = self.world(&double, cancel);
        resolve(&self.request(Some(environment)), world).map_err(|problems| self.tell(&problems))
    }

    pub fn feed_settings(&self, name: &str, usage: FeedUse) -> Result<FeedSettings, String> {
        feed_settings(&self.request(None), &self.machine, &CancelToken::new(), name, usage)
            .map_err(|problems| self.tell(&problems))
    }

    /// What the process uses now, keeping what was recorded of packages.
    pub fn record(&self) -> Result<Lock, String> {
        let (double, cancel) = (Double::default(), CancelToken::new());
        record(&self.request(None), self.world(&double, &cancel), "0.0.0").map_err(|problems| self.tell(&problems))
    }

    pub fn check(&self) -> String {
        let (double, cancel) = (Double::default(), CancelToken::new());
        self.tell(&check(&self.request(None), self.world(&double, &cancel)))
    }

    pub fn tell(&self, problems: &[Diagnostic]) -> String {
        self.redact(&diagnostics_to_text(problems, &Style::plain(), None))
    }

    /// Runs, and tells each event in a line.
    pub fn run(&self, double: &Double) -> Told {
        self.run_with(double, &CancelToken::new())
    }

    pub fn run_with(&self, double: &Double, cancel: &CancelToken) -> Told {
        let schedule = self.resolve(None, double).unwrap_or_else(|told| panic!("it resolves:\n{told}"));
        let teller = Arc::new(Teller::default());
        let outcome = run(&schedule, double, Arc::clone(&teller) as Arc<dyn EventSink>, cancel);
        let events = std::mem::take(&mut *teller.0.lock().unwrap_or_else(PoisonError::into_inner));
        let lines: Vec<String> = events.iter().map(tell_event).collect();
        Told { outcome, text: self.redact(&lines.join("\n")), events }
    }

    /// What a plan shows, for a run.
    pub fn plan_for_run(&self, double: &Double, key: &PlanKey) -> PlannedRun {
        let cancel = CancelToken::new();
        let request = Request { mode: RunMode::Plan, ..self.request(None) };
        let schedule = resolve(&request, self.world(double, &cancel));
        let schedule = schedule.unwrap_or_else(|problems| panic!("it resolves:\n{}", self.tell(&problems)));
        let keeping = PlanKeeping { request: &request, key, wharf: "1" };
        plan_for_run(&schedule, double, Arc::new(Teller::default()), &cancel, &keeping).expect("a plan").1
    }

    /// What is not as it was when a plan was made.
    pub fn verify(&self, planned: &PlannedRun, key: &PlanKey) -> String {
        let schedule = self.resolve(None, &Double::default()).unwrap_or_else(|told| panic!("it resolves:\n{told}"));
        let verified = planned.verify(&self.request(None), &schedule, "1", key);
        verified.map_or_else(|problems| self.tell(&problems), |()| String::new())
    }

    /// Runs, or goes on, under a key, and tells each event in a line.
    pub fn run_resumed(&self, double: &Double, key: &PlanKey, resumed: Option<Resumed>) -> Told {
        let options = RunOptions { key: Some(key), resumed, ..RunOptions::default() };
        self.run_in_a_way(double, options)
    }

    /// What has finished and would not do the same again.
    pub fn verify_resumed(&self, resumed: &Resumed, key: &PlanKey) -> String {
        let schedule = self.resolve(None, &Double::default()).unwrap_or_else(|told| panic!("it resolves:\n{told}"));
        resumed.verify(&schedule, key).map_or_else(|problems| self.tell(&problems), |()| String::new())
    }

    /// Runs by a plan, and tells each event in a line.
    pub fn run_by_plan(&self, double: &Double, planned: &PlannedRun, key: &PlanKey, unplanned: Unplanned) -> Told {
        let by_plan = Some(ByPlan { planned, key, unplanned });
        self.run_in_a_way(double, RunOptions { by_plan, ..RunOptions::default() })
    }

    fn run_in_a_way(&self, double: &Double, options: RunOptions<'_>) -> Told {
        let schedule = self.resolve(None, double).unwrap_or_else(|told| panic!("it resolves:\n{told}"));
        let teller = Arc::new(Teller::default());
        let sink = Arc::clone(&teller) as Arc<dyn EventSink>;
        let outcome = run_with(&schedule, double, sink, &CancelToken::new(), options);
        let events = std::mem::take(&mut *teller.0.lock().unwrap_or_else(PoisonError::into_inner));
        let lines: Vec<String> = events.iter().map(tell_event).collect();
        Told { outcome, text: self.redact(&lines.join("\n")), events }
    }

    /// Plans, and tells each event in a line.
    pub fn plan(&self, environment: Option<&str>, double: &Double, cancel: &CancelToken) -> (PlanOutcome, String) {
        let request = Request { mode: RunMode::Plan, ..self.request(environment) };
        let schedule = resolve(&request, self.world(double, &CancelToken::new()));
        let schedule = schedule.unwrap_or_else(|problems| panic!("it resolves:\n{}", self.tell(&problems)));
        let teller = Arc::new(Teller::default());
        let outcome = plan(&schedule, double, Arc::clone(&teller) as Arc<dyn EventSink>, cancel).expect("a plan");
        let events = teller.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<String> = events.iter().map(tell_event).collect();
        (outcome, self.redact(&lines.join("\n")))
    }

    pub fn redact(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "[folder]")
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A run as it was told.
pub struct Told {
    pub outcome: RunOutcome,
    pub text: String,
    pub events: Vec<Event>,
}

#[derive(Default)]
struct Teller(Mutex<Vec<Event>>);

impl EventSink for Teller {
    fn event(&self, event: &Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
    }
}

fn tell_event(event: &Event) -> String {
    match &event.kind {
        EventKind::StepKept { step } => format!("{step}: kept"),
        EventKind::RunStarted { run, steps, environment, packages, .. } => {
            let ids: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
            let packages: Vec<String> =
                packages.iter().map(|package| format!(" {} {}", package.id, package.version)).collect();
            let environment = environment.as_deref().unwrap_or("-");
            format!("run {run} in {environment}: {}{}", ids.join(", "), packages.concat())
        }
        EventKind::Granted { powers, secrets, .. } => {
            let power = |power: &PowerSummary| {
                let input = power.input.as_ref().map(|input| format!(" by {input}")).unwrap_or_default();
                format!("{} {}{input}", power.kind.as_str(), power.value)
            };
            let of_step = |(step, powers): &(String, Vec<PowerSummary>)| {
                format!("{step} [{}]", powers.iter().map(power).collect::<Vec<_>>().join(", "))
            };
            let secrets: Vec<String> =
                secrets.iter().map(|secret| format!("; {} from {}", secret.name, secret.source)).collect();
            format!("granted: {}{}", powers.iter().map(of_step).collect::<Vec<_>>().join(" "), secrets.concat())
        }
        EventKind::StepPlanned { step, status, provisional, failure, reason, changes, .. } => {
            let provisional = if *provisional { " provisional" } else { "" };
            let failure =
                failure.as_ref().map(|failure| format!(": {:?}: {failure}", failure.code)).unwrap_or_default();
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{step}: {status:?}{provisional}, {changes} changes{failure}{reason}")
        }
        EventKind::PlanFinished { status, .. } => format!("plan: {status:?}"),
        EventKind::StepStarted { step, attempt, .. } => format!("{step}: attempt {attempt}"),
        EventKind::Log { step, message, fields, .. } => {
            format!("{}: log {message:?}{}", step.as_deref().unwrap_or("-"), tell_fields(fields))
        }
        EventKind::Output { step, name, value, .. } => format!("{step}: output {name} = {value}"),
        EventKind::Unplanned { step, kind, target, otherwise } => {
            let how = if *otherwise { "otherwise than planned" } else { "not in the plan" };
            format!("{step}: {how}: {} {target}", kind.sign())
        }
        EventKind::Change { step, change } => format!("{step}: {} {}", change.kind.sign(), change.target),
        EventKind::AttemptFailed { step, attempt, attempts, failure, retry_in } => {
            format!("{step}: attempt {attempt} of {attempts} failed: {failure}; next in {retry_in} ms")
        }
        EventKind::StepFinished { step, status, attempts, failure, reason, changes, .. } => {
            let failure =
                failure.as_ref().map(|failure| format!(": {:?}: {failure}", failure.code)).unwrap_or_default();
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{step}: {status:?} after {attempts} attempts, {changes} changes{failure}{reason}")
        }
        EventKind::RunFinished { status, counts, .. } => format!("run {status:?} {counts:?}"),
        other => format!("{other:?}"),
    }
}

fn tell_fields(fields: &[(String, String)]) -> String {
    fields.iter().map(|(name, value)| format!(" {name}={value}")).collect()
}

/// A file was made.
pub fn change(target: &str) -> StepEvent {
    StepEvent::Change(Change {
        kind: ChangeKind::Create,
        source: ChangeSource::Files,
        target: target.into(),
        summary: String::new(),
        diff: None,
        detail: Value::Null,
    })
}

/// An output.
pub fn output(name: &str, value: impl Into<Value>) -> StepEvent {
    StepEvent::Output { name: name.into(), value: value.into(), sensitive: false }
}
