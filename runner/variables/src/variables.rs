use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;
use wharf_model::{Diagnostic, Span, SpannedValue, VariableOrigin, VariableSet};

use crate::evaluate::Evaluator;
use crate::json::{from_json, to_value, waits_for};
use crate::path::key_of;
use crate::source::command_line_value;
use crate::written::Written;
use crate::{Bounds, Evaluated, Scopes, Template};

/// The variables of a run as they hold in one scope. A clone is cheap as long as no outputs are set.
#[derive(Debug, Clone)]
pub struct Variables {
    pub(crate) written: Arc<Written>,
    pub(crate) scopes: Scopes,
    pub(crate) bounds: Bounds,
    /// References of secrets by the key of the variable.
    pub(crate) secrets: Arc<HashMap<String, String>>,
    /// System variables and outputs by key, with the name to show. They are never templates.
    pub(crate) literals: Arc<BTreeMap<String, Literal>>,
    /// Outputs that the run may bring, by the key in front of their names.
    pub(crate) declared: Arc<BTreeMap<String, Declared>>,
}

/// A value that is taken as it is.
#[derive(Debug, Clone)]
pub(crate) struct Literal {
    pub name: String,
    pub value: SpannedValue,
}

/// The outputs of one step that the run may bring.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    /// What stands before the output's name, as it is shown.
    pub prefix: String,
    /// Their names; none if any name may come.
    pub names: Option<Vec<String>>,
}

impl Variables {
    /// Variables of these sets. A set that stands before another of the same origin wins.
    pub fn new<S: Into<Arc<VariableSet>>>(sets: impl IntoIterator<Item = S>, scopes: Scopes) -> Self {
        Self {
            written: Arc::new(Written::new(sets.into_iter().map(Into::into).collect())),
            scopes,
            bounds: Bounds::default(),
            secrets: Arc::default(),
            literals: Arc::default(),
            declared: Arc::default(),
        }
    }

    /// The same, with answers to prompts: pairs of the variable's name and the text that was answered, a template. An
    /// answer wins over every other value, as what the command line gives does.
    pub fn with_answers(mut self, answers: impl IntoIterator<Item = (String, String)>) -> Self {
        let answers = answers.into_iter().map(|(name, text)| command_line_value(&name, &text)).collect();
        let set = VariableSet { origin: VariableOrigin::CommandLine, definitions: answers };
        let sets = self.written.sets().iter().cloned().chain([Arc::new(set)]);
        self.written = Arc::new(Written::new(sets.collect()));
        self
    }

    /// The same, with a system variable, such as `Wharf.Environment.Name`. Its text is no template.
    /// Names that begin with `Wharf.` win over everything, others give way to what users wrote.
    pub fn with_system(mut self, name: &str, text: impl Into<String>) -> Self {
        self.set_literal(name, &Value::String(text.into()), &format!("system variable `{name}`"));
        self
    }

    /// The same, with references for secret variables: pairs of the variable's name and the text that stands for the
    /// secret wherever the variable is used. The values of secrets are never known here.
    pub fn with_secrets(mut self, references: impl IntoIterator<Item = (String, String)>) -> Self {
        let references = references.into_iter().map(|(name, reference)| (key_of(&name), reference));
        Arc::make_mut(&mut self.secrets).extend(references);
        self
    }

    /// The same, with other bounds.
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// The same variables where one more name of a kind of scope holds.
    pub fn in_scope(mut self, kind: impl Into<String>, name: impl Into<String>) -> Self {
        self.scopes = self.scopes.with(kind, [name.into()]);
        self
    }

    /// Sets an output of a step: `Step[id].Output.name` and `Octopus.Action[step name].Output.name`. It is no template.
    /// With the name in the place of the id, and the other way round, it is found too, if no other step is called so.
    pub fn set_output(&mut self, step_id: &str, step_name: &str, name: &str, value: &Value) {
        let what = format!("output `{name}` of step `{step_id}`");
        for prefix in output_prefixes(step_id, step_name) {
            self.set_literal(&format!("{prefix}.{name}"), value, &what);
        }
        for prefix in output_prefixes(step_name, step_id) {
            let alias = format!("{prefix}.{name}");
            if !self.literals.contains_key(&key_of(&alias)) {
                self.set_literal(&alias, value, &what);
            }
        }
    }

    /// Says that a step will have these outputs, or any if `names` is none: references to them are unknown until the
    /// run and no errors.
    pub fn declare_output(&mut self, step_id: &str, step_name: &str, names: Option<&[String]>) {
        for prefix in output_prefixes(step_id, step_name) {
            let declared = Declared { prefix: prefix.clone(), names: names.map(<[String]>::to_vec) };
            Arc::make_mut(&mut self.declared).insert(key_of(&prefix), declared);
        }
        for prefix in output_prefixes(step_name, step_id) {
            let declared = Declared { prefix: prefix.clone(), names: names.map(<[String]>::to_vec) };
            Arc::make_mut(&mut self.declared).entry(key_of(&prefix)).or_insert(declared);
        }
    }

    /// Evaluates a template. With `span` (of the scalar in which the template stands) problems have their places.
    pub fn evaluate_text(&self, template: &str, span: Option<&Span>) -> Result<Evaluated<String>, Vec<Diagnostic>> {
        let mut evaluator = Evaluator::new(self);
        let result = evaluator.text(&Template::parse(template), template, span);
        evaluator.finish(result)
    }

    /// Evaluates every text in a value. A text that is nothing but one token takes over the variable's value, be it a
    /// list or a map. What waits for declared outputs becomes [`wharf_model::ValueKind::Unknown`], and only that.
    pub fn evaluate_value(&self, value: &SpannedValue) -> Result<SpannedValue, Vec<Diagnostic>> {
        let mut evaluator = Evaluator::new(self);
        let result = evaluator.value(value);
        evaluator.finish(result)
    }

    /// The evaluated value of a variable, if it exists and has a value here. Scalars are always text.
    pub fn get(&self, name: &str) -> Result<Option<Evaluated<Value>>, Vec<Diagnostic>> {
        let mut evaluator = Evaluator::new(self);
        let result = evaluator.named(name);
        let value = evaluator.finish(result)?;
        Ok(value.map(|value| match waits_for(&value) {
            names if names.is_empty() => Evaluated::Known(to_value(&value)),
            names => Evaluated::Unknown(names),
        }))
    }

    /// The names of all variables that have a value here, as they were written, sorted without regard to case.
    pub fn names(&self) -> Vec<String> {
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for (key, literal) in self.literals.iter() {
            names.insert(key.clone(), literal.name.clone());
        }
        for group in self.written.groups() {
            let mut candidates = self.written.definitions(group).flat_map(|(_, definition)| &definition.candidates);
            if candidates.any(|candidate| self.scopes.satisfy(&candidate.scope)) {
                names.insert(group.key.clone(), self.written.name(group).to_owned());
            }
        }
        names.into_values().collect()
    }

    fn set_literal(&mut self, name: &str, value: &Value, what: &str) {
        let literal = Literal { name: name.to_owned(), value: from_json(value, what) };
        Arc::make_mut(&mut self.literals).insert(key_of(name), literal);
    }
}

fn output_prefixes(step_id: &str, step_name: &str) -> [String; 2] {
    [format!("Step[{step_id}].Output"), format!("Octopus.Action[{step_name}].Output")]
}
