use std::cmp::Ordering;

use thiserror::Error;

use super::{MavenVersion, VersionFormatError};

/// Why a text is no range of Maven versions.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MavenRangeError {
    /// A bracket is not closed.
    #[error("the range `{0}` is not closed: `[` or `(` ends with `]` or `)`, as in `[1.0,2.0)`")]
    Unbounded(String),
    /// Two ranges of a union overlap, or are not in order.
    #[error("the ranges of `{0}` overlap: name the lower one first, and let the next one begin behind its end")]
    Overlap(String),
    /// Something follows a range that is none.
    #[error("`{0}` mixes ranges with a plain version: put each part into brackets, as in `(,1.0],[1.2,)`")]
    Mixed(String),
    /// A single version in round brackets.
    #[error("`{0}` holds nothing: a single version stands in square brackets, as in `[1.5]`")]
    SingleVersion(String),
    /// Both ends are the same text.
    #[error("both ends of the range `{0}` are the same: one version is written `[1.5]`")]
    SameEnds(String),
    /// The upper end is before the lower one.
    #[error("the range `{0}` ends before it begins")]
    Order(String),
    /// A version in it is none.
    #[error(transparent)]
    Version(#[from] VersionFormatError),
}

/// A range of Maven versions: `[1.0,2.0)`, `(,1.0]`, `[1.5]`, unions such as `(,1.0],[1.2,)`, or a plain version, which
/// only recommends: every version satisfies it.
#[derive(Debug, Clone)]
pub struct MavenRange {
    recommended: Option<MavenVersion>,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    lower: Option<End>,
    upper: Option<End>,
}

#[derive(Debug, Clone)]
struct End {
    version: MavenVersion,
    inclusive: bool,
}

impl MavenRange {
    /// Parses a range.
    pub fn parse(text: &str) -> Result<Self, MavenRangeError> {
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = text;
        while rest.starts_with(['[', '(']) {
            let end = rest.find([']', ')']).ok_or_else(|| MavenRangeError::Unbounded(text.to_owned()))?;
            let part = Part::parse(&rest[..=end])?;
            if let Some(before) = parts.last().and_then(|before| before.upper.as_ref()) {
                let begins_before = |end: &End| end.version.compare(&before.version) == Ordering::Less;
                if part.lower.as_ref().is_none_or(begins_before) {
                    return Err(MavenRangeError::Overlap(text.to_owned()));
                }
            }
            parts.push(part);
            rest = rest[end + 1..].trim();
            rest = rest.strip_prefix(',').map_or(rest, str::trim);
        }
        let recommended = match (rest.is_empty(), parts.is_empty()) {
            (true, _) => None,
            (false, true) => Some(MavenVersion::parse(rest)?),
            (false, false) => return Err(MavenRangeError::Mixed(text.to_owned())),
        };
        Ok(Self { recommended, parts })
    }

    /// Whether a version is in the range.
    pub fn contains(&self, version: &MavenVersion) -> bool {
        self.recommended.is_some() || self.parts.iter().any(|part| part.contains(version))
    }

    /// The version that a plain version recommends.
    pub fn recommended(&self) -> Option<&MavenVersion> {
        self.recommended.as_ref()
    }

    /// The latest of these versions that is in the range.
    pub fn latest<'a>(&self, versions: impl IntoIterator<Item = &'a MavenVersion>) -> Option<&'a MavenVersion> {
        let later = |best: &'a MavenVersion, next| if best.compare(next).is_lt() { next } else { best };
        versions.into_iter().filter(|version| self.contains(version)).reduce(later)
    }
}

