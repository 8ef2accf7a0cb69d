use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};
use wharf_model::{
    Component, Diagnostic, Grants, InputPower, Limit, Limits, NamePattern, PowerKind, Process, Step, Uses, did_you_mean,
};
use wharf_project::Inputs;
use wharf_variables::{Evaluated, Variables};

use super::allow::{GrantContext, allowed_grants, unknown_package};
use super::components::Components;
use super::coverage::{grant_lines, is_unknown, missing_grants};
use super::derive::derive_grants;
use super::inputs::{evaluate_inputs, inputs_without_outputs, texts_of};
use super::late::unmet;
use super::mentions::{Mentioned, readable};
use super::prompts::are_asked_for;
use super::request::Depth;
use super::secrets::{KnownSecret, Scoped, SecretTable, is_granted, is_named};
use super::templates::template_problems;
use crate::StepGroup;
use crate::schedule::in_step;

/// A step on its way into the schedule.
pub(super) struct Draft<'a> {
    pub(super) step: &'a Step,
    pub(super) group: StepGroup,
    pub(super) component: Option<Arc<Component>>,
    pub(super) inputs: Inputs,
    /// The inputs with nothing in the place of outputs, if they wait for any.
    own_inputs: Option<Value>,
    pub(super) grants: Grants,
    pub(super) limits: Limits,
    pub(super) condition: Option<Result<(), String>>,
    /// The variables in the step's own scope.
    pub(super) scoped: Scoped,
    /// Whether an input or a grant waits for what is asked for before the run: what it needs is not known yet.
    awaits_answer: bool,
    /// The secrets of the inputs.
    inputs_mention: Mentioned,
    /// The secrets of the variables that the step may read.
    variables_mention: Mentioned,
}

impl Draft<'_> {
    /// Whether the step may come across a secret, whose number in the table is `at`.
    pub(super) fn meets_secret(&self, at: usize, secret: &KnownSecret) -> bool {
        let is_met = |mentioned: &Mentioned| mentioned.references.contains(&secret.reference);
        self.scoped.secrets.contains(&at)
            && (is_met(&self.inputs_mention)
                || is_met(&self.variables_mention)
                || is_granted(&secret.name, &self.grants))
    }

    /// Whether a secret is to be fetched for the step: it meets it, or what was derived from it.
    pub(super) fn uses_secret(&self, at: usize, secret: &KnownSecret) -> bool {
        let is_source = self.inputs_mention.holds(secret) || self.variables_mention.holds(secret);
        self.meets_secret(at, secret) || (self.scoped.secrets.contains(&at) && is_source)
    }

    /// Whether the step cannot do without a secret: its inputs or its grants name it. A grant of many names is no need.
    pub(super) fn needs_secret(&self, at: usize, secret: &KnownSecret) -> bool {
        self.scoped.secrets.contains(&at) && (self.inputs_mention.holds(secret) || is_named(&secret.name, &self.grants))
    }

    /// The inputs as far as the process file itself says them. Secrets are looked for in these: an output that holds
    /// the reference of a secret must not carry it to a step that the process file does not give it to.
    pub(super) fn own_inputs(&self) -> &Value {
        self.own_inputs.as_ref().unwrap_or(&self.inputs.json)
    }

    /// Whether an input or a grant waits for what is asked for before the run.
    pub(super) fn awaits_answer(&self) -> bool {
        self.awaits_answer
    }

    /// Whether it is known that the step will not run.
    pub(super) fn is_left_out(&self) -> bool {
        self.step.disabled || matches!(self.condition, Some(Err(_)))
    }
}

/// Drafts steps one after the other; outputs of the earlier ones are declared for the later ones.
pub(super) struct Drafting<'a, 'b> {
    pub(super) process: &'a Process,
    pub(super) context: GrantContext<'b>,
    pub(super) components: &'b mut Components<'a>,
    pub(super) depth: Depth,
    /// The variables of all steps, before any of them has outputs.
    pub(super) base: &'b Scoped,
    pub(super) has_step_scopes: bool,
    /// Whether there are names of which the value is known only when the run begins.
    pub(super) has_open_names: bool,
    pub(super) table: &'b mut SecretTable,
    /// The names that steps wait for which will run, or may.
    pub(super) waits: Vec<String>,
    pub(super) problems: &'b mut Vec<Diagnostic>,
}

