use std::ops::Range;
use std::rc::Rc;

use wharf_model::{Diagnostic, Scalar, ScalarStyle, SpannedValue, ValueKind, VariableValue};

use crate::choose::{Choice, choose};
use crate::evaluate::{Evaluator, Failed, Place};
use crate::json::{to_text, waits_for};
use crate::lookup::Found;
use crate::message;
use crate::navigate::navigate;
use crate::path::{Path, PathStep};
use crate::{Index, Symbol, SymbolStep};

impl Evaluator<'_> {
    /// The value of a token.
    pub fn substitute(
        &mut self,
        symbol: &Symbol,
        place: Place<'_>,
        range: &Range<usize>,
    ) -> Result<Rc<SpannedValue>, Failed> {
        let mut steps = Vec::with_capacity(symbol.steps.len());
        for step in &symbol.steps {
            steps.push(match step {
                SymbolStep::Identifier(name) => PathStep::Name(name.clone()),
                SymbolStep::Index(Index::Text(text)) => PathStep::Index(text.clone()),
                SymbolStep::Index(Index::First) => PathStep::First,
                SymbolStep::Index(Index::Symbol(inner)) => {
                    let value = self.substitute(inner, place, range)?;
                    let names = waits_for(&value);
                    if !names.is_empty() {
                        let kind = ValueKind::Unknown(names);
                        return Ok(Rc::new(SpannedValue { kind, span: value.span.clone() }));
                    }
                    PathStep::Index(to_text(&value))
                }
            });
        }
        self.path(&Path { steps }, place, range)
    }

    /// The value that a path leads to.
    pub fn path(&mut self, path: &Path, place: Place<'_>, range: &Range<usize>) -> Result<Rc<SpannedValue>, Failed> {
        if self.chain.is_empty()
            && let Some(allowed) = self.allowed
            && !allowed(&path.name())
        {
            let message = format!("variable `{}` is outside of what the step may read", path.name());
            self.report(Diagnostic::error("variable-denied", message), place, range);
            return Err(Failed);
        }
        let mut nearest_miss = None;
        for length in (1..=path.steps.len()).rev() {
            let key = path.key(length);
            if self.variables.find(&key).is_none() {
                continue;
            }
            let value = self.variable(&key, &path.written(length), place, range)?;
            if length == path.steps.len() {
                return Ok(value);
            }
            match navigate(&value, &path.steps[length..]) {
                Ok(part) => return Ok(Rc::new(part)),
                Err((number, around)) if nearest_miss.is_none() => {
                    let whole = path.written(length + number);
                    let step = match &path.steps[length + number] {
                        PathStep::Name(part) | PathStep::Index(part) => part.clone(),
                        PathStep::First => "*".to_owned(),
                    };
                    nearest_miss = Some(message::no_such_part(&whole, &step, &around));
                }
                Err(_) => {}
            }
        }
        if self.variables.is_declared(path) {
            let span = place.span.cloned().unwrap_or_else(|| crate::source::invented_span("<template>", place.text));
            return Ok(Rc::new(SpannedValue { kind: ValueKind::Unknown(vec![path.name()]), span }));
        }
        let diagnostic = nearest_miss.unwrap_or_else(|| message::unresolved(self.variables, path));
        self.report(diagnostic, place, range);
        Err(Failed)
    }

    /// The evaluated value that is kept under a key, which must exist.
    fn variable(
        &mut self,
        key: &str,
        written: &str,
        place: Place<'_>,
        range: &Range<usize>,
    ) -> Result<Rc<SpannedValue>, Failed> {
        if let Some(done) = self.done.get(key) {
            // Whoever refers to a failed variable fails with it; why was said at the first reference.
            return done.clone();
        }
        let name = self.variables.shown_name(key, written);
        if let Some(begin) = self.chain.iter().position(|(earlier, _)| earlier == key) {
            let mut names: Vec<_> = self.chain[begin..].iter().map(|(_, name)| name.as_str()).collect();
            names.push(&name);
            let message = format!("variable `{name}` refers to itself: {}", names.join(" → "));
            self.report(Diagnostic::error("variable-cycle", message), place, range);
            return Err(Failed);
        }
        if self.chain.len() >= self.variables.bounds.chain {
            let most = self.variables.bounds.chain;
            let message = format!("variable `{name}` stands behind a chain of more than {most} references");
            self.report(Diagnostic::error("variable-too-deep", message), place, range);
            return Err(Failed);
        }
        self.chain.push((key.to_owned(), name));
        let result = self.evaluated(key, place, range).map(Rc::new);
        self.chain.pop();
        self.done.insert(key.to_owned(), result.clone());
        result
    }

    fn evaluated(&mut self, key: &str, place: Place<'_>, range: &Range<usize>) -> Result<SpannedValue, Failed> {
        let group = match self.variables.find(key) {
            Some(Found::Literal(value)) => return Ok(value.clone()),
            Some(Found::Group(group)) => group,
            None => return Err(Failed),
        };
        let written = &self.variables.written;
        match choose(written, group, &self.variables.scopes) {
            Choice::One(candidate) => match &candidate.value {
                VariableValue::Plain(value) => self.value(value),
                VariableValue::Secret(_) => match self.variables.secrets.get(key) {
                    Some(reference) => {
                        let scalar = Scalar { text: reference.clone(), style: ScalarStyle::Quoted };
                        Ok(SpannedValue { kind: ValueKind::Scalar(scalar), span: candidate.span.clone() })
                    }
                    None => {
                        let message = format!("the secret `{}` was not loaded", written.name(group));
                        self.report(Diagnostic::error("secret-not-loaded", message), place, range);
                        Err(Failed)
                    }
                },
                VariableValue::Prompt(_) => {
                    let kind = ValueKind::Unknown(vec![written.name(group).to_owned()]);
                    Ok(SpannedValue { kind, span: candidate.span.clone() })
                }
            },
            Choice::None => {
                self.report(message::none_in_scope(written, group), place, range);
                Err(Failed)
            }
            Choice::Tie(tied) => self.fail(message::tie(written.name(group), &tied)),
        }
    }
}
