use super::digits::Digits;
use super::{FormatProblem, Number};

/// The places behind the point, or the digits in all, beyond which a double has only zeros.
const MOST_OF_DOUBLE: usize = 1100;

/// The number in one of the standard formats: C D E F G N P R X B, the letter in either case.
pub(super) fn text(number: &Number, letter: char, precision: Option<usize>) -> Result<String, FormatProblem> {
    let upper = letter.to_ascii_uppercase();
    if let Number::Int(value) = number {
        let width = precision.unwrap_or(0);
        match upper {
            'D' => return Ok(padded(*value, width)),
            'G' | 'R' if width == 0 || upper == 'R' => return Ok(value.to_string()),
            'X' if letter == 'X' => return Ok(format_wide(&format!("{value:X}"), width)),
            'X' => return Ok(format_wide(&format!("{value:x}"), width)),
            'B' => return Ok(format_wide(&format!("{value:b}"), width)),
            _ => {}
        }
    }
    let places = precision.unwrap_or(2);
    Ok(match upper {
        'C' => {
            let digits = fixed(number, places, 0);
            let text = grouped(&digits, places);
            if digits.negative { format!("(¤{text})") } else { format!("¤{text}") }
        }
        'F' => {
            let digits = fixed(number, places, 0);
            minus(&digits) + &plain(&digits, places)
        }
        'N' => {
            let digits = fixed(number, places, 0);
            minus(&digits) + &grouped(&digits, places)
        }
        'P' => {
            let digits = fixed(number, places, 2);
            minus(&digits) + &grouped(&digits, places) + " %"
        }
        'E' => {
            let digits = significant(number, precision.unwrap_or(6) + 1);
            minus(&digits) + &scientific(&digits, precision.unwrap_or(6), letter)
        }
        'G' => general(number, precision, if letter == 'g' { 'e' } else { 'E' }),
        'R' => general(number, None, 'E'),
        _ => return Err(FormatProblem::Unknown),
    })
}

fn padded(value: i32, width: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    sign.to_owned() + &format_wide(&value.unsigned_abs().to_string(), width)
}

fn format_wide(digits: &str, width: usize) -> String {
    "0".repeat(width.saturating_sub(digits.len())) + digits
}

fn minus(digits: &Digits) -> String {
    if digits.negative { "-".to_owned() } else { String::new() }
}

/// The number times `10^shift`, rounded to so many places.
fn fixed(number: &Number, places: usize, shift: usize) -> Digits {
    let mut digits = match number {
        Number::Double(value) => Digits::of_written(
            value.is_sign_negative(),
            &format!("{:.*}", (places + shift).min(MOST_OF_DOUBLE), value.abs()),
        ),
        Number::Int(value) => Digits::of_int(*value),
        Number::Decimal(digits) => digits.clone(),
    };
    if !digits.digits.is_empty() {
        digits.scale += shift as i64;
    }
    let keep = digits.scale.saturating_add(i64::try_from(places).unwrap_or(i64::MAX));
    digits.round(keep);
    digits
}

/// The number rounded to so many digits.
fn significant(number: &Number, count: usize) -> Digits {
    let mut digits = match number {
        Number::Double(value) => {
            let places = count.saturating_sub(1).min(MOST_OF_DOUBLE);
            Digits::of_written(value.is_sign_negative(), &format!("{:.*e}", places, value.abs()))
        }
        Number::Int(value) => Digits::of_int(*value),
        Number::Decimal(digits) => digits.clone(),
    };
    digits.round(i64::try_from(count).unwrap_or(i64::MAX));
    digits
}

fn general(number: &Number, precision: Option<usize>, letter: char) -> String {
    // The digits from which on a number without a precision is written with an exponent.
    const FEWEST_OF_DOUBLE: usize = 15;
    let precision = precision.filter(|precision| *precision > 0);
    let (digits, most) = match (number, precision) {
        (Number::Decimal(digits), None) => {
            let negative = if digits.digits.is_empty() { String::new() } else { minus(digits) };
            let places = usize::try_from(digits.digits.len() as i64 - digits.scale).unwrap_or(0);
            return negative + &plain(digits, places);
        }
        (Number::Double(value), None) => {
            let digits = Digits::of_written(value.is_sign_negative(), &format!("{:e}", value.abs()));
            let most = digits.digits.len().max(FEWEST_OF_DOUBLE);
            (digits, most)
        }
        (number, precision) => {
            let most = precision.unwrap_or(10);
            (significant(number, most), most)
        }
    };
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let sign = minus(&digits);
    if digits.scale > most || digits.scale < -4 + 1 {
        let places = digits.digits.len().saturating_sub(1);
        return sign + &mantissa(&digits, places) + &exponent(digits.scale - 1, letter, 2, true);
    }
    let places = usize::try_from(digits.digits.len() as i64 - digits.scale).unwrap_or(0);
    sign + &plain(&digits, places)
}

fn scientific(digits: &Digits, places: usize, letter: char) -> String {
    let power = if digits.digits.is_empty() { 0 } else { digits.scale - 1 };
    mantissa(digits, places) + &exponent(power, letter, 3, true)
}

fn mantissa(digits: &Digits, places: usize) -> String {
    let one = Digits { scale: if digits.digits.is_empty() { 0 } else { 1 }, ..digits.clone() };
    plain(&one, places)
}

/// The exponent of a power of ten with at least so many digits.
pub(super) fn exponent(power: i64, letter: char, width: usize, plus: bool) -> String {
    let sign = if power < 0 {
        "-"
    } else if plus {
        "+"
    } else {
        ""
    };
    format!("{letter}{sign}{}", format_wide(&power.unsigned_abs().to_string(), width))
}

/// The number without a sign, with so many places behind the point.
fn plain(digits: &Digits, places: usize) -> String {
    let whole = usize::try_from(digits.scale).unwrap_or(0);
    let mut text = String::new();
    for at in 0..whole {
        text.push(digit(digits, at as i64));
    }
    if whole == 0 {
        text.push('0');
    }
    if places > 0 {
        text.push('.');
        for at in 0..places {
            text.push(digit(digits, digits.scale.saturating_add(at as i64)));
        }
    }
    text
}

fn digit(digits: &Digits, at: i64) -> char {
    let digit = usize::try_from(at).ok().and_then(|at| digits.digits.get(at));
    char::from(b'0' + digit.unwrap_or(&0))
}

/// The same with `,` between thousands.
fn grouped(digits: &Digits, places: usize) -> String {
    let plain = plain(digits, places);
    let whole = plain.find('.').unwrap_or(plain.len());
    let mut text = String::with_capacity(plain.len() + whole / 3);
    for (at, c) in plain.char_indices() {
        if at > 0 && at < whole && (whole - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}
