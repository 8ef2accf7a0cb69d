use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;
use wasmtime::component::{Component as Compiled, Linker};
use wasmtime::{Engine, Store, UpdateDeadline};
use wharf_model::{
    Component, ComponentError, ComponentSource, Failure, FailureCode, Limit, Limits, NoObserver, RunMode, StepCall,
    StepDescription, StepObserver, StepRunner,
};

use crate::cache::{Cache, Facts};
use crate::call::cancelled;
use crate::component::{MAX_BYTES, NotAStep, imports};
use crate::files::{Ground, Overlay};
use crate::http::HttpEnvironment;
use crate::outcome::{Circumstances, EndStep, failure_of};
use crate::processes::BaseEnvironment;
use crate::refusal::Refused;
use crate::state::{StepState, Surroundings};
use crate::ticker::Ticker;
use crate::world::v0_1;
use crate::{HostError, engine, linker};

/// How a [`Host`] is set up.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Where compiled components are kept; none compiles them anew in every process.
    pub cache: Option<PathBuf>,
    /// Use a pool of memory that is reserved once: steps start in microseconds. Needs much address space, no memory.
    pub pooling: bool,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self { cache: None, pooling: true }
    }
}

/// The sandbox.
pub struct Host {
    engine: Engine,
    linker: Linker<StepState>,
    cache: Option<Cache>,
    ticker: Ticker,
    surroundings: Surroundings,
    runtime: OnceLock<Runtime>,
    loaded: Mutex<HashMap<String, Arc<Loaded>>>,
}

/// A component that was loaded, and its image when it was first needed.
struct Loaded {
    component: Arc<Component>,
    ready: OnceLock<v0_1::FullStepPre<StepState>>,
}

impl Host {
    /// Sets up the sandbox. Nothing is compiled, and no thread is started, before it is needed.
    ///
    /// # Errors
    /// If the engine does not start here, or the cache's directory cannot be used.
    pub fn new(options: &HostOptions) -> Result<Self, HostError> {
        let engine = match engine::engine(options.pooling) {
            // Where address space is limited (`ulimit -v`, small containers), steps start a little slower instead.
            Err(_) if options.pooling => engine::engine(false)?,
            engine => engine?,
        };
        let cache = options.cache.as_deref().map(|root| Cache::open(root, &engine)).transpose()?;
        let linker = linker::linker(&engine).map_err(|error| HostError::Linker(format!("{error:#}")))?;
        Ok(Self {
            ticker: Ticker::new(engine.clone()),
            engine,
            linker,
            cache,
            surroundings: Surroundings { http: HttpEnvironment::from_env(), base: BaseEnvironment::from_env() },
            runtime: OnceLock::new(),
            loaded: Mutex::default(),
        })
    }

