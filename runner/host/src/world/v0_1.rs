//! `wharf:step@0.1.0`: types in, types out. What the functions do is in the power's own module.

use wasmtime::component::{HasSelf, Linker, Resource};
use wharf_model::{ChangeKind, Failure, FailureCode, Level, RunMode, StepObserver};

use crate::outcome::EndStep;
use crate::packages::OpenPackage;
use crate::processes::{Exit, OutputMode, Program, Source};
use crate::report::masked_start;
use crate::state::{CommandDraft, StepState};

mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "wharf:step/full-step",
        imports: {
            "wharf:step/context.sleep": async | trappable,
            "wharf:step/processes.[method]process.next-lines": async | trappable,
            "wharf:step/processes.[method]process.wait": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        trappable_error_type: { "wharf:step/types.error" => super::Refused },
        with: {
            "wharf:step/packages.archive": crate::packages::OpenPackage,
            "wharf:step/processes.command": crate::state::CommandDraft,
            "wharf:step/processes.process": crate::processes::Program,
        },
    });
}

use generated::wharf::step::{context, files, packages, processes, report, secrets, types, variables};
pub(crate) use generated::{FullStep, FullStepPre};

/// The interfaces of this version, for messages.
pub(crate) const PACKAGE: &str = "wharf:step@0.1.0";
/// What a component must export.
pub(crate) const STEP_INTERFACE: &str = "wharf:step/step@0.1.0";

/// Links everything that this version offers.
pub(crate) fn add_to_linker(linker: &mut Linker<StepState>) -> wasmtime::Result<()> {
    fn state(state: &mut StepState) -> &mut StepState {
        state
    }
    types::add_to_linker::<StepState, HasSelf<StepState>>(linker, state)?;
    report::add_to_linker::<StepState, HasSelf<StepState>>(linker, state)?;
    context::add_to_linker::<StepState, HasSelf<StepState>>(linker, state)?;
    files::add_to_linker::<StepState, HasSelf<StepState>>(linker, state)?;
    secrets::add_to_linker::<StepState, HasSelf<StepState>>(linker, state)?;
    variables::add_to_linker::<StepState, HasSelf<StepState>>(linker, state)?;
    packages::add_to_linker::<StepState, HasSelf<StepState>>(linker, state)?;
    processes::add_to_linker::<StepState, HasSelf<StepState>>(linker, state)
}

/// An error of the contract, or a reason to end the step.
#[derive(Debug)]
pub enum Refused {
    Failure(Failure),
    Trap(wasmtime::Error),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Refused::Failure(failure)
    }
}

impl From<wasmtime::component::ResourceTableError> for Refused {
    fn from(error: wasmtime::component::ResourceTableError) -> Self {
        Refused::Trap(error.into())
    }
}

type Answer<T> = Result<T, Refused>;

impl types::Host for StepState {
    fn convert_error(&mut self, refused: Refused) -> wasmtime::Result<types::Error> {
        match refused {
            Refused::Failure(failure) => Ok(error_of(&failure)),
            Refused::Trap(error) => Err(error),
        }
    }
}

fn error_of(failure: &Failure) -> types::Error {
    let code = match failure.code {
        FailureCode::Invalid | FailureCode::BadComponent => types::ErrorCode::Invalid,
        FailureCode::Denied => types::ErrorCode::Denied,
        FailureCode::Withheld => types::ErrorCode::Withheld,
        FailureCode::NotYetKnown => types::ErrorCode::NotYetKnown,
        FailureCode::NotFound => types::ErrorCode::NotFound,
        FailureCode::Transient => types::ErrorCode::Transient,
        FailureCode::Limit => types::ErrorCode::Limit,
        FailureCode::Cancelled | FailureCode::TimedOut => types::ErrorCode::Cancelled,
        FailureCode::Failed | FailureCode::Trapped | FailureCode::Internal => types::ErrorCode::Failed,
        FailureCode::Other => types::ErrorCode::Other,
    };
    let mut detail = serde_json::Map::new();
    let texts = [("help", &failure.help), ("add", &failure.add), ("input", &failure.input), ("limit", &failure.limit)];
    for (name, text) in texts {
        if let Some(text) = text {
            detail.insert(name.into(), text.clone().into());
        }
    }
    if let Some(milliseconds) = failure.retry_after_ms {
        detail.insert("retry-after-ms".into(), milliseconds.into());
    }
    types::Error { code, message: failure.message.clone(), detail: serde_json::Value::Object(detail).to_string() }
}

