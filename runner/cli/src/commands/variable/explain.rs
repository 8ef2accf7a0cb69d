use serde_json::{Value, json};
use wharf_model::{ExitCode, Scope, VariableOrigin};
use wharf_report::{Line, Role, Table, sanitize};
use wharf_variables::{ExplainedCandidate, ExplainedValue, Explanation, TrailStep, Verdict};

use super::here::{Here, HereArguments, of_process};
use super::show::{one_line, origin_name, origin_words, place, place_json, scope, scope_json, value_json, value_words};
use crate::arguments::Output;
use crate::error::{CommandError, exit_code_of};
use crate::ui::{Ui, stdout_width};

/// The most columns of a value in the table.
const VALUE_WIDTH: usize = 40;
/// How many columns of it remain on the narrowest screen.
const LEAST_VALUE: usize = 16;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The variable
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    here: HereArguments,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let here = of_process(&arguments.here, ui)?;
    let explanation = here.variables.explain(&arguments.name)?;
    match ui.output {
        Output::Text => ui.text(&text(&explanation, &here, ui)),
        Output::Json | Output::Ndjson => ui.json(&document(&explanation, &here)),
    }
    let problems = match &explanation.result {
        ExplainedValue::Failed(problems) => problems.as_slice(),
        _ => &[],
    };
    if ui.output == Output::Text && !problems.is_empty() {
        ui.say(Line::new());
        ui.diagnostics(problems);
    }
    Ok(exit_code_of(problems))
}

fn text(explanation: &Explanation, here: &Here, ui: &Ui) -> String {
    let (value, is_value) = value_words(&explanation.result);
    let role = match explanation.result {
        ExplainedValue::Failed(_) => Role::Bad,
        _ if is_value => Role::Text,
        _ => Role::Faint,
    };
    let name = Line::new().with(Role::Strong, sanitize(&explanation.name)).with(Role::Faint, " = ");
    let title = name.with(role, sanitize(&value));
    let mut text = format!("{}\n", ui.out.render(&title));
    let place = here.in_words();
    if !place.is_empty() {
        text.push_str(&format!("{}\n", ui.out.render(&Line::new().with(Role::Faint, sanitize(&place)))));
    }
    let width = stdout_width();
    if !explanation.candidates.is_empty() {
        let mut table = table(explanation, ui);
        table.cut(0, LEAST_VALUE, 2, width, ui.out.symbols.ellipsis);
        text.push_str(&format!("\n{}", table.render(&ui.out, 2, width)));
    }
    text.push('\n');
    for line in paragraph(&reason(explanation, here), width) {
        text.push_str(&format!("{}\n", ui.out.render(&line)));
    }
    if explanation.trail.len() > 1 {
        text.push('\n');
        for step in &explanation.trail {
            for line in trail_line(step).wrapped(width.unwrap_or(usize::MAX), 2 * step.depth + 2) {
                text.push_str(&format!("{}\n", ui.out.render(&line)));
            }
        }
    }
    text
}

fn paragraph(text: &str, width: Option<usize>) -> Vec<Line> {
    let line = Line::new().with(Role::Text, sanitize(text));
    line.wrapped(width.unwrap_or(usize::MAX), 0)
}

fn table(explanation: &Explanation, ui: &Ui) -> Table {
    let mut table = Table::new(&["value", "scope", "specificity", "from", ""]);
    for candidate in &explanation.candidates {
        let holds = candidate.verdict == Verdict::Holds;
        let role = if holds { Role::Text } else { Role::Faint };
        let value =
            Line::new().with(if holds { Role::Strong } else { Role::Text }, sanitize(&one_line(&candidate.written)));
        table.row(vec![
            value.truncated(VALUE_WIDTH, ui.out.symbols.ellipsis),
            Line::new().with(role, sanitize(&scope(&candidate.scope))),
            Line::new().with(role, candidate.specificity.to_string()),
            Line::new().with(role, sanitize(&place(candidate.span.as_ref()))),
            Line::new().with(verdict_role(&candidate.verdict), sanitize(&verdict(&candidate.verdict))),
        ]);
    }
    table
}

fn verdict_role(verdict: &Verdict) -> Role {
    match verdict {
        Verdict::Holds => Role::Good,
        Verdict::Tied => Role::Bad,
        Verdict::LessSpecific | Verdict::WeakerOrigin | Verdict::OutOfScope { .. } => Role::Faint,
    }
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds => "holds".to_owned(),
        Verdict::LessSpecific => "less specific".to_owned(),
        Verdict::WeakerOrigin => "weaker origin".to_owned(),
        Verdict::Tied => "tied".to_owned(),
        Verdict::OutOfScope { kind, here } if here.is_empty() => format!("not here: no {kind} is named"),
        Verdict::OutOfScope { kind, here } => format!("not here: {kind} is {}", here.join(", ")),
    }
}

