use wharf_step::{Error, Result};

use crate::secret::holds_secret;

/// Refuses a path that is empty or in which a secret stands: paths are shown to everybody. `input` is the name of the
/// input.
pub fn check_path(path: &str, input: &str) -> Result {
    let refused = |message: String| Error::invalid(message).with_input(format!("/{input}"));
    if path.trim().is_empty() {
        return Err(refused(format!("`{input}` is empty")));
    }
    if holds_secret(path) {
        return Err(refused(format!("a secret stands in `{input}`, and paths are shown to everybody"))
            .with_help("use a variable that is not sensitive"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_neither_empty_nor_secret() {
        assert!(check_path("/srv/secret:none", "path").is_ok());
        for (path, message) in [
            ("", "`path` is empty"),
            ("  ", "`path` is empty"),
            (
                "/srv/secret:0123456789abcdef0123456789abcdef.txt",
                "a secret stands in `path`, and paths are shown to everybody",
            ),
        ] {
            let error = check_path(path, "path").expect_err("it is refused");
            assert_eq!((error.message(), &error.detail()["input"]), (message, &"/path".into()));
        }
    }
}
