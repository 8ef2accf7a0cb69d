//! Plain data and rules that every crate of Wharf shares: the process, powers and their policies, limits, events,
//! masking, and the [`StepRunner`] trait through which the engine meets the sandbox. No I/O and no async here.

mod address;
mod call;
mod cancel;
mod change;
mod description;
mod diagnostic;
mod event;
mod exit;
mod failure;
mod feed;
mod feed_limits;
mod grant;
mod http_policy;
mod http_read_rule;
mod leaves;
mod level;
mod limits;
mod lock;
mod mask;
mod name_pattern;
mod planned;
mod power;
mod process;
mod sanitize;
mod sink;
mod span;
mod suggest;
mod value;
mod version;

pub use address::{AddressClass, classify_address};
pub use call::{
    Component, ComponentError, ComponentSource, NoObserver, NoVariables, PackageFile, Rendered, RunMode, Secret,
    StepCall, StepEvent, StepObserver, StepRunner, VariableAccess, VariableError,
};
pub use cancel::{CancelToken, CancelWatch};
pub use change::{Change, ChangeKind, ChangeSource};
pub use description::{DescriptionError, InputPower, StepDescription};
pub use diagnostic::{Diagnostic, MissingGrant, Severity};
pub use event::{
    Counts, Event, EventKind, PackageSummary, PlanCounts, PlanStatus, PowerSummary, RunArguments, RunStatus,
    SecretSummary, StepStatus, StepSummary,
};
pub use exit::ExitCode;
pub use failure::{Failure, FailureCode};
pub use feed::{FeedCredentials, FeedPlace, FeedSecret, FeedSpec, S3Place};
pub use feed_limits::{FeedLimit, FeedLimitSetting};
pub use grant::{FileAccess, FileGrant, GrantOrigin, Grants, ProgramGrant};
pub use http_policy::{HttpDecision, HttpPattern, HttpPatternError, HttpPolicy};
pub use http_read_rule::{HttpReadRule, HttpReadRuleError, HttpReadRuleParts, ReadBody, ReadMatch};
pub use leaves::leaf_texts;
pub use level::Level;
pub use limits::{Limit, LimitUnit, Limits, UnknownLimit};
pub use lock::{ComponentPin, Lock, LockChange, LockedComponent, LockedPackage, LockedPower, LockedStep, PackagePin};
pub use mask::{MASK, MaskStream, MaskTrail, Masker};
pub use name_pattern::NamePattern;
pub use planned::{PlannedEffects, TouchedPath};
pub use power::PowerKind;
pub use process::{
    Allow, AllowPattern, Defaults, Environment, LimitSetting, NamedProcess, PackageSource, PackageSpec, PackedVersion,
    Process, PromptSpec, Retry, Scope, SecretSource, SecretSpec, Step, Uses, VariableCandidate, VariableDefinition,
    VariableOrigin, VariableSet, VariableValue, When,
};
pub use sanitize::{sanitize, sanitize_lines};
pub use sink::EventSink;
pub use span::{SourceFile, Span};
pub use suggest::{did_you_mean, nearest};
pub use value::{Scalar, ScalarStyle, SpannedKey, SpannedValue, ValueKind};
pub use version::{OctopusVersion, OctopusVersionError};