/// What won and why, in a sentence.
fn reason(explanation: &Explanation, here: &Here) -> String {
    if explanation.candidates.is_empty() {
        let is_whole = here.variables.names().iter().any(|name| name.to_lowercase() == explanation.name.to_lowercase());
        return if is_whole { "Wharf sets it.".to_owned() } else { "It is a part of another value.".to_owned() };
    }
    let by = |wanted: &dyn Fn(&Verdict) -> bool| -> Vec<&ExplainedCandidate> {
        explanation.candidates.iter().filter(|candidate| wanted(&candidate.verdict)).collect()
    };
    let tied = by(&|verdict| *verdict == Verdict::Tied);
    if !tied.is_empty() {
        let places: Vec<String> = tied.iter().filter_map(|one| one.span.as_ref()).map(ToString::to_string).collect();
        return format!(
            "No value holds: those at {} are equally specific and come from {}. Make one of their scopes narrower.",
            places.join(" and "),
            origin_words(tied[0].origin),
        );
    }
    let Some(winner) = explanation.candidates.iter().find(|one| one.verdict == Verdict::Holds) else {
        return "No value holds here: none has a scope that fits.".to_owned();
    };
    let from = place(winner.span.as_ref());
    let less_specific = by(&|verdict| *verdict == Verdict::LessSpecific);
    let weaker = by(&|verdict| *verdict == Verdict::WeakerOrigin);
    let origin = origin_words(winner.origin);
    if winner.origin == VariableOrigin::CommandLine && explanation.candidates.len() > 1 {
        return "The value of the command line holds: it is given for this run alone and wins over everything."
            .to_owned();
    }
    match (less_specific.is_empty(), weaker.is_empty()) {
        (true, true) if explanation.candidates.len() == 1 => format!("It has this one value, in {from}."),
        (true, true) => format!("The value in {from} holds: it is the only one whose scope fits."),
        (false, true) => {
            format!("The value in {from} holds: {} is the most specific scope that fits.", quoted(&winner.scope))
        }
        (true, false) => format!("The value in {from} holds: of equally specific ones {origin} wins."),
        (false, false) => format!(
            "The value in {from} holds: {} is the most specific scope that fits, and of equally specific ones {origin} wins.",
            quoted(&winner.scope)
        ),
    }
}

fn quoted(winner: &Scope) -> String {
    format!("`{}`", scope(winner))
}

/// One line of the evaluation, indented by its depth: the token, what it stands for, and what became of it.
fn trail_line(step: &TrailStep) -> Line {
    let mut line = Line::new().with(Role::Text, " ".repeat(2 * step.depth + 2));
    line.push(if step.depth == 0 { Role::Strong } else { Role::Accent }, sanitize(&one_line(&step.token)));
    let (value, is_value) = value_words(&step.value);
    let written = one_line(&step.written);
    if !is_value || written != value {
        line.push(Role::Faint, "  ");
        line.push(Role::Faint, sanitize(&written));
    }
    line.push(Role::Faint, " = ");
    line.push(if is_value { Role::Text } else { Role::Faint }, sanitize(&value));
    line.push(Role::Faint, format!("  {}", sanitize(&place(step.span.as_ref()))));
    line
}

fn document(explanation: &Explanation, here: &Here) -> Value {
    let place: serde_json::Map<String, Value> =
        here.scopes().into_iter().map(|(kind, name)| (kind.to_owned(), json!(name))).collect();
    let mut object = json!({ "name": explanation.name, "here": place });
    for (key, value) in value_json(&explanation.result) {
        object[key] = value;
    }
    object["reason"] = json!(reason(explanation, here));
    object["candidates"] = explanation.candidates.iter().map(candidate_json).collect();
    object["trail"] = explanation.trail.iter().map(trail_json).collect();
    object
}

fn candidate_json(candidate: &ExplainedCandidate) -> Value {
    let verdict_name = match candidate.verdict {
        Verdict::Holds => "holds",
        Verdict::LessSpecific => "less-specific",
        Verdict::WeakerOrigin => "weaker-origin",
        Verdict::Tied => "tied",
        Verdict::OutOfScope { .. } => "out-of-scope",
    };
    let mut object = json!({
        "written": candidate.written,
        "secret": candidate.is_secret,
        "scope": scope_json(&candidate.scope),
        "specificity": candidate.specificity,
        "origin": candidate.span.as_ref().map(|_| origin_name(candidate.origin)),
        "place": place_json(candidate.span.as_ref()),
        "verdict": verdict_name,
    });
    if let Verdict::OutOfScope { kind, here } = &candidate.verdict {
        object["kind"] = json!(kind);
        object["here"] = json!(here);
    }
    object
}

fn trail_json(step: &TrailStep) -> Value {
    let mut object = json!({
        "depth": step.depth,
        "token": step.token,
        "written": step.written,
        "place": place_json(step.span.as_ref()),
    });
    for (key, value) in value_json(&step.value) {
        object[key] = value;
    }
    object
}
