//! Words of commands that are shown to be copied.

/// A word as a shell needs it: quoted where it holds anything that a shell would read otherwise.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@=,+".contains(c) || cfg!(windows) && c == '\\';
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if cfg!(windows) {
        format!("\"{}\"", word.replace('"', "\\\""))
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_read_something_else() {
        for (word, shown) in [
            ("Site.Url=http://localhost:8080", "Site.Url=http://localhost:8080"),
            ("new dir/wharf.yaml", "'new dir/wharf.yaml'"),
            ("Note=it's $HOME", r"'Note=it'\''s $HOME'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), shown);
        }
    }
}
