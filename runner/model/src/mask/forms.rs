//! The forms in which a secret may appear in text.

use crate::sanitize_lines;

/// The value, its lines, and what escaping and hexadecimal digits make of it.
pub(super) fn text_forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned(), value.trim().to_owned(), sanitize_lines(value).into_owned()];
    forms.extend(value.lines().map(|line| line.trim().to_owned()));
    let json = json_escaped(value);
    for upper in [false, true] {
        // Encoders that care for HTML escape its signs too.
        for signs in ["", "<>&", "<>&'"] {
            forms.push(unicode_escaped(&json, |c| !c.is_ascii() || signs.contains(c), upper));
            forms.push(unicode_escaped(&json, |c| signs.contains(c), upper));
        }
        forms.push(percent_encoded(value, "-_.~", "%20", upper));
        forms.push(percent_encoded(value, "-_.~", "+", upper));
        forms.push(percent_encoded(value, "-_.*", "+", upper));
        forms.push(hexadecimal(value, upper));
    }
    forms.push(json.replace('/', "\\/"));
    forms.push(json);
    for (quote, apostrophe) in
        [("&quot;", "&apos;"), ("&#34;", "&#39;"), ("&quot;", "&#39;"), ("&quot;", "&#x27;"), ("\"", "'")]
    {
        forms.push(xml_escaped(value, quote, apostrophe));
    }
    forms.push(value.replace('\'', r"'\''"));
    forms.push(value.replace('\'', r#"'"'"'"#));
    forms
}

fn json_escaped(value: &str) -> String {
    let quoted = serde_json::Value::String(value.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// JSON text with `\uXXXX` in the place of some characters.
fn unicode_escaped(json: &str, is_escaped: impl Fn(char) -> bool, upper: bool) -> String {
    let mut escaped = String::new();
    for character in json.chars() {
        if !is_escaped(character) {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
        }
    }
    escaped
}

fn xml_escaped(value: &str, quote: &str, apostrophe: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    value.replace('"', quote).replace('\'', apostrophe)
}

fn percent_encoded(value: &str, plain: &str, space: &str, upper: bool) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        match byte {
            b' ' => encoded.push_str(space),
            _ if byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte) => encoded.push(char::from(byte)),
            _ if upper => encoded.push_str(&format!("%{byte:02X}")),
            _ => encoded.push_str(&format!("%{byte:02x}")),
        }
    }
    encoded
}

fn hexadecimal(value: &str, upper: bool) -> String {
    value.bytes().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
}
