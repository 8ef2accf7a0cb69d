use super::translate::{DIGIT, Problem, WORD, write_literal};

/// The general categories of Unicode that both sides know.
const CATEGORIES: [&str; 36] = [
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn",
];
/// How deep classes may be taken from classes.
const DEEPEST: usize = 16;

/// Translates a class whose `[` has been read; what follows its `]` comes with it.
pub(super) fn translate(rest: &str) -> Result<(String, &str), Problem> {
    nested(rest, 0)
}

fn nested(mut rest: &str, depth: usize) -> Result<(String, &str), Problem> {
    const OPEN: Problem = Problem::Invalid("a `[` is not closed");
    if depth > DEEPEST {
        return Err(Problem::NotSupported("a regular expression with classes more than 16 deep in each other"));
    }
    let mut made = String::from("[");
    if let Some(after) = rest.strip_prefix('^') {
        made.push('^');
        rest = after;
    }
    let mut first = true;
    loop {
        let c = rest.chars().next().ok_or(OPEN)?;
        if c == ']' && !first {
            made.push(']');
            return Ok((made, &rest[1..]));
        }
        if let Some(after) = rest.strip_prefix("-[").filter(|_| !first) {
            let (taken, after) = nested(after, depth + 1)?;
            let after =
                after.strip_prefix(']').ok_or(Problem::Invalid("a class goes on behind the class taken from it"))?;
            return Ok((format!("[{made}]--{taken}]"), after));
        }
        first = false;
        let (item, after) = item(rest)?;
        rest = after;
        let Item::Character(low) = item else {
            if let Item::Set(set) = item {
                made.push_str(&set);
            }
            continue;
        };
        write_literal(&mut made, low);
        let high = rest.strip_prefix('-').filter(|after| !after.starts_with(']') && !after.starts_with('['));
        if let Some(after) = high {
            let (Item::Character(high), after) = self::item(after)? else {
                return Err(Problem::Invalid("a range in a class ends with a class"));
            };
            if high < low {
                return Err(Problem::Invalid("a range in a class is in the wrong order"));
            }
            made.push('-');
            write_literal(&mut made, high);
            rest = after;
        }
    }
}

enum Item {
    Character(char),
    Set(String),
}

fn item(rest: &str) -> Result<(Item, &str), Problem> {
    let c = rest.chars().next().ok_or(Problem::Invalid("a `[` is not closed"))?;
    let after = &rest[c.len_utf8()..];
    if c != '\\' {
        return Ok((Item::Character(c), after));
    }
    let set = match after.chars().next() {
        Some('d') => DIGIT.to_owned(),
        Some('D') => "\\P{Nd}".to_owned(),
        Some('w') => format!("[{WORD}]"),
        Some('W') => format!("[^{WORD}]"),
        Some('s') => "\\s".to_owned(),
        Some('S') => "\\S".to_owned(),
        Some('b') => return Ok((Item::Character('\u{8}'), &after[1..])),
        Some('p' | 'P') => {
            let (made, after) = category(after)?;
            return Ok((Item::Set(made), after));
        }
        _ => {
            let (c, after) = character(after)?;
            return Ok((Item::Character(c), after));
        }
    };
    Ok((Item::Set(set), &after[1..]))
}

/// `p{Lu}` or `P{Lu}` behind a `\`.
pub(super) fn category(rest: &str) -> Result<(String, &str), Problem> {
    let (kind, after) = rest.split_at(1);
    let (name, after) = after
        .strip_prefix('{')
        .and_then(|after| after.split_once('}'))
        .ok_or(Problem::Invalid("`\\p` is not followed by a category in braces"))?;
    if !CATEGORIES.contains(&name) {
        return Err(Problem::NotSupported("a regular expression with a block of Unicode, as `\\p{IsGreek}`"));
    }
    Ok((format!("\\{kind}{{{name}}}"), after))
}

/// The character that is written behind a `\`.
pub(super) fn character(rest: &str) -> Result<(char, &str), Problem> {
    let c = rest.chars().next().ok_or(Problem::Invalid("it ends with `\\`"))?;
    let after = &rest[c.len_utf8()..];
    let written = match c {
        'a' => '\u{7}',
        'e' => '\u{1b}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => return hexadecimal(after, 2),
        'u' => return hexadecimal(after, 4),
        'c' => {
            let letter = after.chars().next().filter(|c| matches!(c, '@'..='_' | 'a'..='z'));
            let letter = letter.ok_or(Problem::Invalid("`\\c` is not followed by a letter"))?.to_ascii_uppercase();
            return Ok((char::from(letter as u8 - b'@'), &after[1..]));
        }
        '0'..='7' => {
            let end = rest.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            let value = u32::from_str_radix(&rest[..end], 8).ok().and_then(char::from_u32);
            return Ok((value.ok_or(Problem::Invalid("an octal number is too large"))?, &rest[end..]));
        }
        _ if c.is_alphanumeric() || c == '_' => {
            return Err(Problem::Invalid("a `\\` is before a character that it gives no meaning"));
        }
        _ => c,
    };
    Ok((written, after))
}

fn hexadecimal(rest: &str, digits: usize) -> Result<(char, &str), Problem> {
    let written = rest.get(..digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let value = written.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let value = value.ok_or(Problem::Invalid("`\\x` or `\\u` is not followed by two or four hexadecimal digits"))?;
    let c = char::from_u32(value)
        .ok_or(Problem::NotSupported("a regular expression with half a character, as `\\uD83D`"))?;
    Ok((c, &rest[digits..]))
}
