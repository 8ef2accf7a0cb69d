use std::collections::{BTreeSet, HashSet};

use wharf_model::{SpannedValue, ValueKind, VariableValue};

use crate::choose::{Choice, choose};
use crate::evaluate::PathStep;
use crate::template::{Argument, Calculation, Condition, Expression, Kind, Operand, Piece, Step, Symbol, Template};
use crate::{Variables, filters};

/// What pieces of a template may depend on, all branches and all that is written in variables included.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// The names of secret variables.
    pub secrets: BTreeSet<String>,
    /// Outputs and answers that only the run knows.
    pub unknown: BTreeSet<String>,
    /// Filters that there are not, with what was perhaps meant.
    pub unknown_filters: Vec<(String, Option<&'static str>)>,
}

impl Variables {
    /// What pieces may depend on: rather too much than too little.
    pub(crate) fn mentions(&self, pieces: &[Piece<'_>]) -> Mentions {
        let mut walk = Walk { variables: self, found: Mentions::default(), seen: HashSet::new(), open: Vec::new() };
        walk.pieces(pieces);
        while let Some(group) = walk.open.pop() {
            walk.group(group);
        }
        walk.found
    }
}

struct Walk<'v> {
    variables: &'v Variables,
    found: Mentions,
    seen: HashSet<usize>,
    /// Variables whose values are still to be looked at.
    open: Vec<usize>,
}

impl Walk<'_> {
    fn pieces(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            match &piece.kind {
                Kind::Token { expression, .. } => self.expression(expression),
                Kind::If(block) => block.branches.iter().for_each(|(condition, _)| self.condition(condition)),
                Kind::Each(each) => self.symbol(&each.collection),
                Kind::Calculation(calculation) => self.calculation(calculation),
                Kind::Text(_) | Kind::Turn(_) | Kind::Broken => {}
            }
        }
    }

    fn condition(&mut self, condition: &Condition<'_>) {
        self.expression(&condition.left);
        if let Some((_, Operand::Expression(right))) = &condition.comparison {
            self.expression(right);
        }
    }

    fn expression(&mut self, expression: &Expression<'_>) {
        if let Some(symbol) = &expression.symbol {
            self.symbol(symbol);
        }
        for filter in &expression.filters {
            if !filters::names().any(|known| known.eq_ignore_ascii_case(filter.name)) {
                let near = wharf_model::nearest(filter.name, filters::names());
                self.found.unknown_filters.push((filter.name.to_owned(), near));
            }
            for argument in &filter.arguments {
                if let Argument::Pieces(pieces) = argument {
                    self.pieces(pieces);
                }
            }
        }
    }

    fn calculation(&mut self, calculation: &Calculation<'_>) {
        match calculation {
            Calculation::Number(_) => {}
            Calculation::Symbol(symbol) => self.symbol(symbol),
            Calculation::Operation(left, _, right) => {
                self.calculation(left);
                self.calculation(right);
            }
        }
    }

    /// Whatever is on the way of a symbol, and all that is under the place that it leads to.
    fn symbol(&mut self, symbol: &Symbol<'_>) {
        let tree = self.variables.written.tree();
        let mut here = Some(0);
        // Whether all steps so far are those of names.
        let mut is_named = true;
        let mut path = Vec::new();
        for step in &symbol.steps {
            let (text, is_index) = match step {
                Step::Name(text) => (*text, false),
                Step::Index(text) => (text.trim_end(), true),
                Step::Symbol(inner) => {
                    self.symbol(inner);
                    break;
                }
            };
            path.push(PathStep { text: text.into(), is_index });
            let next = here.filter(|_| is_named).and_then(|node| tree.child(node, text, is_index));
            is_named = next.is_some();
            if let Some(next) = next {
                self.open.extend(tree.node(next).entry);
                here = Some(next);
            }
        }
        let mut under: Vec<u32> = here.filter(|&node| node != 0).into_iter().collect();
        while let Some(node) = under.pop() {
            let node = tree.node(node);
            self.open.extend(node.entry);
            under.extend(node.indexed.iter().chain(&node.named));
        }
        let name = symbol.to_string();
        if !self.variables.literals.contains(&name.to_lowercase()) && self.variables.is_declared(&path) {
            self.found.unknown.insert(name);
        }
    }

    fn group(&mut self, number: usize) {
        if !self.seen.insert(number) {
            return;
        }
        let written = &self.variables.written;
        let group = &written.groups()[number];
        let Choice::One(candidate) = choose(written, group, &self.variables.scopes) else { return };
        match &candidate.value {
            VariableValue::Plain(value) => self.value(value),
            VariableValue::Secret(_) => {
                self.found.secrets.insert(written.name(group).to_owned());
            }
            VariableValue::Prompt(_) => {
                self.found.unknown.insert(written.name(group).to_owned());
            }
        }
    }

    fn value(&mut self, value: &SpannedValue) {
        match &value.kind {
            ValueKind::Null => {}
            ValueKind::Unknown(names) => self.found.unknown.extend(names.iter().cloned()),
            ValueKind::Scalar(scalar) => self.text(&scalar.text),
            ValueKind::List(items) => items.iter().for_each(|item| self.value(item)),
            ValueKind::Map(entries) => {
                for ((key, _), value) in entries {
                    self.text(key);
                    self.value(value);
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        if text.contains("#{") {
            self.pieces(Template::parse(text).pieces());
        }
    }
}
