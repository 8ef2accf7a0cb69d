use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, watch};
use wharf_model::{Failure, FailureCode};

use super::group::Exit;
use super::line::Line;
use super::order::EndOrder;
use super::state::State;

/// How long a program may take to end when the step asks for it.
const GRACE: Duration = Duration::from_secs(5);

/// The most lines that one call answers.
const LINES: usize = 4096;

/// A program that was started. Cheap to clone; dropping it changes nothing.
#[derive(Clone)]
pub struct Program {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) name: String,
    pub(super) state: Arc<State>,
    pub(super) order: EndOrder,
    /// None if the output goes elsewhere.
    pub(super) lines: Option<Mutex<mpsc::Receiver<Line>>>,
    pub(super) cancels: watch::Receiver<u8>,
    /// How many cancels the step has heard of through this program.
    pub(super) heard: AtomicU8,
}

impl Program {
    /// Waits for output and answers up to `max` lines; an empty list is the end of the output. Fails with `limit` if
    /// the program printed too much, with `cancelled` once for each cancel, with `invalid` if the output goes elsewhere.
    pub async fn next_lines(&self, max: u32) -> Result<Vec<Line>, Failure> {
        let Some(lines) = &self.shared.lines else {
            return Err(Failure::new(
                FailureCode::Invalid,
                format!("the output of `{}` goes elsewhere: start it with the output mode `lines`", self.shared.name),
            ));
        };
        let max = usize::try_from(max).unwrap_or(LINES).clamp(1, LINES);
        let mut taken = Vec::new();
        self.unless_cancelled(async {
            lines.lock().await.recv_many(&mut taken, max).await;
        })
        .await?;
        match self.shared.state.failure() {
            Some(failure) if taken.is_empty() => Err(failure),
            _ => Ok(taken),
        }
    }

    /// Waits for the end of the program itself, draining what is left of its output first. Does not wait for ever for
    /// output of programs that it left behind. Fails like [`next_lines`](Self::next_lines).
    pub async fn wait(&self) -> Result<Exit, Failure> {
        let finished = async {
            if let Some(lines) = &self.shared.lines {
                let mut lines = lines.lock().await;
                while lines.recv().await.is_some() {}
            }
            self.shared.state.finished().await
        };
        self.unless_cancelled(finished).await?
    }

    /// Ends the program and everything that it started: asks first, and forces it after five seconds.
    pub fn kill(&self) {
        self.shared.order.give(GRACE);
    }

    async fn unless_cancelled<T>(&self, waiting: impl Future<Output = T>) -> Result<T, Failure> {
        let heard = self.shared.heard.load(Ordering::SeqCst);
        let mut cancels = self.shared.cancels.clone();
        let cancelled = async {
            // Copied out at once: the guard of the channel must not be held while waiting.
            match cancels.wait_for(|count| *count > heard).await.map(|count| *count) {
                Ok(count) => count,
                // The step has ended, and nobody cancels it any more.
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            count = cancelled => {
                self.shared.heard.store(count, Ordering::SeqCst);
                Err(Failure::new(FailureCode::Cancelled, "the run was cancelled"))
            }
            done = waiting => Ok(done),
        }
    }
}
