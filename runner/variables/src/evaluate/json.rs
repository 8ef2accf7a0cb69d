//! JSON as Newtonsoft reads it: names without quotes, single quotes, comments and commas before the end are allowed.

use serde_json::{Map, Number, Value};

pub(crate) type Json = Value;

/// How deeply lists and maps may be nested.
const MOST_NESTING: usize = 64;

/// The value of a text that is JSON, with nothing behind it.
pub(crate) fn read_json(text: &str) -> Option<Json> {
    let first = text.trim_start().chars().next()?;
    let may_be_json = matches!(first, '{' | '[' | '"' | '\'' | '-' | '+' | '/' | 't' | 'f') || first.is_ascii_digit();
    if !may_be_json {
        return None;
    }
    serde_json::from_str(text).ok().or_else(|| {
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.skip()?;
        reader.rest.is_empty().then_some(value)
    })
}

/// A part of JSON as text: scalars as .NET writes them, lists and maps as JSON.
pub(crate) fn json_text(value: &Json) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => crate::number::number_text(float),
            _ => number.to_string(),
        },
        Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    /// Skips blanks and comments.
    fn skip(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = &comment[comment.find("*/")? + 2..];
            } else if let Some(comment) = self.rest.strip_prefix("//") {
                self.rest = &comment[comment.find('\n').unwrap_or(comment.len())..];
            } else {
                return Some(());
            }
        }
    }

    fn take(&mut self, c: char) -> Option<()> {
        self.skip()?;
        self.rest = self.rest.strip_prefix(c)?;
        Some(())
    }

    fn value(&mut self, level: usize) -> Option<Json> {
        if level > MOST_NESTING {
            return None;
        }
        self.skip()?;
        match self.rest.chars().next()? {
            '{' => self.object(level),
            '[' => self.array(level),
            '"' | '\'' => self.string().map(Value::String),
            _ => self.word(),
        }
    }

    fn object(&mut self, level: usize) -> Option<Json> {
        self.take('{')?;
        let mut entries = Map::new();
        loop {
            self.skip()?;
            if self.take('}').is_some() {
                return Some(Value::Object(entries));
            }
            let key = match self.rest.chars().next()? {
                '"' | '\'' => self.string()?,
                _ => self.name()?,
            };
            self.take(':')?;
            entries.insert(key, self.value(level + 1)?);
            self.skip()?;
            if self.take(',').is_none() {
                self.take('}')?;
                return Some(Value::Object(entries));
            }
        }
    }

    fn array(&mut self, level: usize) -> Option<Json> {
        self.take('[')?;
        let mut items = Vec::new();
        loop {
            self.skip()?;
            if self.take(']').is_some() {
                return Some(Value::Array(items));
            }
            items.push(self.value(level + 1)?);
            self.skip()?;
            if self.take(',').is_none() {
                self.take(']')?;
                return Some(Value::Array(items));
            }
        }
    }

    /// A name without quotes.
    fn name(&mut self) -> Option<String> {
        let length = self.rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$')))?;
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn word(&mut self) -> Option<Json> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let (word, rest) = self.rest.split_at(self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len()));
        self.rest = rest;
        match word {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" | "undefined" => Some(Value::Null),
            number => number.parse::<Number>().ok().map(Value::Number),
        }
    }

    fn string(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut text = String::new();
        let mut characters = self.rest[1..].char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                _ if c == quote => {
                    self.rest = &self.rest[1 + at + 1..];
                    return Some(text);
                }
                '\\' => match characters.next()?.1 {
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{c}'),
                    'u' => {
                        let digits: String = (0..4).map_while(|_| characters.next()).map(|(_, digit)| digit).collect();
                        // Halves of pairs are not put together here: strict JSON with them was read before.
                        text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                    }
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_may_be_written_as_newtonsoft_allows() {
        let text = r#" {Name: 'it\'s', "b": [1, 2.50, true, null,], /* c */ $x: {} } // end"#;
        let json = read_json(text).expect("it is read");
        assert_eq!(json.to_string(), r#"{"Name":"it's","b":[1,2.5,true,null],"$x":{}}"#);
        let texts: Vec<_> = json["b"].as_array().into_iter().flatten().map(json_text).collect();
        assert_eq!(texts, ["1", "2.5", "True", ""]);
        for text in ["", "a,b", "{a: 1} x", "{a 1}", "[1", "{", "'", "12 monkeys", "{Sizes: 1}\""] {
            assert_eq!(read_json(text), None, "{text}");
        }
        assert_eq!(read_json(&"[".repeat(100_000)), None);
    }
}
