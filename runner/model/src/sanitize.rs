use std::borrow::Cow;

/// How wide a tab is.
const TAB: usize = 4;

/// One line of foreign text, safe to show: escape sequences and control characters are taken out, also those that turn
/// the direction of writing; a tab is spaces; of a line that overwrites itself with carriage returns the last state
/// stays.
pub fn sanitize(line: &str) -> Cow<'_, str> {
    if !line.chars().any(is_unsafe) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(clean(line, true))
}

fn clean(line: &str, expand_tabs: bool) -> String {
    let line = line.trim_end_matches(['\r', '\n']);
    let line = line.rsplit('\r').next().unwrap_or_default();
    let mut clean = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_control_sequence(&mut rest),
            '\t' if !expand_tabs => clean.push('\t'),
            '\t' => {
                let used = clean.chars().count() % TAB;
                clean.extend(std::iter::repeat_n(' ', TAB - used));
            }
            _ if is_unsafe(character) => {}
            _ => clean.push(character),
        }
    }
    clean
}

/// Foreign text of several lines as it will be seen: each line as [`sanitize`] makes it, but tabs and line ends stay.
pub fn sanitize_lines(text: &str) -> Cow<'_, str> {
    if is_safe(text) {
        return Cow::Borrowed(text);
    }
    let lines = text.split('\n').map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        clean(line, false)
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// Whether nothing but line ends and tabs would be changed. Looks at blocks of bytes: in most texts no byte even begins
/// an unsafe character.
fn is_safe(text: &str) -> bool {
    const BLOCK: usize = 32;
    let begins_unsafe =
        |byte: u8| (byte < b' ') & (byte != b'\n') & (byte != b'\t') | matches!(byte, 0x7f | 0xc2 | 0xe2);
    let is_unsafe_at = |at: usize| {
        let character = text.get(at..).and_then(|rest| rest.chars().next());
        character.is_some_and(|character| is_unsafe(character) && !matches!(character, '\n' | '\t'))
    };
    text.as_bytes().chunks(BLOCK).enumerate().all(|(index, block)| {
        // No short cut within a block: so the compiler looks at all of it at once.
        !block.iter().fold(false, |found, byte| found | begins_unsafe(*byte))
            || !(0..block.len()).any(|offset| begins_unsafe(block[offset]) && is_unsafe_at(index * BLOCK + offset))
    })
}

fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Behind ESC: a control sequence, a string that ends with BEL or `ESC \`, or one character with its intermediates.
fn skip_escape(rest: &mut std::str::Chars<'_>) {
    match rest.next() {
        Some('[') => skip_control_sequence(rest),
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(character) = rest.next() {
                if character == '\u{7}' || character == '\u{9c}' {
                    break;
                }
                if character == '\u{1b}' {
                    rest.next();
                    break;
                }
            }
        }
        Some(' '..='/') => {
            rest.find(|character| !matches!(character, ' '..='/'));
        }
        _ => {}
    }
}

fn skip_control_sequence(rest: &mut std::str::Chars<'_>) {
    rest.find(|character| matches!(character, '@'..='~'));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_drive_the_terminal_is_taken_out() {
        for (raw, clean) in [
            ("plain", "plain"),
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}(Btext\u{1b}7", "text"),
            ("\u{9b}2Jtext", "text"),
            ("10%\r50%\r100%\r\n", "100%"),
            ("a\tb\tc", "a   b   c"),
            ("bell\u{7} and \u{8}back\0", "bell and back"),
            ("user\u{202e}txt.exe", "usertxt.exe"),
            ("\u{1b}[31", ""),
        ] {
            assert_eq!(sanitize(raw), clean, "{raw:?}");
        }
    }

    #[test]
    fn lines_and_tabs_stay() {
        assert_eq!(sanitize_lines("a\tb\r\n\u{1b}[31mc\td\n\0"), "a\tb\nc\td\n");
        assert!(matches!(sanitize_lines("a\tb\nc"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn only_what_has_something_unsafe_is_copied(
            text in "([a-z \n\t]{0,40}(é|ü|\u{a0}|\u{85}|\u{9b}|\u{2013}|\u{202e}|\u{2066}|\u{7f}|\r|😀)?){0,4}",
        ) {
            let has_unsafe = text.chars().any(|character| is_unsafe(character) && !"\n\t".contains(character));
            prop_assert_eq!(matches!(sanitize_lines(&text), Cow::Owned(_)), has_unsafe);
        }

        #[test]
        fn nothing_unsafe_is_left(text in "\\PC*|(\u{1b}|\\[|\\]|[0-9;mA-Z]|\u{9b}|\r|\t|\u{7}|é)*") {
            prop_assert!(!sanitize(&text).chars().any(is_unsafe));
        }
    }
}