/// The failure that an error of the guest stands for. Texts that are too long are cut.
pub(crate) fn failure_of(error: types::Error, observer: &dyn StepObserver) -> Failure {
    let code = match error.code {
        types::ErrorCode::Invalid => FailureCode::Invalid,
        types::ErrorCode::Denied => FailureCode::Denied,
        types::ErrorCode::Withheld => FailureCode::Withheld,
        types::ErrorCode::NotYetKnown => FailureCode::NotYetKnown,
        types::ErrorCode::NotFound => FailureCode::NotFound,
        types::ErrorCode::Transient => FailureCode::Transient,
        types::ErrorCode::Limit => FailureCode::Limit,
        types::ErrorCode::Cancelled => FailureCode::Cancelled,
        types::ErrorCode::Failed => FailureCode::Failed,
        types::ErrorCode::Other => FailureCode::Other,
    };
    let detail = serde_json::from_str::<serde_json::Value>(&error.detail).unwrap_or_default();
    let text = |name: &str| detail.get(name).and_then(|value| value.as_str()).map(|text| masked_start(observer, text));
    Failure {
        code,
        message: masked_start(observer, &error.message),
        help: text("help"),
        add: text("add"),
        input: text("input"),
        limit: text("limit"),
        retry_after_ms: detail.get("retry-after-ms").and_then(serde_json::Value::as_u64),
    }
}

impl report::Host for StepState {
    fn log(&mut self, level: report::Level, message: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        let level = match level {
            report::Level::Trace => Level::Trace,
            report::Level::Debug => Level::Debug,
            report::Level::Info => Level::Info,
            report::Level::Highlight => Level::Highlight,
            report::Level::Warn => Level::Warn,
            report::Level::Error => Level::Error,
        };
        self.report.log(level, message, fields)
    }

    fn progress(&mut self, done: u64, total: Option<u64>, note: String) -> wasmtime::Result<()> {
        self.report.progress(done, total, note);
        Ok(())
    }

    fn change(&mut self, kind: report::ChangeKind, target: String, detail: String) -> Answer<()> {
        let kind = match kind {
            report::ChangeKind::Create => ChangeKind::Create,
            report::ChangeKind::Update => ChangeKind::Update,
            report::ChangeKind::Replace => ChangeKind::Replace,
            report::ChangeKind::Delete => ChangeKind::Delete,
            report::ChangeKind::Other => ChangeKind::Other,
        };
        Ok(self.report.change(kind, target, &detail)?)
    }

    fn output(&mut self, name: String, value: String, sensitive: bool) -> Answer<()> {
        Ok(self.report.output(name, &value, sensitive)?)
    }

    fn mask(&mut self, text: String) -> wasmtime::Result<()> {
        // It has no answer, and going on unmasked would show what must not be shown.
        Ok(self.report.hide(&text).map_err(EndStep::from)?)
    }

    fn artifact(&mut self, path: String, name: String) -> Answer<()> {
        Ok(self.keep_artifact(&path, &name)?)
    }
}

impl context::Host for StepState {
    fn mode(&mut self) -> wasmtime::Result<context::RunMode> {
        Ok(match self.call.mode {
            RunMode::Apply => context::RunMode::Apply,
            RunMode::Plan => context::RunMode::Plan,
        })
    }

    fn cancelled(&mut self) -> wasmtime::Result<bool> {
        Ok(self.call.cancel.is_cancelled())
    }

