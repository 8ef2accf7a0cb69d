use std::path::{Path, PathBuf};
use std::sync::Arc;

use wharf_engine::{PlanKeeping, plan, plan_for_run};
use wharf_model::{EventSink, ExitCode, RunStatus};
use wharf_report::{
    NdjsonReporter, Next, PlanCollector, PlanDocument, Surface, TerminalOptions, plan_to_markdown, plan_to_text,
};

use crate::again::{decided_versions, run_command};
use crate::arguments::{Form, Global};
use crate::error::CommandError;
use crate::saved_plan::{ENDING, SavedPlan, WHARF, plan_key};
use crate::schedule::{Occasion, Ready, ScheduleArguments, with_schedule};
use crate::shell::quoted;
use crate::ui::{Ui, WatchedStdout};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    what: ScheduleArguments,
    #[command(flatten)]
    options: PlanOptions,
}

/// How a plan is shown.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct PlanOptions {
    /// Show the differences of text files
    #[arg(long)]
    diff: bool,
    /// End with exit code 2 if the run would change something
    #[arg(long, alias = "detailed-exit-code")]
    detailed_exitcode: bool,
    /// Keep the plan in a file, for `wharf run FILE`; its name ends in `.plan`
    #[arg(long, value_name = "FILE", value_parser = saved_name)]
    save: Option<PathBuf>,
}

fn saved_name(text: &str) -> Result<PathBuf, String> {
    match SavedPlan::is_name(text) {
        true => Ok(PathBuf::from(text)),
        false => Err(format!("the name of a saved plan ends in `{ENDING}`: that is how `wharf run` knows it")),
    }
}

pub fn run(arguments: &Arguments, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    show_plan(&arguments.what, &arguments.options, global, ui)
}

/// Shows what a run with these arguments would do.
pub fn show_plan(
    arguments: &ScheduleArguments,
    options: &PlanOptions,
    global: &Global,
    ui: &Ui,
) -> Result<ExitCode, CommandError> {
    if SavedPlan::is_name(&arguments.process) {
        return show_saved(&arguments.process, options, global, ui);
    }
    let key = options.save.as_ref().map(|_| plan_key(true)).transpose()?.flatten();
    with_schedule(arguments, &Occasion::Plan, ui, |ready| {
        let Ready { schedule, process, environment, host, cancel, secrets, .. } = ready;
        let collector = Arc::new(PlanCollector::default());
        let consumer: Arc<dyn EventSink> = match global.output {
            Form::Ndjson => Arc::new(NdjsonReporter::new(Box::new(WatchedStdout))),
            Form::Text | Form::Json | Form::Markdown => Arc::clone(&collector) as _,
        };
        let (outcome, planned) = match &key {
            Some(key) => {
                let keeping = PlanKeeping { request: ready.request, key, wharf: WHARF };
                let (outcome, planned) = plan_for_run(schedule, host, consumer, cancel, &keeping)?;
                (outcome, Some(planned))
            }
            None => (plan(schedule, host, consumer, cancel)?, None),
        };
        let is_saved = outcome.status == RunStatus::Succeeded && schedule.unset_secrets.is_empty();
        let command = match options.save.as_ref().filter(|_| is_saved) {
            Some(path) => format!("wharf run {}", quoted(&path.display().to_string())),
            None => run_command(arguments, environment, secrets) + &decided_versions(arguments, process, schedule),
        };
        let document = PlanDocument { command: Some(command), ..collector.document() };
        if let (Some(path), Some(planned), Some(key)) = (&options.save, planned, &key) {
            match is_saved {
                true => {
                    SavedPlan::new(&ready, arguments, planned, document.clone(), key)?.write(path)?;
                }
                false => {
                    let reason = match schedule.unset_secrets.as_slice() {
                        [] => "a plan that fails is not run".to_owned(),
                        names => format!("a run needs the secrets that are not set ({})", names.join(", ")),
                    };
                    ui.warn(&format!("{} is not written: {reason}", path.display()));
                }
            }
        }
        show(&document, options, global, ui);
        Ok(outcome.exit_code(options.detailed_exitcode))
    })
}

/// Shows a plan that was saved. Nothing is looked at but the file.
fn show_saved(name: &str, options: &PlanOptions, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    if global.output == Form::Ndjson {
        return Err(CommandError::usage("a saved plan has no events").hint("`--output json` writes it as a document"));
    }
    if options.save.is_some() {
        return Err(CommandError::usage(format!("{name} is saved already")));
    }
    let plan = SavedPlan::read(Path::new(name))?.plan;
    show(&plan, options, global, ui);
    let has_changes = options.detailed_exitcode && plan.counts.has_changes();
    Ok(if has_changes { ExitCode::Changes } else { ExitCode::Done })
}

/// Shows a plan; as NDJSON its events have been written already.
fn show(document: &PlanDocument, options: &PlanOptions, global: &Global, ui: &Ui) {
    match global.output {
        Form::Ndjson => {}
        Form::Json => ui.json(&serde_json::to_value(document).unwrap_or_default()),
        Form::Markdown => ui.text(&plan_to_markdown(document, &here())),
        Form::Text => ui.text(&plan_to_text(document, &terminal(global, ui), options.diff)),
    }
}

fn here() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}

fn terminal(global: &Global, ui: &Ui) -> TerminalOptions {
    TerminalOptions {
        surface: Surface::of_stdout(),
        style: ui.out,
        verbosity: global.verbosity(),
        folder: here(),
        next: Next::default(),
    }
}