impl Part {
    /// Parses one range with its brackets, which are one byte each.
    fn parse(text: &str) -> Result<Self, MavenRangeError> {
        let (lower_inclusive, upper_inclusive) = (text.starts_with('['), text.ends_with(']'));
        let inside = text[1..text.len() - 1].trim();
        let Some((lower, upper)) = inside.split_once(',').map(|(lower, upper)| (lower.trim(), upper.trim())) else {
            if !lower_inclusive || !upper_inclusive {
                return Err(MavenRangeError::SingleVersion(text.to_owned()));
            }
            let end = End { version: MavenVersion::parse(inside)?, inclusive: true };
            return Ok(Self { lower: Some(end.clone()), upper: Some(end) });
        };
        if lower == upper {
            return Err(MavenRangeError::SameEnds(text.to_owned()));
        }
        let part = Self { lower: End::parse(lower, lower_inclusive)?, upper: End::parse(upper, upper_inclusive)? };
        match (&part.lower, &part.upper) {
            (Some(lower), Some(upper)) if upper.version.compare(&lower.version).is_lt() => {
                Err(MavenRangeError::Order(text.to_owned()))
            }
            _ => Ok(part),
        }
    }

    fn contains(&self, version: &MavenVersion) -> bool {
        let is_in = |end: &Option<End>, outside: Ordering| {
            end.as_ref().is_none_or(|end| match end.version.compare(version) {
                Ordering::Equal => end.inclusive,
                ordering => ordering != outside,
            })
        };
        is_in(&self.lower, Ordering::Greater) && is_in(&self.upper, Ordering::Less)
    }
}

impl End {
    fn parse(text: &str, inclusive: bool) -> Result<Option<Self>, MavenRangeError> {
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { version: MavenVersion::parse(text)?, inclusive }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_range(range: &str, versions: &[&str]) -> String {
        let range = MavenRange::parse(range).unwrap_or_else(|error| panic!("{error}"));
        let version = |text: &&str| MavenVersion::parse(text).expect("a test's version parses");
        versions.iter().filter(|text| range.contains(&version(text))).copied().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ranges_hold_what_they_say() {
        let versions = ["0.9", "1.0-SNAPSHOT", "1.0", "1.1", "1.2-rc", "1.2", "1.3"];
        assert_eq!(in_range("[1.0,1.2)", &versions), "1.0 1.1 1.2-rc");
        assert_eq!(in_range("(1.0,1.2]", &versions), "1.1 1.2-rc 1.2");
        assert_eq!(in_range("(,1.0]", &versions), "0.9 1.0-SNAPSHOT 1.0");
        assert_eq!(in_range("[1.2,)", &versions), "1.2 1.3");
        assert_eq!(in_range("[1.1]", &versions), "1.1");
        assert_eq!(in_range("(,1.0),(1.2,)", &versions), "0.9 1.0-SNAPSHOT 1.3");
        assert_eq!(in_range(" 1.1".trim(), &versions), versions.join(" "));
    }

    #[test]
    fn the_latest_of_many() {
        let versions: Vec<_> =
            ["1.1", "1.9", "1.10", "2.0"].iter().filter_map(|text| MavenVersion::parse(text).ok()).collect();
        let range = MavenRange::parse("[1.0,2.0)").expect("it is a range");
        assert_eq!(range.latest(&versions).map(MavenVersion::as_str), Some("1.10"));
        let soft = MavenRange::parse("1.1").expect("it is a version");
        assert_eq!(soft.recommended().map(MavenVersion::as_str), Some("1.1"));
    }

    #[test]
    fn what_is_no_range() {
        let shown: Vec<String> =
            ["[1.0,2.0", "(1.0)", "[1.0,1.0]", "[2.0,1.0]", "[1.0,2.0],[1.5,3.0]", "[1.0,2.0],3.0"]
                .into_iter()
                .map(|text| MavenRange::parse(text).expect_err("it is none").to_string())
                .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        the range `[1.0,2.0` is not closed: `[` or `(` ends with `]` or `)`, as in `[1.0,2.0)`
        `(1.0)` holds nothing: a single version stands in square brackets, as in `[1.5]`
        both ends of the range `[1.0,1.0]` are the same: one version is written `[1.5]`
        the range `[2.0,1.0]` ends before it begins
        the ranges of `[1.0,2.0],[1.5,3.0]` overlap: name the lower one first, and let the next one begin behind its end
        `[1.0,2.0],3.0` mixes ranges with a plain version: put each part into brackets, as in `(,1.0],[1.2,)`
        ");
    }
}
