use std::ops::Range;

/// Why a part of a template cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// `template-syntax`, or `template-too-deep`.
    pub code: &'static str,
    /// One sentence, lower case.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The whole token, as far as it could be found.
    pub range: Range<usize>,
}

/// How many bytes of a token are looked at.
const NEAR: usize = 1024;

const ESCAPE: &str = "write `##{` for a literal `#{`";

impl SyntaxProblem {
    /// What is wrong with the token that begins at `open` and could be read up to `reached`.
    pub(super) fn new(text: &str, open: usize, reached: usize) -> Self {
        let problem = |message: String, help: &str, end: usize| Self {
            code: "template-syntax",
            message,
            help: Some(help.to_owned()),
            range: open..end,
        };
        let near = &text[..text.floor_char_boundary(open + NEAR)];
        let rest = &near[open..];
        let end = token_end(text, open);
        let token = excerpt(&text[open..end]);
        if rest.starts_with("#{/") {
            let message = format!("`{token}` ends no block that was begun");
            return problem(message, ESCAPE, end);
        }
        let line = rest.lines().next().unwrap_or(rest);
        if !line[2.min(line.len())..].contains('}') {
            return problem("`#{` is not closed by `}`".to_owned(), ESCAPE, open + 2);
        }
        let word: String = rest[2..].trim_start().chars().take_while(|c| c.is_alphabetic()).take(7).collect();
        let word = word.to_lowercase();
        let reached_near = reached.min(near.len());
        if ["if", "unless", "each"].contains(&word.as_str()) && reached >= end {
            let message = format!("`{token}` is not closed by `#{{/{word}}}`");
            return problem(message, ESCAPE, end);
        }
        let at = open + 2 + (rest[2..].len() - rest[2..].trim_start().len());
        if reached <= at {
            let message = match text[at..].chars().next() {
                Some(c) => format!("`{token}` has `{}` where a name was expected", c.escape_default()),
                None => "`#{` ends where a name was expected".to_owned(),
            };
            return problem(message, ESCAPE, end);
        }
        let message = match text[reached.min(end)..end].chars().next() {
            Some(c) => format!("`{token}` cannot be read from `{}` on", excerpt_from(&text[reached.min(end)..end], c)),
            None => format!("`{token}` has something that does not end"),
        };
        let help = match near[open + 2..reached_near.max(end)].contains("#{") {
            true => "an argument `#{…}` must be the last of its filter, and that filter the last",
            false => ESCAPE,
        };
        problem(message, help, end)
    }

    /// Something is nested so deeply that the template is not read.
    pub(super) fn too_deep(text: &str, open: usize, most: usize) -> Self {
        let message = format!("blocks, arguments and indexes are nested deeper than {most} levels");
        let range = open..token_end(text, open);
        Self { code: "template-too-deep", message, help: None, range }
    }
}

/// The byte behind the `}` that closes the token at `open`, else behind its `#{`.
fn token_end(text: &str, open: usize) -> usize {
    let mut level = 0usize;
    for (offset, byte) in text.as_bytes()[open..].iter().enumerate().take(NEAR) {
        match byte {
            b'{' => level += 1,
            b'}' => {
                level = level.saturating_sub(1);
                if level == 0 {
                    return open + offset + 1;
                }
            }
            b'\n' => break,
            _ => {}
        }
    }
    text.len().min(open + 2)
}

fn excerpt(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

fn excerpt_from(text: &str, first: char) -> String {
    if first.is_control() { first.escape_default().to_string() } else { text.chars().take(12).collect() }
}
