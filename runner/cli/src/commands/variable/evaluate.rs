use std::io::Read as _;
use std::sync::Arc;

use serde_json::json;
use wharf_model::{Diagnostic, ExitCode, MASK, SourceFile, Span};
use wharf_report::diagnostics_to_json;
use wharf_variables::{Bounds, ChosenPrompt, Evaluated, Rendition, Variables};

use super::here::{Here, HereArguments, of_process, without_process};
use crate::arguments::Output;
use crate::error::CommandError;
use crate::process_file::{find, source};
use crate::shell::quoted;
use crate::ui::Ui;

/// The most problems that are shown on a screen; JSON has all of them.
const MAX_SHOWN: usize = 50;

/// The code of the problem that several values of a variable are equally specific.
const TIE: &str = "ambiguous-variable";

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The template, such as `#{Site.Url}/health`; `-` reads it from standard input
    #[arg(value_name = "TEMPLATE", allow_hyphen_values = true)]
    template: String,
    #[command(flatten)]
    here: HereArguments,
    /// Echo tokens that cannot be evaluated, and copy what cannot be read, instead of failing
    #[arg(long)]
    lenient: bool,
    /// Write the result and nothing else, without a line end behind it
    #[arg(long)]
    raw: bool,
    /// How large the template and the result may be, such as 4GiB; 1GiB if nothing is said
    #[arg(long, value_name = "SIZE", value_parser = size)]
    limit: Option<u64>,
}

fn size(text: &str) -> Result<u64, String> {
    wharf_project::parse_size(text).map_err(|reason| format!("it {reason}; write a size such as 4GiB"))
}

/// What evaluating came to.
struct Outcome {
    /// The result, with the tokens that have no value as they were written; none if there is none.
    result: Option<String>,
    /// Those tokens, as they are echoed.
    unresolved: Vec<String>,
    /// What is wrong with each of them, and whatever else is wrong.
    problems: Vec<Diagnostic>,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let limit = arguments.limit.unwrap_or(1 << 30);
    let template = if arguments.template == "-" { read_stdin(limit)? } else { given(&arguments.template) };
    let here = match find(&arguments.here.file)? {
        Some(_) => of_process(&arguments.here, ui)?,
        None => without_process(&arguments.here)?,
    };
    // A tie matters only to a template that uses the variable, and is told of there.
    let problems: Vec<_> = here.problems.iter().filter(|problem| problem.code != TIE).cloned().collect();
    ui.diagnostics(&problems);
    if problems.iter().any(Diagnostic::is_error) {
        return Ok(ExitCode::Usage);
    }
    let bytes = bytes(arguments.limit, &template);
    let (variables, references) = prepared(here, bytes);
    let mut outcome = evaluate(&variables, &template, arguments.lenient);
    let has_secrets = outcome.result.as_mut().is_some_and(|result| mask(result, references, &variables));
    if has_secrets {
        ui.warn(&format!("secrets are not fetched here: `{MASK}` stands for them"));
    }
    for problem in outcome.problems.iter_mut().filter(|problem| problem.code == "variable-too-large") {
        problem.help = vec!["if that is right, `--limit SIZE` allows more".to_owned()];
    }
    let failed = outcome.problems.iter().any(Diagnostic::is_error);
    match ui.output {
        Output::Text => {
            if let Some(mut result) = outcome.result {
                if !arguments.raw {
                    result.push('\n');
                }
                ui.text(&result);
            }
            tell(&outcome.problems, ui);
        }
        Output::Json | Output::Ndjson => {
            let problems = diagnostics_to_json(&outcome.problems);
            let (result, unresolved) = (outcome.result, outcome.unresolved);
            ui.json(&json!({ "result": result, "unresolved": unresolved, "problems": problems }));
        }
    }
    Ok(if failed { ExitCode::Failed } else { ExitCode::Done })
}

