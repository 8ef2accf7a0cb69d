use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::{Mutex, mpsc, watch};
use wharf_model::{Failure, FailureCode, Grants, Limit, Limits, RunMode, Secret, StepCall, StepEvent, StepObserver};

use super::cancel::Cancels;
use super::command::{OutputMode, ProgramCommand, ProgramInput, check_arguments, check_directory, decide};
use super::environment::BaseEnvironment;
use super::group::{Group, Pipes};
use super::keeper::keep;
use super::order::EndOrder;
use super::output::{Delivery, Output};
use super::program::{Program, Shared};
use super::state::State;
use super::worker::Worker;

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
    limits: Limits,
    secrets: Arc<[Secret]>,
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
    pub fn new(call: &StepCall, observer: Arc<dyn StepObserver>, base: &BaseEnvironment) -> Self {
        Self {
            grants: Arc::clone(&call.grants),
            mode: call.mode,
            limits: call.limits.clone(),
            secrets: Arc::clone(&call.secrets),
            base: base.clone(),
            observer,
            cancels: Cancels::new(&call.cancel, call.grace),
            running: Arc::default(),
            ending: watch::Sender::new(false),
            worker: StdMutex::new(None),
        }
    }

    /// Starts a program. Fails with `denied` if it is not granted, `withheld` in plan mode, `not-found` if it was
    /// granted and not found, `invalid` if an argument, variable or directory cannot be passed, `limit` if too many run,
    /// `cancelled` after the second cancel, `failed` if the system says no.
    pub fn start(&self, command: ProgramCommand) -> Result<Program, Failure> {
        let path = decide(&self.grants, self.mode, &command.program)?;
        check_arguments(&command)?;
        check_directory(&command.cwd)?;
        if let Some(at) = command.args.iter().position(|arg| self.secrets.iter().any(|s| arg.contains(&s.reference))) {
            return Err(Failure::new(
                FailureCode::Invalid,
                format!("argument {} of `{}` holds a secret, which every user could see", at + 1, command.program),
            )
            .with_help("pass it in a variable of the program's environment"));
        }
        let environment = self.base.of_program(&self.grants, &command.env, &self.secrets)?;
        if self.cancels.count() > 1 {
            return Err(Failure::new(FailureCode::Cancelled, "the run was cancelled"));
        }
        let place = self.take_place()?;

        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let worker = match &mut *worker {
            Some(worker) => worker,
            none => none.insert(Worker::start().map_err(|error| cannot_start(&path, &error))?),
        };
        let args = command.args.clone();
        let (input, delivery, lines) = self.plan_pipes(&command);
        let (group, pipes) = {
            let _runtime = worker.runtime().enter();
            let spawned = spawn_when_closed(|| {
                let mut system = Command::new(&path);
                system.args(&command.args).env_clear().envs(&environment).current_dir(&command.cwd);
                connect(&mut system, &command)?;
                Group::start(system)
            });
            spawned.map_err(|error| cannot_start(&path, &error))?
        };
        self.observer.event(StepEvent::Program { path: path.to_string_lossy().into_owned(), args });

        let order = EndOrder::new();
        let state = Arc::new(State::new());
        self.cancels.include(order.clone());
        self.look_after(worker, group, pipes, input, delivery, &command.program, &order, &state, place);
        let heard = AtomicU8::new(self.cancels.count());
        Ok(Program {
            shared: Arc::new(Shared {
                name: command.program,
                state,
                order,
                lines: lines.map(Mutex::new),
                cancels: self.cancels.listen(),
                heard,
            }),
        })
    }
}
