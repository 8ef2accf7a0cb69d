use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use wharf_model::{Diagnostic, Scalar, ScalarStyle, Span, SpannedKey, SpannedValue, ValueKind};

use crate::choose::{Choice, choose};
use crate::json::{add_names, to_text, waits_for};
use crate::lookup::Found;
use crate::message;
use crate::path::{Path, PathStep, key_of};
use crate::{Evaluated, Segment, Template, Variables};

/// The evaluation has failed, and why is among the diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

/// After so many problems an evaluation ends: each is looked for in the text, and nobody reads more of them.
const MOST_PROBLEMS: usize = 50;

/// Whether a variable may be referred to.
pub(crate) type Allowed<'a> = &'a dyn Fn(&str) -> bool;

/// One evaluation: it remembers what it has evaluated, so that the work is bounded by what is written.
pub(crate) struct Evaluator<'a> {
    pub variables: &'a Variables,
    /// Whether tokens without a value are echoed, at the outermost level.
    pub lenient: bool,
    /// Which variables the tokens at the outermost level may refer to.
    pub allowed: Option<Allowed<'a>>,
    /// The chain of variables under evaluation: keys and names.
    pub chain: Vec<(String, String)>,
    pub done: HashMap<String, Result<Rc<SpannedValue>, Failed>>,
    /// How deeply the value under evaluation is nested, the variables on the way to it included.
    level: usize,
    produced: usize,
    /// How many problems are those of variables that exist.
    broken_inside: usize,
    diagnostics: Vec<Diagnostic>,
}

/// Where a token stands: the text of its template and the span of its scalar.
#[derive(Clone, Copy)]
pub(crate) struct Place<'t> {
    pub text: &'t str,
    pub span: Option<&'t Span>,
}

impl<'a> Evaluator<'a> {
    pub fn new(variables: &'a Variables) -> Self {
        Self {
            variables,
            lenient: false,
            allowed: None,
            chain: Vec::new(),
            done: HashMap::new(),
            level: 0,
            produced: 0,
            broken_inside: 0,
            diagnostics: Vec::new(),
        }
    }

    /// Ends the evaluation.
    pub fn finish<T>(self, result: Result<T, Failed>) -> Result<T, Vec<Diagnostic>> {
        match result {
            Ok(value) if self.diagnostics.is_empty() => Ok(value),
            _ => Err(self.diagnostics),
        }
    }

    /// The value of the variable of this name, if there is one with a value here.
    pub fn named(&mut self, name: &str) -> Result<Option<Rc<SpannedValue>>, Failed> {
        let path = crate::symbol::parse_name(name)
            .unwrap_or_else(|| Path { steps: vec![PathStep::Name(name.trim().to_owned())] });
        if let Some(Found::Group(group)) = self.variables.find(&key_of(name))
            && matches!(choose(&self.variables.written, group, &self.variables.scopes), Choice::None)
        {
            return Ok(None);
        }
        let before = self.diagnostics.len();
        match self.path(&path, Place { text: name, span: None }, &(0..name.len())) {
            Err(Failed) if self.diagnostics[before..].iter().all(|problem| problem.code == "unresolved-variable") => {
                // Only a variable that is missing itself is no error; one that refers to a missing one is.
                let missing = self.variables.find(&key_of(name)).is_none();
                if missing {
                    self.diagnostics.truncate(before);
                    return Ok(None);
                }
                Err(Failed)
            }
            result => result.map(Some),
        }
    }

    /// The value of a condition that is written as a name and was made a template for reading.
    pub fn condition_symbol(&mut self, template: &str, span: Option<&Span>) -> Result<Rc<SpannedValue>, Failed> {
        let parsed = Template::parse(template);
        if let Some((symbol, range)) = parsed.only_substitution() {
            let place = Place { text: template, span };
            return self.substitute(symbol, place, range);
        }
        let text = &template[2..template.len() - 1];
        let message = format!("`{text}` is no condition");
        let mut diagnostic = Diagnostic::error("condition-syntax", message)
            .help("a condition is the name of a variable or a `#{…}` template; comparisons are not supported yet");
        diagnostic.span = span.cloned();
        self.fail(diagnostic)
    }

