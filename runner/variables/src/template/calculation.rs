use super::characters::{is_word, skip_blanks};
use super::expression::Read;
use super::parser::Parser;
use super::syntax::{Calculation, Operator, Step, Symbol};

/// How many operations one `#{calc}` may have.
const MOST_OPERATIONS: usize = 200;

impl<'t> Parser<'t> {
    /// Sums of products of numbers, symbols and parentheses; blanks around it are read too.
    pub(super) fn calculation(&mut self, at: usize) -> Read<Calculation<'t>> {
        self.sum(at, &mut 0)
    }

    fn sum(&mut self, at: usize, count: &mut usize) -> Read<Calculation<'t>> {
        let (mut left, mut at) = self.product(at, count)?;
        while let Some(operator) = self.operator(at, &[Operator::Add, Operator::Subtract]) {
            let Ok((right, end)) = self.product(at + 1, count) else { break };
            self.count(count, at)?;
            left = Calculation::Operation(Box::new(left), operator, Box::new(right));
            at = end;
        }
        Ok((left, at))
    }

    fn product(&mut self, at: usize, count: &mut usize) -> Read<Calculation<'t>> {
        let (mut left, mut at) = self.factor(at, count)?;
        while let Some(operator) = self.operator(at, &[Operator::Multiply, Operator::Divide, Operator::Modulo]) {
            let Ok((right, end)) = self.factor(at + 1, count) else { break };
            self.count(count, at)?;
            left = Calculation::Operation(Box::new(left), operator, Box::new(right));
            at = end;
        }
        Ok((left, at))
    }

    fn operator(&self, at: usize, operators: &[Operator]) -> Option<Operator> {
        let sign = self.text[at..].chars().next()?;
        operators.iter().copied().find(|operator| operator.sign() == sign)
    }

    fn factor(&mut self, at: usize, count: &mut usize) -> Read<Calculation<'t>> {
        let at = skip_blanks(self.text, at);
        let (factor, end) = match self.text.as_bytes().get(at) {
            Some(b'(') => {
                self.deeper().ok_or(at)?;
                let inner = self.sum(at + 1, count);
                self.nesting -= 1;
                let (inner, end) = inner?;
                (inner, self.character(end, ')')?)
            }
            Some(b'{') => {
                let (symbol, end) = self.symbol(skip_blanks(self.text, at + 1))?;
                let end = self.character(skip_blanks(self.text, end), '}')?;
                (Calculation::Symbol(symbol), end)
            }
            Some(b'0'..=b'9') => self.number(at)?,
            _ => self.operand(at)?,
        };
        Ok((factor, skip_blanks(self.text, end)))
    }

    fn number(&self, at: usize) -> Read<Calculation<'t>> {
        let rest = &self.text[at..];
        let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
        let mut length = digits(0);
        if rest[length..].starts_with('.') && digits(length + 1) > 0 {
            length += 1 + digits(length + 1);
        }
        let number = rest[..length].parse().map_err(|_| at)?;
        Ok((Calculation::Number(number), at + length))
    }

    /// A symbol without braces: `-` and `/` belong to its name, parentheses do not.
    fn operand(&mut self, at: usize) -> Read<Calculation<'t>> {
        let is_part = |c: char| (is_word(c) || c.is_whitespace()) && !matches!(c, '(' | ')');
        let rest = &self.text[at..];
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let name = rest[..length].trim();
        if name.is_empty() {
            return Err(at);
        }
        if rest[length..].starts_with(['.', '[']) {
            // Further steps follow: their names end where those of any symbol end.
            let (symbol, end) = self.symbol(at)?;
            return Ok((Calculation::Symbol(symbol), end));
        }
        Ok((Calculation::Symbol(Symbol { steps: vec![Step::Name(name)] }), at + length))
    }

    fn count(&mut self, count: &mut usize, at: usize) -> Result<(), usize> {
        *count += 1;
        if *count > MOST_OPERATIONS {
            self.too_deep.get_or_insert(at);
            return Err(at);
        }
        Ok(())
    }
}
