use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use wharf_model::{Diagnostic, Secret, Span};

use super::context::Place;
use super::value::Value;
use crate::explanation::TrailStep;
use crate::filters::{self, Expressions, FilterError, Filtered, Surroundings};
use crate::{Variables, message};

/// Why a part of an evaluation ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It has failed, and why is among the diagnostics.
    Failed,
    /// It looks into a secret of which only the reference is here: what stands around it is derived from the secret.
    Secret,
}

/// After so many problems an evaluation ends: each is looked for in the text, and nobody reads more of them.
const MOST_PROBLEMS: usize = 50;

/// The code of the problem that a variable refers to itself.
pub(crate) const CYCLE: &str = "variable-cycle";

/// Whether a variable may be referred to.
pub(crate) type Allowed<'a> = &'a dyn Fn(&str) -> bool;

/// The values of secrets by their references, where an evaluation works with them.
pub(crate) type Real<'a> = &'a HashMap<String, Secret>;

/// One evaluation: it remembers what it has evaluated, so that the work is bounded by what is written.
pub(crate) struct Evaluator<'v> {
    pub variables: &'v Variables,
    /// Whether tokens without a value are echoed.
    pub lenient: bool,
    /// Whether a template that cannot be read is left as it is (else only the stretch that cannot be read).
    pub halt: bool,
    /// Whether symbols in conditions must exist.
    pub needs_symbols: bool,
    /// Which variables the tokens at the outermost level may refer to.
    pub allowed: Option<Allowed<'v>>,
    /// The values of secrets; without them references stand in their place.
    pub real: Option<Real<'v>>,
    /// The names of the secrets whose values went into this.
    pub touched: BTreeSet<String>,
    /// References of the secrets that were derived here.
    pub derived: Vec<String>,
    /// The chain of variables under evaluation: keys and names.
    pub chain: Vec<(ChainKey, Cow<'v, str>)>,
    pub done: foldhash::HashMap<ChainKey, Rc<Memo>>,
    /// Whether something holds under a node of the written names.
    pub alive: RefCell<foldhash::HashMap<u32, bool>>,
    /// What was evaluated on the way, if somebody wants to know.
    pub trail: Option<Vec<TrailStep>>,
    /// Tokens that were echoed, in order, each once.
    pub unresolved: Unresolved,
    /// Why the outermost template was left as it is.
    pub unreadable: Option<String>,
    pub diagnostics: Vec<Diagnostic>,
    /// The cycles into which tokens led that were echoed, where that is done.
    pub cycles: Option<Vec<Diagnostic>>,
    /// Regular expressions that were compiled.
    expressions: Expressions,
    /// How deep evaluation is in variables, blocks and lists.
    level: usize,
    produced: usize,
    steps: usize,
}

/// What is under evaluation, or was evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ChainKey {
    /// The definitions of one name.
    Written(usize),
    /// A system variable or an output.
    Literal(usize),
    /// A part of a value: how many loops are around it, and the folded path to it.
    Part(usize, String),
}

/// What a variable became.
#[derive(Debug)]
pub(crate) struct Memo {
    pub result: Result<Value, Stop>,
    /// The tokens that were echoed in it.
    pub unresolved: Vec<String>,
}

/// Texts, each once.
#[derive(Debug, Default)]
pub(crate) struct Unresolved {
    pub list: Vec<String>,
    known: HashSet<String>,
}

impl Unresolved {
    pub fn add(&mut self, token: String) {
        if self.known.insert(token.clone()) {
            self.list.push(token);
        }
    }

    pub fn truncate(&mut self, length: usize) {
        for token in self.list.drain(length..) {
            self.known.remove(&token);
        }
    }
}

impl<'v> Evaluator<'v> {
    pub fn new(variables: &'v Variables) -> Self {
        Self {
            variables,
            lenient: variables.lenient,
            halt: variables.halt_on_error,
            needs_symbols: false,
            allowed: None,
            real: None,
            touched: BTreeSet::new(),
            derived: Vec::new(),
            chain: Vec::new(),
            done: foldhash::HashMap::default(),
            alive: RefCell::default(),
            trail: None,
            unresolved: Unresolved::default(),
            unreadable: None,
            diagnostics: Vec::new(),
            cycles: None,
            expressions: Expressions::default(),
            level: 0,
            produced: 0,
            steps: 0,
        }
    }

    /// Ends the evaluation.
    pub fn finish<T>(&mut self, result: Result<T, Stop>) -> Result<T, Vec<Diagnostic>> {
        match result {
            Ok(value) if self.diagnostics.is_empty() => Ok(value),
            _ => Err(std::mem::take(&mut self.diagnostics)),
        }
    }