/// The variables with everything that would be asked for at its default, and the references that stand for secrets.
fn prepared(here: Here, bytes: usize) -> (Variables, Vec<String>) {
    // What a run takes where nobody answers.
    let default = |asked: &ChosenPrompt<'_>| {
        let default = asked.prompt.default.as_ref().and_then(|default| default.as_text());
        let text = default.or((!asked.prompt.required).then_some(""))?;
        Some((asked.name.to_owned(), text.to_owned()))
    };
    let defaults: Vec<(String, String)> = here.variables.prompts().iter().filter_map(default).collect();
    let secrets = here.variables.secrets();
    let references: Vec<(String, String)> = secrets
        .iter()
        .enumerate()
        .map(|(number, secret)| (secret.name.to_owned(), format!("secret:{number:032x}")))
        .collect();
    let variables = here
        .variables
        .with_answers(defaults)
        .with_secrets(references.iter().cloned())
        .with_bounds(Bounds { bytes, ..Bounds::default() });
    (variables, references.into_iter().map(|(_, reference)| reference).collect())
}

/// Puts a mask in the place of each secret, and of what is made of one. Whether there is any.
fn mask(result: &mut String, mut references: Vec<String>, variables: &Variables) -> bool {
    references.extend(variables.derived().into_iter().map(|derived| derived.reference));
    let mut is_masked = false;
    for reference in references.iter().filter(|reference| !reference.is_empty()) {
        if result.contains(reference.as_str()) {
            *result = result.replace(reference.as_str(), MASK);
            is_masked = true;
        }
    }
    is_masked
}

/// How many bytes evaluation may make. What only copies a template is never too much.
fn bytes(limit: Option<u64>, template: &Span) -> usize {
    let given = limit.and_then(|limit| usize::try_from(limit).ok());
    given.unwrap_or_else(|| Bounds::default().bytes.saturating_add(template.file.text.len().saturating_mul(2)))
}

fn evaluate(variables: &Variables, template: &Span, lenient: bool) -> Outcome {
    let text = &template.file.text;
    let mut problems = Vec::new();
    if !lenient {
        match variables.evaluate(text, Some(template)) {
            Ok(rendition) => return outcome(rendition, problems),
            Err(found) => problems = found,
        }
    }
    // What is echoed is known only where that is allowed.
    let variables = variables.clone().lenient(true).halt_on_error(!lenient);
    match variables.evaluate_around_cycles(text, Some(template)) {
        Ok((rendition, cycles)) => {
            if problems.is_empty() {
                problems = cycles;
            }
            outcome(rendition, problems)
        }
        Err(found) if problems.is_empty() => Outcome { result: None, unresolved: Vec::new(), problems: found },
        Err(_) => Outcome { result: None, unresolved: Vec::new(), problems },
    }
}

fn outcome(rendition: Rendition, mut problems: Vec<Diagnostic>) -> Outcome {
    if let Some(reason) = rendition.unreadable.filter(|_| problems.is_empty()) {
        problems.push(Diagnostic::error("template-syntax", format!("the template cannot be read: {reason}")));
    }
    let result = match rendition.value {
        Some(Evaluated::Known(result)) => Some(result),
        Some(Evaluated::Unknown(names)) => {
            problems.extend(names.iter().map(|name| unknown(name)));
            None
        }
        None => Some(String::new()),
    };
    Outcome { result, unresolved: rendition.unresolved, problems }
}

fn unknown(name: &str) -> Diagnostic {
    let message = format!("only a run knows the value of `{name}`");
    let given = quoted(&format!("{name}=…"));
    Diagnostic::error("unknown-value", message).help(format!("give it one: `--variable {given}`"))
}

fn tell(problems: &[Diagnostic], ui: &Ui) {
    let (shown, rest) = problems.split_at(problems.len().min(MAX_SHOWN));
    ui.diagnostics(shown);
    if !rest.is_empty() {
        ui.error(&format!("and {} more like these", rest.len()), &["`--output json` has all of them".to_owned()]);
    }
}

/// A template from the command line.
fn given(template: &str) -> Span {
    whole(Arc::new(SourceFile { name: "<template>".to_owned(), text: template.to_owned() }))
}

fn read_stdin(limit: u64) -> Result<Span, CommandError> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| CommandError::usage(format!("standard input cannot be read: {error}")))?;
    if bytes.len() as u64 > limit {
        let message = format!("the template has more than {limit} bytes");
        return Err(Diagnostic::error("template-too-large", message).help("`--limit SIZE` allows more").into());
    }
    Ok(whole(source("<standard input>".to_owned(), bytes)?))
}

fn whole(file: Arc<SourceFile>) -> Span {
    let length = file.text.len();
    Span::new(file, 0, length)
}
