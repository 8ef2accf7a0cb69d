use crate::path::{Path, PathStep};

/// How deeply indexes may hold symbols with indexes.
const MAX_NESTING: usize = 16;

/// What a template refers to: an identifier, then `.identifier` and `[index]` steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// The steps; the first is an identifier.
    pub steps: Vec<SymbolStep>,
}

/// One step of a [`Symbol`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SymbolStep {
    /// `.identifier`, or the first one.
    Identifier(String),
    /// `[index]`.
    Index(Index),
}

/// What stands between the brackets of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Index {
    /// Text, which may hold brackets in pairs.
    Text(String),
    /// `#{symbol}`, evaluated first.
    Symbol(Symbol),
    /// `*`: the first item.
    First,
}

impl Symbol {
    /// Reads a symbol at byte `at` of `text` and answers it with the byte behind it; the error is the end of a
    /// sentence.
    pub(crate) fn read(text: &str, at: usize) -> Result<(Self, usize), String> {
        read(text, at, 0)
    }

    /// Whether no index has to be evaluated, and the path if so.
    pub(crate) fn literal_path(&self) -> Option<Path> {
        let step = |step: &SymbolStep| match step {
            SymbolStep::Identifier(name) => Some(PathStep::Name(name.clone())),
            SymbolStep::Index(Index::Text(text)) => Some(PathStep::Index(text.clone())),
            SymbolStep::Index(Index::First) => Some(PathStep::First),
            SymbolStep::Index(Index::Symbol(_)) => None,
        };
        Some(Path { steps: self.steps.iter().map(step).collect::<Option<_>>()? })
    }
}

/// The path of a variable's name, if it is one that a template can refer to.
pub(crate) fn parse_name(name: &str) -> Option<Path> {
    let (symbol, end) = Symbol::read(name, 0).ok()?;
    if !name[end..].trim().is_empty() {
        return None;
    }
    symbol.literal_path()
}

fn read(text: &str, at: usize, nesting: usize) -> Result<(Symbol, usize), String> {
    if nesting > MAX_NESTING {
        return Err(format!("has indexes nested more than {MAX_NESTING} deep"));
    }
    let (first, mut at) = identifier(text, at)?;
    let mut steps = vec![SymbolStep::Identifier(first)];
    loop {
        match text[at..].chars().next() {
            Some('.') => {
                let (name, end) = identifier(text, at + 1)?;
                steps.push(SymbolStep::Identifier(name));
                at = end;
            }
            Some('[') => {
                let (index, end) = index(text, at, nesting)?;
                steps.push(SymbolStep::Index(index));
                at = end;
            }
            _ => return Ok((Symbol { steps }, at)),
        }
    }
}

fn is_identifier_char(c: char) -> bool {
    c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | '-' | ':' | '/' | '~' | '(' | ')' | '@')
}

/// Reads an identifier. A blank is not part of it before `|`, `}` and the words ` in `, ` == ` and ` != `.
fn identifier(text: &str, start: usize) -> Result<(String, usize), String> {
    let mut end = start;
    for c in text[start..].chars() {
        let rest = &text[end..];
        let operator = [" in ", " == ", " != "].iter().any(|word| rest.starts_with(word));
        if !is_identifier_char(c) || operator {
            break;
        }
        end += c.len_utf8();
    }
    let name = text[start..end].trim();
    if name.is_empty() {
        return Err(match text[end..].chars().next() {
            Some(c) => format!("has `{}` where a name was expected", c.escape_default()),
            None => "ends where a name was expected".to_owned(),
        });
    }
    Ok((name.to_owned(), end))
}

/// Reads an index; `open` is the place of its `[`.
fn index(text: &str, open: usize, nesting: usize) -> Result<(Index, usize), String> {
    let inside = open + 1;
    let blanks = text[inside..].len() - text[inside..].trim_start().len();
    if text[inside + blanks..].starts_with("#{") {
        let (symbol, end) = read(text, inside + blanks + 2, nesting + 1)?;
        let behind = text[end..].trim_start();
        let closed = behind.strip_prefix('}').map(str::trim_start).and_then(|rest| rest.strip_prefix(']'));
        return match closed {
            Some(rest) => Ok((Index::Symbol(symbol), text.len() - rest.len())),
            None => Err("has an index that does not end with `}]`".to_owned()),
        };
    }
    let mut level = 1usize;
    for (offset, c) in text[inside..].char_indices() {
        match c {
            '[' => level += 1,
            ']' => level -= 1,
            _ => {}
        }
        if level == 0 {
            let end = inside + offset;
            let index = match text[inside..end].trim() {
                "" => return Err("has an empty index `[]`".to_owned()),
                "*" => Index::First,
                literal => Index::Text(literal.to_owned()),
            };
            return Ok((index, end + 1));
        }
        if c == '}' || c == '\n' {
            break;
        }
    }
    Err("has an index without its `]`".to_owned())
}
