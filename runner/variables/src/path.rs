use crate::template::{Step, Symbol, read_name};
use crate::tree::fold;

/// The key of a name as the user wrote it: names differ neither by case nor by blanks around them.
pub(crate) fn key_of(name: &str) -> String {
    match read_name(name) {
        Some(symbol) => key_of_symbol(&symbol),
        // Not reachable from a template; kept so that `get` finds it.
        None => name.trim().to_lowercase(),
    }
}

/// The key of a name that templates can refer to.
pub(crate) fn key_of_symbol(symbol: &Symbol<'_>) -> String {
    match symbol.steps.as_slice() {
        [Step::Name(first), rest @ ..] if rest.iter().all(|step| matches!(step, Step::Name(_))) => {
            let length = symbol.steps.iter().map(|step| if let Step::Name(name) = step { name.len() + 1 } else { 0 });
            let mut key = String::with_capacity(length.sum());
            key.push_str(&fold(first));
            for step in rest {
                if let Step::Name(name) = step {
                    key.push('.');
                    key.push_str(&fold(name));
                }
            }
            key
        }
        _ => symbol.to_string().trim_end().to_lowercase(),
    }
}