    /// The version of the WebAssembly engine.
    pub fn engine_version() -> &'static str {
        "48"
    }

    fn runtime(&self) -> Result<&Runtime, Failure> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("wharf-io")
            .enable_all()
            .build()
            .map_err(|error| Failure::new(FailureCode::Internal, format!("no runtime for waiting: {error}")))?;
        Ok(self.runtime.get_or_init(|| runtime))
    }

    fn loaded(&self, digest: &str) -> Option<Arc<Loaded>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    fn remember(&self, component: Component, ready: Option<v0_1::FullStepPre<StepState>>) -> Arc<Loaded> {
        let digest = component.digest.clone();
        let loaded = Loaded { component: Arc::new(component), ready: OnceLock::new() };
        if let Some(ready) = ready {
            let _ = loaded.ready.set(ready);
        }
        let loaded = Arc::new(loaded);
        Arc::clone(self.loaded.lock().unwrap_or_else(PoisonError::into_inner).entry(digest).or_insert(loaded))
    }

    /// Links a compiled component, so that it can be instantiated again and again.
    fn link(&self, compiled: &Compiled) -> Result<v0_1::FullStepPre<StepState>, NotAStep> {
        self.linker
            .instantiate_pre(compiled)
            .and_then(v0_1::FullStepPre::new)
            .map_err(|error| NotAStep::new(format!("does not fit `{}`: {error:#}", v0_1::PACKAGE)))
    }

    fn compile(&self, digest: &str, bytes: &[u8]) -> Result<Compiled, NotAStep> {
        let compiled = match &self.cache {
            Some(cache) => cache.compile(&self.engine, digest, bytes),
            None => Compiled::from_binary(&self.engine, bytes),
        };
        compiled.map_err(|error| {
            let text = format!("{error:#}");
            // How much address space each step has is laid out when the host starts.
            if text.contains("pooling allocator") {
                return NotAStep::new(format!("is larger than a step can be: {text}"));
            }
            NotAStep::new(format!("is not valid WebAssembly: {text}"))
        })
    }

    /// The linked image of a component: from memory, from the cache, or compiled.
    fn ready<'a>(&self, loaded: &'a Loaded) -> Result<&'a v0_1::FullStepPre<StepState>, Failure> {
        if let Some(ready) = loaded.ready.get() {
            return Ok(ready);
        }
        let digest = &loaded.component.digest;
        let from_cache = self.cache.as_ref().and_then(|cache| cache.load(&self.engine, digest));
        let bad = |error: NotAStep| {
            let name = name_of(&loaded.component.source);
            Failure { help: error.help, ..Failure::new(FailureCode::BadComponent, format!("{name} {}", error.message)) }
        };
        let compiled = match from_cache {
            Some(compiled) => compiled,
            None => {
                let bytes = read(&loaded.component.source).map_err(&bad)?;
                if digest_of(&bytes) != *digest {
                    return Err(bad(NotAStep::new("was changed since the run began")));
                }
                self.compile(digest, &bytes).map_err(&bad)?
            }
        };
        let ready = self.link(&compiled).map_err(bad)?;
        Ok(loaded.ready.get_or_init(|| ready))
    }

    fn describe(&self, ready: &v0_1::FullStepPre<StepState>, component: &Component) -> Result<String, Failure> {
        let mut limits = Limits::default();
        limits.set(Limit::WallClock, 30_000);
        limits.set(Limit::CpuTime, 5_000);
        limits.set(Limit::WorkInodes, 0);
        limits.set(Limit::LogBytes, 64 * 1024);
        limits.set(Limit::CallBytes, 2 * StepDescription::MAX_BYTES as u64);
        let call = StepCall {
            step_id: "describe".into(),
            step_name: "describe".into(),
            mode: RunMode::Plan,
            inputs: Value::Null,
            limits,
            grace: Duration::ZERO,
            ..StepCall::new(Arc::new(component.clone()))
        };
        // There is nothing that it could change.
        self.attempt(ready, call, &Ground::Machine, Arc::new(NoObserver), async |step, store, _| {
            step.wharf_step_step().call_describe(store).await
        })
    }

    /// Runs `work` in a new instance, within the limits and until the clock says that it must end.
    fn attempt<T>(
        &self,
        ready: &v0_1::FullStepPre<StepState>,
        call: StepCall,
        ground: &Ground,
        observer: Arc<dyn StepObserver>,
        work: impl AsyncFnOnce(&v0_1::FullStep, &mut Store<StepState>, &String) -> wasmtime::Result<T>,
    ) -> Result<T, Failure> {
        let runtime = self.runtime()?;
        let inputs = call.inputs.to_string();
        let limits = call.limits.clone();
        let _entered = runtime.enter();
        let state = StepState::new(call, observer, &self.surroundings, ground)?;
        let clock = Arc::clone(&state.clock);
        let report = Arc::clone(&state.report);
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(usize::try_from(limits.get(Limit::CallBytes)).unwrap_or(usize::MAX));
        store.set_epoch_deadline(1);
        let asked = Arc::clone(&clock);
        store.epoch_deadline_callback(move |store| match store.data().report.flooded().cloned().or(asked.verdict()) {
            None => Ok(UpdateDeadline::Continue(1)),
            Some(failure) => Err(EndStep(failure).into()),
        });
        let ticking = self.ticker.start();
        let result = runtime.block_on(async {
            let running = async {
                let step = ready.instantiate_async(&mut store).await?;
                work(&step, &mut store, &inputs).await
            };
            tokio::select! {
                biased;
                result = running => result,
                failure = clock.ended() => Err(EndStep(failure).into()),
                failure = report.until_flooded() => Err(EndStep(failure).into()),
            }
        });
        drop(ticking);
        let finished = store.data_mut().finish();
        let state = store.data();
        let circumstances =
            Circumstances { limits: &limits, hit: state.limiter.hit(), last_lines: state.stderr.last_lines() };
        let ended = result.and_then(|value| finished.map(|()| value));
        let value = ended.map_err(|error| failure_of(&error, &circumstances))?;
        match state.report.flooded() {
            Some(failure) => Err(failure.clone()),
            None => Ok(value),
        }
    }

    fn run_step(&self, call: StepCall, ground: &Ground, observer: Arc<dyn StepObserver>) -> Result<(), Failure> {
        let loaded = match self.loaded(&call.component.digest) {
            Some(loaded) => loaded,
            None => self.remember((*call.component).clone(), None),
        };
        let ready = self.ready(&loaded)?;
        let cancel = call.cancel.clone();
        let refused = OnceLock::new();
        let result = self.attempt(ready, call, ground, Arc::clone(&observer), async |step, store, inputs| {
            let answer = step.wharf_step_step().call_run(&mut *store, inputs).await;
            let _ = refused.set(Refused::of(store.data()));
            answer
        });
        let failure = match result {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => v0_1::failure_of(error, observer.as_ref()),
            Err(failure) => failure,
        };
        let failure = match refused.into_inner() {
            Some(refused) => refused.explain(failure),
            None => failure,
        };
        Err(if cancel.is_cancelled() { after_cancel(failure) } else { failure })
    }
}

