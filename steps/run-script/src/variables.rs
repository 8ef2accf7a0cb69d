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
            match value(&name) {
                Ok(Some(value)) => drop(all.insert(name, value)),
                Ok(None) => {}
                // The script may do well without it; the relay says more if the script asks for it.
                Err(error) if is_of_this_variable(&error) => {
                    debug!("the variable `{name}` is not handed over to the script: {error}");
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(all)
}

/// The value of a variable with its secrets in place.
fn value(name: &str) -> Result<Option<String>> {
    variables::text(name)?.map(|value| reveal_all(&value)).transpose()
}

fn is_of_this_variable(error: &Error) -> bool {
    use ErrorCode::{Denied, Failed, Invalid, Limit, NotFound, NotYetKnown};
    matches!(error.code(), Denied | Failed | Invalid | Limit | NotFound | NotYetKnown)
}

/// Says why a script did not get a variable for which it asked.
pub fn explain_missing(name: &str) {
    let asked = format!("the script asked for the variable `{name}`");
    match value(name) {
        Ok(None) => debug!("{asked}, which does not exist"),
        Ok(Some(_)) => warn!("{asked}, which was not handed over: the input `variables` does not name it"),
        Err(error) => {
            let add = match error.detail().get("add").and_then(Value::as_str) {
                Some(add) => format!(": add `{add}`"),
                None if error.code() == ErrorCode::Denied => format!(": add `allow: {{ variables: [\"{name}\"] }}`"),
                None => String::new(),
            };
            warn!("{asked} and got nothing: {error}{add}");
        }
    }
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
    text.push_str("        *) __wharf_unknown \"${1-}\"; printf '\\n' ;;\n    esac\n}\n");
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