    fn time_left(&mut self) -> wasmtime::Result<Option<u64>> {
        Ok(Some(u64::try_from(self.clock.time_left().as_millis()).unwrap_or(u64::MAX)))
    }

    async fn sleep(&mut self, milliseconds: u64) -> Answer<()> {
        Ok(self.clock.sleep(std::time::Duration::from_millis(milliseconds)).await?)
    }

    fn step_id(&mut self) -> wasmtime::Result<String> {
        Ok(self.call.step_id.clone())
    }

    fn step_name(&mut self) -> wasmtime::Result<String> {
        Ok(self.call.step_name.clone())
    }

    fn attempt(&mut self) -> wasmtime::Result<u32> {
        Ok(self.call.attempt)
    }

    fn idempotency_key(&mut self) -> wasmtime::Result<String> {
        Ok(self.call.idempotency_key.clone())
    }
}

impl files::Host for StepState {
    fn native_path(&mut self, path: String) -> Answer<String> {
        let machine = self.with_files(|files| files.machine_path(&path))?;
        Ok(machine.into_os_string().into_string().map_err(|path| {
            Failure::new(FailureCode::Invalid, format!("the path {} is not UTF-8", path.to_string_lossy()))
        })?)
    }

    fn permissions(&mut self, path: String) -> Answer<Option<u32>> {
        Ok(self.with_files(|files| files.permissions(&path))?)
    }

    fn set_permissions(&mut self, path: String, permissions: u32) -> Answer<()> {
        if permissions > 0o7777 {
            let message = format!("{permissions:#o} are no permissions: 0 to 0o7777 are");
            return Err(Failure::new(FailureCode::Invalid, message).into());
        }
        Ok(self.with_files(|files| files.set_permissions(&path, permissions))?)
    }
}

impl secrets::Host for StepState {
    fn reveal(&mut self, reference: String) -> Answer<String> {
        Ok(crate::secrets::reveal(&self.call, &self.secrets, &self.report, &reference)?)
    }
}

impl variables::Host for StepState {
    fn get(&mut self, name: String) -> Answer<Option<String>> {
        Ok(crate::variables::get(&self.call, &self.secrets, &self.report, &name)?)
    }

    fn names(&mut self, pattern: String) -> Answer<Vec<String>> {
        Ok(crate::variables::names(&self.call, &pattern))
    }

    fn evaluate(&mut self, template: String, lenient: bool) -> Answer<String> {
        Ok(crate::variables::evaluate(&self.call, &self.secrets, &self.report, &template, lenient)?)
    }
}

impl packages::Host for StepState {
    fn open(&mut self, reference: String) -> Answer<Resource<OpenPackage>> {
        let package = OpenPackage::open(&self.call, &reference)?;
        Ok(self.table.push(package)?)
    }
}

impl packages::HostArchive for StepState {
    fn id(&mut self, archive: Resource<OpenPackage>) -> wasmtime::Result<String> {
        Ok(self.table.get(&archive)?.file.id.clone())
    }

    fn version(&mut self, archive: Resource<OpenPackage>) -> wasmtime::Result<String> {
        Ok(self.table.get(&archive)?.file.version.clone())
    }

    fn digest(&mut self, archive: Resource<OpenPackage>) -> wasmtime::Result<String> {
        Ok(self.table.get(&archive)?.file.digest.clone())
    }

    fn entries(&mut self, archive: Resource<OpenPackage>, offset: u32, limit: u32) -> Answer<Vec<packages::Entry>> {
        let entries = self.table.get(&archive)?.entries(offset, limit).iter();
        Ok(entries
            .map(|entry| packages::Entry {
                path: entry.path.clone(),
                kind: match entry.kind {
                    wharf_package::EntryKind::File => packages::EntryKind::File,
                    wharf_package::EntryKind::Directory => packages::EntryKind::Directory,
                    wharf_package::EntryKind::Symlink => packages::EntryKind::Symlink,
                },
                size: entry.size,
                permissions: entry.permissions,
                link: entry.link.clone(),
            })
            .collect())
    }