/// A step whose request or program was ended by a cancel often has no better word for it than that it failed.
fn after_cancel(failure: Failure) -> Failure {
    match failure.code {
        FailureCode::Failed | FailureCode::Other | FailureCode::Transient | FailureCode::NotFound => {
            cancelled().with_help(format!("the step ended with: {}", failure.message))
        }
        _ => failure,
    }
}

impl Host {
    /// Runs an attempt; a panic of the host's own is a failure of this step alone.
    fn run_caught(&self, call: StepCall, ground: &Ground, observer: Arc<dyn StepObserver>) -> Result<(), Failure> {
        let run = AssertUnwindSafe(|| self.run_step(call, ground, observer));
        catch_unwind(run).unwrap_or_else(|panic| Err(bug(&*panic)))
    }
}

impl StepRunner for Host {
    fn load(&self, source: &ComponentSource) -> Result<Arc<Component>, ComponentError> {
        let name = name_of(source);
        let failed = |error: NotAStep| ComponentError { name: name.clone(), message: error.message, help: error.help };
        let (digest, bytes) = match source {
            ComponentSource::Embedded { digest, .. } => ((*digest).to_owned(), None),
            ComponentSource::File(_) | ComponentSource::Bytes { .. } => {
                let bytes = read(source).map_err(failed)?;
                (digest_of(&bytes), Some(bytes))
            }
        };
        if let Some(loaded) = self.loaded(&digest) {
            return Ok(Arc::clone(&loaded.component));
        }
        if let Some(facts) = self.cache.as_ref().and_then(|cache| cache.facts(&digest))
            && let Ok(description) = StepDescription::parse(&facts.description)
        {
            let component =
                Component { digest, size: facts.size, description, imports: facts.imports, source: source.clone() };
            return Ok(Arc::clone(&self.remember(component, None).component));
        }
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => read(source).map_err(failed)?,
        };
        let imports = imports(&bytes).map_err(failed)?;
        let compiled = self.compile(&digest, &bytes).map_err(failed)?;
        let ready = self.link(&compiled).map_err(failed)?;
        let mut component = Component {
            digest,
            size: bytes.len() as u64,
            description: StepDescription::unknown(),
            imports,
            source: source.clone(),
        };
        let described = catch_unwind(AssertUnwindSafe(|| self.describe(&ready, &component)));
        let text = described.unwrap_or_else(|panic| Err(bug(&*panic))).map_err(|failure| {
            let mut error = NotAStep::new(format!("does not describe itself: {}", failure.message));
            // The limits of this moment cannot be raised.
            error.help = match failure.limit {
                Some(_) => Some("a step describes itself in no time, from what it knows when it is built".to_owned()),
                None => failure.help,
            };
            failed(error)
        })?;
        component.description =
            StepDescription::parse(&text).map_err(|error| failed(NotAStep::new(format!("is refused: {error}"))))?;
        if let Some(cache) = &self.cache {
            let facts = Facts { size: component.size, imports: component.imports.clone(), description: text };
            cache.keep_facts(&component.digest, &facts);
        }
        Ok(Arc::clone(&self.remember(component, Some(ready)).component))
    }

    fn run(&self, call: StepCall, observer: Arc<dyn StepObserver>) -> Result<(), Failure> {
        let ground = match call.mode {
            RunMode::Apply => Ground::Machine,
            // A plan of one step.
            RunMode::Plan => plan_ground()?,
        };
        self.run_caught(call, &ground, observer)
    }

    fn begin_plan(&self) -> Result<Box<dyn StepRunner + '_>, Failure> {
        Ok(Box::new(PlanRunner { host: self, ground: plan_ground()? }))
    }
}

