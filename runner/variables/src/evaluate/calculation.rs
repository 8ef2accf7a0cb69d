use super::context::{Context, Place};
use super::evaluator::{Evaluator, Stop};
use super::expression::Outcome;
use super::locate::Missing;
use super::value::Value;
use crate::json::{add_names, to_text};
use crate::number::number;
use crate::template::{Calculation, Operator, Symbol};

impl<'v> Evaluator<'v> {
    /// What `#{calc}` comes to. The inner error is why it is no number.
    pub(super) fn calculation(
        &mut self,
        calculation: &Calculation<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Result<f64, Outcome>, Stop> {
        Ok(match self.calculated(calculation, context, place)? {
            Ok(number) if number.is_finite() || self.lenient => Ok(number),
            Ok(_) => Err(Outcome::Missing(Box::new(Missing::NoNumber { name: None }))),
            Err(outcome) => Err(outcome),
        })
    }

    fn calculated(
        &mut self,
        calculation: &Calculation<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Result<f64, Outcome>, Stop> {
        let (left, operator, right) = match calculation {
            Calculation::Number(number) => return Ok(Ok(*number)),
            Calculation::Symbol(symbol) => return self.operand(symbol, context, place),
            Calculation::Operation(left, operator, right) => (left, operator, right),
        };
        self.enter(0, place.span)?;
        let left = self.calculated(left, context, place);
        let right = self.calculated(right, context, place);
        self.leave();
        let (left, right) = (left?, right?);
        let (left, right) = match (left, right) {
            (Ok(left), Ok(right)) => (left, right),
            (Err(Outcome::Value(left)), Err(Outcome::Value(right))) => {
                let mut names = left.waits_for();
                add_names(&mut names, &right.waits_for());
                return Ok(Err(Outcome::Value(Value::Unknown(names.into()))));
            }
            // What has no value is told before what is not known yet.
            (Err(missing @ Outcome::Missing(_)), _) | (_, Err(missing @ Outcome::Missing(_))) => {
                return Ok(Err(missing));
            }
            (Err(other), _) | (_, Err(other)) => return Ok(Err(other)),
        };
        Ok(match operator {
            Operator::Add => Ok(left + right),
            Operator::Subtract => Ok(left - right),
            Operator::Multiply => Ok(left * right),
            Operator::Divide => Ok(left / right),
            Operator::Modulo => {
                remainder(left, right).ok_or_else(|| Outcome::Missing(Box::new(Missing::NoNumber { name: None })))
            }
        })
    }

    fn operand(
        &mut self,
        symbol: &Symbol<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Result<f64, Outcome>, Stop> {
        let value = match self.symbol(symbol, context, place)? {
            Outcome::Value(value) => value,
            Outcome::Missing(mut missing) => {
                if let Missing::Name { is_calculated, .. } = &mut *missing {
                    *is_calculated = true;
                }
                return Ok(Err(Outcome::Missing(missing)));
            }
            Outcome::Null => Value::Unset,
        };
        if !value.waits_for().is_empty() {
            return Ok(Err(Outcome::Value(Value::Unknown(value.waits_for().into()))));
        }
        let text = match &value {
            Value::Text(text) => text.text.clone(),
            Value::Structure(structure) => to_text(structure),
            _ => String::new(),
        };
        if self.is_opaque(&text) {
            return Err(Stop::Secret);
        }
        let name = Some(symbol.to_string());
        Ok(number(&text).ok_or_else(|| Outcome::Missing(Box::new(Missing::NoNumber { name }))))
    }
}

/// The remainder of whole numbers.
fn remainder(left: f64, right: f64) -> Option<f64> {
    const MOST: f64 = 9_223_372_036_854_775_808.0;
    let whole = |number: f64| number.fract() == 0.0 && (-MOST..MOST).contains(&number);
    (whole(left) && whole(right) && right != 0.0)
        .then(|| (left as i64).checked_rem(right as i64).unwrap_or_default() as f64)
}
