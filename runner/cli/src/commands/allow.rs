use std::path::Path;
use std::sync::Arc;

use wharf_engine::{Request, World, check};
use wharf_model::{
    CancelToken, Diagnostic, ExitCode, HttpPattern, NamedProcess, PowerKind, Process, Step, did_you_mean,
};
use wharf_project::add_grant;
use wharf_report::{Line, Role, sanitize};

use crate::arguments::{FileArgument, Output, VariableArguments};
use crate::embedded::Embedded;
use crate::error::CommandError;
use crate::process_file::load;
use crate::sandbox::host;
use crate::terminal_machine::TerminalMachine;
use crate::ui::Ui;
use crate::variables::{VariableSets, variable_sets};
use crate::write_file::write_file;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The step, by its id or name
    #[arg(value_name = "STEP")]
    step: String,
    /// What to grant, such as `http=https://chat.example.com` or `run=bash`; what a check finds missing if nothing is said
    #[arg(value_name = "POWER=PATTERN")]
    grants: Vec<String>,
    #[command(flatten)]
    file: FileArgument,
    #[command(flatten)]
    variables: VariableArguments,
    /// Show what would be written, and write nothing
    #[arg(long, alias = "whatIf")]
    what_if: bool,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let process = load(&arguments.file, ui)?;
    let step = find_step(&process, &arguments.step)?;
    let grants = match arguments.grants.as_slice() {
        [] => missing_grants(&process, step, arguments, ui)?,
        given => given.iter().map(|text| parse(text)).collect::<Result<_, _>>()?,
    };
    let is_granted = |(kind, pattern): &(PowerKind, String)| {
        let granted = step.allow.iter().filter(|allow| allow.kind == *kind && !allow.in_plan);
        granted.flat_map(|allow| &allow.patterns).any(|known| known.text == *pattern)
    };
    let new: Vec<(PowerKind, String)> = grants.into_iter().filter(|grant| !is_granted(grant)).collect();
    let mut file = Arc::clone(&process.file);
    for (kind, pattern) in &new {
        file = add_grant(&file, &step.span, *kind, pattern)?;
    }
    let is_written = !new.is_empty() && !arguments.what_if;
    if is_written {
        write_file(Path::new(&file.name), &file.text)
            .map_err(|error| CommandError::failed(format!("{} cannot be written: {error}", file.name)))?;
    }
    tell(step, &new, &file.name, is_written, ui);
    Ok(ExitCode::Done)
}

fn tell(step: &Step, new: &[(PowerKind, String)], name: &str, is_written: bool, ui: &Ui) {
    match ui.output {
        Output::Text => {
            let line = |(kind, pattern): &(PowerKind, String)| {
                let outside = if *kind == PowerKind::Run { "  outside the sandbox, with all your rights" } else { "" };
                let role = if *kind == PowerKind::Run { Role::Bad } else { Role::Warn };
                let line = Line::new().with(role, "+ ").with(Role::Text, format!("{:10}", kind.as_str()));
                line.with(Role::Strong, sanitize(pattern)).with(Role::Warn, outside)
            };
            let text: String =
                new.iter().map(line).map(|line| ui.out.render(&line).trim_end().to_owned() + "\n").collect();
            ui.text(&text);
        }
        Output::Json | Output::Ndjson => {
            let granted = new.iter().map(|(kind, pattern)| serde_json::json!({ "power": kind, "pattern": pattern }));
            ui.json(&serde_json::json!({
                "step": step.id,
                "file": name,
                "written": is_written,
                "granted": granted.collect::<Vec<_>>(),
            }));
        }
    }
    let title = match (new.is_empty(), is_written) {
        (true, _) => format!("`{}` has all that it is known to need", step.name),
        (false, true) => format!("wrote {name}"),
        (false, false) => format!("{name} would change"),
    };
    ui.say(Line::new().with(Role::Good, format!("{} ", ui.err.symbols.done)).with(Role::Strong, sanitize(&title)));
}

fn steps(process: &Process) -> impl Iterator<Item = &Step> {
    process.all_processes().flat_map(NamedProcess::all_steps)
}

fn find_step<'a>(process: &'a Process, name: &str) -> Result<&'a Step, CommandError> {
    let by_id = steps(process).find(|step| step.id == name);
    by_id.or_else(|| steps(process).find(|step| step.name.eq_ignore_ascii_case(name))).ok_or_else(|| {
        let problem = Diagnostic::error("unknown-step", format!("no step is called `{name}`"));
        let names: Vec<&str> = steps(process).flat_map(|step| [step.id.as_str(), step.name.as_str()]).collect();
        did_you_mean(name, names).into_iter().fold(problem, Diagnostic::help).into()
    })
}

/// `http=https://chat.example.com`.
fn parse(text: &str) -> Result<(PowerKind, String), CommandError> {
    let wrong = || {
        let kinds: Vec<&str> = PowerKind::ALL.iter().map(|kind| kind.as_str()).collect();
        CommandError::usage(format!("`{text}` grants nothing"))
            .hint("write `POWER=PATTERN`, such as `http=https://chat.example.com`")
            .hint(format!("the powers are {}", kinds.join(", ")))
    };
    let (kind, pattern) = text.split_once('=').ok_or_else(wrong)?;
    let (kind, pattern) = (PowerKind::parse(kind.trim()).ok_or_else(wrong)?, pattern.trim());
    if pattern.is_empty() {
        return Err(wrong());
    }
    if kind == PowerKind::Http && !pattern.contains("#{") {
        HttpPattern::parse(pattern).map_err(|error| CommandError::usage(error.to_string()))?;
    }
    Ok((kind, pattern.to_owned()))
}

/// The powers that a check of all environments finds missing.
fn missing_grants(
    process: &Process,
    step: &Step,
    arguments: &Arguments,
    ui: &Ui,
) -> Result<Vec<(PowerKind, String)>, CommandError> {
    let VariableSets { sets: variable_sets, .. } = variable_sets(&arguments.variables, Some(process))?;
    let host = host(ui)?;
    let (machine, cancel) = (TerminalMachine::new(ui), CancelToken::new());
    let world = World { runner: &host, standard: &Embedded, machine: &machine, cancel: &cancel };
    let request = Request::new(process, variable_sets);
    let problems = check(&request, world);
    let is_here = |problem: &&Diagnostic| {
        problem.span.as_ref().is_some_and(|span| step.span.start <= span.start && span.start <= step.span.end)
    };
    let mut grants: Vec<(PowerKind, String)> = Vec::new();
    for grant in problems.iter().filter(is_here).filter_map(|problem| problem.grant.as_ref()) {
        let grant = (grant.kind, grant.pattern.clone());
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    // What keeps the check from seeing what is missing, and what only the user can name.
    let open: Vec<Diagnostic> = problems
        .iter()
        .filter(is_here)
        .filter(|problem| problem.is_error() && problem.grant.is_none())
        .cloned()
        .collect();
    if grants.is_empty() && !open.is_empty() {
        return Err(open.into());
    }
    ui.diagnostics(&open);
    Ok(grants)
}
