use std::borrow::Cow;
use std::rc::Rc;

use wharf_model::{Diagnostic, SpannedValue, ValueKind, VariableValue};

use super::context::{Binding, Context, Nodes, Place};
use super::evaluator::{CYCLE, ChainKey, Evaluator, Memo, Stop};
use super::locate::{Located, Missing, PathStep};
use super::value::Value;
use crate::choose::{Choice, choose};
use crate::explanation::{ExplainedValue, TrailStep};
use crate::message;
use crate::template::{Symbol, Template};

/// What is kept under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// A group of definitions of which one holds here, or several that tie.
    Written(usize),
    /// A system variable or an output.
    Literal(usize),
}

impl<'v> Evaluator<'v> {
    /// What is kept under a name, if something holds here: what users wrote, else what Wharf sets.
    pub(super) fn entry(&self, nodes: Nodes) -> Option<Entry> {
        let variables = self.variables;
        let written = nodes.written.and_then(|node| variables.written.tree().node(node).entry);
        let literal = nodes.literal.and_then(|node| variables.literals.tree.node(node).entry);
        written.filter(|&group| self.holds(group)).map(Entry::Written).or(literal.map(Entry::Literal))
    }

    fn holds(&self, group: usize) -> bool {
        let written = &self.variables.written;
        let mut candidates = written.definitions(&written.groups()[group]).flat_map(|(_, found)| &found.candidates);
        candidates.any(|candidate| self.variables.scopes.satisfy(&candidate.scope))
    }

    pub(super) fn node_child(&self, nodes: Nodes, step: &PathStep<'_>) -> Option<Nodes> {
        let variables = self.variables;
        let written = nodes.written.and_then(|node| variables.written.tree().child(node, &step.text, step.is_index));
        let literal = nodes.literal.and_then(|node| variables.literals.tree.child(node, &step.text, step.is_index));
        (written.is_some() || literal.is_some()).then_some(Nodes { written, literal })
    }

    /// Whether something under a name holds here, or under a name that begins with it.
    pub(super) fn is_alive(&self, nodes: Nodes) -> bool {
        let Some(root) = nodes.written else { return nodes.literal.is_some() };
        if nodes.literal.is_some() {
            return true;
        }
        let tree = self.variables.written.tree();
        let own = |node: u32| tree.node(node).entry.is_some_and(|group| self.holds(group));
        if own(root) {
            return true;
        }
        if let Some(&alive) = self.alive.borrow().get(&root) {
            return alive;
        }
        // As deep as names are long, so the way down is kept in a list.
        let mut way = vec![(root, 0)];
        let mut alive = false;
        while let Some((node, next)) = way.last_mut() {
            let here = tree.node(*node);
            let child = here.indexed.get(*next).or_else(|| here.named.get(*next - here.indexed.len()));
            *next += 1;
            match child {
                Some(&child) if own(child) => {
                    alive = true;
                    break;
                }
                Some(&child) => way.push((child, 0)),
                None => {
                    way.pop();
                }
            }
        }
        self.alive.borrow_mut().insert(root, alive);
        alive
    }

    /// The children by index that are alive, in the order in which they were written.
    pub(super) fn indexed(&self, nodes: Nodes) -> Vec<Nodes> {
        let variables = self.variables;
        let written = nodes.written.map_or(&[][..], |node| &variables.written.tree().node(node).indexed);
        let mut children = Vec::new();
        for &child in written {
            let label = &variables.written.tree().node(child).label;
            let literal = nodes.literal.and_then(|node| variables.literals.tree.child(node, label, true));
            children.push(Nodes { written: Some(child), literal });
        }
        let literals = nodes.literal.map_or(&[][..], |node| &variables.literals.tree.node(node).indexed);
        for &child in literals {
            if !children.iter().any(|known| known.literal == Some(child)) {
                children.push(Nodes { written: None, literal: Some(child) });
            }
        }
        children.retain(|&child| self.is_alive(child));
        children
    }

    pub(super) fn node_name(&self, nodes: Nodes) -> String {
        match (nodes.written, nodes.literal) {
            (Some(node), _) => self.variables.written.tree().name(node),
            (None, Some(node)) => self.variables.literals.tree.name(node),
            (None, None) => String::new(),
        }
    }

