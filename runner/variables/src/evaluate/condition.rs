use super::context::{Context, Place};
use super::evaluator::{Evaluator, Stop};
use super::expression::Outcome;
use super::locate::Missing;
use super::pieces::Source;
use super::value::Value;
use crate::json::{add_names, to_text};
use crate::template::{Condition, Expression, Operand};

/// What a condition came to.
pub(crate) enum Tested {
    Holds(bool),
    /// Only the run can know; the names that are waited for.
    Unknown(Vec<String>),
    /// An expression in it has no value: as written, and why.
    Missing(String, Box<Missing>),
}

/// One side of a condition.
enum Side {
    Value(Value),
    Missing(String, Box<Missing>),
}

impl<'v> Evaluator<'v> {
    pub(crate) fn condition(
        &mut self,
        condition: &Condition<'_>,
        source: Source<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Tested, Stop> {
        let left = match self.side(&condition.left, source, context, place)? {
            Side::Value(value) => value,
            Side::Missing(expression, missing) => return Ok(Tested::Missing(expression, missing)),
        };
        let mut unknown = left.waits_for();
        let Some((equal, right)) = &condition.comparison else {
            if !unknown.is_empty() {
                return Ok(Tested::Unknown(unknown));
            }
            return self.is_true(&left).map(Tested::Holds);
        };
        let right = match right {
            Operand::Text(text) => Value::text(*text, false),
            Operand::Expression(expression) => match self.side(expression, source, context, place)? {
                Side::Value(value) => value,
                Side::Missing(expression, missing) => return Ok(Tested::Missing(expression, missing)),
            },
        };
        add_names(&mut unknown, &right.waits_for());
        if !unknown.is_empty() {
            return Ok(Tested::Unknown(unknown));
        }
        let (left, right) = (compared(&left), compared(&right));
        if self.is_opaque(&left) || self.is_opaque(&right) {
            return Err(Stop::Secret);
        }
        Ok(Tested::Holds((left == right) == *equal))
    }

    /// A symbol without a value is empty text here; an expression with filters must have one.
    fn side(
        &mut self,
        expression: &Expression<'_>,
        source: Source<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Side, Stop> {
        Ok(match self.expression(expression, source, context, place)? {
            Outcome::Value(value) => Side::Value(value),
            Outcome::Missing(missing) if expression.filters.is_empty() && !self.needs_symbols => {
                let _ = missing;
                Side::Value(Value::Nothing)
            }
            Outcome::Missing(missing) => Side::Missing(expression.to_string(), missing),
            Outcome::Null => Side::Missing(expression.to_string(), Box::new(Missing::NoSymbol)),
        })
    }

    /// Octostache's truth; lists and maps are true if something is in them.
    pub(crate) fn is_true(&self, value: &Value) -> Result<bool, Stop> {
        match value {
            Value::Nothing | Value::Unset | Value::Unknown(_) => Ok(false),
            Value::Structure(structure) => Ok(match &structure.kind {
                wharf_model::ValueKind::List(items) => !items.is_empty(),
                wharf_model::ValueKind::Map(entries) => !entries.is_empty(),
                _ => false,
            }),
            Value::Text(text) if self.is_opaque(&text.text) => Err(Stop::Secret),
            Value::Text(text) => Ok(is_true(&text.text)),
        }
    }
}

/// Nothing, `0`, `no` and `false` are false; only for the last two neither case nor blanks matter.
pub(crate) fn is_true(text: &str) -> bool {
    let word = text.trim();
    !(text.is_empty() || text == "0" || word.eq_ignore_ascii_case("no") || word.eq_ignore_ascii_case("false"))
}

fn compared(value: &Value) -> String {
    match value {
        Value::Text(text) => text.text.clone(),
        Value::Structure(structure) => to_text(structure),
        Value::Nothing | Value::Unset | Value::Unknown(_) => String::new(),
    }
}
