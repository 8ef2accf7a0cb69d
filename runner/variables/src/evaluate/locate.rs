use std::borrow::Cow;

use wharf_model::Diagnostic;

use super::child::Child;
use super::context::{Binding, Context, Local, Nodes, Place};
use super::evaluator::{Evaluator, Stop};
use super::value::Value;
use crate::filters::FilterError;
use crate::json::to_text;
use crate::message::Around;
use crate::template::{Step, Symbol};
use crate::tree::fold;

/// Why a symbol or an expression has no value.
#[derive(Debug, Clone)]
pub(crate) enum Missing {
    /// There is no symbol, as in `#{ | NowDate}`.
    NoSymbol,
    /// Nothing has this name.
    Name { name: String, is_calculated: bool },
    /// None of the variable's values holds here.
    Scope { group: usize },
    /// A value does not have this part.
    Part { whole: String, part: String, around: Around },
    /// The variable's value is null.
    Unset { name: String },
    /// A filter has nothing to work on.
    NoInput { filter: String },
    /// Something in a calculation is no number.
    NoNumber { name: Option<String> },
    /// A filter made nothing.
    Filter { filter: String, error: FilterError },
}

impl Missing {
    /// Whether a filter is the reason, so that filters behind it cannot mend it.
    pub fn is_of_filter(&self) -> bool {
        matches!(self, Missing::Filter { .. } | Missing::NoInput { .. })
    }
}

/// One step of a path whose indexes are evaluated.
#[derive(Debug, Clone)]
pub(crate) struct PathStep<'s> {
    pub text: Cow<'s, str>,
    pub is_index: bool,
}

/// Where a symbol leads.
pub(crate) struct Located<'c, 'v> {
    pub binding: Binding<'v>,
    /// The loop in which what stands there is evaluated; none for variables, which see no loop.
    pub context: Context<'c, 'v>,
    /// The path to it.
    pub path: String,
}

impl<'v> Evaluator<'v> {
    /// The evaluated value of a symbol.
    pub(super) fn walk(
        &mut self,
        symbol: &Symbol<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Result<Value, Box<Missing>>, Stop> {
        match self.locate(symbol, context, place)? {
            Ok(located) => self.value_at(&located, place),
            Err(missing) => Ok(Err(missing)),
        }
    }

    /// Goes along a symbol: first in the loops, from the innermost on, then among all variables.
    pub(super) fn locate<'c>(
        &mut self,
        symbol: &Symbol<'_>,
        context: Context<'c, 'v>,
        place: Place<'_>,
    ) -> Result<Result<Located<'c, 'v>, Box<Missing>>, Stop> {
        let mut path = Vec::with_capacity(symbol.steps.len());
        for step in &symbol.steps {
            path.push(match step {
                Step::Name(text) => PathStep { text: Cow::Borrowed(text), is_index: false },
                Step::Index(text) => PathStep { text: Cow::Borrowed(text.trim_end()), is_index: true },
                Step::Symbol(inner) => {
                    self.enter(0, place.span)?;
                    let found = self.walk(inner, context, place);
                    self.leave();
                    let text = match found? {
                        Err(missing) => return Ok(Err(missing)),
                        Ok(Value::Unknown(names)) => return Ok(Ok(unknown(names.to_vec()))),
                        Ok(Value::Text(text)) => text.text.clone(),
                        Ok(Value::Structure(structure)) => to_text(&structure),
                        Ok(Value::Nothing | Value::Unset) => String::new(),
                    };
                    if self.is_opaque(&text) {
                        return Err(Stop::Secret);
                    }
                    PathStep { text: Cow::Owned(text), is_index: true }
                }
            });
        }
        let mut around = context;
        while let Some(local) = around {
            if let Some(binding) = self.local(local, &path, place)? {
                return Ok(Ok(Located { binding, context: Some(local), path: written(&path) }));
            }
            around = local.around;
        }
        Ok(self.global(&path, place)?.map(|binding| {
            // Nodes know their names.
            let path = if matches!(binding, Binding::Nodes(_)) { String::new() } else { written(&path) };
            Located { binding, context: None, path }
        }))
    }

