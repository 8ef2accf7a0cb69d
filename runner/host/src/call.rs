//! The time of an attempt: its end, its cancellation, and the processor time that it uses.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use wharf_model::{CancelToken, CancelWatch, Failure, FailureCode, Limit, StepCall};

/// Says whether an attempt may go on. Two clocks, because each alone has a hole: a busy guest is asked at every tick of
/// the engine, a waiting one is dropped by whoever waits for it.
pub(crate) struct Clock {
    started: Instant,
    cpu_started: Duration,
    limit: Duration,
    cpu_limit: u64,
    cancel: CancelToken,
    grace: Duration,
    cancelled_at: Mutex<Option<Instant>>,
    changed: watch::Receiver<u32>,
    _watch: CancelWatch,
}

impl Clock {
    pub(crate) fn new(call: &StepCall) -> Self {
        let (sender, changed) = watch::channel(0);
        let watch = call.cancel.watch(move || sender.send_modify(|count| *count += 1));
        Self {
            started: Instant::now(),
            cpu_started: thread_cpu_time(),
            limit: call.limits.duration(Limit::WallClock),
            cpu_limit: call.limits.get(Limit::CpuTime),
            cancel: call.cancel.clone(),
            grace: call.grace,
            cancelled_at: Mutex::new(None),
            changed,
            _watch: watch,
        }
    }

    /// Until the attempt's time is up.
    pub(crate) fn time_left(&self) -> Duration {
        self.limit.saturating_sub(self.started.elapsed())
    }

    /// Why the attempt must end now, if it must. To be asked on the step's own thread.
    pub(crate) fn verdict(&self) -> Option<Failure> {
        self.wall_verdict().or_else(|| {
            let used = thread_cpu_time().saturating_sub(self.cpu_started);
            (used > Duration::from_millis(self.cpu_limit))
                .then(|| Failure::limit(Limit::CpuTime, self.cpu_limit, "it used up its processor time"))
        })
    }

    fn wall_verdict(&self) -> Option<Failure> {
        if let Some(since) = self.cancelled_since()
            && (self.cancel.is_immediate() || since.elapsed() >= self.grace)
        {
            return Some(cancelled());
        }
        (self.started.elapsed() >= self.limit).then(|| {
            let limit = Limit::WallClock;
            let mut failure =
                Failure::limit(limit, u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX), "its time is up");
            failure.code = FailureCode::TimedOut;
            failure
        })
    }

    fn cancelled_since(&self) -> Option<Instant> {
        self.cancel
            .is_cancelled()
            .then(|| *self.cancelled_at.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now))
    }

    /// Waits until the attempt must end.
    pub(crate) async fn ended(&self) -> Failure {
        let mut changed = self.changed.clone();
        loop {
            if let Some(failure) = self.wall_verdict() {
                return failure;
            }
            let mut wait = self.time_left();
            if let Some(since) = self.cancelled_since() {
                wait = wait.min(self.grace.saturating_sub(since.elapsed()));
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = changed.changed() => {}
            }
        }
    }

    /// Waits, but not longer than until the run is cancelled.
    pub(crate) async fn sleep(&self, duration: Duration) -> Result<(), Failure> {
        let mut changed = self.changed.clone();
        if self.cancel.is_cancelled() {
            return Err(cancelled());
        }
        tokio::select! {
            () = tokio::time::sleep(duration) => Ok(()),
            _ = changed.changed() => Err(cancelled()),
        }
    }

    /// Whether work on the step's behalf, inside the host, may go on.
    pub(crate) fn may_go_on(&self) -> bool {
        !self.cancel.is_cancelled() && self.started.elapsed() < self.limit
    }
}

pub(crate) fn cancelled() -> Failure {
    Failure::new(FailureCode::Cancelled, "the run was cancelled")
}

/// The processor time that this thread has used.
#[cfg(unix)]
fn thread_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Elsewhere: the time since the program began, so that the limit still ends a busy guest.
#[cfg(not(unix))]
fn thread_cpu_time() -> Duration {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed()
}
