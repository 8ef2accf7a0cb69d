use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, StatusCode};
use url::Url;
use wharf_model::{Change, StepEvent, StepObserver};

/// Tells the observer of each request once: when it is answered, when it fails, or when it is given up. Nothing is told
/// after the step's end.
pub(super) struct Reports {
    observer: Arc<dyn StepObserver>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    closed: bool,
    last: u64,
    requests: BTreeMap<u64, (String, String)>,
}

/// A request that is under way. Dropping it tells that it was given up.
pub(super) struct Report {
    reports: Arc<Reports>,
    id: u64,
}

impl Reports {
    pub(super) fn new(observer: Arc<dyn StepObserver>) -> Arc<Self> {
        Arc::new(Self { observer, open: Mutex::default() })
    }

    pub(super) fn begin(self: &Arc<Self>, method: &Method, url: String) -> Report {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.last += 1;
        let id = open.last;
        open.requests.insert(id, (method.to_string(), url));
        Report { reports: Arc::clone(self), id }
    }

    /// Tells of all requests that are still under way, and then of none any more.
    pub(super) fn close(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.closed = true;
        for (method, url) in std::mem::take(&mut open.requests).into_values() {
            let error = Some("there was no answer when the step ended".to_owned());
            self.observer.event(StepEvent::Request { method, url, status: None, error });
        }
    }

    /// Tells of a request that a plan did not show.
    pub(super) fn unplanned(&self, effect: String) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if !open.closed {
            self.observer.event(StepEvent::Unplanned { effect });
        }
    }

    fn end(&self, id: u64, status: Option<u16>, error: Option<String>) {
        // The lock is held while the observer hears it, so that `close` comes before or behind, never between.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((method, url)) = open.requests.remove(&id)
            && !open.closed
        {
            self.observer.event(StepEvent::Request { method, url, status, error });
        }
    }
}

impl Report {
    /// Tells what the request would have done, instead of the request.
    pub(super) fn withheld(&self, change: Change) {
        let mut open = self.reports.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.requests.remove(&self.id).is_some() && !open.closed {
            self.reports.observer.event(StepEvent::Change(change));
        }
    }

    pub(super) fn answered(&self, status: StatusCode) {
        self.reports.end(self.id, Some(status.as_u16()), None);
    }

    pub(super) fn failed(&self, reason: &str) {
        self.reports.end(self.id, None, Some(reason.to_owned()));
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.failed(if std::thread::panicking() { "a bug of wharf ended it" } else { "the step gave it up" });
    }
}

/// An address as events show it: without user, password, query and fragment.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    // Both fail only for addresses without a host, which have neither.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.set_fragment(None);
    shown.into()
}
