use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::{ErrorCode, Result, sys};

/// An input that is a secret. It holds a reference, never the value: in HTTP header values and in a program's
/// environment the host puts the value in itself, so most steps never see it.
///
/// ```
/// use wharf_step::prelude::*;
/// use wharf_step::testing::Host;
///
/// #[inputs]
/// struct SignIn {
///     /// The API key.
///     key: Secret,
/// }
///
/// /// Signs in.
/// #[step(name = "sign-in")]
/// fn run(input: SignIn) -> Result {
///     let answer = http::get("https://api.example.com/me").header("x-api-key", &input.key).send()?;
///     output("length", input.key.reveal()?.len())      // only where there is no other way
/// }
///
/// let host = Host::new().secret("secret:1", "s3cr3t").http(|request| {
///     assert_eq!(request.header("x-api-key"), Some("s3cr3t"));
///     Ok(200.into())
/// });
/// host.run::<SignIn>(json!({"key": "secret:1"}))?;
/// assert_eq!(host.output("length").unwrap(), 6);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The value, for a step that must hold it (to sign, to write a file). Each call is recorded.
    pub fn reveal(&self) -> Result<String> {
        reveal(&self.0)
    }

    /// The reference, which stands for the value in HTTP headers and in a program's environment.
    pub fn reference(&self) -> &str {
        &self.0
    }
}

/// The reference: harmless, and what HTTP headers and environments take.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-secret": true })
    }
}

/// The value behind a reference, such as one found in a variable.
///
/// ```
/// use wharf_step::{reveal, testing::Host};
///
/// let host = Host::new().secret("secret:1", "s3cr3t");
/// assert_eq!(host.enter(|| reveal("secret:1"))?, "s3cr3t");
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn reveal(reference: &str) -> Result<String> {
    sys::reveal(reference)
}

/// The text with the value in the place of every reference in it, for a step that writes a text in which secrets may
/// stand.
///
/// ```
/// use wharf_step::{reveal_all, testing::Host};
///
/// let host = Host::new().secret("secret:0a1b", "s3cr3t");
/// assert_eq!(host.enter(|| reveal_all("Password=secret:0a1b;"))?, "Password=s3cr3t;");
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn reveal_all(text: &str) -> Result<String> {
    const BEGIN: &str = "secret:";
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEGIN) {
        let letters = length_of_reference(&rest[at + BEGIN.len()..]);
        let (before, reference) = (&rest[..at], &rest[at..at + BEGIN.len() + letters]);
        result.push_str(before);
        match reveal(reference) {
            Ok(value) => result.push_str(&value),
            // Text that only looks like a reference.
            Err(error) if error.code() == ErrorCode::NotFound => result.push_str(reference),
            Err(error) => return Err(error),
        }
        rest = &rest[at + reference.len()..];
    }
    result.push_str(rest);
    Ok(result)
}

/// How many of these characters belong to a reference: 32 hexadecimal digits, whatever stands behind them; a double's
/// reference is what has no other end.
fn length_of_reference(text: &str) -> usize {
    const DIGITS: usize = 32;
    let digits = text.bytes().take(DIGITS).take_while(u8::is_ascii_hexdigit).count();
    if digits == DIGITS { digits } else { text.bytes().take_while(u8::is_ascii_alphanumeric).count() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Host;

    #[test]
    fn what_stands_behind_a_reference_is_no_part_of_it() {
        let reference = "secret:0123456789abcdef0123456789abcdef";
        let host = Host::new().secret(reference, "s3cr3t").secret("secret:1", "one");
        for (text, revealed) in [
            (format!("{reference}abc{reference}{reference};"), "s3cr3tabcs3cr3ts3cr3t;"),
            ("secret:1 secret:1;secret:".to_owned(), "one one;secret:"),
            ("secret:0123456789abcdef0123456789abcdee".to_owned(), "secret:0123456789abcdef0123456789abcdee"),
        ] {
            assert_eq!(host.enter(|| reveal_all(&text)).as_deref(), Ok(revealed), "{text}");
        }
    }
}
