//! What a store holds: one step's attempt, with every power it has.

use std::io::Write as _;
use std::sync::Arc;

use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};
use wharf_model::{Failure, FailureCode, FileAccess, Level, Limit, RunMode, StepCall, StepEvent, StepObserver};

use crate::call::Clock;
use crate::files::{Directory, FileError, Files, FilesView, Ground, Handle, LastStat, OpenRequest, below_root};
use crate::http::{HttpPower, Refusals};
use crate::limiter::Limiter;
use crate::packages::{ExtractionFailed, OpenPackage};
use crate::processes::{OutputMode, Program, ProgramCommand, ProgramInput, Supervisor};
use crate::report::Report;
use crate::secrets::Secrets;
use crate::stdio::LogStream;

/// What the host gives to every attempt.
pub(crate) struct Surroundings {
    pub(crate) http: crate::http::HttpEnvironment,
    pub(crate) base: crate::processes::BaseEnvironment,
}

/// One attempt of a step.
pub(crate) struct StepState {
    pub(crate) call: Arc<StepCall>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) report: Arc<Report>,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) table: ResourceTable,
    pub(crate) limiter: Limiter,
    pub(crate) refusals: Refusals,
    pub(crate) stdout: LogStream,
    pub(crate) stderr: LogStream,
    pub(crate) files: Files,
    last_stat: Option<LastStat>,
    /// None when the step has ended.
    pub(crate) programs: Option<Supervisor>,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    http_power: HttpPower,
}

impl StepState {
    pub(crate) fn new(
        call: StepCall,
        observer: Arc<dyn StepObserver>,
        surroundings: &Surroundings,
        ground: &Ground,
    ) -> Result<Self, Failure> {
        let files = Files::new(&call.grants.files, &call.limits, ground);
        let files = files.map(|files| files.by_plan(call.planned.clone())).map_err(|(path, error)| {
            Failure::new(FailureCode::Failed, format!("the granted path {} cannot be opened: {error}", path.display()))
        })?;
        let report = Arc::new(Report::new(Arc::clone(&observer), &call.limits));
        let stdout = LogStream::new(Level::Info, Arc::clone(&report));
        let stderr = LogStream::new(Level::Warn, Arc::clone(&report));
        let mut wasi = WasiCtx::builder();
        wasi.stdout(stdout.clone()).stderr(stderr.clone()).allow_blocking_current_thread(true).initial_cwd("/work");
        wasi.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
        for name in &call.grants.env {
            if let Ok(value) = std::env::var(name) {
                wasi.env(name, value);
            }
        }
        let mut table = ResourceTable::new();
        table.set_max_capacity(usize::try_from(call.limits.get(Limit::Handles)).unwrap_or(usize::MAX));
        let refusals = Refusals::default();
        let counted = Arc::clone(&report) as Arc<dyn StepObserver>;
        let secrets = Arc::new(Secrets::new(&call.secrets));
        let http_power = HttpPower::new(&call, &secrets, Arc::clone(&counted), refusals.clone(), &surroundings.http);
        let programs = Supervisor::new(&call, &secrets, counted, &surroundings.base);
        Ok(Self {
            clock: Arc::new(Clock::new(&call)),
            limiter: Limiter::new(&call.limits),
            call: Arc::new(call),
            report,
            secrets,
            table,
            refusals,
            stdout,
            stderr,
            files,
            last_stat: None,
            programs: Some(programs),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            http_power,
        })
    }

    /// Ends everything that the attempt has started, and tells what it changed.
    pub(crate) fn finish(&mut self) -> wasmtime::Result<()> {
        self.programs = None;
        let printed = (self.stdout.finish(), self.stderr.finish());
        if self.call.mode == RunMode::Plan {
            let (paths, is_whole) = self.files.touched();
            self.report.observer().event(StepEvent::Touched { paths, is_whole });
        }
        for change in self.files.finish() {
            self.report.observer().event(StepEvent::Change(change));
        }
        printed.0.and(printed.1)
    }

