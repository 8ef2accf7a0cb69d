//! The forms in which a secret may appear in text.

use crate::sanitize_lines;

/// The value, its lines, and what escaping and hexadecimal digits make of it.
pub(super) fn text_forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned(), value.trim().to_owned(), sanitize_lines(value).into_owned()];
    forms.extend(value.lines().map(|line| line.trim().to_owned()));
    forms.extend(sanitize_lines(value).lines().map(|line| line.trim().to_owned()));
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
        // `encodeURIComponent`, `encodeURI` and Python's `quote`.
        for plain in ["-_.!~*'()", "-_.!~*'();/?:@&=+$,#", "-_.~/"] {
            forms.push(percent_encoded(value, plain, "%20", upper));
        }
        forms.push(hexadecimal(value, upper));
    }
    forms.push(json.replace('/', "\\/"));
    forms.push(json);
    for (quote, apostrophe) in
        [("&quot;", "&apos;"), ("&#34;", "&#39;"), ("&quot;", "&#39;"), ("&quot;", "&#x27;"), ("\"", "'")]
    {
        forms.push(xml_escaped(value, quote, apostrophe));
    }
    forms.extend(quoted(value));
    forms.push(value.replace('\'', r"'\''"));
    forms.push(value.replace('\'', r#"'"'"'"#));
    forms
}

/// What shells and quoted scalars make of it.
fn quoted(value: &str) -> Vec<String> {
    let behind = |sign: char, special: &str| -> String {
        let escape = |c: char| special.contains(c).then_some(sign).into_iter().chain([c]);
        value.chars().flat_map(escape).collect()
    };
    // `$'…'` of shells, and what a double-quoted scalar of YAML has otherwise than JSON.
    let with_backslash = |quote: char, is_yaml: bool| -> String {
        let escape = |c: char| match c {
            '\\' => r"\\".into(),
            c if c == quote => format!("\\{c}"),
            '\n' => r"\n".into(),
            '\r' => r"\r".into(),
            '\t' => r"\t".into(),
            '\u{7}' => r"\a".into(),
            '\u{b}' => r"\v".into(),
            '\u{8}' => r"\b".into(),
            '\u{c}' => r"\f".into(),
            '\u{1b}' => if is_yaml { r"\e" } else { r"\E" }.into(),
            '\0' if is_yaml => r"\0".into(),
            c if is_yaml && (c.is_control() || ('\u{80}'..='\u{ff}').contains(&c)) => {
                format!("\\x{:02X}", u32::from(c))
            }
            c if is_yaml && !c.is_ascii() && u32::from(c) <= 0xffff => format!("\\u{:04X}", u32::from(c)),
            c if is_yaml && !c.is_ascii() => format!("\\U{:08X}", u32::from(c)),
            c if c.is_ascii_control() => format!("\\{:03o}", u32::from(c)),
            c => c.to_string(),
        };
        value.chars().map(escape).collect()
    };
    vec![
        // Between double quotes of a shell, and as `printf %q` says it.
        behind('\\', "\\\"$`"),
        behind('\\', "\\\"'$` \t|&;()<>!{}*[]?^,~#"),
        behind('\\', "\""),
        with_backslash('\'', false),
        with_backslash('"', true),
        // PowerShell; a doubled apostrophe is YAML's, too.
        value.replace('\'', "''"),
        value.replace('"', "\"\""),
        behind('`', "`$\""),
        // `cmd`, with and without quotes.
        behind('^', "^&|<>()%!\""),
        behind('^', "^&|<>"),
    ]
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
