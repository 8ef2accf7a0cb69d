//! What the tests of several powers need: a call of a step, and an observer that remembers.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use wharf_model::{Component, ComponentSource, Secret, StepCall, StepDescription, StepEvent, StepObserver};

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Remembers what it hears.
#[derive(Default)]
pub(crate) struct Recorder {
    events: Mutex<Vec<StepEvent>>,
    heard: Condvar,
}

impl StepObserver for Recorder {
    fn event(&self, event: StepEvent) {
        self.events.lock().expect("the events").push(event);
        self.heard.notify_all();
    }

    fn mask(&self, _value: &str) {}
}

impl Recorder {
    /// All events so far.
    pub(crate) fn events(&self) -> Vec<StepEvent> {
        self.events.lock().expect("the events").clone()
    }

    /// All log messages so far, with their level.
    pub(crate) fn logs(&self) -> Vec<String> {
        self.events().into_iter().filter_map(log_line).collect()
    }

    /// Waits for a log message that contains `part`, and answers it without its level.
    pub(crate) fn wait_for_log(&self, part: &str) -> String {
        let until = Instant::now() + PATIENCE;
        let mut events = self.events.lock().expect("the events");
        loop {
            let found = events.iter().find_map(|event| match event {
                StepEvent::Log { message, .. } if message.contains(part) => Some(message.clone()),
                _ => None,
            });
            if let Some(found) = found {
                return found;
            }
            let left = until.checked_duration_since(Instant::now());
            let left = left.unwrap_or_else(|| panic!("no log line with `{part}` came: {events:?}"));
            events = self.heard.wait_timeout(events, left).expect("the events").0;
        }
    }
}

fn log_line(event: StepEvent) -> Option<String> {
    match event {
        StepEvent::Log { level, message, .. } => Some(format!("{level:?} {message}")),
        _ => None,
    }
}

/// The answer of something that must come.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("the answer comes in time")
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A secret that was fetched.
pub(crate) fn secret(reference: &str, name: &str, value: &str) -> Secret {
    Secret { reference: reference.into(), name: name.into(), value: value.into(), sources: vec![name.into()] }
}

/// A call without any power, changed as a test wants it.
pub(crate) fn call(change: impl FnOnce(&mut StepCall)) -> StepCall {
    let component = Component {
        digest: "sha256:00".into(),
        size: 0,
        description: StepDescription::unknown(),
        imports: Vec::new(),
        source: ComponentSource::Bytes { name: "test".into(), bytes: Arc::new([]) },
    };
    let mut call = StepCall { grace: Duration::from_secs(30), ..StepCall::new(Arc::new(component)) };
    change(&mut call);
    call
}
