use std::env;

use anstyle::{AnsiColor, Effects};

use crate::{Line, Role};

/// When colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal that has them, unless `NO_COLOR` says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How text looks: with or without colours, and with which symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours and weights are written.
    pub color: bool,
    /// The symbols.
    pub symbols: &'static Symbols,
}

/// The signs that stand in front of things.
#[derive(Debug, PartialEq, Eq)]
pub struct Symbols {
    /// A step that succeeded.
    pub done: &'static str,
    /// A step that failed.
    pub failed: &'static str,
    /// A step that a condition left out.
    pub skipped: &'static str,
    /// A step that was cancelled.
    pub cancelled: &'static str,
    /// A step whose turn never came.
    pub not_started: &'static str,
    /// A step whose lines follow.
    pub open: &'static str,
    /// A highlight.
    pub highlight: &'static str,
    /// From here to there.
    pub arrow: &'static str,
    /// Something is left out.
    pub ellipsis: &'static str,
    /// Times.
    pub times: &'static str,
    /// A thing that was replaced.
    pub replaced: &'static str,
    /// The frames of what turns while a step runs.
    pub spinner: &'static [&'static str],
}

/// For terminals that show Unicode.
static UNICODE: Symbols = Symbols {
    done: "✓",
    failed: "✗",
    skipped: "○",
    cancelled: "■",
    not_started: "·",
    open: "▸",
    highlight: "★",
    arrow: "→",
    ellipsis: "…",
    times: "×",
    replaced: "±",
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
};

/// For all others.
static ASCII: Symbols = Symbols {
    done: "*",
    failed: "x",
    skipped: "o",
    cancelled: "!",
    not_started: ".",
    open: ">",
    highlight: "*",
    arrow: "->",
    ellipsis: "...",
    times: "x",
    replaced: "~",
    spinner: &["|", "/", "-", "\\"],
};

impl Style {
    /// Neither colours nor Unicode.
    pub fn plain() -> Self {
        Self { color: false, symbols: &ASCII }
    }

    /// With or without colours, with or without Unicode.
    pub fn new(color: bool, unicode: bool) -> Self {
        Self { color, symbols: if unicode { &UNICODE } else { &ASCII } }
    }

    /// What fits a stream of this process, which is a terminal or is not.
    pub fn detect(choice: ColorChoice, is_terminal: bool) -> Self {
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => wants_color(is_terminal),
        };
        Self::new(color, locale_is_unicode())
    }

    /// The line as text with its colours, without a line end.
    pub fn render(&self, line: &Line) -> String {
        let mut text = String::new();
        for (role, part) in line.parts() {
            match role.look().filter(|_| self.color) {
                Some(look) => text.push_str(&format!("{look}{part}{look:#}")),
                None => text.push_str(part),
            }
        }
        text
    }

    /// A text in a role.
    pub fn paint(&self, role: Role, text: &str) -> String {
        self.render(&Line::new().with(role, text))
    }
}

fn wants_color(is_terminal: bool) -> bool {
    if anstyle_query::no_color() || anstyle_query::clicolor() == Some(false) {
        return false;
    }
    if anstyle_query::clicolor_force() {
        return true;
    }
    is_terminal && anstyle_query::term_supports_ansi_color()
}

/// Whether the locale's encoding is UTF-8: the first of the variables that is set decides, as in POSIX. Systems other
/// than Unix show Unicode.
fn locale_is_unicode() -> bool {
    if !cfg!(unix) || cfg!(target_vendor = "apple") {
        return true;
    }
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty())
        .is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            value.contains("utf-8") || value.contains("utf8")
        })
}

impl Role {
    fn look(self) -> Option<anstyle::Style> {
        let style = anstyle::Style::new();
        let color = |color: AnsiColor| style.fg_color(Some(color.into()));
        Some(match self {
            Role::Text => return None,
            Role::Strong => style.bold(),
            Role::Faint => style.effects(Effects::DIMMED),
            Role::Good => color(AnsiColor::Green),
            Role::Warn => color(AnsiColor::Yellow),
            Role::Bad => color(AnsiColor::Red),
            Role::Alarm => color(AnsiColor::Red).bold(),
            Role::Caution => color(AnsiColor::Yellow).bold(),
            Role::Accent => color(AnsiColor::Cyan),
        })
    }
}
