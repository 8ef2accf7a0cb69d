//! The same work for many items, on all cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// More threads than this only wait for the disk; each has buffers of its own.
const MOST: usize = 16;
/// Less work than this is done before a second thread has begun.
const BYTES_OF_ONE: u64 = 256 * 1024;
const ITEMS_OF_ONE: usize = 32;

/// How many threads so much work is worth.
pub(crate) fn count(items: usize, bytes: u64) -> usize {
    if items <= 1 || (items <= ITEMS_OF_ONE && bytes <= BYTES_OF_ONE) {
        return 1;
    }
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST).min(items)
}

/// Does `work` for every item, on so many threads, each of which has something of its own that `tools` makes. The first
/// failure stops all of them; of several, that of the first item is told.
pub(crate) fn for_each<T: Sync, S, E: Send>(
    items: &[T],
    threads: usize,
    tools: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<(usize, E)>> = Mutex::new(None);
    let run = || {
        let mut tools = tools();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return };
            if let Err(error) = work(&mut tools, item) {
                // Nobody takes another item.
                next.store(items.len(), Ordering::Relaxed);
                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                if failure.as_ref().is_none_or(|&(other, _)| at < other) {
                    *failure = Some((at, error));
                }
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Without another thread, those that are there do its part.
            if thread::Builder::new().name("wharf-package".to_owned()).spawn_scoped(scope, run).is_err() {
                break;
            }
        }
        run();
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once() {
        let items: Vec<usize> = (0..1000).collect();
        let sum = AtomicUsize::new(0);
        let done: Result<(), ()> = for_each(
            &items,
            4,
            || (),
            |(), item| {
                sum.fetch_add(*item, Ordering::Relaxed);
                Ok(())
            },
        );
        assert_eq!((done, sum.into_inner()), (Ok(()), 499_500));
    }

    #[test]
    fn a_failure_ends_it_and_is_told() {
        let items: Vec<usize> = (0..1000).collect();
        for threads in [1, 4] {
            let failed = for_each(&items, threads, || (), |(), &item| if item == 7 { Err(item) } else { Ok(()) });
            assert_eq!(failed, Err(7));
        }
    }

    #[test]
    fn little_work_is_for_one() {
        assert_eq!((count(0, 0), count(1, 1 << 30), count(32, 1000)), (1, 1, 1));
        assert!(count(1000, 1000) >= 1);
    }
}
