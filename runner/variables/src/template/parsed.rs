use std::ops::Range;

use super::characters::skip_blanks;
use super::names::argument_names;
use super::parser::{MOST_NESTING, Parser};
use super::print::Printed;
use super::problem::SyntaxProblem;
use super::syntax::{Condition, Kind, Piece, Step, Symbol};

/// A text with `#{…}` tokens, taken apart. It borrows from the text. Reading never fails: what cannot be read stays as
/// it is, and is told by [`Template::problems`].
#[derive(Debug, Clone, PartialEq)]
pub struct Template<'t> {
    text: &'t str,
    pieces: Vec<Piece<'t>>,
    /// Where something is nested so deeply that nothing was read.
    too_deep: Option<usize>,
}

/// A part of a [`Template`], not inside of any block. Ranges are bytes of the text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment<'t> {
    /// Text, its escapes resolved: `##{` is `#{`.
    Text(&'t str),
    /// A `#{…}`, or a whole block.
    Token(Range<usize>),
    /// What cannot be read; its text stands in the range.
    Broken(SyntaxProblem),
}

impl<'t> Template<'t> {
    /// Reads a template.
    pub fn parse(text: &'t str) -> Self {
        let mut parser = Parser::new(text);
        let pieces = parser.template();
        match parser.too_deep {
            None => Self { text, pieces, too_deep: None },
            Some(_) => {
                let open = text.find("#{").unwrap_or(0);
                let whole = Piece { kind: Kind::Broken, range: 0..text.len(), next: 1 };
                Self { text, pieces: vec![whole], too_deep: Some(open) }
            }
        }
    }

    /// The text that was read.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Its parts, in order.
    pub fn segments(&self) -> Vec<Segment<'t>> {
        self.outermost()
            .map(|piece| match &piece.kind {
                Kind::Text(text) => Segment::Text(text),
                Kind::Broken => Segment::Broken(self.problem(piece)),
                _ => Segment::Token(piece.range.clone()),
            })
            .collect()
    }

    /// What cannot be read, in order.
    pub fn problems(&self) -> impl Iterator<Item = SyntaxProblem> {
        self.outermost().filter(|piece| piece.kind == Kind::Broken).map(|piece| self.problem(piece))
    }

    /// The names of the variables that it mentions, each once, in order. What stands inside of loops is left out, and
    /// of a name with an index that has to be evaluated all from the index on.
    pub fn argument_names(&self) -> Vec<String> {
        argument_names(&self.pieces)
    }

    /// The symbol, if the template is nothing but one token without filters.
    pub(crate) fn only_symbol(&self) -> Option<(&Symbol<'t>, &Range<usize>)> {
        match self.pieces.as_slice() {
            [Piece { kind: Kind::Token { expression, unclosed: None }, range, .. }]
                if expression.filters.is_empty() =>
            {
                expression.symbol.as_ref().map(|symbol| (symbol, range))
            }
            _ => None,
        }
    }

    pub(crate) fn pieces(&self) -> &[Piece<'t>] {
        &self.pieces
    }

    pub(crate) fn is_too_deep(&self) -> bool {
        self.too_deep.is_some()
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.outermost().any(|piece| piece.kind == Kind::Broken)
    }

    /// What is wrong with a piece that is broken.
    pub(crate) fn problem(&self, piece: &Piece<'_>) -> SyntaxProblem {
        match self.too_deep {
            Some(open) => SyntaxProblem::too_deep(self.text, open, MOST_NESTING),
            None => SyntaxProblem::new(self.text, piece.range.start, piece.range.end),
        }
    }

    fn outermost(&self) -> impl Iterator<Item = &Piece<'t>> {
        let mut number = 0;
        std::iter::from_fn(move || {
            let piece = self.pieces.get(number)?;
            number = piece.next;
            Some(piece)
        })
    }
}

/// As Octostache writes it: what was read is read again from it.
impl std::fmt::Display for Template<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut number = 0;
        while let Some(piece) = self.pieces.get(number) {
            match piece.kind {
                Kind::Broken => f.write_str(&self.text[piece.range.clone()])?,
                _ => Printed(&self.pieces, number).fmt(f)?,
            }
            number = piece.next;
        }
        Ok(())
    }
}

/// The symbol that a variable's name is, if a template can refer to it.
pub(crate) fn read_name(name: &str) -> Option<Symbol<'_>> {
    let (symbol, end) = Parser::new(name).symbol(skip_blanks(name, 0)).ok()?;
    let fixed = !symbol.steps.iter().any(|step| matches!(step, Step::Symbol(_)));
    (fixed && name[end..].trim().is_empty()).then_some(symbol)
}

/// The condition that a text is, as it would stand in `#{if …}`.
pub(crate) fn read_condition(text: &str) -> Option<Condition<'_>> {
    let (condition, end) = Parser::new(text).condition(0).ok()?;
    (end == text.len()).then_some(condition)
}
