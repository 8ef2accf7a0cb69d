//! A plan for people, for programs and for pull requests. The events of the plan become one [`PlanDocument`], and every
//! form is written from it.

mod collector;
mod document;
mod markdown;
mod text;

pub use collector::PlanCollector;
pub use document::{PlanDocument, PlanLog, PlanProgram, PlanRequest, PlannedStep};
pub use markdown::plan_to_markdown;
pub use text::plan_to_text;

/// The JSON Schema of a [`PlanDocument`].
pub const PLAN_SCHEMA: &str = include_str!("../../schema/plan.schema.json");
