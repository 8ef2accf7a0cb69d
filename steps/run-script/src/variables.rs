use std::collections::BTreeMap;
use std::fmt::Write;

use wharf_step::prelude::*;
use wharf_step::{reveal_all, variables};

/// The variables that a script may read: those that are granted, and of these the ones that match a pattern. Secrets have
/// their values.
pub fn granted(patterns: &[String]) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for pattern in patterns {
        for name in variables::names(pattern)? {
            if let Some(value) = variables::text(&name)? {
                all.insert(name, reveal_all(&value)?);
            }
        }
    }
    Ok(all)
}

/// The variables as JSON.
pub fn as_json(variables: &BTreeMap<String, String>) -> Result<String> {
    Ok(wharf_step::serde_json::to_string(variables)?)
}

/// The variables as functions of a POSIX shell, and for bash as `octopus_parameters`. Values are in single quotes, in which
/// every character stands for itself. Names are compared without regard to case.
pub fn as_shell(variables: &BTreeMap<String, String>) -> String {
    let mut text = String::from("get_octopusvariable() {\n    case \"${1-}\" in\n");
    let mut parameters = String::new();
    for (name, value) in variables {
        // A NUL can be in no argument of a program and in no variable of a shell.
        let value = quoted(&value.replace('\0', ""));
        // Text takes all that is written into it.
        let _ = writeln!(text, "        {}) printf '%s\\n' {value} ;;", pattern(name));
        let _ = writeln!(parameters, "    __wharf_name={}", quoted(name));
        let _ = writeln!(parameters, "    octopus_parameters[\"$__wharf_name\"]={value}");
    }
    text.push_str("        *) printf '\\n' ;;\n    esac\n}\n");
    // Other shells, and bash 3, cannot even read an assignment to an array of names: they skip the text of `eval`.
    let array = format!("declare -A octopus_parameters\n{parameters}");
    let _ = writeln!(text, "if [ \"${{BASH_VERSINFO:-0}}\" -ge 4 ]; then\neval {}\nfi", quoted(&array));
    text
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A pattern of `case` for a name in any case.
fn pattern(name: &str) -> String {
    let mut pattern = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphabetic() {
            let _ = write!(pattern, "[{}{}]", letter.to_ascii_uppercase(), letter.to_ascii_lowercase());
        } else if letter.is_ascii_digit() || matches!(letter, '.' | '_' | '-') {
            pattern.push(letter);
        } else {
            pattern.push_str(&quoted(&letter.to_string()));
        }
    }
    // An empty name would be no pattern at all.
    if pattern.is_empty() { "''".to_owned() } else { pattern }
}
