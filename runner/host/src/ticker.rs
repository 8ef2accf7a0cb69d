//! Moves the engine's epoch on while steps run, so that a busy guest looks up and asks whether it may go on.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use wasmtime::Engine;

/// How often a busy guest looks up.
pub(crate) const TICK: Duration = Duration::from_millis(10);

#[derive(Default)]
struct Shared {
    running: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    steps: usize,
    ended: bool,
    started: bool,
}

/// A thread that ticks as long as any step runs. It is started with the first one.
pub(crate) struct Ticker {
    engine: Engine,
    shared: Arc<Shared>,
}

/// Keeps the ticker going.
pub(crate) struct Ticking(Arc<Shared>);

impl Ticker {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, shared: Arc::default() }
    }

    /// Ticks until the answer is dropped.
    pub(crate) fn start(&self) -> Ticking {
        let mut state = self.shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        state.steps += 1;
        if !state.started {
            state.started = true;
            let (engine, shared) = (self.engine.weak(), Arc::clone(&self.shared));
            std::thread::Builder::new()
                .name("wharf-ticker".into())
                .spawn(move || {
                    let mut state = shared.running.lock().unwrap_or_else(PoisonError::into_inner);
                    while !state.ended {
                        state = if state.steps == 0 {
                            shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
                        } else {
                            shared.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0
                        };
                        let Some(engine) = engine.upgrade() else { return };
                        engine.increment_epoch();
                    }
                })
                .expect("the system can start one more thread");
            return Ticking(Arc::clone(&self.shared));
        }
        if state.steps == 1 {
            self.shared.changed.notify_one();
        }
        Ticking(Arc::clone(&self.shared))
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner).steps -= 1;
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.running.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.shared.changed.notify_one();
    }
}
