use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::files::text_of;
use crate::{Context, Error, Result, sys};

/// Says how far the step is: `done` of `total` units of any kind, and what it is doing. Shown live, never kept.
///
/// ```
/// use wharf_step::{progress, testing::Host};
///
/// progress(3, 12, "copying index.html");
/// progress(4, None, "copying more");
/// assert_eq!(Host::current().progress().last().unwrap().done, 4);
/// ```
pub fn progress(done: u64, total: impl Into<Option<u64>>, note: &str) {
    sys::progress(done, total.into(), note);
}

/// Sets an output, read by later steps as `#{Step[id].Output.name}`. The last value wins.
///
/// ```
/// use wharf_step::{output, testing::Host};
///
/// output("url", "http://localhost:8080")?;
/// output("ports", [80, 443])?;
/// assert_eq!(Host::current().output("ports").unwrap(), serde_json::json!([80, 443]));
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn output(name: &str, value: impl Serialize) -> Result {
    sys::output(name, &json(&value)?, false).with_context(|| format!("cannot set the output `{name}`"))
}

/// Sets an output whose value is masked from here on, wherever it appears.
///
/// ```
/// use wharf_step::{output_sensitive, testing::Host};
///
/// output_sensitive("token", "abcd-1234")?;
/// assert!(Host::current().is_sensitive("token"));
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn output_sensitive(name: &str, value: impl Serialize) -> Result {
    sys::output(name, &json(&value)?, true).with_context(|| format!("cannot set the output `{name}`"))
}

/// Masks a text from here on, wherever it appears: for what the step comes to know and must not be shown.
///
/// ```
/// use wharf_step::{mask, testing::Host};
///
/// mask("a token that a server handed out");
/// assert!(Host::current().is_masked("a token that a server handed out"));
/// ```
pub fn mask(text: &str) {
    sys::mask(text);
}

/// Keeps a copy of a file with the run, under `name`. The copy is made at the call.
///
/// ```
/// use wharf_step::{artifact, files, testing::Host};
///
/// let report = files::work().join("report.txt");
/// std::fs::write(&report, "all well")?;
/// artifact(&report, "report.txt")?;
/// assert_eq!(Host::current().artifact("report.txt").unwrap(), b"all well");
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn artifact(path: impl AsRef<Path>, name: &str) -> Result {
    sys::artifact(text_of(path.as_ref())?, name)
}

/// What was done to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there before.
    Create,
    /// It was changed in place.
    Update,
    /// It was removed and made anew.
    Replace,
    /// It is gone.
    Delete,
    /// Anything else.
    Other,
}

/// A change that the host cannot see for itself: one in a remote system. (It sees files, programs and requests.)
///
/// ```
/// use wharf_step::{Change, testing::Host};
///
/// Change::update("DNS record www.example.com").summary("-> 192.0.2.7").before("192.0.2.3").after("192.0.2.7").report()?;
/// let changes = Host::current().changes();
/// assert_eq!(changes[0].target, "DNS record www.example.com");
/// assert_eq!(changes[0].detail["after"], "192.0.2.7");
/// # Ok::<(), wharf_step::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a change is only reported by `report`"]
pub struct Change {
    kind: ChangeKind,
    target: String,
    detail: Map<String, Value>,
}

impl Change {
    /// A change of any kind. `target` names the thing as a user would.
    pub fn new(kind: ChangeKind, target: impl Into<String>) -> Self {
        Self { kind, target: target.into(), detail: Map::new() }
    }

    /// The thing was not there before.
    pub fn create(target: impl Into<String>) -> Self {
        Self::new(ChangeKind::Create, target)
    }

    /// The thing was changed in place.
    pub fn update(target: impl Into<String>) -> Self {
        Self::new(ChangeKind::Update, target)
    }

    /// The thing is gone.
    pub fn delete(target: impl Into<String>) -> Self {
        Self::new(ChangeKind::Delete, target)
    }

    /// What is shown behind the target.
    pub fn summary(self, summary: impl Into<String>) -> Self {
        self.with("summary", Value::from(summary.into()))
    }

    /// The thing as it was.
    pub fn before(self, value: impl Serialize) -> Self {
        self.with("before", serde_json::to_value(value).unwrap_or_default())
    }

    /// The thing as it is.
    pub fn after(self, value: impl Serialize) -> Self {
        self.with("after", serde_json::to_value(value).unwrap_or_default())
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.detail.insert(key.to_owned(), value);
        self
    }

    /// Reports it.
    pub fn report(self) -> Result {
        sys::change(self.kind, &self.target, &Value::Object(self.detail).to_string())
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::invalid(format!("the output is no JSON: {error}")))
}