    /// The list or map that was written for a name.
    pub(super) fn structure(&self, nodes: Nodes) -> Option<&'v SpannedValue> {
        let Some(Entry::Written(group)) = self.entry(nodes) else { return None };
        let written = &self.variables.written;
        match choose(written, &written.groups()[group], &self.variables.scopes) {
            Choice::One(candidate) => match &candidate.value {
                VariableValue::Plain(value) => {
                    matches!(value.kind, ValueKind::List(_) | ValueKind::Map(_)).then_some(value)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The text of a variable as it was written, if the variable is under evaluation.
    pub(super) fn raw_text_under_evaluation(&self, nodes: Nodes) -> Option<&'v str> {
        let Some(Entry::Written(group)) = self.entry(nodes) else { return None };
        let key = ChainKey::Written(group);
        if !self.chain.iter().any(|(earlier, _)| *earlier == key) {
            return None;
        }
        let written = &self.variables.written;
        match choose(written, &written.groups()[group], &self.variables.scopes) {
            Choice::One(candidate) => match &candidate.value {
                VariableValue::Plain(value) => value.as_text(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value of what is kept under a name, if something is.
    pub(super) fn entry_value(&mut self, nodes: Nodes, place: Place<'_>) -> Result<Option<Value>, Stop> {
        match self.entry(nodes) {
            Some(Entry::Written(group)) => self.variable(group, place).map(Some),
            Some(Entry::Literal(entry)) => {
                let key = ChainKey::Literal(entry);
                if let Some(memo) = self.done.get(&key) {
                    return memo.result.clone().map(Some);
                }
                let value = Value::evaluated(self.variables.literals.entry(entry).value.clone(), true);
                let memo = Memo { result: Ok(value.clone()), unresolved: Vec::new() };
                self.done.insert(key, Rc::new(memo));
                Ok(Some(value))
            }
            None => Ok(None),
        }
    }

    /// The evaluated value at the end of a path.
    pub(super) fn value_at(
        &mut self,
        located: &Located<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Result<Value, Box<Missing>>, Stop> {
        Ok(Ok(match &located.binding {
            Binding::Nodes(nodes) => match self.entry_value(*nodes, place)? {
                Some(value) => value,
                None => match self.index_label(*nodes) {
                    Some(label) => Value::text(label, true),
                    None => {
                        let group = nodes.written.and_then(|node| self.variables.written.tree().node(node).entry);
                        return Ok(Err(Box::new(match group {
                            Some(group) => Missing::Scope { group },
                            None => Missing::Name { name: self.node_name(*nodes), is_calculated: false },
                        })));
                    }
                },
            },
            Binding::Written { value, literal } => {
                self.part(located, place, |evaluator, context| evaluator.written(value, *literal, context, place))?
            }
            Binding::Evaluated(value) => value.clone(),
            Binding::Text { text, literal } => self.text_at(text, *literal, located.context, place, &located.path)?,
            Binding::Entry { key, .. } => Value::text(&**key, true),
        }))
    }

    /// An index is its own text, if nothing else is kept there.
    fn index_label(&self, nodes: Nodes) -> Option<&'v str> {
        let node = match (nodes.written, nodes.literal) {
            (Some(node), _) => self.variables.written.tree().node(node),
            (None, Some(node)) => self.variables.literals.tree.node(node),
            (None, None) => return None,
        };
        // What is written for other scopes only is no value here.
        (node.is_index && node.entry.is_none()).then_some(&*node.label)
    }

    /// Evaluates a text that came out of a value.
    pub(super) fn text_at(
        &mut self,
        text: &Rc<str>,
        literal: bool,
        context: Context<'_, 'v>,
        place: Place<'_>,
        path: &str,
    ) -> Result<Value, Stop> {
        if literal || !text.contains("#{") {
            return Ok(Value::text(&**text, literal));
        }
        let path = if path.is_empty() { text.to_string() } else { path.to_owned() };
        let key = ChainKey::Part(context.map_or(0, |local| local.depth), path.to_lowercase());
        self.in_chain(key, Cow::Owned(path), place, |evaluator| {
            let output = evaluator.template(&Template::parse(text), place.span, context)?;
            Ok(output.into_value())
        })
    }

    fn part(
        &mut self,
        located: &Located<'_, 'v>,
        place: Place<'_>,
        evaluate: impl FnOnce(&mut Self, Context<'_, 'v>) -> Result<Value, Stop>,
    ) -> Result<Value, Stop> {
        let depth = located.context.map_or(0, |local| local.depth);
        let key = ChainKey::Part(depth, located.path.to_lowercase());
        self.in_chain(key, Cow::Owned(located.path.clone()), place, |evaluator| evaluate(evaluator, located.context))
    }

    /// The value that a name leads to, outside of any loop.
    pub(crate) fn value_of_name(&mut self, name: &Symbol<'_>, place: Place<'_>) -> Result<Option<Value>, Stop> {
        Ok(self.walk(name, None, place)?.ok())
    }

    /// The evaluated value of a variable.
    pub(crate) fn variable(&mut self, group: usize, place: Place<'_>) -> Result<Value, Stop> {
        let key = ChainKey::Written(group);
        if let Some(memo) = self.done.get(&key).cloned() {
            // Whoever refers to a failed variable fails with it; why was said at the first reference.
            for token in &memo.unresolved {
                self.unresolved.add(token.clone());
            }
            return memo.result.clone();
        }
        let variables = self.variables;
        let written = &variables.written;
        let name = written.name(&written.groups()[group]);
        let step = self.begin_trail(group, name, place);
        let echoed = std::mem::take(&mut self.unresolved);
        let result = self.in_chain(key.clone(), Cow::Borrowed(name), place, |evaluator| evaluator.chosen(group, place));
        let inside = std::mem::replace(&mut self.unresolved, echoed);
        for token in &inside.list {
            self.unresolved.add(token.clone());
        }
        if let Some(step) = step {
            self.end_trail(step, group, &result);
        }
        if !matches!(result, Err(Stop::Secret)) {
            self.done.insert(key, Rc::new(Memo { result: result.clone(), unresolved: inside.list }));
        }
        result
    }

    fn chosen(&mut self, group: usize, place: Place<'_>) -> Result<Value, Stop> {
        let variables = self.variables;
        let written = &variables.written;
        let group = &written.groups()[group];
        match choose(written, group, &variables.scopes) {
            Choice::One(candidate) => match &candidate.value {
                VariableValue::Plain(value) => self.written(value, false, None, place),
                VariableValue::Secret(_) => self.secret(&group.key, written.name(group), place),
                VariableValue::Prompt(_) => Ok(Value::Unknown(vec![written.name(group).to_owned()].into())),
            },
            Choice::None => self.report(message::none_in_scope(written, group), place),
            Choice::Tie(tied) => self.fail(message::tie(written.name(group), &tied)),
        }
    }

    /// The reference of a secret, or its value where values are worked with.
    fn secret(&mut self, key: &str, name: &str, place: Place<'_>) -> Result<Value, Stop> {
        let Some(reference) = self.variables.secrets.by_key.get(key) else {
            let message = format!("the secret `{name}` was not loaded");
            return self.report(Diagnostic::error("secret-not-loaded", message), place);
        };
        match self.real {
            None => Ok(Value::text(reference.as_str(), true)),
            Some(values) => match values.get(reference) {
                Some(secret) => {
                    self.touched.insert(name.to_owned());
                    Ok(Value::text(secret.value.as_str(), true))
                }
                None => {
                    let message = format!("the secret `{name}` was not loaded");
                    self.report(Diagnostic::error("secret-not-loaded", message), place)
                }
            },
        }
    }

    /// Evaluates with one more link in the chain of references, if that is no cycle.
    fn in_chain(
        &mut self,
        key: ChainKey,
        name: Cow<'v, str>,
        place: Place<'_>,
        evaluate: impl FnOnce(&mut Self) -> Result<Value, Stop>,
    ) -> Result<Value, Stop> {
        if let Some(begin) = self.chain.iter().position(|(earlier, _)| *earlier == key) {
            // Octostache tells of the whole chain, and in other words.
            let begin = if self.lenient { 0 } else { begin };
            let mut names: Vec<_> = self.chain[begin..].iter().map(|(_, name)| &**name).collect();
            names.push(&name);
            let message = match self.lenient {
                false => format!("variable `{name}` refers to itself: {}", names.join(" → ")),
                true => format!(
                    "An attempt to parse the variable symbol \"{name}\" appears to have resulted in a self referencing loop \
                     ({}). Ensure that recursive loops do not exist in the variable values.",
                    names.join(" -> ")
                ),
            };
            return self.report(Diagnostic::error(CYCLE, message), place);
        }
        let most = self.variables.bounds.chain;
        if self.chain.len() >= most {
            let message = format!("variable `{name}` stands behind a chain of more than {most} references");
            return self.report(Diagnostic::error("variable-too-deep", message), place);
        }
        self.enter(0, place.span)?;
        self.chain.push((key, name));
        let result = evaluate(self);
        self.chain.pop();
        self.leave();
        result
    }

    fn begin_trail(&mut self, group: usize, name: &str, place: Place<'_>) -> Option<usize> {
        self.trail.as_ref()?;
        let depth = self.chain.len();
        let token = if depth == 0 { name.to_owned() } else { place.written().to_owned() };
        let (written, span) = self.variables.written_text(group);
        let trail = self.trail.as_mut()?;
        trail.push(TrailStep { depth, token, written, span, value: ExplainedValue::None });
        Some(trail.len() - 1)
    }

    fn end_trail(&mut self, step: usize, group: usize, result: &Result<Value, Stop>) {
        let value = match result {
            _ if self.variables.is_secret(group) => ExplainedValue::Secret,
            Ok(value) => self.variables.explained(value),
            Err(_) => ExplainedValue::Failed(Vec::new()),
        };
        if let Some(trail) = &mut self.trail {
            trail[step].value = value;
        }
    }
}