    /// Evaluates all texts in a value.
    pub fn value(&mut self, value: &SpannedValue) -> Result<SpannedValue, Failed> {
        self.level += 1;
        let result = self.value_at_level(value);
        self.level -= 1;
        result
    }

    fn value_at_level(&mut self, value: &SpannedValue) -> Result<SpannedValue, Failed> {
        self.check_level(0, &value.span)?;
        let kind = match &value.kind {
            ValueKind::Null => ValueKind::Null,
            ValueKind::Unknown(names) => ValueKind::Unknown(names.clone()),
            ValueKind::Scalar(scalar) => return self.scalar(scalar, &value.span),
            ValueKind::List(items) => {
                // All items are evaluated even after a failure, so that all problems are found at once.
                let items: Vec<_> = items.iter().map(|item| self.value(item)).collect();
                ValueKind::List(items.into_iter().collect::<Result<_, _>>()?)
            }
            ValueKind::Map(entries) => self.map(entries)?,
        };
        Ok(SpannedValue { kind, span: value.span.clone() })
    }

    fn map(&mut self, entries: &[(SpannedKey, SpannedValue)]) -> Result<ValueKind, Failed> {
        let mut unknown = Vec::new();
        let mut evaluated = Vec::with_capacity(entries.len());
        let mut failed = false;
        for ((key, span), value) in entries {
            let key = match self.text(&Template::parse(key), key, Some(span)) {
                Ok(Evaluated::Known(key)) => Some((key, span.clone())),
                Ok(Evaluated::Unknown(names)) => {
                    add_names(&mut unknown, &names);
                    None
                }
                Err(Failed) => {
                    failed = true;
                    None
                }
            };
            let value = self.value(value);
            failed |= value.is_err();
            if let (Some(key), Ok(value)) = (key, value) {
                evaluated.push((key, value));
            }
        }
        if failed {
            return Err(Failed);
        }
        if !unknown.is_empty() {
            return Ok(ValueKind::Unknown(unknown));
        }
        let mut seen = std::collections::HashSet::new();
        for ((key, span), _) in &evaluated {
            if !seen.insert(key.to_lowercase()) {
                let message = format!("two keys of this map are `{key}` after evaluation");
                return self.fail(Diagnostic::error("duplicate-key", message).at(span));
            }
        }
        Ok(ValueKind::Map(evaluated))
    }

    fn scalar(&mut self, scalar: &Scalar, span: &Span) -> Result<SpannedValue, Failed> {
        let whole = |kind| SpannedValue { kind, span: span.clone() };
        if !scalar.text.contains("#{") {
            self.produce(scalar.text.len(), Some(span))?;
            return Ok(whole(ValueKind::Scalar(scalar.clone())));
        }
        let template = Template::parse(&scalar.text);
        if let Some((symbol, range)) = template.only_substitution() {
            let value = self.substitute(symbol, Place { text: &scalar.text, span: Some(span) }, range)?;
            self.produce(size(&value), Some(span))?;
            self.check_level(levels(&value), span)?;
            return Ok(whole(value.kind.clone()));
        }
        Ok(whole(match self.text(&template, &scalar.text, Some(span))? {
            Evaluated::Known(text) => {
                let style = if scalar.style == ScalarStyle::Plain { ScalarStyle::Quoted } else { scalar.style };
                ValueKind::Scalar(Scalar { text, style })
            }
            Evaluated::Unknown(names) => ValueKind::Unknown(names),
        }))
    }

