use fancy_regex::Captures;

use super::translate::Translated;
use crate::filters::FilterError;
use crate::filters::call::Call;

/// What replaces a match: text, and parts of the match or of what is around it.
pub(super) struct Replacement<'a>(Vec<Part<'a>>);

enum Part<'a> {
    Text(&'a str),
    Group(usize),
    Before,
    After,
    Input,
}

impl<'a> Replacement<'a> {
    /// Reads `$1`, `${1}`, `${name}`, `$$`, `$&`, `` $` ``, `$'`, `$+` and `$_`; a `$` before anything else, or before a
    /// group that there is not, is text.
    pub fn of(text: &'a str, expression: &Translated) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            parts.push(Part::Text(&rest[..at]));
            let (part, length) = read(&rest[at + 1..], expression).unwrap_or((Part::Text("$"), 0));
            parts.push(part);
            rest = &rest[at + 1 + length..];
        }
        parts.push(Part::Text(rest));
        Self(parts)
    }

    pub fn write(
        &self,
        made: &mut String,
        input: &str,
        captures: &Captures<'_, str>,
        call: &Call<'_>,
    ) -> Result<(), FilterError> {
        let (start, end) = captures.get(0).map_or((0, 0), |whole| (whole.start(), whole.end()));
        for part in &self.0 {
            let text = match part {
                Part::Text(text) => text,
                Part::Group(group) => captures.get(*group).map_or("", |group| group.as_str()),
                Part::Before => &input[..start],
                Part::After => &input[end..],
                Part::Input => input,
            };
            call.bound(made.len().saturating_add(text.len()))?;
            made.push_str(text);
        }
        Ok(())
    }
}

/// What stands behind a `$`, and how long it is.
fn read<'a>(rest: &'a str, expression: &Translated) -> Option<(Part<'a>, usize)> {
    let part = match rest.chars().next()? {
        '$' => Part::Text("$"),
        '&' => Part::Group(0),
        '`' => Part::Before,
        '\'' => Part::After,
        '+' => Part::Group(expression.last()),
        '_' => Part::Input,
        '{' => {
            let (name, _) = rest[1..].split_once('}')?;
            return Some((Part::Group(expression.by_name(name)?), name.len() + "{}".len()));
        }
        '0'..='9' => {
            let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            return Some((Part::Group(expression.by_number(rest[..length].parse().ok()?)?), length));
        }
        _ => return None,
    };
    Some((part, 1))
}
