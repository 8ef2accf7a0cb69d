use std::path::PathBuf;

use serde_json::{Value, json};
use wharf_engine::StandardSteps as _;
use wharf_model::{Component, ComponentSource, ExitCode, InputPower, PowerKind, StepRunner as _, did_you_mean};
use wharf_report::{Line, Role, Table, sanitize};

use super::schema_type::{schema_type, show};
use crate::arguments::Output;
use crate::embedded::Embedded;
use crate::error::CommandError;
use crate::sandbox::host;
use crate::ui::{Ui, stdout_width};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A standard step, or the file of a component
    #[arg(value_name = "STEP")]
    step: String,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let source = find(&arguments.step)?;
    let component = host(ui)?.load(&source).map_err(|error| {
        let failed = CommandError::usage(error.to_string());
        error.help.into_iter().fold(failed, CommandError::hint)
    })?;
    match ui.output {
        Output::Text => ui.text(&text(&component, ui)),
        Output::Json | Output::Ndjson => ui.json(&document(&component)),
    }
    Ok(ExitCode::Done)
}

/// A word is a standard step; what looks like a path is a file.
fn find(step: &str) -> Result<ComponentSource, CommandError> {
    if let Some(source) = Embedded.find(step) {
        return Ok(source);
    }
    if step.contains(['/', '\\', '.']) {
        return Ok(ComponentSource::File(PathBuf::from(step)));
    }
    let error = CommandError::usage(format!("there is no standard step `{step}`"));
    if let Some(absence) = Embedded.absence() {
        return Err(error.hint(absence));
    }
    let error = did_you_mean(step, Embedded.names()).into_iter().fold(error, CommandError::hint);
    Err(error.hint("a component of your own is named by its path, such as `./my-step.wasm`"))
}

fn text(component: &Component, ui: &Ui) -> String {
    let description = &component.description;
    let title = Line::new()
        .with(Role::Strong, sanitize(&description.name))
        .with(Role::Text, format!(" {}", sanitize(&description.version)));
    let mut text = format!("{}\n{}\n", ui.out.render(&title), sanitize(&description.summary));
    if !description.description.is_empty() {
        text.push('\n');
        for line in description.description.lines() {
            text.push_str(&format!("{}\n", sanitize(line)));
        }
    }
    let width = stdout_width();
    let heading = |name: &str| format!("\n{}\n", ui.out.paint(Role::Strong, name));

    let mut facts = Table::new(&[]);
    let mut fact = |name: &str, value: String| {
        facts.row(vec![Line::new().with(Role::Faint, name), Line::new().with(Role::Text, value)]);
    };
    fact("source", source_of(component));
    fact("digest", component.digest.clone());
    fact("size", format!("{} bytes", component.size));
    fact("powers", powers(component));
    fact("again", if description.idempotent { "a second run changes nothing" } else { "may do its work again" }.into());
    if description.destructive {
        fact("destroys", "may delete what it did not make".into());
    }
    text.push_str(&heading("About"));
    text.push_str(&facts.render(&ui.out, 2, width));

    text.push_str(&heading("Inputs"));
    text.push_str(&match description.input_schemas().next() {
        Some(_) => inputs(component).render(&ui.out, 2, width),
        None => "  none\n".to_owned(),
    });
    if let Some(properties) = description.outputs.get("properties").and_then(Value::as_object) {
        let mut table = Table::new(&["output", "type", ""]);
        for (name, schema) in properties {
            table.row(vec![
                Line::new().with(Role::Strong, sanitize(name)),
                Line::new().with(Role::Text, sanitize(&schema_type(schema, &description.outputs))),
                Line::new().with(Role::Text, summary(schema)),
            ]);
        }
        text.push_str(&heading("Outputs"));
        text.push_str(&table.render(&ui.out, 2, width));
    }
    text.push_str(&heading("Imports"));
    for import in &component.imports {
        text.push_str(&format!("  {}\n", sanitize(import)));
    }
    text
}

fn inputs(component: &Component) -> Table {
    let description = &component.description;
    let required: Vec<&str> = description.required_inputs().collect();
    let mut table = Table::new(&["input", "type", "default", "power", ""]);
    for (name, schema) in description.input_schemas() {
        let default = match schema.get("default") {
            _ if required.contains(&name) => Line::new().with(Role::Warn, "required"),
            Some(Value::Null) | None => Line::new(),
            Some(default) => Line::new().with(Role::Text, sanitize(&show(default))),
        };
        let powers: Vec<&str> = description.input_powers(name).into_iter().map(power_word).collect();
        table.row(vec![
            Line::new().with(Role::Strong, sanitize(name)),
            Line::new().with(Role::Text, sanitize(&schema_type(schema, &description.inputs))),
            default,
            Line::new().with(Role::Text, powers.join(" ")),
            Line::new().with(Role::Text, summary(schema)),
        ]);
    }
    table
}

/// The first paragraph of a schema's description, in one line.
fn summary(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    sanitize(&paragraph.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

fn power_word(power: InputPower) -> &'static str {
    match power {
        InputPower::Read => "read",
        InputPower::Write => "write",
        InputPower::Http => "http",
        InputPower::Package => "package",
        InputPower::Run => "run",
        InputPower::Step => "step",
        InputPower::Variables => "variables",
    }
}

fn powers(component: &Component) -> String {
    let powers: Vec<&str> = component.description.powers.iter().copied().map(PowerKind::as_str).collect();
    if powers.is_empty() { "none".to_owned() } else { powers.join(" ") }
}

fn source_of(component: &Component) -> String {
    match &component.source {
        ComponentSource::Embedded { .. } => "standard".to_owned(),
        ComponentSource::File(path) => path.display().to_string(),
        ComponentSource::Bytes { name, .. } => name.clone(),
    }
}

fn document(component: &Component) -> Value {
    let mut document = json!({
        "source": source_of(component), "digest": component.digest, "size": component.size,
        "imports": component.imports,
    });
    document["description"] = component.description.json().clone();
    document
}
