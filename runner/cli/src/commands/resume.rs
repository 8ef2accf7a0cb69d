use std::time::Duration;

use wharf_engine::{Resumed, ScheduledStep};
use wharf_model::{ExitCode, RunStatus};
use wharf_report::{Line, Role};

use crate::arguments::{FileArgument, Global, LenientArgument, VariableArguments};
use crate::ask::{answer, can_ask};
use crate::commands::run::{carry_out, time, usual_wait};
use crate::error::CommandError;
use crate::lock_file::LockArguments;
use crate::run_arguments::again;
use crate::run_journal::{RunArgument, failed};
use crate::saved_plan::plan_key;
use crate::schedule::{Occasion, Ready, ScheduleArguments, with_schedule};
use crate::ui::{Ui, write_stderr};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    run: RunArgument,
    #[command(flatten)]
    variables: VariableArguments,
    #[command(flatten)]
    lock: LockArguments,
    /// Ask no feed: take packages from the cache
    #[arg(long)]
    offline: bool,
    /// Run a step again that was cut off and does not say that it may be
    #[arg(short, long)]
    yes: bool,
    /// How long to wait for another run of the same project in the same environment, such as `30s`
    #[arg(long, value_name = "TIME", value_parser = time)]
    wait: Option<Duration>,
}

pub fn run(arguments: &Arguments, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    let run = arguments.run.find()?;
    if run.is_running() {
        return Err(CommandError::usage(format!("run {} still lasts", run.id)).hint("wait for its end, or end it"));
    }
    let events = run.events().map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let resumed = Resumed::of(events);
    if resumed.status == Some(RunStatus::Succeeded) {
        ui.say(Line::new().with(Role::Text, format!("run {} has succeeded: there is nothing left to do", run.id)));
        return Ok(ExitCode::Done);
    }
    let Some(kept) = &resumed.arguments else {
        let message = format!("the journal of run {} does not tell with what it was begun", run.id);
        return Err(CommandError::failed(message).hint("`wharf run` begins anew"));
    };
    let given = ScheduleArguments {
        process: String::new(),
        file: FileArgument { file: None },
        environment: None,
        variables: arguments.variables.clone(),
        lenient: LenientArgument { lenient: false },
        packages: Vec::new(),
        default_package_version: None,
        lock: arguments.lock,
        offline: arguments.offline,
    };
    let what = again(kept, &given);
    let occasion = Occasion::Resume { run: &run.id, wait: usual_wait(arguments.wait) };
    with_schedule(&what, &occasion, ui, |ready| {
        if let Some(key) = plan_key(false)? {
            resumed.verify(ready.schedule, &key)?;
        }
        allow_again(&ready, &resumed, arguments.yes, ui)?;
        carry_out(&ready, &what, None, Some(resumed.clone()), global, ui)
    })
}

/// Asks before a step runs again that was cut off, and that may not find its work half done.
fn allow_again(ready: &Ready<'_>, resumed: &Resumed, yes: bool, ui: &Ui) -> Result<(), CommandError> {
    let is_delicate = |step: &&ScheduledStep| {
        let component = step.component.as_ref();
        resumed.is_interrupted(&step.step.id) && component.is_some_and(|component| !component.description.idempotent)
    };
    let names: Vec<String> =
        ready.schedule.steps.iter().filter(is_delicate).map(|step| format!("`{}`", step.step.name)).collect();
    if names.is_empty() || yes {
        return Ok(());
    }
    let (names, may) = (names.join(", "), if names.len() == 1 { "may have" } else { "may each have" });
    let words = format!("{names} {may} done a part of its work already, and does not say that it may do it again");
    if !can_ask() {
        return Err(CommandError::usage(words).hint("`--yes` runs it again"));
    }
    write_stderr(&format!("{words}\n"));
    match answer("Run it again? [y/N] ", ui)?.to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(CommandError::usage("not resumed; nothing was changed")),
    }
}
