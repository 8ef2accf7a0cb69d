use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{ChildStdin, Command};
use tokio::sync::{Mutex, mpsc, watch};
use wharf_model::{
    Change, ChangeKind, ChangeSource, Failure, FailureCode, Grants, Limit, Limits, PlannedEffects, RunMode, StepCall,
    StepEvent, StepObserver,
};

use super::cancel::Cancels;
use super::command::{OutputMode, ProgramCommand, ProgramInput, check_arguments, check_directory, decide, shown};
use super::environment::BaseEnvironment;
use super::group::Group;
use super::keeper::keep;
use super::line::Line;
use super::log::ProgramLog;
use super::order::EndOrder;
use super::output::{Delivery, Output};
use super::program::{Program, Shared};
use super::state::State;
use super::worker::Worker;
use crate::secrets::Secrets;
use crate::state::CommandDraft;

/// How long programs may take to end when their step has ended.
const GRACE: Duration = Duration::from_secs(2);

/// How much longer one waits for what was ended by force.
const PATIENCE: Duration = Duration::from_secs(2);

/// Lines that wait for the step.
const QUEUE: usize = 256;

/// All programs of one step. Nothing is set up before the first one is started.
///
/// Dropping it ends the groups of all of them: asks first, forces after two seconds (at once after a second cancel, and
/// where the grace of a cancel was used up already). It blocks until they are gone; no event comes after it.
pub struct Supervisor {
    grants: Arc<Grants>,
    mode: RunMode,
    /// What a plan showed, if nothing else may be started.
    planned: Option<Arc<dyn PlannedEffects>>,
    limits: Limits,
    secrets: Arc<Secrets>,
    base: BaseEnvironment,
    observer: Arc<dyn StepObserver>,
    cancels: Cancels,
    running: Arc<AtomicU64>,
    ending: watch::Sender<bool>,
    worker: StdMutex<Option<Worker>>,
}

