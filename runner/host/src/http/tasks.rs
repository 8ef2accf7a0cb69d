use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

/// The tasks that drive one step's connections. They end with the step.
#[derive(Clone)]
pub(super) struct Tasks {
    running: Arc<Mutex<Option<JoinSet<()>>>>,
}

impl Tasks {
    pub(super) fn new() -> Self {
        Self { running: Arc::new(Mutex::new(Some(JoinSet::new()))) }
    }

    /// Runs a task, unless the step has ended. Needs a runtime around it.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            // Those that have ended would pile up otherwise; one that panicked has cost no more than its connection.
            while running.try_join_next().is_some() {}
            running.spawn(task);
        }
    }

    /// Ends all tasks; none begins any more.
    pub(super) fn end(&self) {
        // Dropped outside of the lock: a task that ends may want it.
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(running);
    }
}

/// For the streams of HTTP/2.
impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Tasks {
    fn execute(&self, task: F) {
        self.spawn(task);
    }
}