impl<'a> Drafting<'a, '_> {
    pub(super) fn draft(&mut self, step: &'a Step, group: StepGroup, variables: &mut Variables) -> Draft<'a> {
        let scoped = self.scoped(step, variables);
        let mut draft = Draft {
            step,
            group,
            scoped: scoped.clone(),
            awaits_answer: false,
            inputs_mention: Mentioned::default(),
            variables_mention: Mentioned::default(),
            component: None,
            inputs: Inputs { json: Value::Object(Map::new()), unknown: Vec::new() },
            own_inputs: None,
            grants: Grants::default(),
            limits: limits(self.process, step),
            condition: None,
        };
        if step.disabled {
            variables.declare_output(&step.id, &step.name, None);
            return draft;
        }
        let mut waits = Vec::new();
        match condition(step, &scoped.variables, &mut waits) {
            Ok(condition) => draft.condition = condition,
            Err(found) => self.problems.extend(found),
        }
        match self.components.load(step, self.context.folder) {
            Ok(component) => {
                let names = output_names(&component);
                self.fill(&mut draft, &component, &mut waits);
                variables.declare_output(&step.id, &step.name, names.as_deref());
                draft.component = Some(component);
            }
            Err(problem) => {
                self.problems.push(problem);
                variables.declare_output(&step.id, &step.name, None);
            }
        }
        draft.awaits_answer = self.has_open_names
            && waits.iter().any(|name| are_asked_for(std::slice::from_ref(name), &draft.scoped.variables));
        if !draft.is_left_out() {
            self.waits.append(&mut waits);
        }
        draft
    }

    /// The variables as a step sees them. What is wrong with those that hold in steps only is told.
    fn scoped(&mut self, step: &Step, variables: &Variables) -> Scoped {
        let variables = in_step(variables.clone(), step, &limits(self.process, step));
        if !self.has_step_scopes {
            return Scoped { variables, secrets: self.base.secrets.clone() };
        }
        self.problems.extend(variables.unresolved_scope_ties());
        self.table.refer(variables)
    }

    fn fill(&mut self, draft: &mut Draft<'_>, component: &Component, waits: &mut Vec<String>) {
        let step = draft.step;
        let variables = &draft.scoped.variables;
        let context = GrantContext { variables, ..self.context };
        draft.grants = allowed_grants(step, component, &context, waits, self.problems);
        match evaluate_inputs(step, component, variables, context.folder, context.packages) {
            Ok(inputs) => draft.inputs = inputs,
            Err(found) => {
                self.problems.extend(found);
                return;
            }
        }
        if matches!(step.uses, Uses::Standard(_)) {
            derive_grants(&mut draft.grants, component, &draft.inputs, context.machine.home().as_deref());
        }
        if !draft.inputs.unknown.is_empty() {
            waits.extend(draft.inputs.unknown.iter().flat_map(|unknown| unknown.waits_for.iter().cloned()));
            draft.own_inputs = Some(inputs_without_outputs(step, &draft.inputs, variables));
        }
        self.check_packages(draft, component);
        draft.inputs_mention = Mentioned::of(draft.own_inputs(), &draft.scoped.variables);
        grant_marked_secrets(draft, component, self.table);
        if !draft.scoped.secrets.is_empty() {
            draft.variables_mention =
                Mentioned::of(&readable(&draft.scoped.variables, &draft.grants), &draft.scoped.variables);
        }
    }

    /// Every package that an input names must be one of the process.
    fn check_packages(&mut self, draft: &Draft<'_>, component: &Component) {
        for (input, _) in component.description.input_schemas() {
            let is_package = component.description.input_powers(input).contains(&InputPower::Package);
            let Some(value) = draft.inputs.json.get(input).filter(|_| is_package) else { continue };
            let unknown = texts_of(value).into_iter().filter(|text| !self.context.packages.contains(text));
            for reference in unknown {
                let place = draft.step.with.as_ref().and_then(|with| with.get(input)).map(|value| &value.span);
                let problem = unknown_package(reference, self.context.packages);
                self.problems.push(problem.at(place.unwrap_or(&draft.step.uses_span)));
            }
        }
    }

    /// What can be said only when all steps are drafted.
    pub(super) fn finish(&mut self, drafts: &mut [Draft<'_>]) {
        self.share_grants(drafts);
        let home = self.context.machine.home();
        for draft in drafts.iter().filter(|draft| !draft.is_left_out() && !draft.awaits_answer) {
            let Some(component) = &draft.component else { continue };
            let missing = missing_grants(draft.step, component, &draft.inputs, &draft.grants, home.as_deref());
            let is_complete = missing.is_empty();
            self.problems.extend(missing.into_iter().map(|missing| missing.into_diagnostic(draft.step)));
            if is_complete && self.depth == Depth::Check && matches!(draft.step.uses, Uses::File(_)) {
                self.problems.extend(ungranted_kinds(draft, component));
            }
            self.find_programs(draft);
        }
        self.problems.extend(template_problems(self.process, drafts));
    }

    /// Gives a step that names another step of the same component that one's files and outputs.
    fn share_grants(&mut self, drafts: &mut [Draft<'_>]) {
        let by_id: HashMap<&str, usize> =
            drafts.iter().enumerate().map(|(index, draft)| (draft.step.id.as_str(), index)).collect();
        let mut shared: Vec<(usize, Grants)> = Vec::new();
        for (index, draft) in drafts.iter().enumerate() {
            let Some(component) = &draft.component else { continue };
            if !matches!(draft.step.uses, Uses::Standard(_)) {
                continue;
            }
            for (input, _) in component.description.input_schemas() {
                if !component.description.input_powers(input).contains(&InputPower::Step) {
                    continue;
                }
                let place = draft.step.with.as_ref().and_then(|with| with.get(input)).map(|value| &value.span);
                let place = place.unwrap_or(&draft.step.uses_span);
                if is_unknown(&draft.inputs, input) && !draft.awaits_answer {
                    let message = format!("`{input}` names a step and must be known before the run");
                    self.problems.push(Diagnostic::error("unknown-step-id", message).at(place));
                }
                if draft.inputs.json.get(input).and_then(Value::as_str) == Some("") {
                    let message = format!("`{input}` is empty");
                    let problem = Diagnostic::error("unknown-step-id", message).at(place);
                    self.problems.push(problem.help("it names an earlier step by its `id`"));
                }
                for id in draft.inputs.json.get(input).map(texts_of).unwrap_or_default() {
                    let Some(&other) = by_id.get(id) else {
                        let problem = Diagnostic::error("unknown-step-id", format!("there is no step with id `{id}`"));
                        let help = did_you_mean(id, drafts[..index].iter().map(|draft| draft.step.id.as_str()));
                        self.problems.push(help.into_iter().fold(problem, Diagnostic::help).at(place));
                        continue;
                    };
                    if other >= index {
                        let message = format!("`{input}` must name an earlier step, and `{id}` does not come before");
                        self.problems.push(Diagnostic::error("later-step", message).at(place));
                        continue;
                    }
                    let other = &drafts[other];
                    let is_same = other.component.as_ref().is_some_and(|other| other.digest == component.digest);
                    if !is_same && other.component.is_some() {
                        let message = format!("`{input}` must name a step that uses `{}` too", draft.step.uses);
                        let help = format!("`{id}` uses `{}`", other.step.uses);
                        self.problems.push(Diagnostic::error("other-component", message).at(place).help(help));
                        continue;
                    }
                    let outputs = NamePattern::new(format!("Step[{id}].Output.*"));
                    let files = other.grants.files.clone();
                    shared.push((index, Grants { files, variables: vec![outputs], ..Grants::default() }));
                }
            }
        }
        for (index, grants) in shared {
            drafts[index].grants.files.extend(grants.files);
            drafts[index].grants.variables.extend(grants.variables);
        }
    }

    /// Every granted program must be there. A check may take place on another machine than the run.
    fn find_programs(&mut self, draft: &Draft<'_>) {
        for program in draft.grants.programs.iter().filter(|program| program.path.is_none()) {
            let is_there = Path::new(&program.name).is_absolute() && Path::new(&program.name).is_file();
            let (message, help) = if is_there {
                (
                    format!("the file `{}` is not executable", program.name),
                    format!("`chmod +x {}` makes it so", program.name),
                )
            } else {
                let help = "install it, or name it by its absolute path; it is looked for in `PATH`";
                (format!("the program `{}` is not on this machine", program.name), help.to_owned())
            };
            let problem = match self.depth {
                Depth::Run => Diagnostic::error("program-not-found", message),
                Depth::Check => Diagnostic::warning("program-not-found", message),
            };
            let problem = problem.help(help);
            self.problems.push(match &program.origin {
                wharf_model::GrantOrigin::Allowed(span) => problem.at(span),
                _ => problem.at(&draft.step.uses_span),
            });
        }
    }
}

/// An input that is marked as a secret grants the secrets to which it refers.
fn grant_marked_secrets(draft: &mut Draft<'_>, component: &Component, table: &SecretTable) {
    for (input, schema) in component.description.input_schemas() {
        if schema.get("x-secret").and_then(Value::as_bool) != Some(true) {
            continue;
        }
        let Some(value) = draft.own_inputs().get(input) else { continue };
        let mentioned = Mentioned::of(value, &draft.scoped.variables);
        let known = draft.scoped.secrets.iter().map(|at| &table.all()[*at]);
        let meant = known.filter(|secret| mentioned.holds(secret));
        let granted: Vec<NamePattern> = meant.map(|secret| NamePattern::new(&secret.name)).collect();
        draft.grants.secrets.extend(granted);
    }
}

/// Kinds of power that a step of the user's own asks for and of which nothing is granted.
fn ungranted_kinds(draft: &Draft<'_>, component: &Component) -> Vec<Diagnostic> {
    let is_granted = |kind: PowerKind| draft.step.allow.iter().any(|allow| allow.kind == kind);
    let ungranted = component.description.powers.iter().filter(|kind| !is_granted(**kind));
    ungranted
        .map(|kind| {
            let message = format!("`{}` asks for the power `{kind}`, and nothing of it is granted", draft.step.name);
            let example = match kind {
                PowerKind::Run => "program",
                PowerKind::Read | PowerKind::Write => "folder/",
                PowerKind::Http => "https://host.example.com",
                PowerKind::Env => "NAME",
                PowerKind::Variables => "Site.*",
                PowerKind::Secrets => "Name",
                PowerKind::Packages => "Package",
            };
            Diagnostic::warning("power-not-granted", message)
                .at(&draft.step.uses_span)
                .help("a step of your own has no power but those under `allow:`; without this one it may fail")
                .with_grant(grant_lines(draft.step, *kind, example))
        })
        .collect()
}

/// Whether the conditions hold; none if that depends on the run.
/// `waits` gets the names on which it depends.
fn condition(
    step: &Step,
    variables: &Variables,
    waits: &mut Vec<String>,
) -> Result<Option<Result<(), String>>, Vec<Diagnostic>> {
    let mut is_open = false;
    let mut problems = Vec::new();
    let mut left_out = None;
    for (text, span) in &step.conditions {
        match variables.condition(text, Some(span)) {
            Ok(Evaluated::Known(true)) => {}
            Ok(Evaluated::Known(false)) => left_out = left_out.or_else(|| Some(unmet(text, variables))),
            Ok(Evaluated::Unknown(names)) => {
                is_open = true;
                waits.extend(names);
            }
            Err(found) => problems.extend(found),
        }
    }
    match (problems.is_empty(), left_out) {
        (false, _) => Err(problems),
        (true, Some(reason)) => Ok(Some(Err(reason))),
        (true, None) if is_open => Ok(None),
        (true, None) => Ok(Some(Ok(()))),
    }
}

/// The names of a step's outputs; none if it may have others than it says.
fn output_names(component: &Component) -> Option<Vec<String>> {
    let schema = &component.description.outputs;
    let is_open = schema.get("additionalProperties").is_none_or(|more| *more != Value::Bool(false));
    let properties = schema.get("properties").and_then(Value::as_object)?;
    (!is_open).then(|| properties.keys().cloned().collect())
}

fn limits(process: &Process, step: &Step) -> Limits {
    let mut limits = Limits::default();
    for setting in process.defaults.limits.iter().chain(&step.limits) {
        limits.set(setting.limit, setting.value);
    }
    if let Some(timeout) = step.timeout.or(process.defaults.timeout) {
        limits.set(Limit::WallClock, u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
    }
    limits
}
