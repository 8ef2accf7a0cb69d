use std::sync::Arc;

use wharf_model::{Diagnostic, PowerKind, ScalarStyle, SourceFile, Span, SpannedKey, SpannedValue, ValueKind};

use crate::format::same;
use crate::yaml::{FileBounds, read};

/// The process file with one more pattern under `allow` of a step. Everything else stays as it is written: layout,
/// comments, quotes and line ends. `step` is the place of the step's entry.
///
/// # Errors
/// If the step is written in a way in which nothing can be added by itself; then nobody but its writer can do it.
pub fn add_grant(
    file: &Arc<SourceFile>,
    step: &Span,
    kind: PowerKind,
    pattern: &str,
) -> Result<Arc<SourceFile>, Diagnostic> {
    let root = value_of(file).ok_or_else(|| by_hand(step, kind, pattern))?;
    let entry = find(&root, step.start).ok_or_else(|| by_hand(step, kind, pattern))?;
    let edit = Editing { text: &file.text, step: entry, kind, pattern };
    let (at, replaced, inserted) = edit.edit().ok_or_else(|| by_hand(step, kind, pattern))?;
    let mut text = file.text.clone();
    text.replace_range(at..at + replaced, &inserted);
    let edited = Arc::new(SourceFile { name: file.name.clone(), text });
    match value_of(&edited).filter(|after| says_the_same(&root, after, step.start, kind, pattern)) {
        Some(_) => Ok(edited),
        None => Err(by_hand(step, kind, pattern)),
    }
}

fn value_of(file: &Arc<SourceFile>) -> Option<SpannedValue> {
    read(Arc::clone(file), &FileBounds::default()).value
}

fn by_hand(step: &Span, kind: PowerKind, pattern: &str) -> Diagnostic {
    let problem =
        Diagnostic::error("grant-by-hand", "a grant cannot be written into this step without changing its form");
    problem.at(step).with_grant(format!("allow:\n  {kind}: [{}]", written(pattern)))
}

/// The map that begins at a byte.
fn find(value: &SpannedValue, start: usize) -> Option<&SpannedValue> {
    match &value.kind {
        ValueKind::Map(_) if value.span.start == start => Some(value),
        ValueKind::Map(entries) => entries.iter().find_map(|(_, value)| find(value, start)),
        ValueKind::List(items) => items.iter().find_map(|item| find(item, start)),
        _ => None,
    }
}

/// Whether nothing but the one pattern has come.
fn says_the_same(before: &SpannedValue, after: &SpannedValue, step: usize, kind: PowerKind, pattern: &str) -> bool {
    let mut rest = after.clone();
    let Some(entry) = find_mut(&mut rest, step) else { return false };
    let ValueKind::Map(fields) = &mut entry.kind else { return false };
    let Some(at) = fields.iter().position(|((key, _), _)| key == "allow") else { return false };
    let old = find(before, step).and_then(|step| step.get("allow")).filter(|allow| allow.kind != ValueKind::Null);
    let new = &mut fields[at].1;
    if patterns(old, kind).into_iter().chain([pattern]).ne(patterns(Some(new), kind)) {
        return false;
    }
    match old {
        Some(old) => {
            // The other kinds stay as they are; this one has just been compared.
            let (ValueKind::Map(old), ValueKind::Map(new)) = (&old.kind, &mut new.kind) else { return false };
            let is_this = |(key, _): &SpannedKey| key == kind.as_str();
            match (old.iter().find(|(key, _)| is_this(key)), new.iter().position(|(key, _)| is_this(key))) {
                (Some((_, value)), Some(at)) => new[at].1 = value.clone(),
                (None, Some(at)) => drop(new.remove(at)),
                (_, None) => return false,
            }
        }
        None if find(before, step).is_some_and(|step| step.get("allow").is_some()) => {
            fields[at].1.kind = ValueKind::Null
        }
        None => drop(fields.remove(at)),
    }
    same(&rest, before)
}

fn find_mut(value: &mut SpannedValue, start: usize) -> Option<&mut SpannedValue> {
    if matches!(value.kind, ValueKind::Map(_)) && value.span.start == start {
        return Some(value);
    }
    match &mut value.kind {
        ValueKind::Map(entries) => entries.iter_mut().find_map(|(_, value)| find_mut(value, start)),
        ValueKind::List(items) => items.iter_mut().find_map(|item| find_mut(item, start)),
        _ => None,
    }
}

fn patterns(allow: Option<&SpannedValue>, kind: PowerKind) -> Vec<&str> {
    match allow.and_then(|allow| allow.get(kind.as_str())) {
        None => Vec::new(),
        Some(SpannedValue { kind: ValueKind::List(items), .. }) => {
            items.iter().filter_map(SpannedValue::as_text).collect()
        }
        Some(value) => value.as_text().into_iter().collect(),
    }
}

struct Editing<'a> {
    text: &'a str,
    step: &'a SpannedValue,
    kind: PowerKind,
    pattern: &'a str,
}