    fn read(&mut self, archive: Resource<OpenPackage>, path: String, offset: u64, length: u32) -> Answer<Vec<u8>> {
        Ok(self.table.get(&archive)?.read(&path, offset, length)?)
    }

    fn extract(&mut self, archive: Resource<OpenPackage>, into: String, patterns: Vec<String>) -> Answer<u64> {
        self.extract_package(&archive, &into, &patterns)
    }

    fn drop(&mut self, archive: Resource<OpenPackage>) -> wasmtime::Result<()> {
        self.table.delete(archive)?;
        Ok(())
    }
}

impl processes::Host for StepState {}

impl processes::HostCommand for StepState {
    fn new(&mut self, program: String) -> wasmtime::Result<Resource<CommandDraft>> {
        Ok(self.table.push(CommandDraft::new(program))?)
    }

    fn args(&mut self, command: Resource<CommandDraft>, values: Vec<String>) -> wasmtime::Result<()> {
        self.table.get_mut(&command)?.args.extend(values);
        Ok(())
    }

    fn env(&mut self, command: Resource<CommandDraft>, name: String, value: String) -> wasmtime::Result<()> {
        self.table.get_mut(&command)?.env.push((name, value));
        Ok(())
    }

    fn cwd(&mut self, command: Resource<CommandDraft>, path: String) -> wasmtime::Result<()> {
        self.table.get_mut(&command)?.cwd = path;
        Ok(())
    }

    fn stdin(&mut self, command: Resource<CommandDraft>, bytes: Vec<u8>) -> wasmtime::Result<()> {
        self.table.get_mut(&command)?.stdin = bytes;
        Ok(())
    }

    fn stdin_from(&mut self, command: Resource<CommandDraft>, path: String) -> wasmtime::Result<()> {
        self.table.get_mut(&command)?.stdin_from = Some(path);
        Ok(())
    }

    fn stdout_to(&mut self, command: Resource<CommandDraft>, path: String) -> wasmtime::Result<()> {
        self.table.get_mut(&command)?.stdout_to = Some(path);
        Ok(())
    }

    fn output(&mut self, command: Resource<CommandDraft>, mode: processes::OutputMode) -> wasmtime::Result<()> {
        self.table.get_mut(&command)?.output = match mode {
            processes::OutputMode::Log => OutputMode::Log,
            processes::OutputMode::Lines => OutputMode::Lines,
            processes::OutputMode::Discard => OutputMode::Discard,
        };
        Ok(())
    }

    fn start(&mut self, command: Resource<CommandDraft>) -> Answer<Resource<Program>> {
        let program = self.start_program(&command)?;
        Ok(self.table.push(program)?)
    }

    fn drop(&mut self, command: Resource<CommandDraft>) -> wasmtime::Result<()> {
        self.table.delete(command)?;
        Ok(())
    }
}

impl processes::HostProcess for StepState {
    async fn next_lines(&mut self, process: Resource<Program>, max: u32) -> Answer<Vec<processes::Line>> {
        let program = self.table.get(&process)?.clone();
        let lines = program.next_lines(max).await?;
        Ok(lines
            .into_iter()
            .map(|line| processes::Line {
                source: match line.source {
                    Source::Stdout => processes::Source::Stdout,
                    Source::Stderr => processes::Source::Stderr,
                },
                text: line.text,
            })
            .collect())
    }

    async fn wait(&mut self, process: Resource<Program>) -> Answer<processes::Exit> {
        let program = self.table.get(&process)?.clone();
        Ok(match program.wait().await? {
            Exit::Code(code) => processes::Exit::Code(code),
            Exit::Signal(signal) => processes::Exit::Signal(signal),
        })
    }

    fn kill(&mut self, process: Resource<Program>) -> wasmtime::Result<()> {
        self.table.get(&process)?.kill();
        Ok(())
    }

    fn drop(&mut self, process: Resource<Program>) -> wasmtime::Result<()> {
        self.table.delete(process)?;
        Ok(())
    }
}
