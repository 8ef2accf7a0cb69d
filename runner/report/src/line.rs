use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a part of a line is for; the [`Style`](crate::Style) decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Names.
    Strong,
    /// What is there for who looks for it.
    Faint,
    /// Something went well.
    Good,
    /// Something is odd.
    Warn,
    /// Something is wrong.
    Bad,
    /// The word `error`.
    Alarm,
    /// The word `warning`.
    Caution,
    /// Things to copy: commands, addresses.
    Accent,
}

/// A line of text in parts, whose width on a screen is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    parts: Vec<(Role, String)>,
    is_solid: bool,
}

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more part.
    pub fn with(mut self, role: Role, text: impl Into<String>) -> Self {
        self.push(role, text);
        self
    }

    /// Adds a part.
    pub fn push(&mut self, role: Role, text: impl Into<String>) {
        let text = text.into();
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some((last, written)) if *last == role => written.push_str(&text),
            _ => self.parts.push((role, text)),
        }
    }

    /// The same, never wrapped: it is there to be copied.
    pub fn solid(self) -> Self {
        Self { is_solid: true, ..self }
    }

    /// Adds the parts of another line.
    pub fn append(&mut self, other: Line) {
        self.is_solid |= other.is_solid;
        for (role, text) in other.parts {
            self.push(role, text);
        }
    }

    /// The parts.
    pub fn parts(&self) -> &[(Role, String)] {
        &self.parts
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Columns on the screen.
    pub fn width(&self) -> usize {
        self.parts.iter().map(|(_, text)| text.width()).sum()
    }

    /// The same, indented.
    pub fn indented(self, columns: usize) -> Self {
        let mut line = Line::new().with(Role::Text, " ".repeat(columns));
        line.append(self);
        line
    }

    /// The same, cut to `width` columns with `ellipsis` at the end if anything is lost.
    pub fn truncated(self, width: usize, ellipsis: &str) -> Self {
        if self.width() <= width {
            return self;
        }
        let mut room = width.saturating_sub(ellipsis.width());
        let mut line = Line::new();
        for (role, text) in self.parts {
            let kept = fitting_prefix(&text, room);
            room -= kept.width();
            let whole = kept.len() == text.len();
            line.push(role, kept);
            if !whole {
                break;
            }
        }
        line.push(Role::Faint, fitting_prefix(ellipsis, width));
        line
    }

    /// The same with `right` at the right edge of `width` columns; the left part is cut if both do not fit.
    pub fn with_right(self, right: Line, width: usize, ellipsis: &str) -> Self {
        let room = width.saturating_sub(right.width() + 2);
        let mut line = self.truncated(room, ellipsis);
        let gap = width.saturating_sub(line.width() + right.width());
        line.push(Role::Text, " ".repeat(gap));
        line.append(right);
        line
    }

    /// The same as lines of at most `width` columns, broken at spaces; lines but the first are indented by `hanging`
    /// columns. A word that is longer than a line stays whole, so that it can be copied.
    pub fn wrapped(self, width: usize, hanging: usize) -> Vec<Line> {
        if self.is_solid || self.width() <= width {
            return vec![self];
        }
        let mut wrap = Wrap { width, hanging, ..Wrap::default() };
        for (role, text) in self.parts {
            for run in runs(&text) {
                if run.starts_with(' ') {
                    wrap.place_word();
                    wrap.gap += run.len();
                } else {
                    wrap.word.push(role, run);
                }
            }
        }
        wrap.place_word();
        wrap.lines.push(wrap.line);
        wrap.lines
    }

    /// The text without roles.
    pub fn to_plain(&self) -> String {
        self.parts.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// Lines in the making.
#[derive(Default)]
struct Wrap {
    width: usize,
    hanging: usize,
    lines: Vec<Line>,
    line: Line,
    used: usize,
    has_word: bool,
    /// Spaces before the word: written only if it still fits.
    gap: usize,
    word: Line,
}

impl Wrap {
    fn place_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        let mut gap = std::mem::take(&mut self.gap);
        if self.has_word && self.used + gap + word.width() > self.width {
            self.lines.push(std::mem::take(&mut self.line));
            self.used = 0;
            gap = self.hanging;
        }
        self.used += gap + word.width();
        self.line.push(Role::Text, " ".repeat(gap));
        self.line.append(word);
        self.has_word = true;
    }
}

/// The longest beginning of `text` that is at most `room` columns wide.
fn fitting_prefix(text: &str, room: usize) -> &str {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character.width().unwrap_or(0);
        if used > room {
            return &text[..at];
        }
    }
    text
}

/// Runs of spaces and runs of anything else, in turn.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_space = rest.chars().next()? == ' ';
        let end = rest.find(|c: char| (c == ' ') != is_space).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Line {
        Line::new().with(Role::Text, text)
    }

    #[test]
    fn truncation_counts_columns_and_not_characters() {
        assert_eq!(text("日本語のログ").truncated(7, "…").to_plain(), "日本語…");
        assert_eq!(text("日本語のログ").truncated(6, "…").to_plain(), "日本…");
        assert_eq!(text("short").truncated(5, "…").to_plain(), "short");
        assert_eq!(text("long").truncated(2, "...").to_plain(), "..");
    }

    #[test]
    fn the_right_part_ends_at_the_edge() {
        let line = text("name").with_right(text("12ms"), 20, "…");
        assert_eq!(line.to_plain(), "name            12ms");
        let line = text("a very long name indeed").with_right(text("12ms"), 20, "…");
        assert_eq!(line.to_plain(), "a very long n…  12ms");
        assert_eq!(line.width(), 20);
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_keeps_long_words_whole() {
        let lines = text("see https://example.com/a/very/long/address for the whole story").wrapped(20, 2);
        let lines: Vec<String> = lines.iter().map(Line::to_plain).collect();
        assert_eq!(lines, ["see", "  https://example.com/a/very/long/address", "  for the whole", "  story"]);
    }

    #[test]
    fn parts_that_touch_are_one_word() {
        let line = text("aaaa bbb").with(Role::Strong, "ccc ddd");
        let lines: Vec<String> = line.wrapped(7, 0).iter().map(Line::to_plain).collect();
        assert_eq!(lines, ["aaaa", "bbbccc", "ddd"]);
    }
}
