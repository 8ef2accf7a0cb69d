use std::ops::Range;

use wharf_model::{Diagnostic, Span};

use super::condition::Tested;
use super::context::{Context, Place};
use super::evaluator::{Evaluator, Stop};
use super::expression::Outcome;
use super::value::Value;
use crate::json::{add_names, to_text};
use crate::template::{Kind, Piece, Printed, Template};

/// What a template makes.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub text: String,
    /// Whether something in it must never be taken for a template.
    pub literal: bool,
    /// The names that it waits for.
    pub unknown: Vec<String>,
    /// Whether it has no value at all.
    pub null: bool,
}

impl Output {
    /// What has been put into it so far.
    fn mark(&self) -> Mark {
        Mark { text: self.text.len(), literal: self.literal, unknown: self.unknown.len(), null: self.null }
    }

    /// Takes back what has been put into it since.
    fn restore(&mut self, mark: Mark) {
        self.text.truncate(mark.text);
        self.unknown.truncate(mark.unknown);
        (self.literal, self.null) = (mark.literal, mark.null);
    }

    pub fn into_value(self) -> Value {
        if self.null {
            Value::Unset
        } else if self.unknown.is_empty() {
            Value::text(self.text, self.literal)
        } else {
            Value::Unknown(self.unknown.into())
        }
    }
}

/// How far an [`Output`] was at some time.
struct Mark {
    text: usize,
    literal: bool,
    unknown: usize,
    null: bool,
}

/// The template in which pieces stand.
#[derive(Clone, Copy)]
pub(crate) struct Source<'p> {
    pub text: &'p str,
    pub span: Option<&'p Span>,
}

impl<'p> Source<'p> {
    fn place(self, token: &'p Range<usize>) -> Place<'p> {
        Place { text: self.text, span: self.span, token }
    }
}

/// What is noted of a piece that is echoed.
enum Echo {
    /// The piece.
    Piece,
    /// The part of it that could not be evaluated.
    Part(String),
    /// Nothing.
    Silent,
}

impl<'v> Evaluator<'v> {
    /// Evaluates a whole template.
    pub fn template(
        &mut self,
        template: &Template<'_>,
        span: Option<&Span>,
        context: Context<'_, 'v>,
    ) -> Result<Output, Stop> {
        let source = Source { text: template.text(), span };
        let mut output = Output::default();
        if template.is_broken() {
            let outermost = self.chain.is_empty() && context.is_none();
            if template.is_too_deep() || !self.lenient {
                return self.broken(template, source, context);
            }
            if self.halt || !outermost {
                if outermost {
                    self.unreadable = template.problems().next().map(|problem| problem.message);
                }
                output.text = template.text().to_owned();
                return Ok(output);
            }
        }
        let pieces = template.pieces();
        if pieces.len() > 1 && self.chain.is_empty() {
            output.text.reserve(template.text().len());
        }
        self.outermost(pieces, source, context, &mut output)?;
        Ok(output)
    }

    /// Reports what cannot be read, and what else is wrong.
    fn broken(
        &mut self,
        template: &Template<'_>,
        source: Source<'_>,
        context: Context<'_, 'v>,
    ) -> Result<Output, Stop> {
        let mut output = Output::default();
        let mut number = 0;
        while let Some(piece) = template.pieces().get(number) {
            if self.has_enough_problems(source.span) {
                break;
            }
            if piece.kind == Kind::Broken {
                let problem = template.problem(piece);
                let mut diagnostic = Diagnostic::error(problem.code, problem.message);
                diagnostic.help.extend(problem.help);
                let _ = self.report::<()>(diagnostic, source.place(&problem.range));
            } else {
                let pieces = &template.pieces()[..piece.next];
                let _ = self.one(pieces, number, source, context, &mut output);
            }
            number = piece.next;
        }
        Err(Stop::Failed)
    }

