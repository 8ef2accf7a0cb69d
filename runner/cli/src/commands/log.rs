use std::collections::HashMap;

use wharf_journal::RunFolder;
use wharf_model::{Event, EventKind, ExitCode, Level, did_you_mean};
use wharf_report::{Line, Role, log_line, sanitize};

use crate::arguments::{Global, Output};
use crate::error::CommandError;
use crate::run_journal::{RunArgument, failed};
use crate::ui::{Ui, write_stdout};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    run: RunArgument,
    /// Only this step, by its id or name; of the newest run if no run is named before it
    #[arg(value_name = "STEP")]
    step: Option<String>,
}

/// The run and the step that are meant: what is no run may be a step of the newest.
fn meant(arguments: &Arguments) -> Result<(RunFolder, Option<String>), CommandError> {
    let RunArgument { run, file } = &arguments.run;
    match (arguments.run.find(), run, &arguments.step) {
        (Err(error), Some(name), None) => {
            let newest = RunArgument { run: None, file: file.clone() }.find()?;
            let first = newest.events().map_err(failed)?.next();
            let has_step = match first {
                Some(Ok(Event { kind: EventKind::RunStarted { steps, .. }, .. })) => {
                    steps.iter().any(|step| step.id == *name || step.name.eq_ignore_ascii_case(name))
                }
                _ => false,
            };
            if has_step { Ok((newest, Some(name.clone()))) } else { Err(error) }
        }
        (run, _, step) => run.map(|run| (run, step.clone())),
    }
}

pub fn run(arguments: &Arguments, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    let (run, step) = meant(arguments)?;
    let least = match global.verbose {
        0 if global.quiet => Level::Warn,
        0 => Level::Info,
        1 => Level::Debug,
        _ => Level::Trace,
    };
    let mut names: HashMap<String, String> = HashMap::new();
    let mut only: Option<String> = None;
    // One event at a time: a log may be larger than the memory.
    for event in run.events().map_err(failed)? {
        let event = event.map_err(failed)?;
        if let EventKind::RunStarted { steps, .. } = &event.kind {
            names = steps.iter().map(|step| (step.id.clone(), step.name.clone())).collect();
            only = step.as_deref().map(|name| find_step(name, &names)).transpose()?;
        }
        let step = match &event.kind {
            EventKind::Log { step, .. } => step.as_deref(),
            EventKind::StepFinished { step, .. } => Some(step.as_str()),
            _ => continue,
        };
        if only.is_some() && step != only.as_deref() {
            continue;
        }
        if ui.output != Output::Text {
            write_stdout(&format!("{}\n", serde_json::to_string(&event).unwrap_or_default()));
            continue;
        }
        let Some(entry) = log_line(&event, least, &ui.out) else { continue };
        let name = entry.step.as_ref().and_then(|step| names.get(step)).filter(|_| only.is_none());
        let mut text = String::new();
        for line in entry.lines {
            let mut shown = Line::new();
            if let Some(name) = name {
                shown.push(Role::Faint, format!("{} | ", sanitize(name)));
            }
            shown.append(line);
            text.push_str(&format!("{}\n", ui.out.render(&shown).trim_end()));
        }
        write_stdout(&text);
    }
    Ok(ExitCode::Done)
}

fn find_step(name: &str, names: &HashMap<String, String>) -> Result<String, CommandError> {
    if names.contains_key(name) {
        return Ok(name.to_owned());
    }
    let by_name = names.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
    by_name.map(|(id, _)| id.clone()).ok_or_else(|| {
        let error = CommandError::usage(format!("the run has no step `{name}`"));
        did_you_mean(name, names.values().map(String::as_str)).into_iter().fold(error, CommandError::hint)
    })
}
