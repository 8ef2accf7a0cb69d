//! A plan in a file, and the run that goes by it.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wharf_engine::{PlanKey, PlannedRun};
use wharf_model::RunArguments;
use wharf_report::PlanDocument;

use crate::error::CommandError;
use crate::places::state_folder;
use crate::run_arguments::{again, run_arguments};
use crate::schedule::{Ready, ScheduleArguments};
use crate::write_file::{write_file, write_private_file};

/// How the name of a saved plan ends.
pub const ENDING: &str = ".plan";
/// The environment variable whose text is the key of saved plans, for jobs that plan on one machine and run on another.
pub const KEY_VARIABLE: &str = "WHARF_PLAN_KEY";
/// The version of the form.
const FORMAT: u32 = 1;
/// The most bytes that are read.
const MOST_BYTES: u64 = 256 << 20;
/// The version of this program.
pub const WHARF: &str = env!("CARGO_PKG_VERSION");

/// What `wharf plan --save` writes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SavedPlan {
    /// The version of this form.
    wharf_plan: u32,
    /// The version of the program that wrote it.
    wharf: String,
    /// By which the key of its digests is known.
    key: String,
    /// The identity of the run.
    pub run: String,
    /// What was planned.
    arguments: RunArguments,
    /// What it showed, as digests.
    pub planned: PlannedRun,
    /// What it showed, for people and programs: the document of `wharf schema plan`.
    pub plan: PlanDocument,
}

impl SavedPlan {
    /// Whether an argument names a saved plan.
    pub fn is_name(argument: &str) -> bool {
        argument.ends_with(ENDING)
    }

    /// Keeps a plan.
    pub fn new(
        ready: &Ready<'_>,
        arguments: &ScheduleArguments,
        planned: PlannedRun,
        plan: PlanDocument,
        key: &PlanKey,
    ) -> Result<Self, CommandError> {
        let arguments = run_arguments(ready, arguments)?;
        let run = ready.schedule.run_id.clone();
        Ok(Self { wharf_plan: FORMAT, wharf: WHARF.into(), key: key.id(), run, arguments, planned, plan })
    }

    /// Writes it.
    pub fn write(&self, path: &Path) -> Result<(), CommandError> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        write_file(path, &text)
            .map_err(|error| CommandError::failed(format!("{} cannot be written: {error}", path.display())))
    }

    /// Reads one.
    pub fn read(path: &Path) -> Result<Self, CommandError> {
        let shown = path.display();
        let metadata = fs::metadata(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => CommandError::usage(format!("there is no saved plan {shown}"))
                .hint(format!("`wharf plan --save {shown}` makes one")),
            _ => CommandError::usage(format!("{shown} cannot be read: {error}")),
        })?;
        if metadata.len() > MOST_BYTES {
            let bytes = metadata.len();
            return Err(CommandError::usage(format!("{shown} is no saved plan: it has {bytes} bytes")));
        }
        let text = fs::read(path).map_err(|error| CommandError::usage(format!("{shown} cannot be read: {error}")))?;
        let wrong = |error: String| {
            let hint = format!("`wharf plan --save {shown}` makes a new one");
            CommandError::usage(format!("{shown} is no saved plan: {error}")).hint(hint)
        };
        let value: Value = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        match value.get("wharf-plan").and_then(Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(format) => return Err(wrong(format!("its form is {format}, this wharf knows {FORMAT}"))),
            None => return Err(wrong("it does not begin like one".into())),
        }
        serde_json::from_value(value).map_err(|error| wrong(error.to_string()))
    }

    /// The key under which it keeps its digests.
    pub fn key(&self, path: &Path) -> Result<PlanKey, CommandError> {
        match plan_key(false)? {
            Some(key) if key.id() == self.key => Ok(key),
            _ => {
                let message = format!("the key under which {} was made is not here", path.display());
                Err(CommandError::failed(message)
                    .hint("a plan is run by the user who made it, on the same machine")
                    .hint(format!("for others both set the variable {KEY_VARIABLE} to the same secret text")))
            }
        }
    }

    /// What to run. Values for secrets may be given again; anything else is the plan's.
    pub fn arguments(&self, given: &ScheduleArguments) -> Result<ScheduleArguments, CommandError> {
        let others = [
            (given.file.file.is_some(), "--file"),
            (given.environment.is_some(), "--environment"),
            (!given.variables.files.is_empty(), "--variable-file"),
            (given.lenient.lenient, "--lenient"),
            (!given.packages.is_empty(), "--package"),
            (given.default_package_version.is_some(), "--default-package-version"),
        ];
        if let Some((_, option)) = others.iter().find(|(is_given, _)| *is_given) {
            return Err(CommandError::usage(format!("`{option}` has no place here: the plan says it"))
                .hint("plan again to change it"));
        }
        Ok(again(&self.arguments, given))
    }
}

/// The key of this user's plans. With `make` one is made where there is none.
pub fn plan_key(make: bool) -> Result<Option<PlanKey>, CommandError> {
    if let Some(text) = std::env::var(KEY_VARIABLE).ok().filter(|text| !text.is_empty()) {
        if text.len() < 16 {
            return Err(CommandError::usage(format!("{KEY_VARIABLE} is too short: a key has at least 16 characters")));
        }
        return Ok(Some(PlanKey::from_text(&text)));
    }
    let Some(folder) = state_folder() else {
        return Err(CommandError::failed("there is no place for the key of saved plans")
            .hint(format!("set {KEY_VARIABLE}, or HOME")));
    };
    let path = folder.join("plan.key");
    let failed = |error: std::io::Error| CommandError::failed(format!("{} cannot be used: {error}", path.display()));
    match fs::read(&path) {
        Ok(bytes) => match <[u8; PlanKey::BYTES]>::try_from(bytes) {
            Ok(bytes) => Ok(Some(PlanKey::from_bytes(bytes))),
            Err(_) => Err(CommandError::failed(format!("{} is no key", path.display()))
                .hint("remove it: the next plan that is saved makes a new one")),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && make => {
            let key = PlanKey::random();
            fs::create_dir_all(&folder).map_err(failed)?;
            write_private_file(&path, key.as_bytes()).map_err(failed)?;
            // Another process may have been faster: its key is the one.
            plan_key(false)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}
