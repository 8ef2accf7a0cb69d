use std::ops::Range;

use crate::Symbol;

/// A text with `#{…}` tokens, taken apart. Reading never fails: what cannot be read is a [`Segment::Broken`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    segments: Vec<Segment>,
}

/// A part of a [`Template`]. Ranges are bytes of the text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Text, its escapes resolved: `##{` is `#{`.
    Text(String),
    /// `#{symbol}`.
    Substitution {
        /// What it refers to.
        symbol: Symbol,
        /// The whole token.
        range: Range<usize>,
    },
    /// What cannot be read; its text stands in the range.
    Broken(SyntaxProblem),
}

/// Why a part of a template cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// `template-syntax`, or `not-supported-yet` for what a later version reads.
    pub code: &'static str,
    /// One sentence, lower case.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The whole token, as far as it could be found.
    pub range: Range<usize>,
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Self {
        let mut segments = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        // The first `}` that is not before the place of reading, so that no token searches for it in vain.
        let mut close = text.find('}');
        while let Some(hash) = text[at..].find('#').map(|offset| at + offset) {
            literal.push_str(&text[at..hash]);
            let rest = &text[hash..];
            if rest.starts_with("###{") {
                literal.push('#');
                at = hash + 2;
            } else if rest.starts_with("##{") {
                literal.push_str("#{");
                at = hash + 3;
            } else if rest.starts_with("#{") {
                if !literal.is_empty() {
                    segments.push(Segment::Text(std::mem::take(&mut literal)));
                }
                if close.is_some_and(|close| close < hash) {
                    close = text[hash..].find('}').map(|offset| hash + offset);
                }
                let (segment, end) = match close {
                    Some(close) if close - hash <= MAX_TOKEN => token(text, hash),
                    _ => unclosed(hash),
                };
                segments.push(segment);
                at = end;
            } else {
                // One `#` of a longer run: `##` is taken together, so that `####{x}` reads as Octostache reads it.
                let length = if rest.starts_with("##") { 2 } else { 1 };
                literal.push_str(&rest[..length]);
                at = hash + length;
            }
        }
        literal.push_str(&text[at..]);
        if !literal.is_empty() {
            segments.push(Segment::Text(literal));
        }
        Self { segments }
    }

    /// Its parts, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The substitution, if the template is nothing but one.
    pub fn only_substitution(&self) -> Option<(&Symbol, &Range<usize>)> {
        match self.segments.as_slice() {
            [Segment::Substitution { symbol, range }] => Some((symbol, range)),
            _ => None,
        }
    }
}

/// The most bytes that one token may have; it also bounds the work on tokens that never end.
const MAX_TOKEN: usize = 4096;

/// Reads the token that begins at `open` with `#{` and answers it with the byte behind it.
fn token(text: &str, open: usize) -> (Segment, usize) {
    let text = &text[..text.floor_char_boundary(open + MAX_TOKEN)];
    let inside = open + 2;
    let problem = |code, message: String, help: Option<&str>, end: usize| {
        let help = help.map(str::to_owned);
        (Segment::Broken(SyntaxProblem { code, message, help, range: open..end }), end)
    };
    if let Some(word) = keyword(&text[inside..]) {
        return problem(
            "not-supported-yet",
            format!("`#{{{word}}}` is not supported yet"),
            Some("this version knows plain `#{Name}` only; write `##{` for a literal `#{`"),
            token_end(text, open),
        );
    }
    let read = Symbol::read(text, inside);
    let (symbol, end) = match read {
        Ok(read) => read,
        Err(_) if text[inside..].trim_start().starts_with('|') => return filter(text, open, inside),
        Err(reason) => {
            let end = token_end(text, open).max(inside);
            let message = match closes(text, inside) {
                true => format!("`{}` {}", excerpt(&text[open..end]), reason),
                false => UNCLOSED.to_owned(),
            };
            return problem("template-syntax", message, Some(ESCAPE), end);
        }
    };
    let rest = text[end..].trim_start();
    match rest.chars().next() {
        Some('}') => {
            let end = text.len() - rest.len() + 1;
            (Segment::Substitution { symbol, range: open..end }, end)
        }
        Some('|') => filter(text, open, text.len() - rest.len()),
        Some(_) if rest.starts_with("== ") || rest.starts_with("!= ") || rest.starts_with("in ") => problem(
            "template-syntax",
            format!("`{}` belongs into `#{{if}}` or `#{{each}}`, which are not supported yet", &rest[..2]),
            None,
            token_end(text, open),
        ),
        Some(c) if closes(text, end) => {
            let token = token_end(text, open);
            let message = format!("`{}` has `{}` in its name", excerpt(&text[open..token]), c.escape_default());
            problem("template-syntax", message, Some(ESCAPE), token)
        }
        _ => problem("template-syntax", UNCLOSED.to_owned(), Some(ESCAPE), token_end(text, open)),
    }
}

/// A token without an end.
fn unclosed(open: usize) -> (Segment, usize) {
    let (message, help) = (UNCLOSED.to_owned(), Some(ESCAPE.to_owned()));
    (Segment::Broken(SyntaxProblem { code: "template-syntax", message, help, range: open..open + 2 }), open + 2)
}

const UNCLOSED: &str = "`#{` is not closed by `}`";
const ESCAPE: &str = "write `##{` for a literal `#{`";

fn filter(text: &str, open: usize, bar: usize) -> (Segment, usize) {
    let name: String = text[bar + 1..].trim_start().chars().take_while(|c| c.is_alphanumeric()).take(40).collect();
    let end = token_end(text, open);
    let message = match name.as_str() {
        "" => "filters are not supported yet".to_owned(),
        name => format!("the filter `{name}` is not supported yet"),
    };
    let help = Some("this version knows plain `#{Name}` only; write the value as the step needs it".to_owned());
    (Segment::Broken(SyntaxProblem { code: "not-supported-yet", message, help, range: open..end }), end)
}

/// The word of Octostache that a token begins with, if it does.
fn keyword(inside: &str) -> Option<&'static str> {
    let word: String = inside.chars().take_while(|c| c.is_alphabetic() || *c == '/').take(9).collect();
    let next = inside[word.len()..].chars().next();
    let lower = word.to_lowercase();
    let opening = ["if", "unless", "each", "calc", "elseif"].into_iter().find(|known| *known == lower);
    let closing = ["/if", "/unless", "/each", "else"].into_iter().find(|known| *known == word);
    match next {
        Some(c) if c.is_whitespace() => opening,
        Some('}') => closing.or(opening),
        _ => None,
    }
}

/// Whether a `}` comes on the same line.
fn closes(text: &str, from: usize) -> bool {
    text[from..].lines().next().is_some_and(|line| line.contains('}'))
}

/// The byte behind the `}` that closes the token at `open`, else behind its `#{`.
fn token_end(text: &str, open: usize) -> usize {
    let mut level = 0usize;
    for (offset, c) in text[open..].char_indices() {
        match c {
            '{' => level += 1,
            '}' => {
                level -= 1;
                if level == 0 {
                    return open + offset + 1;
                }
            }
            '\n' => break,
            _ => {}
        }
    }
    open + 2
}

fn excerpt(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
