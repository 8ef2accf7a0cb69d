use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use wharf_model::{CancelToken, CancelWatch};

use super::order::EndOrder;

/// Hears of cancels for all programs of a step: the first one ends those that run, within the step's grace; programs
/// that are started after it, to tidy up, run until the second one, which ends everything by force.
pub(super) struct Cancels {
    grace: Duration,
    count: watch::Receiver<u8>,
    orders: Arc<Mutex<Vec<EndOrder>>>,
    _watch: CancelWatch,
}

impl Cancels {
    pub(super) fn new(token: &CancelToken, grace: Duration) -> Self {
        let orders = Arc::new(Mutex::new(Vec::<EndOrder>::new()));
        let (sender, count) = watch::channel(0);
        let (watched, running) = (token.clone(), Arc::clone(&orders));
        let watch = token.watch(move || {
            let count = u8::from(watched.is_cancelled()) + u8::from(watched.is_immediate());
            let grace = if watched.is_immediate() { Duration::ZERO } else { grace };
            // In this order: who is included after the orders were given sees the new count.
            sender.send_replace(count);
            for order in running.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                order.give(grace);
            }
        });
        Self { grace, count, orders, _watch: watch }
    }

    /// Cancels so far: none, one, or two for "now".
    pub(super) fn count(&self) -> u8 {
        *self.count.borrow()
    }

    /// For those who wait.
    pub(super) fn listen(&self) -> watch::Receiver<u8> {
        self.count.clone()
    }

    /// From now on a cancel ends this program too; one that came while it was started, after `count` others, does so now.
    pub(super) fn include(&self, order: EndOrder, count: u8) {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.retain(|order| !order.is_forgotten());
        orders.push(order.clone());
        drop(orders);
        if self.count() > count {
            order.give(if self.count() > 1 { Duration::ZERO } else { self.grace });
        }
    }

    /// Ends all programs within `grace`.
    pub(super) fn end_all(&self, grace: Duration) {
        for order in self.orders.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            order.give(grace);
        }
    }
}
