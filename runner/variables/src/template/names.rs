use super::syntax::{Argument, Calculation, Condition, Expression, Kind, Operand, Piece, Step, Symbol};

/// The names of the variables that pieces mention, in order. What stands inside of a loop is left out: its names can
/// mean the item. An index that has to be evaluated ends a name, and what it mentions is a name of its own.
pub(super) fn argument_names(pieces: &[Piece<'_>]) -> Vec<String> {
    let mut names = Names::default();
    names.pieces(pieces);
    names.found
}

#[derive(Default)]
struct Names {
    found: Vec<String>,
    seen: std::collections::HashSet<String>,
}

impl Names {
    fn pieces(&mut self, pieces: &[Piece<'_>]) {
        let mut number = 0;
        while let Some(piece) = pieces.get(number) {
            number += 1;
            match &piece.kind {
                Kind::Token { expression, .. } => self.expression(expression),
                Kind::If(block) => block.branches.iter().for_each(|(condition, _)| self.condition(condition)),
                Kind::Each(each) => {
                    self.symbol(&each.collection);
                    number = piece.next;
                }
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
        for argument in expression.filters.iter().flat_map(|filter| &filter.arguments) {
            if let Argument::Pieces(pieces) = argument {
                self.pieces(pieces);
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

    fn symbol(&mut self, symbol: &Symbol<'_>) {
        let fixed = symbol.steps.iter().take_while(|step| !matches!(step, Step::Symbol(_))).cloned().collect();
        let name = Symbol { steps: fixed }.to_string();
        if self.seen.insert(name.clone()) {
            self.found.push(name);
        }
        for step in &symbol.steps {
            if let Step::Symbol(inner) = step {
                self.symbol(inner);
            }
        }
    }
}
