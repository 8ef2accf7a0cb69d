use super::Number;
use super::digits::Digits;
use super::standard::exponent;

/// The digits that .NET takes of a double for a custom format.
const OF_DOUBLE: usize = 15;

/// The number in a custom format: `0 # . , % ‰ E0 ; \ '…' "…"`, everything else as it stands.
pub(super) fn text(number: &Number, format: &str) -> String {
    let mut digits = match number {
        Number::Double(value) => {
            Digits::of_written(value.is_sign_negative(), &format!("{:.*e}", OF_DOUBLE - 1, value.abs()))
        }
        Number::Int(value) => Digits::of_int(*value),
        Number::Decimal(digits) => digits.clone(),
    };
    let format: Vec<char> = format.chars().collect();
    let mut start = section(&format, if digits.digits.is_empty() { 2 } else { usize::from(digits.negative) });
    let mut shape = Shape::of(&format[start..]);
    if digits.digits.is_empty() {
        digits.round(0);
    } else {
        loop {
            let mut rounded = digits.clone();
            rounded.scale += shape.shift;
            let places = shape.places - shape.point;
            rounded.round(if shape.scientific { shape.places } else { rounded.scale + places });
            // What is nothing after rounding is written as zero is.
            let zero = section(&format, 2);
            if !rounded.digits.is_empty() || zero == start {
                digits = rounded;
                break;
            }
            (start, shape) = (zero, Shape::of(&format[zero..]));
        }
    }
    let text = Writer::new(&digits, &shape).write(&format[start..]);
    if digits.negative && start == 0 && (digits.scale != 0 || !text.is_empty()) { format!("-{text}") } else { text }
}

/// Where the section of this number begins: 1 for numbers below zero, 2 for zero. A missing or empty one is the first.
fn section(format: &[char], mut number: usize) -> usize {
    if number == 0 {
        return 0;
    }
    let mut at = 0;
    while let Some(c) = format.get(at) {
        at += 1;
        match c {
            '\'' | '"' => at = behind_quote(format, at, *c),
            '\\' => at += 1,
            ';' => {
                number -= 1;
                if number == 0 {
                    return if format.get(at).is_some_and(|next| *next != ';') { at } else { 0 };
                }
            }
            _ => {}
        }
    }
    0
}

fn behind_quote(format: &[char], at: usize, quote: char) -> usize {
    format[at..].iter().position(|c| *c == quote).map_or(format.len(), |length| at + length + 1)
}

/// Where an exponent's zeros begin and whether a plus is written, if one stands behind the `E` at this place.
fn exponent_at(format: &[char], behind: usize) -> Option<(usize, bool)> {
    match (format.get(behind), format.get(behind + 1)) {
        (Some('0'), _) => Some((behind, false)),
        (Some('+'), Some('0')) => Some((behind + 1, true)),
        (Some('-'), Some('0')) => Some((behind + 1, false)),
        _ => None,
    }
}

fn zeros(format: &[char], at: usize) -> usize {
    format[at..].iter().take_while(|c| **c == '0').count()
}

/// What a section asks for.
struct Shape {
    /// `0` and `#` in all.
    places: i64,
    /// Those before the point.
    point: i64,
    /// Those from the first `0` to the point.
    first: i64,
    /// The last `0` behind the point, counted from it and below zero.
    last: i64,
    /// By how many powers of ten `%`, `‰` and commas shift the number.
    shift: i64,
    groups: bool,
    scientific: bool,
}

