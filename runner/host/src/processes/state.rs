use tokio::sync::watch;
use wharf_model::{Failure, FailureCode};

use super::group::Exit;

/// How far a program is, for everyone who waits for it.
pub(super) struct State {
    sender: watch::Sender<Progress>,
}

#[derive(Clone, Default)]
struct Progress {
    exit: Option<Exit>,
    /// Whether all output was delivered.
    output_over: bool,
    failure: Option<Failure>,
}

impl State {
    pub(super) fn new() -> Self {
        Self { sender: watch::Sender::new(Progress::default()) }
    }

    /// The program itself has ended.
    pub(super) fn ended(&self, exit: Exit) {
        self.sender.send_modify(|progress| progress.exit = Some(exit));
    }

    /// There is no more output of it.
    pub(super) fn output_over(&self) {
        self.sender.send_modify(|progress| progress.output_over = true);
    }

    /// It broke a rule.
    pub(super) fn failed(&self, failure: Failure) {
        self.sender.send_modify(|progress| {
            progress.failure.get_or_insert(failure);
        });
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        self.sender.borrow().failure.clone()
    }

    /// Waits until the program itself has ended.
    pub(super) async fn exited(&self) {
        // The sender lives as long as `self`, so that there is always an answer.
        let _ = self.sender.subscribe().wait_for(|progress| progress.exit.is_some()).await;
    }

    /// Waits until the program has ended and its output was delivered.
    pub(super) async fn finished(&self) -> Result<Exit, Failure> {
        let mut progress = self.sender.subscribe();
        let over = progress.wait_for(|progress| progress.exit.is_some() && progress.output_over).await;
        match over.map(|progress| (progress.failure.clone(), progress.exit)) {
            Ok((Some(failure), _)) => Err(failure),
            Ok((None, Some(exit))) => Ok(exit),
            _ => Err(Failure::new(FailureCode::Internal, "the program was lost from sight")),
        }
    }
}
