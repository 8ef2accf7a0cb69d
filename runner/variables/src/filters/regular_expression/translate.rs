use std::fmt::Write as _;

use super::class;

/// An expression of .NET as one of `fancy_regex`, and its groups.
#[derive(Debug)]
pub(super) struct Translated {
    pub pattern: String,
    /// The name of each group, in the order of `fancy_regex`, which is that of their opening brackets.
    groups: Vec<Option<String>>,
}

/// Why an expression cannot be translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// .NET refuses it too; says what is wrong.
    Invalid(&'static str),
    /// .NET knows it and we do not; names it.
    NotSupported(&'static str),
}

type Step<T = ()> = Result<T, Problem>;

/// Digits of .NET: those of every script.
pub(super) const DIGIT: &str = "\\p{Nd}";
/// Letters, marks, digits and connectors: what .NET calls word characters.
pub(super) const WORD: &str = "\\p{L}\\p{Mn}\\p{Nd}\\p{Pc}";
/// The end of the text, or before the line end that ends it.
const END: &str = "(?=\\n?\\z)";
/// The most bytes that an expression may have.
const LONGEST: usize = 16 << 10;
/// How deep groups may stand in each other.
const DEEPEST: usize = 50;

/// Translates an expression of .NET with the default options.
pub(super) fn translate(pattern: &str) -> Result<Translated, Problem> {
    if pattern.len() > LONGEST {
        return Err(Problem::NotSupported("a regular expression of more than 16 KiB"));
    }
    let mut translator = Translator {
        rest: pattern,
        made: String::new(),
        flags: Flags::default(),
        open: Vec::new(),
        groups: Vec::new(),
        references: Vec::new(),
        repeatable: false,
    };
    while !translator.rest.is_empty() {
        translator.part()?;
    }
    translator.finish()
}

impl Translated {
    /// The group of `fancy_regex` that .NET numbers so: first those without a name, then those with one.
    pub fn by_number(&self, number: usize) -> Option<usize> {
        if number == 0 {
            return Some(0);
        }
        let places = |named: bool| {
            self.groups.iter().enumerate().filter(move |(_, name)| name.is_some() == named).map(|(at, _)| at + 1)
        };
        places(false).chain(places(true)).nth(number - 1)
    }

    /// The group of this name, or of the number that it is.
    pub fn by_name(&self, name: &str) -> Option<usize> {
        match name.parse() {
            Ok(number) => self.by_number(number),
            Err(_) => self.groups.iter().position(|known| known.as_deref() == Some(name)).map(|at| at + 1),
        }
    }

    /// The group with the highest number, for `$+`.
    pub fn last(&self) -> usize {
        self.by_number(self.groups.len()).unwrap_or(0)
    }
}

/// The options that an expression can set for itself and that are not left to `fancy_regex`.
#[derive(Clone, Copy, Default)]
struct Flags {
    multiline: bool,
    single_line: bool,
    explicit_capture: bool,
    blanks: bool,
}

struct Translator<'a> {
    rest: &'a str,
    made: String,
    flags: Flags,
    /// The options outside every open bracket.
    open: Vec<Flags>,
    groups: Vec<Option<String>>,
    /// Where in what is made a reference to a group goes, and to which.
    references: Vec<(usize, String)>,
    /// Whether a quantifier may follow.
    repeatable: bool,
}