    /// Goes one level deeper into blocks, variables or lists; [`Evaluator::leave`] comes back.
    pub fn enter(&mut self, further: usize, span: Option<&Span>) -> Result<(), Stop> {
        let most = self.variables.bounds.depth;
        if self.level + 1 + further > most {
            let message = format!("the value is nested deeper than {most} levels");
            return self.fail_at(Diagnostic::error("variable-too-deep", message), span);
        }
        self.level += 1;
        Ok(())
    }

    pub fn leave(&mut self) {
        self.level -= 1;
    }

    /// Counts what is put into a result.
    pub fn produce(&mut self, bytes: usize, span: Option<&Span>) -> Result<(), Stop> {
        self.produced = self.produced.saturating_add(bytes);
        let most = self.variables.bounds.bytes;
        if self.produced <= most {
            return Ok(());
        }
        let text = format!("evaluating this makes more than {most} bytes of text");
        self.fail_at(message::too_large(text), span)
    }

    /// Counts work that makes no text.
    pub fn work(&mut self, steps: usize, span: Option<&Span>) -> Result<(), Stop> {
        self.steps = self.steps.saturating_add(steps);
        let most = self.variables.bounds.steps;
        if self.steps <= most {
            return Ok(());
        }
        let message = format!("the loops of this take more than {most} steps");
        self.fail_at(Diagnostic::error("variable-too-much-work", message), span)
    }

    /// Whether there are so many problems that no more are looked for; says so once.
    pub fn has_enough_problems(&mut self, span: Option<&Span>) -> bool {
        match self.diagnostics.len() {
            MOST_PROBLEMS => {
                let message = format!("more than {MOST_PROBLEMS} tokens are wrong; the others are not looked at");
                let _ = self.fail_at::<()>(Diagnostic::error("too-many-problems", message), span);
                true
            }
            few => few > MOST_PROBLEMS,
        }
    }

    /// Sets aside the problems from `reported` on if they are cycles that are to be echoed; whether they are.
    pub fn set_cycles_aside(&mut self, reported: usize) -> bool {
        let Some(cycles) = &mut self.cycles else { return false };
        // A variable that has failed before says nothing: then its problem is among those set aside, or all fails anyhow.
        let are_cycles = self.diagnostics[reported..].iter().all(|problem| problem.code == CYCLE);
        if are_cycles {
            cycles.extend(self.diagnostics.drain(reported..));
            cycles.truncate(MOST_PROBLEMS);
        }
        are_cycles
    }

    pub fn fail_at<T>(&mut self, mut diagnostic: Diagnostic, span: Option<&Span>) -> Result<T, Stop> {
        diagnostic.span = span.cloned();
        self.fail(diagnostic)
    }

    pub fn fail<T>(&mut self, diagnostic: Diagnostic) -> Result<T, Stop> {
        if self.diagnostics.len() <= MOST_PROBLEMS {
            self.diagnostics.push(diagnostic);
        }
        Err(Stop::Failed)
    }

    /// Reports a problem of a token.
    pub fn report<T>(&mut self, mut diagnostic: Diagnostic, place: Place<'_>) -> Result<T, Stop> {
        if diagnostic.span.is_none()
            && let Some(span) = place.span
        {
            diagnostic.span = Some(message::token_span(span, place.text, place.token));
        }
        self.fail(diagnostic)
    }

    /// Whether a text holds a reference of a secret whose value is not here: then nobody may look into it.
    pub fn is_opaque(&self, text: &str) -> bool {
        self.real.is_none() && self.variables.has_reference(text)
    }

    /// Applies a filter. The outer error is one of the whole evaluation.
    pub fn filter(
        &mut self,
        name: &str,
        input: Option<&str>,
        arguments: &[&str],
        place: Place<'_>,
    ) -> Result<Result<Filtered, FilterError>, Stop> {
        let missing_clock = Cell::new(false);
        let clock = self.variables.clock.clone();
        let now = || match &clock {
            Some(clock) => (clock.0)(),
            None => {
                missing_clock.set(true);
                jiff::Zoned::default()
            }
        };
        let most_bytes = self.variables.bounds.bytes;
        let around = Surroundings { now: &now, most_bytes, expressions: &self.expressions };
        let made = filters::apply(name, input, arguments, &around);
        if missing_clock.get() {
            let message = format!("the filter `{name}` needs the time, which is not known here");
            return self.report(Diagnostic::error("no-clock", message), place);
        }
        if let Err(FilterError::TooLarge(most)) = made {
            let text = format!("the filter `{name}` would make more than {most} bytes");
            return self.report(message::too_large(text), place);
        }
        Ok(made)
    }
}
