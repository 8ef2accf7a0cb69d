//! Consumers of a run's events: the terminal, NDJSON, one JSON document; and [`Diagnostic`](wharf_model::Diagnostic)s
//! for people and for programs. Nothing here runs anything or decides anything.

mod bytes;
mod diagnostic;
mod document;
mod duration;
mod fold;
mod history;
mod line;
mod lock;
mod ndjson;
mod plan;
pub mod redact;
mod style;
mod table;
mod terminal;

pub use bytes::format_bytes;
pub use diagnostic::{diagnostics_to_json, diagnostics_to_text};
pub use document::DocumentReporter;
pub use duration::format_duration;
pub use history::{LogLine, RunRecord, RunRow, RunState, StepRecord, log_line, record_to_text, runs_to_text};
pub use line::{Line, Role};
pub use lock::lock_changes_to_text;
pub use ndjson::NdjsonReporter;
pub use plan::{
    PLAN_SCHEMA, PlanCollector, PlanDocument, PlanLog, PlanProgram, PlanRequest, PlannedStep, plan_to_markdown,
    plan_to_text,
};
pub use style::{ColorChoice, Style, Symbols};
pub use table::Table;
pub use terminal::{Next, Surface, TerminalOptions, TerminalReporter, Verbosity};
pub use wharf_model::sanitize;

/// The JSON Schema of the lines that [`NdjsonReporter`] writes.
pub const EVENTS_SCHEMA: &str = include_str!("../schema/events.schema.json");
