use wharf_model::Diagnostic;

use super::context::{Context, Place};
use super::evaluator::{Evaluator, Stop};
use super::locate::Missing;
use super::pieces::{Output, Source};
use super::value::Value;
use crate::filters::{FilterError, Filtered};
use crate::json::{add_names, to_text};
use crate::message;
use crate::template::{Argument, Expression, Filter, Symbol};

/// What an expression came to.
pub(crate) enum Outcome {
    Value(Value),
    /// `| null`: the whole evaluation has no value.
    Null,
    /// It has no value, and why.
    Missing(Box<Missing>),
}

impl<'v> Evaluator<'v> {
    /// The value of a symbol with its filters.
    pub(super) fn expression(
        &mut self,
        expression: &Expression<'_>,
        source: Source<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Outcome, Stop> {
        let mut outcome = match &expression.symbol {
            Some(symbol) => self.symbol(symbol, context, place)?,
            None => Outcome::Missing(Box::new(Missing::NoSymbol)),
        };
        // To the next filter what a filter has made nothing of is as if there were no input.
        for filter in &expression.filters {
            let input = match outcome {
                Outcome::Value(value) => Ok(value),
                Outcome::Null => Err(Box::new(Missing::NoSymbol)),
                Outcome::Missing(missing) => {
                    if !self.lenient && missing.is_of_filter() {
                        return Ok(Outcome::Missing(missing));
                    }
                    Err(missing)
                }
            };
            outcome = self.filtered(filter, input, source, context, place)?;
        }
        Ok(outcome)
    }

    /// The value of a symbol alone.
    pub(super) fn symbol(
        &mut self,
        symbol: &Symbol<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Outcome, Stop> {
        match self.walk(symbol, context, place)? {
            Ok(Value::Unset) if !self.lenient => {
                Ok(Outcome::Missing(Box::new(Missing::Unset { name: symbol.to_string() })))
            }
            Ok(value) => Ok(Outcome::Value(value)),
            Err(missing) => Ok(Outcome::Missing(missing)),
        }
    }

    fn filtered(
        &mut self,
        filter: &Filter<'_>,
        input: Result<Value, Box<Missing>>,
        source: Source<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Outcome, Stop> {
        let mut unknown = Vec::new();
        let mut literal = false;
        let mut arguments = Vec::with_capacity(filter.arguments.len());
        let mut null = false;
        for argument in &filter.arguments {
            match argument {
                Argument::Text(text) => arguments.push(std::borrow::Cow::Borrowed(*text)),
                Argument::Pieces(pieces) => {
                    let mut output = Output::default();
                    self.enter(0, source.span)?;
                    let result = self.pieces(pieces, &(0..pieces.len()), source, context, &mut output);
                    self.leave();
                    result?;
                    add_names(&mut unknown, &output.unknown);
                    literal |= output.literal;
                    null |= output.null;
                    arguments.push(std::borrow::Cow::Owned(output.text));
                }
            }
        }
        if null {
            return Ok(Outcome::Null);
        }
        let (input, missing) = match input {
            Ok(value) => (Some(value), None),
            Err(missing) => (None, Some(missing)),
        };
        if let Some(value) = &input {
            add_names(&mut unknown, &value.waits_for());
        }
        if !unknown.is_empty() {
            return Ok(Outcome::Value(Value::Unknown(unknown.into())));
        }
        let text = match &input {
            Some(Value::Text(text)) => {
                literal |= text.literal;
                Some(std::borrow::Cow::Borrowed(text.text.as_str()))
            }
            Some(Value::Structure(structure)) => {
                literal = true;
                Some(std::borrow::Cow::Owned(to_text(structure)))
            }
            Some(_) => Some(std::borrow::Cow::Borrowed("")),
            None => None,
        };
        let arguments: Vec<&str> = arguments.iter().map(|argument| &**argument).collect();
        if text.iter().map(|text| &**text).chain(arguments.iter().copied()).any(|text| self.is_opaque(text)) {
            return Err(Stop::Secret);
        }
        Ok(match self.filter(filter.name, text.as_deref(), &arguments, place)? {
            Ok(Filtered::Text(text)) => Outcome::Value(Value::text(text, literal)),
            Ok(Filtered::Null) => Outcome::Null,
            Err(FilterError::NoInput) if missing.is_some() => match missing {
                Some(missing) => Outcome::Missing(match *missing {
                    Missing::NoSymbol => Box::new(Missing::NoInput { filter: filter.name.to_owned() }),
                    _ => missing,
                }),
                None => Outcome::Null,
            },
            Err(error) => Outcome::Missing(Box::new(Missing::Filter { filter: filter.name.to_owned(), error })),
        })
    }

    /// Why a token has no value, in words.
    pub(crate) fn missing(&self, missing: &Missing) -> Diagnostic {
        match missing {
            Missing::NoSymbol => Diagnostic::error("unresolved-variable", "there is no name of a variable"),
            Missing::Name { name, is_calculated } => {
                let mut diagnostic = message::unresolved(self.variables, name);
                if *is_calculated && name.contains(['-', '/']) {
                    diagnostic.help.insert(0, "`-` and `/` belong to names: write `{Name} - 1`".to_owned());
                }
                diagnostic
            }
            Missing::Scope { group } => {
                let written = &self.variables.written;
                message::none_in_scope(written, &written.groups()[*group])
            }
            Missing::Part { whole, part, around } => message::no_such_part(whole, part, around),
            Missing::Unset { name } => {
                let message = format!("variable `{name}` is null here");
                Diagnostic::error("unresolved-variable", message).help("`#{ | null }` in its value unsets it")
            }
            Missing::NoInput { filter } => {
                Diagnostic::error("filter-input", format!("the filter `{filter}` needs a value to work on"))
            }
            Missing::NoNumber { name } => {
                let message = match name {
                    Some(name) => format!("the value of `{name}` is no number"),
                    None => "this has no finite result".to_owned(),
                };
                Diagnostic::error("calculation", message)
            }
            Missing::Filter { filter, error } => filter_problem(filter, error),
        }
    }
}

fn filter_problem(filter: &str, error: &FilterError) -> Diagnostic {
    match error {
        FilterError::Unknown { suggestion } => {
            let diagnostic = Diagnostic::error("unknown-filter", format!("there is no filter `{filter}`"));
            match suggestion {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic,
            }
        }
        FilterError::Arguments(sentence) => {
            Diagnostic::error("filter-arguments", format!("the filter `{filter}` {sentence}"))
        }
        FilterError::NoInput => {
            Diagnostic::error("filter-input", format!("the filter `{filter}` needs a value to work on"))
        }
        FilterError::NoValue(why) => {
            Diagnostic::error("filter-input", format!("the filter `{filter}` has no value for this: {why}"))
        }
        FilterError::NotSupported(what) => {
            let message = format!("the filter `{filter}` does not know {what}");
            Diagnostic::error("not-supported", message)
        }
        FilterError::TooLarge(most) => {
            message::too_large(format!("the filter `{filter}` would make more than {most} bytes"))
        }
    }
}
