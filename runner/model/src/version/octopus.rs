use std::fmt;

use thiserror::Error;

/// A version of Octopus Deploy, as its `OctopusVersionParser` reads it: up to four numbers, which may follow a `v` and
/// have blanks around them, then a pre-release, then metadata behind a `+`.
///
/// The pre-release is everything between the last number and the `+`; it may begin with `-`, `.`, `_` or `\`. Its first
/// such character divides it into a prefix and a counter: `beta.12` is `beta` and `12`. A text without a number, such as
/// `latest`, is a pre-release of 0.0.0.0.
///
/// Versions are ordered by their numbers, then by their pre-releases, label by label: numbers before words, words without
/// regard to case; any version with a pre-release comes before the one without. Every character that is neither a letter
/// nor a digit divides labels and is like every other. Metadata, leading zeros and the `v` do not count, and two versions
/// that differ only in those are equal.
///
/// ```
/// use wharf_model::OctopusVersion;
///
/// let version: OctopusVersion = "v1.2.3.4-beta.12+build".parse()?;
/// assert_eq!((version.major(), version.revision()), (1, 4));
/// assert_eq!((version.prerelease_prefix(), version.prerelease_counter()), ("beta", "12"));
/// assert!(version < "1.2.3.4".parse()?);
/// # Ok::<(), wharf_model::OctopusVersionError>(())
/// ```
#[derive(Debug, Clone)]
pub struct OctopusVersion {
    pub(super) numbers: [i32; 4],
    pub(super) prerelease: String,
    /// Where the prefix of the pre-release ends and the counter begins, in bytes.
    counter: Option<(usize, usize)>,
    metadata: String,
    original: String,
}

/// A text that is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OctopusVersionError {
    /// There is no text, or only blanks.
    #[error("a version cannot be empty")]
    Empty,
    /// A number above 2147483647.
    #[error("a number of a version cannot be larger than 2147483647")]
    TooLarge,
    /// A character that cannot stand where it stands.
    #[error(
        "not a version: up to four numbers with dots between them, then `-` and a pre-release, then `+` and metadata, of letters, digits, `.`, `-`, `_` and `\\`"
    )]
    Invalid,
}

impl OctopusVersion {
    /// The first number, 0 if there is none.
    pub fn major(&self) -> i32 {
        self.numbers[0]
    }

    /// The second number, 0 if there is none.
    pub fn minor(&self) -> i32 {
        self.numbers[1]
    }

    /// The third number, 0 if there is none.
    pub fn patch(&self) -> i32 {
        self.numbers[2]
    }

    /// The fourth number, 0 if there is none.
    pub fn revision(&self) -> i32 {
        self.numbers[3]
    }

    /// Everything between the numbers and the metadata, without the character that begins it; empty for a release.
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    /// The pre-release up to its first `-`, `.`, `_` or `\`.
    pub fn prerelease_prefix(&self) -> &str {
        self.counter.map_or(&self.prerelease, |(end, _)| &self.prerelease[..end])
    }

    /// The pre-release behind its first `-`, `.`, `_` or `\`.
    pub fn prerelease_counter(&self) -> &str {
        self.counter.map_or("", |(_, start)| &self.prerelease[start..])
    }

    /// Everything behind the first `+`.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// The text that was read, without blanks.
    pub fn original(&self) -> &str {
        &self.original
    }
}

impl fmt::Display for OctopusVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.original)
    }
}

impl std::str::FromStr for OctopusVersion {
    type Err = OctopusVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Err(OctopusVersionError::Empty);
        }
        let (numbers, rest) = numbers(text)?;
        let rest = rest.strip_prefix(is_separator).unwrap_or(rest);
        let (prerelease, rest) = split_while(rest, |c| c.is_ascii_alphanumeric() || is_separator(c));
        let (metadata, rest) = match rest.strip_prefix('+') {
            Some(rest) => split_while(rest, |c| c.is_ascii_alphanumeric() || is_separator(c) || c == '+'),
            None => ("", rest),
        };
        if !rest.trim_start().is_empty() {
            return Err(OctopusVersionError::Invalid);
        }
        Ok(OctopusVersion {
            numbers,
            counter: prerelease.find(is_separator).map(|at| (at, at + 1)),
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
            original: text.replace(' ', ""),
        })
    }
}

/// The numbers at the beginning, with the `v` and the blanks around them, and what follows.
fn numbers(text: &str) -> Result<([i32; 4], &str), OctopusVersionError> {
    let mut numbers = [0; 4];
    let begin = text.trim_start();
    let Some((first, mut rest)) = number(begin.strip_prefix(['v', 'V']).unwrap_or(begin))? else {
        return Ok((numbers, begin));
    };
    numbers[0] = first;
    for slot in &mut numbers[1..] {
        let Some(next) = rest.strip_prefix('.') else { break };
        let Some((value, after)) = number(next)? else { break };
        (*slot, rest) = (value, after);
    }
    Ok((numbers, rest))
}

/// A number and the blanks around it; none if there is none or it runs on as a word: `1st`.
fn number(text: &str) -> Result<Option<(i32, &str)>, OctopusVersionError> {
    let (digits, rest) = split_while(text.trim_start(), |c| c.is_ascii_digit());
    if digits.is_empty() || rest.starts_with(char::is_alphanumeric) {
        return Ok(None);
    }
    let value = digits.parse().map_err(|_| OctopusVersionError::TooLarge)?;
    Ok(Some((value, rest.trim_start())))
}

fn split_while(text: &str, holds: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !holds(c)).unwrap_or(text.len()))
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | '-' | '_' | '\\')
}