    pub(crate) fn files_view(&mut self) -> FilesView<'_> {
        FilesView { files: &mut self.files, last_stat: &mut self.last_stat, table: &mut self.table }
    }

    /// Does something with files, and tells what went wrong in the contract's words.
    pub(crate) fn with_files<T>(
        &mut self,
        operation: impl FnOnce(&mut Files) -> Result<T, FileError>,
    ) -> Result<T, Failure> {
        operation(&mut self.files).map_err(|error| file_failure(&error))
    }

    fn open_file(&mut self, path: &str, request: OpenRequest) -> Result<std::fs::File, Failure> {
        let root: Directory = self.files.root();
        let inside = below_root(path);
        match self.with_files(|files| files.open(&root, inside, request))? {
            Handle::File(open) => open
                .try_clone()
                .map_err(|error| Failure::new(FailureCode::Failed, format!("{path} cannot be opened: {error}"))),
            Handle::Directory(_) => Err(Failure::new(FailureCode::Invalid, format!("{path} is a directory"))),
        }
    }

    /// Copies a file of the step to where the run keeps its artifacts.
    pub(crate) fn keep_artifact(&mut self, path: &str, name: &str) -> Result<(), Failure> {
        let parts: Vec<&str> = name.split('/').collect();
        let bad = |part: &&str| part.is_empty() || *part == "." || *part == ".." || part.contains(['\\', ':', '\0']);
        if name.len() > 200 || parts.iter().any(bad) {
            return Err(Failure::new(
                FailureCode::Invalid,
                format!("`{name}` is no name for an artifact: use a file name"),
            ));
        }
        let folder = self.call.artifacts.clone();
        if folder.is_none() && self.call.mode == RunMode::Apply {
            return Err(Failure::new(FailureCode::Other, "this run keeps no artifacts"));
        }
        let file = self.open_file(path, OpenRequest { read: true, follow: true, ..Default::default() })?;
        let failed = |error: std::io::Error| {
            Failure::new(FailureCode::Failed, format!("the artifact `{name}` cannot be kept: {error}"))
        };
        let bytes = file.metadata().map_err(failed)?.len();
        self.report.count_artifact(bytes)?;
        // A plan keeps nothing, and the step goes on as in the run.
        let Some(folder) = folder.filter(|_| self.call.mode == RunMode::Apply) else {
            self.report.observer().event(StepEvent::Artifact { name: name.to_owned(), bytes });
            return Ok(());
        };
        let target = folder.join(parts.iter().collect::<std::path::PathBuf>());
        let beside = target.parent().unwrap_or(&folder);
        std::fs::create_dir_all(beside).map_err(failed)?;
        let mut copy = tempfile::NamedTempFile::new_in(beside).map_err(failed)?;
        std::io::copy(&mut std::io::Read::take(&file, bytes), &mut copy).map_err(failed)?;
        copy.flush().map_err(failed)?;
        copy.persist(&target).map_err(|error| failed(error.error))?;
        self.report.observer().event(StepEvent::Artifact { name: name.to_owned(), bytes });
        Ok(())
    }

    /// Extracts an open package into a directory of the step.
    pub(crate) fn extract_package(
        &mut self,
        archive: &Resource<OpenPackage>,
        into: &str,
        patterns: &[String],
    ) -> Result<u64, crate::world::v0_1::Refused> {
        let extraction = self.table.get(archive)?.extraction();
        let (clock, report) = (Arc::clone(&self.clock), Arc::clone(&self.report));
        let mut last = std::time::Instant::now();
        let go_on = |done: u64, total: u64| {
            if last.elapsed() >= std::time::Duration::from_millis(100) {
                last = std::time::Instant::now();
                report.progress(done, Some(total), "extracting".into());
            }
            clock.may_go_on()
        };
        Ok(extraction.run(&mut self.files, into, patterns, go_on).map_err(|failed| match failed {
            ExtractionFailed::Files(error) => file_failure(&error),
            ExtractionFailed::Failure(failure) => failure,
        })?)
    }

    /// Starts a program as its draft says.
    pub(crate) fn start_program(
        &mut self,
        command: &Resource<CommandDraft>,
    ) -> Result<Program, crate::world::v0_1::Refused> {
        let draft = self.table.get(command)?.clone();
        let is_in_work = is_in_work(&draft);
        if let Some(programs) = &self.programs {
            // Before anything is opened on the program's behalf.
            let work = self.files.work_path().map(|path| path.display().to_string()).unwrap_or_default();
            programs.withhold(&draft, is_in_work, &work)?;
        }
        let stdin = match &draft.stdin_from {
            Some(path) => ProgramInput::File(
                self.open_file(path, OpenRequest { read: true, follow: true, ..Default::default() })?,
            ),
            None if draft.stdin.is_empty() => ProgramInput::Nothing,
            None => ProgramInput::Bytes(draft.stdin),
        };
        let write = OpenRequest { write: true, create: true, truncate: true, follow: true, ..Default::default() };
        let stdout = draft.stdout_to.as_deref().map(|path| self.open_file(path, write)).transpose()?;
        let cwd = self.with_files(|files| files.machine_path(&draft.cwd))?;
        let Some(programs) = &self.programs else {
            return Err(Failure::new(FailureCode::Cancelled, "the step has ended").into());
        };
        let command = ProgramCommand {
            program: draft.program,
            args: draft.args,
            env: draft.env,
            cwd,
            is_in_work,
            stdin,
            stdout,
            output: draft.output,
        };
        Ok(programs.start(command)?)
    }
}

impl WasiView for StepState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for StepState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.http_power }
    }
}

/// A program that a guest is putting together.
#[derive(Clone)]
pub struct CommandDraft {
    pub(crate) program: String,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) cwd: String,
    pub(crate) stdin: Vec<u8>,
    pub(crate) stdin_from: Option<String>,
    pub(crate) stdout_to: Option<String>,
    pub(crate) output: OutputMode,
}

impl CommandDraft {
    pub(crate) fn new(program: String) -> Self {
        Self {
            program,
            args: Vec::new(),
            env: Vec::new(),
            cwd: "/work".into(),
            stdin: Vec::new(),
            stdin_from: None,
            stdout_to: None,
            output: OutputMode::Log,
        }
    }
}

/// Whether a program starts in `/work`, and reads and writes no file elsewhere through the host.
fn is_in_work(draft: &CommandDraft) -> bool {
    let is_private = |path: &str| {
        let path = std::path::Path::new(path);
        path.starts_with("/work") && !path.components().any(|part| part == std::path::Component::ParentDir)
    };
    is_private(&draft.cwd) && draft.stdout_to.as_deref().is_none_or(is_private)
}

/// A refusal of files in the contract's words.
pub(crate) fn file_failure(error: &FileError) -> Failure {
    match error {
        FileError::NotGranted { path, access } => {
            let (verb, word) = match access {
                FileAccess::Read => ("read", "read"),
                FileAccess::Write => ("change", "write"),
            };
            let path = path.display();
            Failure::denied(format!("the step may not {verb} {path}"), format!("allow: {{ {word}: [\"{path}\"] }}"))
        }
        FileError::Unplanned(path) => Failure::unplanned(format_args!("a change of {}", path.display())),
        FileError::Limit { limit, value } => Failure::limit(*limit, *value, "/work is full"),
        FileError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Failure::new(FailureCode::NotFound, error.to_string())
        }
        other => Failure::new(FailureCode::Failed, other.to_string()),
    }
}
