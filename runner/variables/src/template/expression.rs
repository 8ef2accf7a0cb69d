use super::characters::{is_identifier, is_word, keyword, skip_blanks};
use super::parser::Parser;
use super::syntax::{Argument, Condition, Expression, Filter, Operand, Step, Symbol};

/// What was read and the byte behind it, or the byte at which reading failed.
pub(super) type Read<T> = Result<(T, usize), usize>;

impl<'t> Parser<'t> {
    /// `#{symbol | filter …}` at `at`.
    pub(super) fn substitution(&mut self, at: usize) -> Read<Expression<'t>> {
        if !self.text[at..].starts_with("#{") || self.text[at..].starts_with("#{/") {
            return Err(at);
        }
        let (expression, end) = self.expression(at + 2)?;
        Ok((expression, self.character(end, '}')?))
    }

    /// The byte behind a character that must stand at `at`.
    pub(super) fn character(&self, at: usize, c: char) -> Result<usize, usize> {
        if self.text[at..].starts_with(c) { Ok(at + c.len_utf8()) } else { Err(at) }
    }

    /// A symbol with filters, or one of both; blanks around it are read too.
    pub(super) fn expression(&mut self, at: usize) -> Read<Expression<'t>> {
        let at = skip_blanks(self.text, at);
        let (symbol, mut end) = match self.symbol(at) {
            Ok((symbol, end)) => (Some(symbol), end),
            Err(_) => (None, at),
        };
        let mut filters = Vec::new();
        let mut next = if symbol.is_some() { skip_blanks(self.text, end) } else { end };
        while self.text[next..].starts_with('|') {
            let Ok((filter, behind)) = self.filter(next + 1) else { break };
            filters.push(filter);
            next = behind;
            end = behind;
        }
        if symbol.is_none() && filters.is_empty() {
            return Err(at);
        }
        Ok((Expression { symbol, filters }, skip_blanks(self.text, end)))
    }

    fn filter(&mut self, at: usize) -> Read<Filter<'t>> {
        let (name, mut at) = self.word(at)?;
        let mut arguments = Vec::new();
        loop {
            let (argument, end) = if self.text[at..].starts_with("#{") {
                match self.nested(at) {
                    Ok((pieces, end)) => (Argument::Pieces(pieces), end),
                    Err(_) => break,
                }
            } else if let Ok((word, end)) = self.word(at).or_else(|_| self.quoted(at)) {
                (Argument::Text(word), end)
            } else {
                break;
            };
            arguments.push(argument);
            at = end;
        }
        Ok((Filter { name, arguments }, at))
    }

    /// The name of a filter or an argument without quotes; blanks around it are read too.
    fn word(&self, at: usize) -> Read<&'t str> {
        let at = skip_blanks(self.text, at);
        let rest = &self.text[at..];
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if length == 0 {
            return Err(at);
        }
        Ok((&rest[..length], skip_blanks(self.text, at + length)))
    }

    /// `"text"` or `\"text\"`; blanks around it are read too.
    pub(super) fn quoted(&mut self, at: usize) -> Read<&'t str> {
        let at = skip_blanks(self.text, at);
        let rest = &self.text[at..];
        if let Some(inside) = rest.strip_prefix('"') {
            let length = inside.find(['"', '#']).unwrap_or(inside.len());
            let end = self.character(at + 1 + length, '"')?;
            return Ok((&inside[..length], skip_blanks(self.text, end)));
        }
        let Some(inside) = rest.strip_prefix("\\\"") else { return Err(at) };
        if at + 2 > self.last_escaped_quote() {
            return Err(self.text.len());
        }
        match inside.find("\\\"") {
            Some(length) => Ok((&inside[..length], skip_blanks(self.text, at + length + 4))),
            None => Err(self.text.len()),
        }
    }

    /// An identifier and the steps behind it.
    pub(super) fn symbol(&mut self, at: usize) -> Read<Symbol<'t>> {
        let (first, mut at) = self.identifier(at)?;
        let mut steps = vec![Step::Name(first)];
        loop {
            let read = match self.text.as_bytes().get(at) {
                Some(b'.') => self.identifier(at + 1).map(|(name, end)| (Step::Name(name), end)),
                Some(b'[') => self.index(at),
                _ => break,
            };
            let Ok((step, end)) = read else { break };
            steps.push(step);
            at = end;
        }
        Ok((Symbol { steps }, at))
    }

    /// An identifier. A blank is not part of it before `|`, `}` and the words `in`, `==` and `!=` with a blank behind.
    pub(super) fn identifier(&self, at: usize) -> Read<&'t str> {
        let rest = &self.text[at..];
        let mut end = 0;
        for c in rest.chars() {
            if !is_identifier(c) {
                break;
            }
            let next = end + c.len_utf8();
            if c.is_whitespace() && ends_identifier(&rest[next..]) {
                break;
            }
            end = next;
        }
        match rest[..end].trim() {
            "" => Err(at + end),
            name => Ok((name, at + end)),
        }
    }

    /// An index; `open` is the place of its `[`.
    fn index(&mut self, open: usize) -> Read<Step<'t>> {
        let inside = skip_blanks(self.text, open + 1);
        if self.text[inside..].starts_with("#{")
            && let Some((symbol, end)) = self.index_symbol(inside)
        {
            return Ok((Step::Symbol(symbol), end));
        }
        match self.brackets.closing(self.text, open) {
            Some(close) => Ok((Step::Index(&self.text[inside.min(close)..close]), close + 1)),
            None => Err(self.text.len()),
        }
    }

    fn index_symbol(&mut self, at: usize) -> Option<(Symbol<'t>, usize)> {
        self.deeper()?;
        let read = self.substitution(at);
        self.nesting -= 1;
        match read {
            Ok((Expression { symbol: Some(symbol), filters }, end)) if filters.is_empty() => {
                let end = self.character(skip_blanks(self.text, end), ']').ok()?;
                Some((symbol, end))
            }
            _ => None,
        }
    }

    /// A condition as it stands in `#{if …}`; blanks around it are read too.
    pub(super) fn condition(&mut self, at: usize) -> Read<Condition<'t>> {
        if let Ok((text, end)) = self.quoted(at) {
            let (equal, end) = self.comparison(end)?;
            let (left, end) = self.expression(end)?;
            return Ok((Condition { left, comparison: Some((equal, Operand::Text(text))) }, end));
        }
        let (left, end) = self.expression(at)?;
        let Ok((equal, behind)) = self.comparison(end) else {
            return Ok((Condition { left, comparison: None }, end));
        };
        let (right, end) = match self.quoted(behind) {
            Ok((text, end)) => (Operand::Text(text), end),
            Err(_) => self.expression(behind).map(|(right, end)| (Operand::Expression(right), end))?,
        };
        Ok((Condition { left, comparison: Some((equal, right)) }, end))
    }

    fn comparison(&self, at: usize) -> Read<bool> {
        let end = keyword(self.text, at, "==").map(|end| (true, end));
        end.or_else(|| keyword(self.text, at, "!=").map(|end| (false, end))).ok_or(at)
    }
}

/// Whether the blank before this ends an identifier.
fn ends_identifier(rest: &str) -> bool {
    if rest.starts_with(['|', '}']) {
        return true;
    }
    let word = ["in", "==", "!="].into_iter().find_map(|word| rest.strip_prefix(word));
    word.is_some_and(|behind| behind.starts_with(char::is_whitespace))
}