/// Where, how many bytes go, and what comes.
type Edit = (usize, usize, String);

impl Editing<'_> {
    fn edit(&self) -> Option<Edit> {
        let list = format!("{}: [{}]", self.kind, written(self.pattern));
        let ValueKind::Map(fields) = &self.step.kind else { return None };
        let Some(((_, key), allow)) = fields.iter().find(|((key, _), _)| key == "allow") else {
            return if self.is_in_brackets(self.step) {
                self.behind_last(self.step, &format!("allow: {{ {list} }}"))
            } else {
                let column = self.column(self.step.span.start);
                let indent = " ".repeat(column);
                self.line_after(self.end_of(self.step), &[format!("{indent}allow:"), format!("{indent}  {list}")])
            };
        };
        match &allow.kind {
            ValueKind::Null if !self.is_in_brackets(self.step) => {
                let indent = " ".repeat(self.column(key.start));
                self.line_after(key.end, &[format!("{indent}  {list}")])
            }
            ValueKind::Map(kinds) => match kinds.iter().find(|((key, _), _)| key == self.kind.as_str()) {
                Some((_, value)) => self.add_to(value),
                None if self.is_in_brackets(allow) => self.behind_last(allow, &list),
                None => {
                    let indent = " ".repeat(self.column(allow.span.start));
                    self.line_after(self.end_of(allow), &[format!("{indent}{list}")])
                }
            },
            _ => None,
        }
    }

    /// Adds the pattern to those of its kind.
    fn add_to(&self, value: &SpannedValue) -> Option<Edit> {
        let new = written(self.pattern);
        match &value.kind {
            ValueKind::Scalar(scalar) => {
                let raw = value.span.text();
                let old = match scalar.style {
                    ScalarStyle::Plain if raw.contains([',', '[', ']', '{', '}']) => quoted(&scalar.text),
                    ScalarStyle::Plain | ScalarStyle::Quoted => raw.to_owned(),
                    ScalarStyle::Block => return None,
                };
                Some((value.span.start, value.span.end - value.span.start, format!("[{old}, {new}]")))
            }
            ValueKind::List(_) if self.is_in_brackets(value) => self.behind_last(value, &new),
            ValueKind::List(items) => {
                let last = items.last()?;
                let line = self.text[..last.span.start].rfind('\n').map_or(0, |newline| newline + 1);
                let before = &self.text[line..last.span.start];
                let indent = before.find('-')?;
                let is_item = before[..indent].trim().is_empty() && before[indent + 1..].trim().is_empty();
                is_item.then_some(())?;
                self.line_after(last.span.end, &[format!("{}- {new}", &before[..indent])])
            }
            _ => None,
        }
    }

    fn is_in_brackets(&self, value: &SpannedValue) -> bool {
        self.text[value.span.start..].starts_with(['{', '['])
    }

    /// Behind the last entry of a list or map in brackets.
    fn behind_last(&self, value: &SpannedValue, new: &str) -> Option<Edit> {
        let last = match &value.kind {
            ValueKind::Map(entries) => entries.last().map(|(_, value)| self.end_of(value)),
            ValueKind::List(items) => items.last().map(|item| self.end_of(item)),
            _ => return None,
        };
        match last {
            Some(at) => Some((at, 0, format!(", {new}"))),
            None => {
                let space = if matches!(value.kind, ValueKind::Map(_)) { " " } else { "" };
                Some((value.span.start + 1, 0, format!("{space}{new}{space}")))
            }
        }
    }

    /// The byte behind the last character that belongs to a value.
    fn end_of(&self, value: &SpannedValue) -> usize {
        match &value.kind {
            _ if self.is_in_brackets(value) => value.span.end,
            ValueKind::Map(entries) => entries.last().map_or(value.span.end, |((_, key), value)| match value.kind {
                ValueKind::Null => key.end.max(value.span.end),
                _ => self.end_of(value),
            }),
            ValueKind::List(items) => items.last().map_or(value.span.end, |item| self.end_of(item)),
            _ => value.span.start + self.text[value.span.start..value.span.end].trim_end().len(),
        }
    }

    /// Lines behind the one in which a byte lies.
    fn line_after(&self, at: usize, lines: &[String]) -> Option<Edit> {
        let end = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let lines: String = lines.iter().map(|line| format!("{line}{end}")).collect();
        match self.text[at..].find('\n') {
            Some(newline) => Some((at + newline + 1, 0, lines)),
            None => Some((self.text.len(), 0, format!("{end}{}", lines.trim_end()))),
        }
    }

    /// Characters before a byte in its line.
    fn column(&self, at: usize) -> usize {
        let line = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        self.text[line..at].chars().count()
    }
}

/// A pattern as it is written in a list in brackets: without quotes where that is safe.
fn written(pattern: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_./-:".contains(character);
    let begins = pattern.starts_with(|character: char| character.is_ascii_alphabetic() || "./".contains(character));
    if begins && pattern.chars().all(is_plain) && !pattern.ends_with(':') {
        pattern.to_owned()
    } else {
        quoted(pattern)
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
