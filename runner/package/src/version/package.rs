use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::labels;

/// Why a text is no version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VersionError {
    /// It does not have a version's form.
    #[error(
        "`{0}` is no version: one to four numbers, then perhaps `-prerelease` and `+metadata`, such as `1.0.78-beta.2`"
    )]
    Form(String),
    /// A number in it is too large.
    #[error("`{0}` is no version: a number in it is larger than 2147483647")]
    TooLarge(String),
}

/// A version as packages carry it: one to four numbers, `-prerelease` and `+metadata`, perhaps a `v` before it.
///
/// The text is kept as written. Versions are compared as SemVer does, with missing numbers taken as 0, without regard to
/// case, and by metadata last: `1.0` equals `1.0.0.0`, and `1.0.0-beta.2` comes before `1.0.0-beta.11`.
#[derive(Debug, Clone)]
pub struct PackageVersion {
    text: String,
    numbers: [u32; 4],
    prerelease: String,
    metadata: String,
}

impl PackageVersion {
    /// Parses a version.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let form = || VersionError::Form(text.to_owned());
        let rest = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (rest, metadata) = split_at_first(rest, '+');
        let (core, prerelease) = split_at_first(rest, '-');
        if [metadata, prerelease].into_iter().flatten().any(|labels| !labels.split('.').all(is_label)) {
            return Err(form());
        }
        let mut numbers = [0; 4];
        for (count, part) in core.split('.').enumerate() {
            let slot = numbers.get_mut(count).ok_or_else(form)?;
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(form());
            }
            let number: u64 = part.trim_start_matches('0').parse().or_else(|_| {
                // Nothing left but zeros, or more digits than any number here may have.
                if part.bytes().all(|byte| byte == b'0') { Ok(0) } else { Err(VersionError::TooLarge(text.to_owned())) }
            })?;
            let largest = u64::from(i32::MAX.unsigned_abs());
            if number > largest {
                return Err(VersionError::TooLarge(text.to_owned()));
            }
            *slot = u32::try_from(number).map_err(|_| VersionError::TooLarge(text.to_owned()))?;
        }
        Ok(Self {
            text: text.to_owned(),
            numbers,
            prerelease: prerelease.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
        })
    }

    /// Parses a version as Octopus reads what people typed: blanks around it and around its numbers do not count, and are
    /// not kept.
    pub fn parse_typed(text: &str) -> Result<Self, VersionError> {
        let trimmed = text.trim();
        let core = trimmed.find(['-', '+']).unwrap_or(trimmed.len());
        let (core, rest) = trimmed.split_at(core);
        let numbers: Vec<&str> = core.split('.').map(str::trim).collect();
        match Self::parse(&format!("{}{rest}", numbers.join("."))) {
            Err(VersionError::Form(_)) => Err(VersionError::Form(text.to_owned())),
            parsed => parsed,
        }
    }

    /// The four numbers; those that are not written are 0.
    pub fn numbers(&self) -> [u32; 4] {
        self.numbers
    }

    /// Which one is later, if metadata does not count.
    pub fn compare_release(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What follows `-`, up to the metadata; empty for a release.
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    /// What follows `+`; empty if there is nothing.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }
}

fn split_at_first(text: &str, separator: char) -> (&str, Option<&str>) {
    text.split_once(separator).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn compare_prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => labels::compare_all(left.split('.'), right.split('.')),
    }
}

impl Ord for PackageVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare_release(other).then_with(|| labels::compare_ignoring_case(&self.metadata, &other.metadata))
    }
}

impl PartialOrd for PackageVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for PackageVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for PackageVersion {}

impl FromStr for PackageVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        Self::parse(text)
    }
}

impl fmt::Display for PackageVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> PackageVersion {
        PackageVersion::parse(text).expect("a test's version parses")
    }

    #[test]
    fn the_text_stays_and_missing_numbers_are_zero() {
        assert_eq!(version("1.0"), version("1.0.0.0"));
        assert_eq!(version("2016.01.02"), version("2016.1.2"));
        assert_eq!(version("v1.2.3"), version("1.2.3"));
        assert_eq!(version("2016.01.02").to_string(), "2016.01.02");
        assert_eq!(version("1.0.0-Beta"), version("1.0.0-beta"));
        let full = version("1.2-rc.1+build.7");
        assert_eq!((full.prerelease(), full.metadata()), ("rc.1", "build.7"));
    }

    #[test]
    fn versions_in_their_order() {
        let ordered = [
            "0.9",
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0+build",
            "1.0.0.1",
            "1.2",
            "1.10",
        ];
        for pair in ordered.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{} < {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn what_is_no_version() {
        for text in ["", "v", "1.", ".1", "1.2.3.4.5", "1.0-", "1.0+", "1.0-a..b", "1.0-é", "1 .0", "1.0-a b", "latest"]
        {
            assert_eq!(PackageVersion::parse(text), Err(VersionError::Form(text.to_owned())), "{text}");
        }
        for text in ["2147483648", "1.99999999999999999999999"] {
            assert_eq!(PackageVersion::parse(text), Err(VersionError::TooLarge(text.to_owned())));
        }
        assert_eq!(version("2147483647.000000000000000000000000").numbers, [2_147_483_647, 0, 0, 0]);
    }

    #[test]
    fn what_people_typed() {
        let typed = |text: &str| PackageVersion::parse_typed(text).map(|version| version.to_string());
        assert_eq!(typed(" v1 . 2.3-rc.1 ").as_deref(), Ok("v1.2.3-rc.1"));
        for text in ["1 0", "1.0- a", "1.0-a b", " "] {
            assert_eq!(typed(text), Err(VersionError::Form(text.to_owned())), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,20}") {
            if let Ok(version) = PackageVersion::parse(&text) {
                prop_assert_eq!(version.to_string(), text);
            }
        }

        #[test]
        fn the_order_is_total(texts in prop::collection::vec("[0-2](\\.[0-2]){0,3}(-[ab0-2](\\.[ab0-2])?)?(\\+[ab])?", 3)) {
            let mut versions: Vec<_> = texts.iter().map(|text| version(text)).collect();
            versions.sort();
            prop_assert!(versions[0] <= versions[1] && versions[1] <= versions[2] && versions[0] <= versions[2]);
            prop_assert_eq!(versions[0].cmp(&versions[2]), versions[2].cmp(&versions[0]).reverse());
        }
    }
}
