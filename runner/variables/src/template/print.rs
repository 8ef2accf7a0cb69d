//! Templates as Octostache writes them: how it echoes what it cannot evaluate.

use std::fmt::{self, Display, Formatter, Write};
use std::ops::Range;

use super::syntax::{Argument, Calculation, Condition, Each, Expression, If, Kind, Operand, Piece, Step, Symbol};
use crate::number::number_text;

/// A piece with the list in which it stands.
pub(crate) struct Printed<'a, 't>(pub &'a [Piece<'t>], pub usize);

impl Display for Printed<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Printed(pieces, number) = *self;
        match &pieces[number].kind {
            Kind::Text(text) => f.write_str(&text.replace("#{", "##{")),
            Kind::Token { expression, .. } => write!(f, "#{{{expression}}}"),
            Kind::If(block) => branch(f, pieces, block, 0),
            Kind::Each(each) => {
                let Each { name, collection, body } = &**each;
                write!(f, "#{{each {name} in {collection}}}")?;
                print(f, pieces, body)?;
                f.write_str("#{/each}")
            }
            Kind::Calculation(calculation) => write!(f, "#{{{calculation}}}"),
            Kind::Turn(_) | Kind::Broken => Ok(()),
        }
    }
}

/// The branches of a block from one on: those behind it are blocks inside of its `#{else}`.
fn branch(f: &mut Formatter<'_>, pieces: &[Piece<'_>], block: &If<'_>, first: usize) -> fmt::Result {
    let mut ends = 0;
    for (number, (condition, body)) in block.branches[first..].iter().enumerate() {
        if number > 0 {
            f.write_str("#{else}")?;
        }
        write!(f, "#{{if {condition}}}")?;
        ends += 1;
        let (then, otherwise) = match block.unless {
            true => (&block.otherwise, body),
            false => (body, &block.otherwise),
        };
        print(f, pieces, then)?;
        if number + 1 == block.branches.len() && !otherwise.is_empty() {
            f.write_str("#{else}")?;
            print(f, pieces, otherwise)?;
        }
    }
    (0..ends).try_for_each(|_| f.write_str("#{/if}"))
}

fn print(f: &mut Formatter<'_>, pieces: &[Piece<'_>], body: &Range<usize>) -> fmt::Result {
    let mut number = body.start;
    while number < body.end {
        Printed(pieces, number).fmt(f)?;
        number = pieces[number].next;
    }
    Ok(())
}

impl Display for Condition<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.left.fmt(f)?;
        match &self.comparison {
            None => Ok(()),
            Some((equal, right)) => {
                f.write_str(if *equal { " == " } else { " != " })?;
                match right {
                    Operand::Text(text) => write!(f, "\"{text}\" "),
                    Operand::Expression(expression) => write!(f, "{expression} "),
                }
            }
        }
    }
}

impl Display for Expression<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(symbol) = &self.symbol {
            symbol.fmt(f)?;
        }
        for filter in &self.filters {
            write!(f, " | {}", filter.name)?;
            for argument in &filter.arguments {
                match argument {
                    Argument::Text(text) => write!(f, " \"{}\"", text.replace("#{", "##{"))?,
                    Argument::Pieces(pieces) => write!(f, " {}", Printed(pieces, 0))?,
                }
            }
        }
        Ok(())
    }
}

impl Display for Symbol<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            match step {
                Step::Name(name) if number == 0 => f.write_str(name)?,
                Step::Name(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Symbol(symbol) => write!(f, "[#{{{symbol}}}]")?,
            }
        }
        Ok(())
    }
}

impl Display for Calculation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Calculation::Number(number) => f.write_str(&number_text(*number)),
            Calculation::Symbol(symbol) => symbol.fmt(f),
            Calculation::Operation(left, operator, right) => {
                left.fmt(f)?;
                f.write_char(operator.sign())?;
                right.fmt(f)
            }
        }
    }
}