/// Runs the steps of one plan: each sees what those before it would have changed, and nothing changes.
struct PlanRunner<'a> {
    host: &'a Host,
    ground: Ground,
}

impl StepRunner for PlanRunner<'_> {
    fn load(&self, source: &ComponentSource) -> Result<Arc<Component>, ComponentError> {
        self.host.load(source)
    }

    fn run(&self, call: StepCall, observer: Arc<dyn StepObserver>) -> Result<(), Failure> {
        // Whatever the caller says: nothing is applied here.
        self.host.run_caught(StepCall { mode: RunMode::Plan, ..call }, &self.ground, observer)
    }

    fn begin_plan(&self) -> Result<Box<dyn StepRunner + '_>, Failure> {
        self.host.begin_plan()
    }
}

fn plan_ground() -> Result<Ground, Failure> {
    Overlay::new().map(Ground::Plan).map_err(|error| {
        Failure::new(FailureCode::Failed, format!("there can be no folder for what a plan would write: {error}"))
            .with_help("`TMPDIR` names the folder in which it is made")
    })
}

/// The failure that a panic of the host's own stands for.
fn bug(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    Failure::new(FailureCode::Internal, format!("a bug in wharf ended this step: {text}"))
        .with_help("please report it with what the step did")
}

fn name_of(source: &ComponentSource) -> String {
    match source {
        ComponentSource::Embedded { name, .. } => (*name).to_owned(),
        ComponentSource::File(path) => path.display().to_string(),
        ComponentSource::Bytes { name, .. } => name.clone(),
    }
}

fn read(source: &ComponentSource) -> Result<Arc<[u8]>, NotAStep> {
    match source {
        ComponentSource::Embedded { bytes, .. } => Ok(Arc::from(*bytes)),
        ComponentSource::Bytes { bytes, .. } => Ok(Arc::clone(bytes)),
        ComponentSource::File(path) => {
            let unreadable = |error: std::io::Error| match error.kind() {
                std::io::ErrorKind::NotFound => NotAStep::new("does not exist"),
                _ => NotAStep::new(format!("cannot be read: {error}")),
            };
            let metadata = std::fs::metadata(path).map_err(unreadable)?;
            if !metadata.is_file() {
                return Err(NotAStep::new("is not a file"));
            }
            if metadata.len() > MAX_BYTES {
                return Err(NotAStep::new(format!(
                    "is {} bytes long; the limit for a component is {MAX_BYTES}",
                    metadata.len()
                )));
            }
            Ok(std::fs::read(path).map_err(unreadable)?.into())
        }
    }
}

fn digest_of(bytes: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
