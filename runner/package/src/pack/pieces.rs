//! Work in pieces: done by several threads, taken in order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// So many finished pieces per thread may wait to be taken.
const WAITING_PER_THREAD: usize = 4;

/// Does `work` for the pieces `0..count` on so many threads, each of which has something of its own that `tools` makes,
/// and hands the results to `take` in the order of the pieces, on this thread. What `take` answers ends it early. There
/// are never more than a few results in memory.
pub(super) fn in_order<S, T: Send, B>(
    count: usize,
    threads: usize,
    tools: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
    mut take: impl FnMut(T) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let threads = threads.min(count);
    let desk = Desk::new(count, threads * WAITING_PER_THREAD);
    let run = || {
        let _closing = CloseOnPanic(&desk);
        let mut tools = tools();
        while let Some(piece) = desk.next() {
            desk.put(piece, work(&mut tools, piece));
        }
    };
    thread::scope(|scope| {
        let _closing = Close(&desk);
        let start = || thread::Builder::new().name("wharf-pack".to_owned()).spawn_scoped(scope, run).is_ok();
        let started = if threads > 1 { (0..threads).filter(|_| start()).count() } else { 0 };
        if started == 0 {
            let mut tools = tools();
            return (0..count).try_for_each(|piece| take(work(&mut tools, piece)));
        }
        for piece in 0..count {
            // Nothing comes after a panic, which the scope passes on.
            let Some(result) = desk.take(piece) else { break };
            take(result)?;
        }
        ControlFlow::Continue(())
    })
}

/// Where pieces are handed out and results are put down.
struct Desk<T> {
    count: usize,
    most_waiting: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// The next piece to be worked on.
    next: usize,
    /// The next piece to be taken.
    wanted: usize,
    results: BTreeMap<usize, T>,
    closed: bool,
}

impl<T> Desk<T> {
    fn new(count: usize, most_waiting: usize) -> Self {
        let state = Mutex::new(State { next: 0, wanted: 0, results: BTreeMap::new(), closed: false });
        Self { count, most_waiting, state, changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A piece to be worked on, as soon as there is room for its result; none if all are done or nobody wants them.
    fn next(&self) -> Option<usize> {
        let full = |state: &mut State<T>| !state.closed && state.next >= state.wanted + self.most_waiting;
        let mut state = self.changed.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner);
        let piece = state.next;
        if state.closed || piece >= self.count {
            return None;
        }
        state.next += 1;
        Some(piece)
    }

    fn put(&self, piece: usize, result: T) {
        let mut state = self.state();
        state.results.insert(piece, result);
        if state.wanted == piece {
            self.changed.notify_all();
        }
    }

    /// The result of a piece, as soon as it is there.
    fn take(&self, piece: usize) -> Option<T> {
        let missing = |state: &mut State<T>| !state.closed && !state.results.contains_key(&piece);
        let mut state = self.changed.wait_while(self.state(), missing).unwrap_or_else(PoisonError::into_inner);
        let was_full = state.next >= state.wanted + self.most_waiting;
        state.wanted = piece + 1;
        if was_full {
            self.changed.notify_all();
        }
        state.results.remove(&piece)
    }

    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }
}

/// Closes the desk at the end, however that comes.
struct Close<'a, T>(&'a Desk<T>);

impl<T> Drop for Close<'_, T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct CloseOnPanic<'a, T>(&'a Desk<T>);

impl<T> Drop for CloseOnPanic<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn all(threads: usize) -> Vec<usize> {
        let mut taken = Vec::new();
        let flow: ControlFlow<()> = in_order(
            1000,
            threads,
            || 0,
            |_, piece| piece * 2,
            |result| {
                taken.push(result);
                ControlFlow::Continue(())
            },
        );
        assert!(flow.is_continue());
        taken
    }

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        let expected: Vec<usize> = (0..1000).map(|piece| piece * 2).collect();
        for threads in [0, 1, 2, 7, 64] {
            assert_eq!(all(threads), expected, "{threads} threads");
        }
    }

    #[test]
    fn little_is_done_ahead_and_an_end_is_an_end() {
        let begun = AtomicUsize::new(0);
        let flow = in_order(
            1000,
            2,
            || (),
            |(), piece| {
                begun.fetch_add(1, Ordering::Relaxed);
                piece
            },
            |piece| if piece == 10 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) },
        );
        assert_eq!(flow, ControlFlow::Break("enough"));
        assert!(begun.into_inner() <= 11 + 2 * WAITING_PER_THREAD);
    }
}