    /// What a path leads to in the item of a loop.
    fn local(
        &mut self,
        local: &Local<'_, 'v>,
        path: &[PathStep<'_>],
        place: Place<'_>,
    ) -> Result<Option<Binding<'v>>, Stop> {
        let [first, rest @ ..] = path else { return Ok(None) };
        if fold(&first.text) != fold(local.name) {
            return Ok(special(local, path));
        }
        let mut binding = local.item.clone();
        for step in rest {
            binding = match self.child(&binding, step, Some(local), place)? {
                Child::Found(next) => next,
                Child::Unknown(names) => return Ok(Some(Binding::Evaluated(Value::Unknown(names.into())))),
                Child::Missing(_) => return Ok(None),
            };
        }
        if let Binding::Nodes(nodes) = &binding {
            self.check_allowed(&self.node_name(*nodes), place)?;
        }
        Ok(Some(binding))
    }

    fn global(&mut self, path: &[PathStep<'_>], place: Place<'_>) -> Result<Result<Binding<'v>, Box<Missing>>, Stop> {
        if self.chain.is_empty() && self.allowed.is_some() {
            self.check_allowed(&written(path), place)?;
        }
        let mut nodes = Nodes { written: Some(0), literal: Some(0) };
        if path.first().is_some_and(|first| fold(&first.text) == "wharf") {
            nodes.written = None;
        }
        let mut binding = Binding::Nodes(nodes);
        let mut missing = None;
        for (number, step) in path.iter().enumerate() {
            match self.child(&binding, step, None, place)? {
                Child::Found(next) => binding = next,
                Child::Unknown(names) => return Ok(Ok(Binding::Evaluated(Value::Unknown(names.into())))),
                Child::Missing(None) => {
                    missing = Some(Missing::Name { name: written(path), is_calculated: false });
                    break;
                }
                Child::Missing(Some(around)) => {
                    let (whole, part) = (written(&path[..number]), step.text.clone().into_owned());
                    missing = Some(Missing::Part { whole, part, around });
                    break;
                }
            }
        }
        if !self.variables.declared.is_empty() {
            let is_nothing = match &binding {
                Binding::Nodes(nodes) => self.entry(*nodes).is_none() && self.indexed(*nodes).is_empty(),
                _ => false,
            };
            if (missing.is_some() || is_nothing) && self.variables.is_declared(path) {
                return Ok(Ok(Binding::Evaluated(Value::Unknown(vec![written(path)].into()))));
            }
        }
        Ok(match missing {
            Some(missing) => Err(Box::new(missing)),
            None => Ok(binding),
        })
    }

    fn check_allowed(&mut self, name: &str, place: Place<'_>) -> Result<(), Stop> {
        match self.allowed {
            Some(allowed) if self.chain.is_empty() && !allowed(name) => {
                let message = format!("variable `{name}` is outside of what the step may read");
                self.report(Diagnostic::error("variable-denied", message), place)
            }
            _ => Ok(()),
        }
    }
}

fn unknown<'c, 'v>(names: Vec<String>) -> Located<'c, 'v> {
    Located { binding: Binding::Evaluated(Value::Unknown(names.into())), context: None, path: String::new() }
}

/// `Octopus.Template.Each.Index`, `First` and `Last`, also as `Wharf.Template.Each.…`.
fn special<'v>(local: &Local<'_, 'v>, path: &[PathStep<'_>]) -> Option<Binding<'v>> {
    let [product, template, each, name] = path else { return None };
    let is = |step: &PathStep<'_>, text: &str| !step.is_index && fold(&step.text) == text;
    if !((is(product, "octopus") || is(product, "wharf")) && is(template, "template") && is(each, "each")) {
        return None;
    }
    let truth = |holds: bool| if holds { "True".to_owned() } else { "False".to_owned() };
    let text = match &*fold(&name.text) {
        "index" => local.index.to_string(),
        "first" => truth(local.index == 0),
        "last" => truth(local.index + 1 == local.count),
        _ => return None,
    };
    Some(Binding::Evaluated(Value::text(text, true)))
}

/// A path as it would be written.
pub(crate) fn written(path: &[PathStep<'_>]) -> String {
    let mut text = String::new();
    for step in path {
        match (step.is_index, text.is_empty()) {
            (true, _) => text.extend(["[", &*step.text, "]"]),
            (false, true) => text.push_str(&step.text),
            (false, false) => text.extend([".", &*step.text]),
        }
    }
    text
}
