use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use wharf_model::{Secret, VariableOrigin, VariableSet};

use crate::declared::{Declarations, Declared};
use crate::derived::Store;
use crate::evaluate::{PathStep, written};
use crate::json::from_json;
use crate::literals::{Literal, Literals};
use crate::path::key_of;
use crate::references::References;
use crate::source::command_line_value;
use crate::written::Written;
use crate::{Bounds, Scopes};

/// The variables of a run as they hold in one scope. A clone is cheap as long as no outputs are set.
#[derive(Debug, Clone)]
pub struct Variables {
    pub(crate) written: Arc<Written>,
    pub(crate) scopes: Scopes,
    pub(crate) bounds: Bounds,
    /// Whether tokens without a value are echoed.
    pub(crate) lenient: bool,
    /// Whether, where one is lenient, a template that cannot be read is left as it is.
    pub(crate) halt_on_error: bool,
    pub(crate) clock: Option<Clock>,
    /// References of secrets.
    pub(crate) secrets: Arc<References>,
    /// Values of secrets by reference, if there are any.
    pub(crate) values: Option<Arc<HashMap<String, Secret>>>,
    /// Secrets that were derived.
    pub(crate) store: Arc<Mutex<Store>>,
    /// System variables and outputs.
    pub(crate) literals: Arc<Literals>,
    /// Outputs that the run may bring, by the key in front of their names.
    pub(crate) declared: Declarations,
}

/// What tells the time.
#[derive(Clone)]
pub(crate) struct Clock(pub Arc<dyn Fn() -> jiff::Zoned + Send + Sync>);

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a clock")
    }
}

impl Variables {
    /// Variables of these sets. A set that stands before another of the same origin wins.
    pub fn new<S: Into<Arc<VariableSet>>>(sets: impl IntoIterator<Item = S>, scopes: Scopes) -> Self {
        Self {
            written: Arc::new(Written::new(sets.into_iter().map(Into::into).collect())),
            scopes,
            bounds: Bounds::default(),
            lenient: false,
            halt_on_error: true,
            clock: None,
            values: None,
            store: Arc::default(),
            secrets: Arc::default(),
            literals: Arc::default(),
            declared: Declarations::default(),
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
        for (name, reference) in references {
            Arc::make_mut(&mut self.secrets).add(key_of(&name), reference);
        }
        self
    }

    /// The same, where tokens that have no value are echoed as Octostache does, or not.
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    /// The same, where (if lenient) a template that cannot be read is left as it is, or only the stretch of it that
    /// cannot be read. At first it is so.
    pub fn halt_on_error(mut self, halt: bool) -> Self {
        self.halt_on_error = halt;
        self
    }

    /// The same, with a clock for the filters that tell the time.
    pub fn with_clock(mut self, clock: Arc<dyn Fn() -> jiff::Zoned + Send + Sync>) -> Self {
        self.clock = Some(Clock(clock));
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
            if !self.literals.contains(&key_of(&alias)) {
                self.set_literal(&alias, value, &what);
            }
        }
    }

    /// Says that a step will have these outputs, or any if `names` is none: references to them are unknown until the
    /// run and no errors.
    pub fn declare_output(&mut self, step_id: &str, step_name: &str, names: Option<&[String]>) {
        for prefix in output_prefixes(step_id, step_name) {
            let declared = Declared { prefix: prefix.clone(), names: names.map(<[String]>::to_vec) };
            self.declared.set(key_of(&prefix), declared);
        }
        for prefix in output_prefixes(step_name, step_id) {
            let key = key_of(&prefix);
            if self.declared.look(&key, |_| ()).is_none() {
                let declared = Declared { prefix, names: names.map(<[String]>::to_vec) };
                self.declared.set(key, declared);
            }
        }
    }

    /// Says that a system variable, `prefix.name`, will have a value that is not known yet: references to it are unknown
    /// and no errors. A value that users wrote under that name holds all the same.
    pub fn declare_system(&mut self, prefix: &str, name: &str) {
        let key = key_of(prefix);
        let before = self.declared.look(&key, Declared::clone);
        let mut declared = before.unwrap_or(Declared { prefix: prefix.to_owned(), names: Some(Vec::new()) });
        declared.names.iter_mut().for_each(|names| names.push(name.to_owned()));
        self.declared.set(key, declared);
    }

    /// The names of all variables that have a value here, as they were written, sorted without regard to case.
    pub fn names(&self) -> Vec<String> {
        let mut named = self.named();
        named.sort_by(|(left, ..), (right, ..)| left.cmp(right));
        named.into_iter().map(|(_, name, _)| name).collect()
    }

    /// Whether a name is that of an output which the run may bring, or of a part of one.
    pub(crate) fn is_declared(&self, path: &[PathStep<'_>]) -> bool {
        if self.declared.is_empty() {
            return false;
        }
        (1..path.len()).any(|length| {
            let key = written(&path[..length]).to_lowercase();
            let is_declared = self.declared.look(&key, |declared| match &declared.names {
                None => true,
                Some(names) => {
                    let after = written(&path[..length + 1]).to_lowercase();
                    names.iter().any(|name| after == key_of(&format!("{}.{name}", declared.prefix)))
                }
            });
            is_declared.unwrap_or(false)
        })
    }

    /// All names that a template could mean here, for suggestions.
    pub(crate) fn candidates(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.written.groups().iter().map(|group| self.written.name(group).to_owned()).collect();
        names.extend(self.literals.iter().map(|literal| literal.name.clone()));
        names.extend(self.declared.names());
        names
    }

    fn set_literal(&mut self, name: &str, value: &Value, what: &str) {
        let literal = Literal { name: name.to_owned(), value: from_json(value, what) };
        Arc::make_mut(&mut self.literals).set(literal);
    }
}

fn output_prefixes(step_id: &str, step_name: &str) -> [String; 2] {
    [format!("Step[{step_id}].Output"), format!("Octopus.Action[{step_name}].Output")]
}
