use std::io;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task;

/// The thread that looks after one step's programs, so that they are looked after whatever the step itself does.
pub(super) struct Worker {
    runtime: Handle,
    tasks: Mutex<Vec<task::JoinHandle<()>>>,
    last_words: Option<oneshot::Sender<LastWords>>,
    thread: Option<JoinHandle<()>>,
}

struct LastWords {
    tasks: Vec<task::JoinHandle<()>>,
    patience: Duration,
}

impl Worker {
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (last_words, hear) = oneshot::channel::<LastWords>();
        let thread = std::thread::Builder::new().name("wharf-programs".to_owned()).spawn(move || {
            runtime.block_on(async {
                let Ok(LastWords { tasks, patience }) = hear.await else { return };
                let all = async {
                    for task in tasks {
                        // A task that panicked has ended as well.
                        let _ = task.await;
                    }
                };
                let _ = tokio::time::timeout(patience, all).await;
            });
        })?;
        Ok(Self { runtime: handle, tasks: Mutex::default(), last_words: Some(last_words), thread: Some(thread) })
    }

    /// For what needs a runtime around it.
    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|task| !task.is_finished());
        tasks.push(self.runtime.spawn(task));
    }

    /// Waits for all tasks, but not longer than `patience`, and ends the thread.
    pub(super) fn end(&mut self, patience: Duration) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(last_words) = self.last_words.take() {
            // It fails only if the thread has panicked, and then there is nothing to wait for.
            let _ = last_words.send(LastWords { tasks, patience });
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
