use crate::template::read_name;

/// The key of a name as the user wrote it: names differ neither by case nor by blanks around them.
pub(crate) fn key_of(name: &str) -> String {
    match read_name(name) {
        Some(symbol) => symbol.to_string().trim_end().to_lowercase(),
        // Not reachable from a template; kept so that `get` finds it.
        None => name.trim().to_lowercase(),
    }
}
