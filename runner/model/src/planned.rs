/// What a plan showed of a step, for a run that goes by the plan: the sandbox refuses the rest before it happens, or tells
/// of it.
pub trait PlannedEffects: Send + Sync {
    /// Whether what was not shown is refused; else it happens, and is told.
    fn refuses(&self) -> bool;
    /// Whether the plan touched this guest path, or made a directory above it.
    fn allows_path(&self, path: &str) -> bool;
    /// Whether the plan told of this request or program: [`Change::effect`](crate::Change::effect).
    fn allows_effect(&self, effect: &str) -> bool;
}

/// A path that a step was about to change in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchedPath {
    /// As the guest names it.
    pub path: String,
    /// Where it is on the machine.
    pub machine: std::path::PathBuf,
    /// Whether nothing stood there before.
    pub is_new: bool,
}