/// One of the programs that may run at once.
struct Place(Arc<AtomicU64>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Supervisor {
    /// The power of a step to run the programs that `call` grants.
    pub fn new(
        call: &StepCall,
        secrets: &Arc<Secrets>,
        observer: Arc<dyn StepObserver>,
        base: &BaseEnvironment,
    ) -> Self {
        Self {
            grants: Arc::clone(&call.grants),
            mode: call.mode,
            planned: call.planned.clone(),
            limits: call.limits.clone(),
            secrets: Arc::clone(secrets),
            base: base.clone(),
            observer,
            cancels: Cancels::new(&call.cancel, call.grace),
            running: Arc::default(),
            ending: watch::Sender::new(false),
            worker: StdMutex::new(None),
        }
    }

    /// Tells in a plan what a program would be started with, and fails with `withheld`; with what [`start`](Self::start)
    /// would fail with if it is refused anyhow. In a run it fails if the run goes by a plan that did not show this.
    pub fn withhold(&self, draft: &CommandDraft, is_in_work: bool, work: &str) -> Result<(), Failure> {
        let CommandDraft { program, args, env, .. } = draft;
        // The private directory is another one each time.
        let private = |arg: &String| if work.is_empty() { arg.clone() } else { arg.replace(work, "/work") };
        let change = || {
            let args: Vec<String> = args.iter().map(private).collect();
            Change {
                kind: ChangeKind::Other,
                source: ChangeSource::Withheld,
                target: shown(program, &args),
                summary: "a program, outside the sandbox".into(),
                diff: None,
                detail: json!({ "program": program, "args": args }),
            }
        };
        if let (Some(planned), RunMode::Apply, Some(grant)) = (&self.planned, self.mode, self.grants.program(program)) {
            let change = change();
            if self.grants.allows_in_plan(grant, args) || planned.allows_effect(&change.effect()) {
                return Ok(());
            }
            if planned.refuses() {
                return Err(Failure::unplanned(format_args!("the program `{}`", change.target)));
            }
            self.observer.event(StepEvent::Unplanned { effect: change.target });
            return Ok(());
        }
        match decide(&self.grants, self.mode, program, args, is_in_work) {
            Err(failure) if failure.code == FailureCode::Withheld => {
                check_arguments(program, args, env)?;
                self.base.of_program(&self.grants, env, &self.secrets)?;
                self.observer.event(StepEvent::Change(change()));
                Err(failure)
            }
            Err(failure) if failure.code == FailureCode::Denied => Err(failure),
            _ => Ok(()),
        }
    }

    /// Starts a program. Fails with `denied` if it is not granted, `withheld` in plan mode, `not-found` if it was
    /// granted and not found, `invalid` if an argument, variable or directory cannot be passed, `limit` if too many run,
    /// `cancelled` after the second cancel, `failed` if the system says no.
    pub fn start(&self, command: ProgramCommand) -> Result<Program, Failure> {
        let path = decide(&self.grants, self.mode, &command.program, &command.args, command.is_in_work)?;
        check_arguments(&command.program, &command.args, &command.env)?;
        self.refuse_visible_secrets(&command)?;
        check_directory(&command.cwd)?;
        let environment = self.base.of_program(&self.grants, &command.env, &self.secrets)?;
        let cancels = self.cancels.count();
        if cancels > 1 {
            return Err(Failure::new(FailureCode::Cancelled, "the run was cancelled"));
        }
        let place = self.take_place()?;

        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let worker = match &mut *worker {
            Some(worker) => worker,
            none => none.insert(Worker::start().map_err(|error| cannot_start(&path, &error))?),
        };
        let (group, pipes) = {
            let _runtime = worker.runtime().enter();
            let started = when_not_busy(|| {
                let mut system = Command::new(&path);
                system.args(&command.args).env_clear().envs(&environment).current_dir(&command.cwd);
                connect(&mut system, &command)?;
                Group::start(system)
            });
            started.map_err(|error| cannot_start(&path, &error))?
        };
        let shown = path.to_string_lossy().into_owned();
        self.observer.event(StepEvent::Program { path: shown, args: command.args });

        let (delivery, lines) = self.delivery(command.output);
        let (order, state) = (EndOrder::new(), Arc::new(State::new()));
        worker.spawn(keep(group, order.listen(), Arc::clone(&state), place));
        self.cancels.include(order.clone(), cancels);
        let output = Output {
            program: command.program.clone(),
            delivery,
            limit: self.limits.get(Limit::ProgramOutput),
            state: Arc::clone(&state),
            order: order.clone(),
            ending: self.ending.subscribe(),
        };
        worker.spawn(output.carry(pipes.stdout, pipes.stderr));
        if let (Some(stdin), ProgramInput::Bytes(bytes)) = (pipes.stdin, command.stdin) {
            worker.spawn(feed(stdin, bytes, Arc::clone(&state)));
        }
        Ok(Program {
            shared: Arc::new(Shared {
                name: command.program,
                state,
                order,
                lines: lines.map(Mutex::new),
                cancels: self.cancels.listen(),
                heard: AtomicU8::new(cancels),
            }),
        })
    }

    /// The arguments of a program can be read by every user of the machine.
    fn refuse_visible_secrets(&self, command: &ProgramCommand) -> Result<(), Failure> {
        let holds_secret = |arg: &String| matches!(self.secrets.resolve(arg), std::borrow::Cow::Owned(_));
        let Some(at) = command.args.iter().position(holds_secret) else { return Ok(()) };
        Err(Failure::new(
            FailureCode::Invalid,
            format!(
                "argument {} of `{}` holds a secret, which every user of the machine could read",
                at + 1,
                command.program
            ),
        )
        .with_help("pass it in a variable of the program's environment"))
    }

    fn take_place(&self) -> Result<Place, Failure> {
        let limit = self.limits.get(Limit::Programs);
        let before = self.running.fetch_add(1, Ordering::SeqCst);
        let place = Place(Arc::clone(&self.running));
        if before >= limit {
            return Err(Failure::limit(Limit::Programs, limit, "too many programs run at once"));
        }
        Ok(place)
    }

    fn delivery(&self, output: OutputMode) -> (Delivery, Option<mpsc::Receiver<Line>>) {
        match output {
            OutputMode::Log => (Delivery::Log(ProgramLog::new(Arc::clone(&self.observer))), None),
            OutputMode::Discard => (Delivery::Nobody, None),
            OutputMode::Lines => {
                let (sender, receiver) = mpsc::channel(QUEUE);
                (Delivery::Lines(sender), Some(receiver))
            }
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        let worker = self.worker.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(worker) = worker else { return };
        self.ending.send_replace(true);
        let grace = if self.cancels.count() > 1 { Duration::ZERO } else { GRACE };
        self.cancels.end_all(grace);
        worker.end(grace + PATIENCE);
    }
}

/// Connects the three streams of a program.
fn connect(system: &mut Command, command: &ProgramCommand) -> io::Result<()> {
    let output = || match command.output {
        OutputMode::Log | OutputMode::Lines => Stdio::piped(),
        OutputMode::Discard => Stdio::null(),
    };
    system.stdin(match &command.stdin {
        ProgramInput::Nothing => Stdio::null(),
        ProgramInput::Bytes(_) => Stdio::piped(),
        ProgramInput::File(file) => Stdio::from(file.try_clone()?),
    });
    system.stdout(match &command.stdout {
        Some(file) => Stdio::from(file.try_clone()?),
        None => output(),
    });
    system.stderr(output());
    Ok(())
}

/// Writes what a program reads. Whether it reads it is its own affair.
async fn feed(mut stdin: ChildStdin, bytes: Vec<u8>, state: Arc<State>) {
    tokio::select! {
        _ = stdin.write_all(&bytes) => {}
        () = state.exited() => {}
    }
}

/// Starts a program; again if its file is still open for writing: another thread that starts a program just now may hold
/// a copy of the handle with which the file was written, for a moment.
fn when_not_busy<T>(mut start: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..10 {
        match start() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other,
        }
    }
    start()
}

fn cannot_start(path: &Path, error: &io::Error) -> Failure {
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or(&words).to_lowercase();
    let failure = Failure::new(FailureCode::Failed, format!("cannot start {}: {words}", path.display()));
    match error.kind() {
        io::ErrorKind::NotFound => failure.with_help("it, or the interpreter in its first line, is not there any more"),
        io::ErrorKind::PermissionDenied => failure.with_help("is it a program, and may this user run it?"),
        io::ErrorKind::ArgumentListTooLong => {
            failure.with_help("write the arguments into a file, or to its standard input")
        }
        _ => failure,
    }
}
