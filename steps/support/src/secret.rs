use wharf_step::{Error, Result};

/// Refuses a program's arguments in which a secret stands: every user of the machine could read it there. `input` is the
/// JSON pointer of the arguments.
pub fn refuse_secrets(arguments: &[String], input: &str) -> Result {
    match arguments.iter().position(|argument| holds_secret(argument)) {
        None => Ok(()),
        Some(index) => {
            Err(Error::invalid("a secret stands in an argument, where every user of the machine could read it")
                .with_input(format!("{input}/{index}"))
                .with_help("pass it in `env` or in `stdin`"))
        }
    }
}

/// Whether a reference of a secret (`secret:` and 32 hexadecimal digits) stands in the text.
pub(crate) fn holds_secret(text: &str) -> bool {
    text.split("secret:").skip(1).any(|rest| rest.bytes().take_while(u8::is_ascii_hexdigit).count() >= 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_references_are_secrets() {
        let of = |text: &str| refuse_secrets(&["--key".to_owned(), text.to_owned()], "/args");
        assert!(of("secret:none").is_ok());
        assert!(of("a secret: 0123456789abcdef0123456789abcdef").is_ok());
        let error = of("k=secret:x secret:0123456789abcdef0123456789abcdef").expect_err("it holds a secret");
        assert_eq!(error.detail()["input"], "/args/1");
    }
}