    /// Evaluates the pieces of a template; what looks into a secret becomes a secret that is derived from it.
    fn outermost(
        &mut self,
        pieces: &[Piece<'_>],
        source: Source<'_>,
        context: Context<'_, 'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let mut failed = false;
        let mut number = 0;
        while let Some(piece) = pieces.get(number) {
            let at = number;
            number = piece.next;
            if let Kind::Text(text) = piece.kind {
                // Text of the outermost template is there already: only what comes into being is counted.
                if !self.chain.is_empty() {
                    self.produce(text.len(), source.span)?;
                }
                output.text.push_str(text);
                continue;
            }
            if self.has_enough_problems(source.span) {
                return Err(Stop::Failed);
            }
            let before = output.mark();
            let (echoed, reported) = (self.unresolved.list.len(), self.diagnostics.len());
            match self.one(pieces, at, source, context, output) {
                Ok(()) => {}
                Err(Stop::Failed) if self.chain.is_empty() && self.set_cycles_aside(reported) => {
                    output.restore(before);
                    self.unresolved.truncate(echoed);
                    let token = &source.text[piece.range.clone()];
                    self.produce(token.len(), source.span)?;
                    output.text.push_str(token);
                    self.unresolved.add(token.to_owned());
                }
                Err(Stop::Failed) => failed = true,
                Err(Stop::Secret) if context.is_none() => {
                    output.restore(before);
                    self.unresolved.truncate(echoed);
                    self.diagnostics.truncate(reported);
                    match self.derive(pieces, at, source.place(&piece.range)) {
                        Ok(value) => self.append(&value, source, output)?,
                        Err(_) => failed = true,
                    }
                }
                Err(Stop::Secret) => return Err(Stop::Secret),
            }
        }
        if failed { Err(Stop::Failed) } else { Ok(()) }
    }

    /// Evaluates the pieces of a body or of an argument.
    pub fn pieces(
        &mut self,
        pieces: &[Piece<'_>],
        range: &Range<usize>,
        source: Source<'_>,
        context: Context<'_, 'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let mut failed = false;
        let mut number = range.start;
        while number < range.end {
            match self.one(pieces, number, source, context, output) {
                Ok(()) => {}
                Err(Stop::Failed) => failed = true,
                Err(Stop::Secret) => return Err(Stop::Secret),
            }
            if self.has_enough_problems(source.span) {
                return Err(Stop::Failed);
            }
            number = pieces[number].next;
        }
        if failed { Err(Stop::Failed) } else { Ok(()) }
    }

    fn one(
        &mut self,
        pieces: &[Piece<'_>],
        number: usize,
        source: Source<'_>,
        context: Context<'_, 'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let piece = &pieces[number];
        let place = source.place(&piece.range);
        match &piece.kind {
            Kind::Text(text) => {
                self.produce(text.len(), source.span)?;
                output.text.push_str(text);
                Ok(())
            }
            Kind::Turn(_) => Ok(()),
            Kind::Broken => {
                output.text.push_str(place.written());
                Ok(())
            }
            Kind::Token { unclosed: Some(word), .. } if !self.lenient => {
                let message = format!("`{}` is not closed by `#{{/{word}}}`", place.written());
                let diagnostic = Diagnostic::error("template-syntax", message);
                self.report(diagnostic.help("write `##{` for a literal `#{`"), place)
            }
            Kind::Token { expression, .. } => match self.expression(expression, source, context, place)? {
                Outcome::Value(value) => self.append(&value, source, output),
                Outcome::Null => {
                    output.null = true;
                    Ok(())
                }
                Outcome::Missing(_) if self.lenient => self.echo(pieces, number, Echo::Piece, source, output),
                Outcome::Missing(missing) => {
                    let diagnostic = self.missing(&missing);
                    self.report(diagnostic, place)
                }
            },
            Kind::Calculation(calculation) => match self.calculation(calculation, context, place)? {
                Ok(number) => {
                    let text = crate::number::number_text(number);
                    self.append(&Value::text(text, false), source, output)
                }
                Err(Outcome::Value(value)) => self.append(&value, source, output),
                // Octostache does not tell of it.
                Err(_) if self.lenient => self.echo(pieces, number, Echo::Silent, source, output),
                Err(Outcome::Missing(missing)) => {
                    let diagnostic = self.missing(&missing);
                    self.report(diagnostic, place)
                }
                Err(Outcome::Null) => Ok(()),
            },
            Kind::If(block) => {
                self.enter(0, source.span)?;
                let result = self.branch(pieces, number, block, source, context, output);
                self.leave();
                result
            }
            Kind::Each(each) => {
                self.enter(0, source.span)?;
                let result = self.repeat(pieces, each, source, context, place, output);
                self.leave();
                result
            }
        }
    }

    fn branch(
        &mut self,
        pieces: &[Piece<'_>],
        number: usize,
        block: &crate::template::If<'_>,
        source: Source<'_>,
        context: Context<'_, 'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let place = source.place(&pieces[number].range);
        for (condition, body) in &block.branches {
            match self.condition(condition, source, context, place)? {
                Tested::Holds(holds) if holds != block.unless => {
                    return self.pieces(pieces, body, source, context, output);
                }
                Tested::Holds(_) => {}
                Tested::Unknown(names) => {
                    add_names(&mut output.unknown, &names);
                    return Ok(());
                }
                Tested::Missing(expression, _) if self.lenient => {
                    return self.echo(pieces, number, Echo::Part(expression), source, output);
                }
                Tested::Missing(_, missing) => {
                    let diagnostic = self.missing(&missing);
                    return self.report(diagnostic, place);
                }
            }
        }
        self.pieces(pieces, &block.otherwise, source, context, output)
    }

    /// Writes a piece as Octostache writes it, and notes what could not be evaluated.
    fn echo(
        &mut self,
        pieces: &[Piece<'_>],
        number: usize,
        noted: Echo,
        source: Source<'_>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let text = Printed(pieces, number).to_string();
        self.produce(text.len(), source.span)?;
        output.text.push_str(&text);
        match noted {
            Echo::Piece => self.unresolved.add(text),
            Echo::Part(part) => self.unresolved.add(part),
            Echo::Silent => {}
        }
        Ok(())
    }

    /// Puts a value into the text.
    fn append(&mut self, value: &Value, source: Source<'_>, output: &mut Output) -> Result<(), Stop> {
        match value {
            Value::Text(text) => {
                self.produce(text.text.len(), source.span)?;
                output.literal |= text.literal;
                output.text.push_str(&text.text);
            }
            Value::Structure(structure) => {
                let names = value.waits_for();
                if names.is_empty() {
                    let text = to_text(structure);
                    self.produce(text.len(), source.span)?;
                    // What a list or map holds is evaluated: it is not evaluated again.
                    output.literal = true;
                    output.text.push_str(&text);
                } else {
                    add_names(&mut output.unknown, &names);
                }
            }
            Value::Unknown(names) => add_names(&mut output.unknown, names),
            Value::Nothing | Value::Unset => {}
        }
        Ok(())
    }
}