    /// Evaluates a template that was read from `text`.
    pub fn text(&mut self, template: &Template, text: &str, span: Option<&Span>) -> Result<Evaluated<String>, Failed> {
        let place = Place { text, span };
        let mut output = String::new();
        let mut unknown = Vec::new();
        let mut failed = false;
        for segment in template.segments() {
            if self.diagnostics.len() >= MOST_PROBLEMS && !self.echoes() {
                let message = format!("more than {MOST_PROBLEMS} tokens are wrong; the others are not looked at");
                let problem = Diagnostic::error("too-many-problems", message);
                return self.fail(match span {
                    Some(span) => problem.at(span),
                    None => problem,
                });
            }
            match segment {
                Segment::Text(text) => {
                    self.produce(text.len(), span)?;
                    output.push_str(text);
                }
                Segment::Broken(problem) => {
                    if self.echoes() && problem.code == "template-syntax" {
                        output.push_str(&text[problem.range.clone()]);
                        continue;
                    }
                    let mut diagnostic = Diagnostic::error(problem.code, problem.message.clone());
                    diagnostic.help.extend(problem.help.clone());
                    self.report(diagnostic, place, &problem.range);
                    failed = true;
                }
                Segment::Substitution { symbol, range } => {
                    let reported = self.diagnostics.len();
                    match self.substitute(symbol, place, range) {
                        Ok(value) => match waits_for(&value) {
                            names if names.is_empty() => {
                                let part = to_text(&value);
                                self.produce(part.len(), span)?;
                                output.push_str(&part);
                            }
                            names => add_names(&mut unknown, &names),
                        },
                        Err(Failed) if self.echoes() && self.is_only_missing(reported) => {
                            self.diagnostics.truncate(reported);
                            output.push_str(&text[range.clone()]);
                        }
                        Err(Failed) => failed = true,
                    }
                }
            }
        }
        match failed {
            true => Err(Failed),
            false if unknown.is_empty() => Ok(Evaluated::Known(output)),
            false => Ok(Evaluated::Unknown(unknown)),
        }
    }

    /// Whether a token that has no value is echoed here: only what was handed in is lenient, not what it refers to.
    fn echoes(&self) -> bool {
        self.lenient && self.chain.is_empty()
    }

    /// Whether all that was reported since is that the token itself has no value.
    fn is_only_missing(&self, from: usize) -> bool {
        let missing = ["unresolved-variable", "no-value-in-scope"];
        self.broken_inside == 0 && self.diagnostics[from..].iter().all(|problem| missing.contains(&problem.code))
    }

    fn check_level(&mut self, further: usize, span: &Span) -> Result<(), Failed> {
        let most = self.variables.bounds.depth;
        if self.level + further <= most {
            return Ok(());
        }
        let message = format!("the value is nested deeper than {most} levels");
        self.fail(Diagnostic::error("variable-too-deep", message).at(span))
    }

    fn produce(&mut self, bytes: usize, span: Option<&Span>) -> Result<(), Failed> {
        self.produced = self.produced.saturating_add(bytes);
        let most = self.variables.bounds.bytes;
        if self.produced <= most {
            return Ok(());
        }
        let message = format!("evaluating this makes more than {most} bytes of text");
        let diagnostic = Diagnostic::error("variable-too-large", message);
        self.fail(match span {
            Some(span) => diagnostic.at(span),
            None => diagnostic,
        })
    }

    pub fn fail<T>(&mut self, diagnostic: Diagnostic) -> Result<T, Failed> {
        self.diagnostics.push(diagnostic);
        Err(Failed)
    }

    pub fn report(&mut self, mut diagnostic: Diagnostic, place: Place<'_>, range: &Range<usize>) {
        // A scope without a value is reported while the variable that is missing is itself in the chain.
        let own = usize::from(diagnostic.code == "no-value-in-scope");
        self.broken_inside += usize::from(self.chain.len() > own);
        if let Some(span) = place.span {
            diagnostic.span = Some(message::token_span(span, place.text, range));
        }
        self.diagnostics.push(diagnostic);
    }
}

/// The bytes of text in a value, roughly.
fn size(value: &SpannedValue) -> usize {
    match &value.kind {
        ValueKind::Null => 0,
        ValueKind::Unknown(names) => names.iter().map(String::len).sum(),
        ValueKind::Scalar(scalar) => scalar.text.len(),
        ValueKind::List(items) => items.iter().map(|item| 16 + size(item)).sum(),
        ValueKind::Map(entries) => entries.iter().map(|((key, _), value)| 16 + key.len() + size(value)).sum(),
    }
}

fn levels(value: &SpannedValue) -> usize {
    match &value.kind {
        ValueKind::List(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        ValueKind::Map(entries) => 1 + entries.iter().map(|(_, value)| levels(value)).max().unwrap_or(0),
        _ => 0,
    }
}
