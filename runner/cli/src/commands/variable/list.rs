use std::collections::HashMap;

use serde_json::{Value, json};
use wharf_model::{Diagnostic, ExitCode};
use wharf_report::{Line, Role, Table, sanitize};
use wharf_variables::{ExplainedCandidate, ExplainedValue, Explanation, Verdict};

use super::here::{Here, HereArguments, of_process};
use super::show::{
    one_line, origin_name, place, place_json, scope, scope_json, secret_source, value_json, value_words,
};
use crate::arguments::Output;
use crate::error::{CommandError, exit_code_of};
use crate::ui::{Ui, stdout_width};

/// The most columns of a value in a table.
const VALUE_WIDTH: usize = 60;
/// How many columns of it remain on the narrowest screen.
const LEAST_VALUE: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    here: HereArguments,
    /// List those that Wharf itself sets too
    #[arg(short, long)]
    all: bool,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let here = of_process(&arguments.here, ui)?;
    let secrets = secrets(&here);
    let names = here.variables.names();
    let explained = names.iter().filter_map(|name| here.variables.explain(name).ok());
    let listed: Vec<Explanation> =
        explained.filter(|explanation| arguments.all || !explanation.candidates.is_empty()).collect();
    match ui.output {
        Output::Text => {
            let mut table = table(&listed, &secrets, ui);
            table.cut(1, LEAST_VALUE, 0, stdout_width(), ui.out.symbols.ellipsis);
            ui.text(&table.render(&ui.out, 0, stdout_width()));
            let rest = names.len() - listed.len();
            if listed.is_empty() && rest > 0 {
                ui.say(Line::new().with(Role::Text, "the process has no variables; `--all` lists those of Wharf"));
            }
        }
        Output::Json | Output::Ndjson => ui.json(&listed.iter().map(|one| document(one, &secrets)).collect()),
    }
    let mut problems: Vec<Diagnostic> = here.problems.clone();
    for explanation in &listed {
        if let ExplainedValue::Failed(found) = &explanation.result {
            problems.extend(found.iter().filter(|problem| !here.problems.contains(problem)).cloned());
        }
    }
    ui.diagnostics(&problems);
    Ok(exit_code_of(&problems))
}

/// Where each secret that holds here comes from, by its name.
fn secrets(here: &Here) -> HashMap<String, String> {
    let secrets = here.variables.secrets();
    secrets.iter().map(|secret| (secret.name.to_owned(), secret_source(&secret.secret.source, &here.folder))).collect()
}

/// The value that holds; of several that are tied the first.
fn winner(explanation: &Explanation) -> Option<&ExplainedCandidate> {
    explanation.candidates.iter().find(|one| matches!(one.verdict, Verdict::Holds | Verdict::Tied))
}

fn table(listed: &[Explanation], secrets: &HashMap<String, String>, ui: &Ui) -> Table {
    let mut table = Table::new(if listed.is_empty() { &[] } else { &["variable", "value", "scope", "from"] });
    for explanation in listed {
        let candidate = winner(explanation);
        table.row(vec![
            Line::new().with(Role::Strong, sanitize(&explanation.name)),
            value(explanation, secrets).truncated(VALUE_WIDTH, ui.out.symbols.ellipsis),
            Line::new().with(Role::Text, candidate.map(|one| scope(&one.scope)).unwrap_or_default()),
            Line::new().with(Role::Faint, place(candidate.and_then(|one| one.span.as_ref()))),
        ]);
    }
    table
}

fn value(explanation: &Explanation, secrets: &HashMap<String, String>) -> Line {
    if let ExplainedValue::Secret = explanation.result {
        let source = secrets.get(&explanation.name).map(|source| format!(": {source}")).unwrap_or_default();
        return Line::new().with(Role::Faint, format!("(secret{})", sanitize(&one_line(&source))));
    }
    if let ExplainedValue::Unknown(names) = &explanation.result
        && names.iter().all(|name| name.to_lowercase() == explanation.name.to_lowercase())
    {
        return Line::new().with(Role::Faint, "(asked for when a run begins)");
    }
    match value_words(&explanation.result) {
        (text, true) => Line::new().with(Role::Text, sanitize(&text)),
        (words, false) if matches!(explanation.result, ExplainedValue::Failed(_)) => Line::new().with(Role::Bad, words),
        (words, false) => Line::new().with(Role::Faint, sanitize(&words)),
    }
}

fn document(explanation: &Explanation, secrets: &HashMap<String, String>) -> Value {
    let mut object = json!({ "name": explanation.name });
    for (key, value) in value_json(&explanation.result) {
        object[key] = value;
    }
    if let Some(source) = secrets.get(&explanation.name) {
        object["secret"] = json!(source);
    }
    if let Some(candidate) = winner(explanation) {
        object["scope"] = scope_json(&candidate.scope);
        object["origin"] = json!(candidate.span.as_ref().map(|_| origin_name(candidate.origin)));
        object["place"] = place_json(candidate.span.as_ref());
    }
    object
}
