use wharf_model::{Diagnostic, SecretSource, Span, SpannedValue, ValueKind, VariableOrigin, VariableValue, nearest};

use crate::choose::{Ranked, ranked};
use crate::evaluate::{Evaluator, Place, Value};
use crate::explanation::{ExplainedCandidate, ExplainedValue, Explanation, Verdict};
use crate::json::to_text;
use crate::path::key_of;
use crate::references::PREFIX;
use crate::scopes::specificity;
use crate::{Variables, message};

impl Variables {
    /// Why a variable has the value that it has here: every value that was written for it, and how the one that holds
    /// came about. The error says that there is no variable of this name.
    pub fn explain(&self, name: &str) -> Result<Explanation, Vec<Diagnostic>> {
        let variables = self.for_showing();
        variables.explain_shown(name)
    }

    /// The same with references for all secrets, and a store of its own, so that nothing is left behind.
    fn for_showing(&self) -> Self {
        let missing: Vec<_> = self
            .secrets()
            .into_iter()
            .map(|secret| key_of(secret.name))
            .filter(|key| !self.secrets.by_key.contains_key(key))
            .enumerate()
            .map(|(number, key)| (key, format!("{PREFIX}{number:032x}")))
            .collect();
        let mut variables = self.clone().with_secrets(missing);
        variables.store = Default::default();
        variables
    }

    fn explain_shown(&self, name: &str) -> Result<Explanation, Vec<Diagnostic>> {
        let key = key_of(name);
        let group = self.written.find(&key);
        let mut evaluator = Evaluator::new(self);
        evaluator.trail = Some(Vec::new());
        let result = evaluator.named(name);
        let trail = evaluator.trail.take().unwrap_or_default();
        let result = match evaluator.finish(result) {
            Ok(Some(value)) => match group {
                Some(group) if self.is_secret(group) => ExplainedValue::Secret,
                _ => self.explained(&value),
            },
            Ok(None) => ExplainedValue::None,
            Err(problems) => ExplainedValue::Failed(problems),
        };
        if group.is_none() && matches!(result, ExplainedValue::None) {
            let mut problem = message::unresolved(self, name);
            if nearest(name, self.candidates().iter().map(String::as_str)).is_none() {
                problem.help = vec!["`wharf variable list` shows all".to_owned()];
            }
            return Err(vec![problem]);
        }
        let shown = match group {
            Some(group) => self.written.name(&self.written.groups()[group]).to_owned(),
            None => name.trim().to_owned(),
        };
        let candidates = group.map(|group| self.explained_candidates(group)).unwrap_or_default();
        Ok(Explanation { name: shown, candidates, result, trail })
    }

    fn explained_candidates(&self, group: usize) -> Vec<ExplainedCandidate> {
        let written = &self.written;
        let group = &written.groups()[group];
        let holding = ranked(written, group, &self.scopes);
        let best = holding.first().copied();
        let tied = holding.iter().filter(|other| best.is_some_and(|best| best.rank() == other.rank())).count();
        let verdict = |ranked: &Ranked<'_>, best: &Ranked<'_>| {
            if ranked.rank() == best.rank() {
                return if tied > 1 { Verdict::Tied } else { Verdict::Holds };
            }
            let given = best.origin == VariableOrigin::CommandLine;
            if !given && ranked.specificity < best.specificity { Verdict::LessSpecific } else { Verdict::WeakerOrigin }
        };
        let mut explained: Vec<_> = holding
            .iter()
            .zip(best.iter().cycle())
            .map(|(ranked, best)| self.explained_candidate(ranked.candidate, ranked.origin, verdict(ranked, best)))
            .collect();
        for (set, definition) in written.definitions(group) {
            let origin = written.sets()[set].origin;
            for candidate in &definition.candidates {
                if let Some((kind, here)) = self.scopes.mismatch(&candidate.scope) {
                    explained.push(self.explained_candidate(candidate, origin, Verdict::OutOfScope { kind, here }));
                }
            }
        }
        explained
    }

    fn explained_candidate(
        &self,
        candidate: &wharf_model::VariableCandidate,
        origin: VariableOrigin,
        verdict: Verdict,
    ) -> ExplainedCandidate {
        ExplainedCandidate {
            written: written_value(&candidate.value),
            is_secret: matches!(candidate.value, VariableValue::Secret(_)),
            scope: candidate.scope.clone(),
            specificity: specificity(&candidate.scope),
            origin,
            span: Some(candidate.span.clone()),
            verdict,
        }
    }

    /// The value of a variable that holds here, as it was written, and where it stands.
    pub(crate) fn written_text(&self, group: usize) -> (String, Option<Span>) {
        let group = &self.written.groups()[group];
        match ranked(&self.written, group, &self.scopes).first() {
            Some(best) => (written_value(&best.candidate.value), Some(best.candidate.span.clone())),
            None => (String::new(), None),
        }
    }

    pub(crate) fn is_secret(&self, group: usize) -> bool {
        let group = &self.written.groups()[group];
        let best = ranked(&self.written, group, &self.scopes).into_iter().next();
        best.is_some_and(|best| matches!(best.candidate.value, VariableValue::Secret(_)))
    }

    /// An evaluated value for showing: nothing of secrets is in it.
    pub(crate) fn explained(&self, value: &Value) -> ExplainedValue {
        let names = value.waits_for();
        if !names.is_empty() {
            return ExplainedValue::Unknown(names);
        }
        match value {
            Value::Text(text) => ExplainedValue::Known(self.masked(&text.text)),
            Value::Structure(structure) => ExplainedValue::Known(self.masked(&to_text(structure))),
            Value::Nothing => ExplainedValue::Known(String::new()),
            Value::Unset | Value::Unknown(_) => ExplainedValue::None,
        }
    }
}

impl Evaluator<'_> {
    /// The value of the variable of this name, or of a part of it, if there is one with a value here.
    pub(crate) fn named(&mut self, name: &str) -> Result<Option<Value>, crate::evaluate::Stop> {
        let token = 0..name.len();
        let place = Place { text: name, span: None, token: &token };
        let value = match self.variables.written.find(&key_of(name)) {
            // Names that no template can refer to are found too.
            Some(group) if crate::template::read_name(name).is_none() => Some(self.variable(group, place)?),
            _ => match crate::template::read_name(name) {
                Some(symbol) => self.value_of_name(&symbol, place)?,
                None => None,
            },
        };
        Ok(value.filter(|value| !matches!(value, Value::Unset)))
    }
}

fn written_value(value: &VariableValue) -> String {
    match value {
        VariableValue::Plain(value) => written_plain(value),
        VariableValue::Secret(secret) => match &secret.source {
            SecretSource::Env(name) => format!("secret from the environment variable {name}"),
            SecretSource::File(path) => format!("secret from the file {}", path.display()),
            SecretSource::Command(command) => {
                format!("secret from the command {}", command.first().map_or("", String::as_str))
            }
            SecretSource::Prompt(_) => "secret that is asked for".to_owned(),
        },
        VariableValue::Prompt(_) => "asked for when the run begins".to_owned(),
    }
}

fn written_plain(value: &SpannedValue) -> String {
    match &value.kind {
        ValueKind::Null => "null".to_owned(),
        _ => to_text(value),
    }
}
