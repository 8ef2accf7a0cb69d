use crate::filters::call::is_number_blank;

/// What may stand in a number besides digits, a sign before them and blanks around it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::filters) enum Allowed {
    /// `NumberStyles.Number`: `,` between digits, a point, a sign at the end.
    Number,
    /// `NumberStyles.Float`: a point and an exponent.
    Float,
    /// `NumberStyles.Float | AllowThousands`.
    FloatWithGroups,
}

/// A number's parts as they are written.
pub(super) struct Written {
    pub negative: bool,
    pub whole: String,
    pub fraction: String,
    /// `e5`, or empty.
    pub exponent: String,
}

/// A number as `double.TryParse` reads it.
pub(in crate::filters) fn read_double(text: &str, allowed: Allowed) -> Option<f64> {
    let Some(Written { negative, whole, fraction, exponent }) = read(text, allowed) else {
        return named(text.trim_matches(is_number_blank));
    };
    let value: f64 = format!("{whole}.{fraction}{exponent}").parse().ok()?;
    Some(if negative { -value } else { value })
}

fn named(text: &str) -> Option<f64> {
    let (negative, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = match name.to_ascii_lowercase().as_str() {
        "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

pub(super) fn read(text: &str, allowed: Allowed) -> Option<Written> {
    let text = text.trim_matches(is_number_blank);
    let (mut sign, mut rest) = take_sign(text);
    let mut whole = String::new();
    while let Some(c) = rest.chars().next() {
        match c {
            '0'..='9' => whole.push(c),
            ',' if !whole.is_empty() && allowed != Allowed::Float => {}
            _ => break,
        }
        rest = &rest[1..];
    }
    let mut fraction = String::new();
    if let Some(after) = rest.strip_prefix('.') {
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        fraction.push_str(&after[..end]);
        rest = &after[end..];
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut exponent = String::new();
    if allowed == Allowed::Number {
        rest = rest.trim_start_matches(is_number_blank);
        if sign.is_none() {
            (sign, rest) = take_sign(rest);
        }
    } else if let Some(after) = rest.strip_prefix(['e', 'E']) {
        let (_, digits) = take_sign(after);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            exponent = format!("e{after}");
            rest = "";
        }
    }
    rest.is_empty().then_some(Written { negative: sign == Some(true), whole, fraction, exponent })
}

/// Whether there is a sign, whether it is minus, and what follows.
fn take_sign(text: &str) -> (Option<bool>, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (Some(true), rest),
        None => text.strip_prefix('+').map_or((None, text), |rest| (Some(false), rest)),
    }
}