impl Shape {
    fn of(section: &[char]) -> Self {
        let (mut places, mut point, mut first, mut last) = (0, None, None, 0);
        let (mut comma, mut commas) = (None, 0);
        let (mut shift, mut groups, mut scientific) = (0, false, false);
        let mut at = 0;
        while let Some(c) = section.get(at) {
            at += 1;
            match c {
                ';' => break,
                '#' => places += 1,
                '0' => {
                    first.get_or_insert(places);
                    places += 1;
                    last = places;
                }
                '.' => {
                    point.get_or_insert(places);
                }
                ',' if places > 0 && point.is_none() => {
                    if comma == Some(places) {
                        commas += 1;
                        continue;
                    }
                    groups |= comma.is_some();
                    (comma, commas) = (Some(places), 1);
                }
                '%' => shift += 2,
                '‰' => shift += 3,
                '\'' | '"' => at = behind_quote(section, at, *c),
                '\\' => at += 1,
                'E' | 'e' => {
                    if let Some((start, _)) = exponent_at(section, at) {
                        at = start + zeros(section, start);
                        scientific = true;
                    }
                }
                _ => {}
            }
        }
        let point = point.unwrap_or(places);
        match comma {
            Some(comma) if comma == point => shift -= commas * 3,
            Some(_) => groups = true,
            None => {}
        }
        let first = first.map_or(0, |first| (point - first).max(0));
        Self { places, point, first, last: (point - last).min(0), shift, groups, scientific }
    }
}

struct Writer<'a> {
    digits: &'a Digits,
    shape: &'a Shape,
    /// The next digit.
    next: usize,
    /// The place of the next digit, counted down to 0 at the point.
    place: i64,
    /// Above zero, the digits for which there is no `0` or `#`; below, those for which there is no digit.
    adjust: i64,
    text: String,
}

impl<'a> Writer<'a> {
    fn new(digits: &'a Digits, shape: &'a Shape) -> Self {
        let (place, adjust) = if shape.scientific {
            (shape.point, 0)
        } else {
            (digits.scale.max(shape.point), digits.scale - shape.point)
        };
        Self { digits, shape, next: 0, place, adjust, text: String::new() }
    }

    fn write(mut self, section: &[char]) -> String {
        let (mut point_written, mut exponent_written) = (false, false);
        let mut at = 0;
        while let Some(c) = section.get(at) {
            at += 1;
            if matches!(c, '#' | '0' | '.') {
                while self.adjust > 0 {
                    let digit = self.digit().unwrap_or('0');
                    self.push(digit);
                    self.adjust -= 1;
                }
            }
            match c {
                ';' => break,
                '#' | '0' => self.position(),
                '.' => {
                    let wanted = self.shape.last < 0
                        || (self.shape.point < self.shape.places && self.next < self.digits.digits.len());
                    if self.place == 0 && !point_written && wanted {
                        self.text.push('.');
                        point_written = true;
                    }
                }
                ',' => {}
                '\'' | '"' => {
                    let behind = behind_quote(section, at, *c);
                    self.text.extend(section[at..behind].iter().filter(|inner| *inner != c));
                    at = behind;
                }
                '\\' => {
                    self.text.extend(section.get(at));
                    at += 1;
                }
                'E' | 'e' => match exponent_at(section, at) {
                    Some((start, plus)) if !exponent_written => {
                        const WIDEST: usize = 10;
                        let width = zeros(section, start);
                        let none = self.digits.digits.is_empty();
                        let power = if none { 0 } else { self.digits.scale - self.shape.point };
                        self.text.push_str(&exponent(power, *c, width.min(WIDEST), plus));
                        at = start + width;
                        exponent_written = true;
                    }
                    _ => self.text.push(*c),
                },
                _ => self.text.push(*c),
            }
        }
        self.text
    }

    /// Writes what stands for one `0` or `#`.
    fn position(&mut self) {
        let digit = if self.adjust < 0 {
            self.adjust += 1;
            (self.place <= self.shape.first).then_some('0')
        } else {
            self.digit().or((self.place > self.shape.last).then_some('0'))
        };
        match digit {
            Some(digit) => self.push(digit),
            None => self.place -= 1,
        }
    }

    fn digit(&mut self) -> Option<char> {
        let digit = *self.digits.digits.get(self.next)?;
        self.next += 1;
        Some(char::from(b'0' + digit))
    }

    /// Writes the digit at this place, and a comma behind it if thousands end there.
    fn push(&mut self, digit: char) {
        self.text.push(digit);
        if self.shape.groups && self.place > 1 && (self.place - 1) % 3 == 0 {
            self.text.push(',');
        }
        self.place -= 1;
    }
}
