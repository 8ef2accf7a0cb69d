use std::sync::{Arc, Mutex, PoisonError};

use wharf_model::Failure;

/// What was refused to a step while it ran, so that its failure can say it: `wasi:http` knows only codes, and a step may
/// not pass on even those.
#[derive(Clone, Default)]
pub struct Refusals {
    list: Arc<Mutex<Vec<Failure>>>,
}

impl Refusals {
    /// The most refusals that are kept. Behind it only the newest one is replaced, so that a step which asks in a loop
    /// costs nothing.
    const KEPT: usize = 64;

    /// Remembers a refusal: a [`Failure`] with the code `denied`, `withheld` or `limit`.
    pub fn add(&self, failure: Failure) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|known| *known != failure);
        list.truncate(Self::KEPT - 1);
        list.push(failure);
    }

    /// The newest refusal.
    pub fn last(&self) -> Option<Failure> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
    }
}