impl Translator<'_> {
    fn finish(mut self) -> Result<Translated, Problem> {
        if !self.open.is_empty() {
            return Err(Problem::Invalid("a `(` is not closed"));
        }
        let mut translated = Translated { pattern: String::new(), groups: self.groups };
        for (at, name) in self.references.iter().rev() {
            let group = translated.by_name(name).ok_or(Problem::Invalid("it refers to a group that there is not"))?;
            self.made.insert_str(*at, &format!("(?:\\{group})"));
        }
        translated.pattern = self.made;
        Ok(translated)
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn emit(&mut self, text: &str) -> Step {
        self.made.push_str(text);
        self.repeatable = true;
        Ok(())
    }

    fn part(&mut self) -> Step {
        if self.flags.blanks && self.skip_blanks() {
            return Ok(());
        }
        match self.next().unwrap_or_default() {
            '^' => self.emit(if self.flags.multiline { "(?m:^)" } else { "\\A" }),
            '$' => self.emit(if self.flags.multiline { "(?m:$)" } else { END }),
            '.' => self.emit(if self.flags.single_line { "(?s:.)" } else { "[^\\n]" }),
            '|' => {
                self.made.push('|');
                self.repeatable = false;
                Ok(())
            }
            '(' => self.open_group(),
            ')' => {
                self.flags = self.open.pop().ok_or(Problem::Invalid("a `)` closes nothing"))?;
                self.emit(")")
            }
            '[' => {
                let (made, rest) = class::translate(self.rest)?;
                self.rest = rest;
                self.emit(&made)
            }
            '\\' => self.escape(),
            c @ ('*' | '+' | '?') => self.quantifier(&c.to_string()),
            '{' => match counts(self.rest) {
                Some((from, to, rest)) => {
                    self.rest = rest;
                    if to.is_some_and(|to| to < from) {
                        return Err(Problem::Invalid("a quantifier's numbers are in the wrong order"));
                    }
                    let comma = if to == Some(from) { "" } else { "," };
                    let to = to.filter(|to| *to != from).map(|to| to.to_string()).unwrap_or_default();
                    self.quantifier(&format!("{{{from}{comma}{to}}}"))
                }
                None => self.literal('{'),
            },
            c => self.literal(c),
        }
    }

    /// Skips a blank or a comment, which `(?x)` allows.
    fn skip_blanks(&mut self) -> bool {
        if self.rest.starts_with('#') {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.rest = &self.rest[end..];
            return true;
        }
        let trimmed = self.rest.trim_start();
        let skipped = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        skipped
    }

    fn quantifier(&mut self, text: &str) -> Step {
        if !self.repeatable {
            return Err(Problem::Invalid("a quantifier follows nothing that it could repeat"));
        }
        self.made.push_str(text);
        while self.flags.blanks && self.skip_blanks() {}
        if self.eat("?") {
            self.made.push('?');
        }
        self.repeatable = false;
        Ok(())
    }

    fn literal(&mut self, c: char) -> Step {
        write_literal(&mut self.made, c);
        self.repeatable = true;
        Ok(())
    }

    fn open_group(&mut self) -> Step {
        let outside = self.flags;
        if !self.eat("?") {
            let captures = !self.flags.explicit_capture;
            if captures {
                self.groups.push(None);
            }
            return self.begin(outside, if captures { "(" } else { "(?:" });
        }
        if self.eat("#") {
            let end = self.rest.find(')').ok_or(Problem::Invalid("a comment is not closed"))?;
            self.rest = &self.rest[end + 1..];
            return Ok(());
        }
        for opener in [":", "=", "!", ">", "<=", "<!"] {
            if self.eat(opener) {
                return self.begin(outside, &format!("(?{opener}"));
            }
        }
        if self.eat("(") {
            return Err(Problem::NotSupported("a regular expression with a condition, `(?(…)…|…)`"));
        }
        match self.next() {
            Some('<') => self.named_group(outside, '>'),
            Some('\'') => self.named_group(outside, '\''),
            Some(c) => self.options(outside, c),
            None => Err(Problem::Invalid("a `(` is not closed")),
        }
    }

    fn begin(&mut self, outside: Flags, opener: &str) -> Step {
        if self.open.len() >= DEEPEST {
            return Err(Problem::NotSupported("a regular expression with groups more than 50 deep in each other"));
        }
        self.open.push(outside);
        self.made.push_str(opener);
        self.repeatable = false;
        Ok(())
    }

    fn named_group(&mut self, outside: Flags, closer: char) -> Step {
        let name = self.name(closer)?;
        if name.contains('-') {
            return Err(Problem::NotSupported("a regular expression with a balancing group, `(?<a-b>…)`"));
        }
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Problem::NotSupported(
                "a regular expression with a group that has a number for a name, `(?<1>…)`",
            ));
        }
        if self.groups.iter().any(|known| known.as_deref() == Some(&name)) {
            return Err(Problem::NotSupported("a regular expression with two groups of one name"));
        }
        self.groups.push(Some(name));
        self.begin(outside, "(")
    }

    /// The name up to what closes it.
    fn name(&mut self, closer: char) -> Step<String> {
        let (name, rest) = self.rest.split_once(closer).ok_or(Problem::Invalid("a name is not closed"))?;
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
            return Err(Problem::Invalid("a name has other characters than letters, digits and `_`"));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    /// `(?i)` to the end of the brackets around it, or `(?i:…)`.
    fn options(&mut self, outside: Flags, first: char) -> Step {
        let mut ignore_case = None;
        let mut flags = self.flags;
        let mut on = true;
        let mut next = Some(first);
        loop {
            match next.ok_or(Problem::Invalid("a `(` is not closed"))? {
                'i' => ignore_case = Some(on),
                'm' => flags.multiline = on,
                's' => flags.single_line = on,
                'n' => flags.explicit_capture = on,
                'x' => flags.blanks = on,
                '-' => on = false,
                '+' => on = true,
                end @ (')' | ':') => {
                    let case = match ignore_case {
                        Some(true) => "i",
                        Some(false) => "-i",
                        None => "",
                    };
                    self.flags = flags;
                    if end == ':' {
                        return self.begin(outside, &format!("(?{case}:"));
                    }
                    if !case.is_empty() {
                        self.made.push_str(&format!("(?{case})"));
                    }
                    return Ok(());
                }
                _ => return Err(Problem::Invalid("what follows `(?` is no kind of group")),
            }
            next = self.next();
        }
    }

    fn escape(&mut self) -> Step {
        let before = self.rest;
        match self.next().ok_or(Problem::Invalid("it ends with `\\`"))? {
            'd' => self.emit(DIGIT),
            'D' => self.emit("\\P{Nd}"),
            'w' => self.emit(&format!("[{WORD}]")),
            'W' => self.emit(&format!("[^{WORD}]")),
            's' => self.emit("\\s"),
            'S' => self.emit("\\S"),
            'b' => self.emit("\\b"),
            'B' => self.emit("\\B"),
            'A' => self.emit("\\A"),
            'z' => self.emit("\\z"),
            'Z' => self.emit(END),
            'G' => Err(Problem::NotSupported("a regular expression with `\\G`")),
            'k' => {
                let closer = match self.next() {
                    Some('<') => '>',
                    Some('\'') => '\'',
                    _ => return Err(Problem::Invalid("`\\k` is not followed by a name")),
                };
                let name = self.name(closer)?;
                self.refer(name)
            }
            '1'..='9' => {
                let end = before.find(|c: char| !c.is_ascii_digit()).unwrap_or(before.len());
                self.rest = &before[end..];
                self.refer(before[..end].to_owned())
            }
            'p' | 'P' => {
                let (made, rest) = class::category(before)?;
                self.rest = rest;
                self.emit(&made)
            }
            _ => {
                let (c, rest) = class::character(before)?;
                self.rest = rest;
                self.literal(c)
            }
        }
    }

    fn refer(&mut self, name: String) -> Step {
        self.references.push((self.made.len(), name));
        self.repeatable = true;
        Ok(())
    }
}

/// `2}`, `2,}` or `2,4}` behind the `{` of a quantifier; anything else is text.
fn counts(rest: &str) -> Option<(u32, Option<u32>, &str)> {
    let (inside, rest) = rest.split_once('}')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    match inside.split_once(',') {
        None => number(inside).map(|count| (count, Some(count), rest)),
        Some((from, "")) => Some((number(from)?, None, rest)),
        Some((from, to)) => Some((number(from)?, Some(number(to)?), rest)),
    }
}

/// Writes a character so that it means itself, in a class too.
pub(super) fn write_literal(made: &mut String, c: char) {
    if c.is_alphanumeric() {
        made.push(c);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(made, "\\x{{{:x}}}", u32::from(c));
    }
}
