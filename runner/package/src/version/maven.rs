use std::cmp::Ordering;
use std::fmt;

use super::maven_order::Items;
use super::{VersionFormat, VersionFormatError};

/// A version of Maven: any text is one. Versions are compared as `ComparableVersion` of Maven 3.0 does, which Octopus took
/// over: `1.0-alpha-1` < `1.0-beta` < `1.0-rc` < `1.0-SNAPSHOT` < `1.0` = `1.0-ga` < `1.0-sp` < `1.0.1`.
///
/// That comparison is no total order: `6.1H` > `6.1.0` > `6.1.0rc3` > `6.1H`. So there is [`compare`](Self::compare) and no
/// [`Ord`]; [`latest_version`](crate::latest_version) picks one of many.
#[derive(Debug, Clone)]
pub struct MavenVersion {
    text: String,
    items: Items,
    numbers: [u32; 4],
    release: String,
}

impl MavenVersion {
    /// Parses a version. `major`, `minor`, `patch`, revision and what remains are read as Maven's build helper does.
    pub fn parse(text: &str) -> Result<Self, VersionFormatError> {
        VersionFormat::Maven.check_length(text)?;
        let (numbers, release) = split(text);
        Ok(Self { text: text.to_owned(), items: Items::new(text), numbers, release: release.to_owned() })
    }

    /// Which one is later.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.items.compare(&other.items)
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Major, minor, patch and the build number, which stands behind a `-`; 2147483647 for what is larger.
    pub fn numbers(&self) -> [u32; 4] {
        self.numbers
    }

    /// What follows the numbers.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// Whether it is a snapshot, alpha, beta, milestone or release candidate.
    pub fn is_prerelease(&self) -> bool {
        let label = self.release.to_ascii_lowercase();
        let letter_and_digit = |letter: char| {
            label.strip_prefix(letter).is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
        };
        label == "snapshot"
            || ["alpha", "beta", "milestone", "cr", "rc"].iter().any(|begin| label.starts_with(begin))
            || ['a', 'b', 'm'].into_iter().any(letter_and_digit)
    }
}

/// The numbers and the qualifier.
fn split(text: &str) -> ([u32; 4], &str) {
    let mut numbers = [0; 4];
    let mut rest = text;
    for (place, number) in numbers.iter_mut().take(3).enumerate() {
        let behind = if place == 0 { Some(rest) } else { rest.strip_prefix('.') };
        let Some((digits, after)) = behind.and_then(leading_digits) else { break };
        *number = saturated(digits);
        rest = after;
    }
    if rest.len() == text.len() {
        // It begins with no number.
        return (numbers, text);
    }
    let qualifier = match rest.as_bytes() {
        [b'-', ..] => match leading_digits(&rest[1..]) {
            Some((digits, after)) => {
                numbers[3] = saturated(digits);
                after
            }
            None => &rest[1..],
        },
        [b'.', ..] => &rest[1..],
        // What stands there without a separator is none, as in `1_0`.
        _ => "",
    };
    (numbers, if qualifier.trim().is_empty() { "" } else { qualifier })
}

fn leading_digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn saturated(digits: &str) -> u32 {
    // Digits that are no `i32` are too many.
    digits.parse::<i32>().unwrap_or(i32::MAX).unsigned_abs()
}

impl PartialEq for MavenVersion {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

impl fmt::Display for MavenVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> MavenVersion {
        MavenVersion::parse(text).expect("a test's version parses")
    }

    #[test]
    fn versions_in_their_order() {
        let ordered = [
            "1-alpha2snapshot",
            "1-alpha2",
            "1-alpha-123",
            "1-beta-2",
            "1-beta123",
            "1-m2",
            "1-m11",
            "1-rc",
            "1-cr2",
            "1-rc123",
            "1-SNAPSHOT",
            "1",
            "1-sp",
            "1-sp2",
            "1-abc",
            "1-def",
            "1-pom-1",
            "1-1-snapshot",
            "1-1",
            "1-2",
            "1-123",
            "1.0.1",
            "1.99999999999999999999",
            "1.100000000000000000000",
        ];
        for (at, earlier) in ordered.iter().enumerate() {
            for later in &ordered[at + 1..] {
                assert_eq!(version(earlier).compare(&version(later)), Ordering::Less, "{earlier} < {later}");
                assert_eq!(version(later).compare(&version(earlier)), Ordering::Greater, "{later} > {earlier}");
            }
        }
    }

    #[test]
    fn different_texts_of_one_version() {
        for (left, right) in [
            ("1", "1.0.0"),
            ("1", "1-0"),
            ("1", "1-ga"),
            ("1.0", "1-Final"),
            ("1x", "1.0.0-x"),
            ("1a1", "1-alpha-1"),
            ("1b2", "1-beta-2"),
            ("1m3", "1-milestone-3"),
            ("1cr", "1rc"),
            ("01.002", "1.2"),
        ] {
            assert_eq!(version(left), version(right), "{left} = {right}");
        }
        assert_ne!(version("1a"), version("1-alpha"), "without a digit `a` means nothing");
    }

    #[test]
    fn numbers_and_what_remains() {
        let shown: Vec<String> = [
            "1.2.3",
            "1.2.3-4-SNAPSHOT",
            "2.3.4-beta-5",
            "1.2.3.4",
            "1.0.0.M27",
            "1_0_alpha",
            "1-0-alpha",
            "latest",
            "1.x",
            "1.20260101120000",
            "",
        ]
        .into_iter()
        .map(|text| {
            let version = version(text);
            let prerelease = if version.is_prerelease() { " prerelease" } else { "" };
            format!("{text}: {:?} {:?}{prerelease}", version.numbers(), version.release())
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        1.2.3: [1, 2, 3, 0] ""
        1.2.3-4-SNAPSHOT: [1, 2, 3, 4] "-SNAPSHOT"
        2.3.4-beta-5: [2, 3, 4, 0] "beta-5" prerelease
        1.2.3.4: [1, 2, 3, 0] "4"
        1.0.0.M27: [1, 0, 0, 0] "M27" prerelease
        1_0_alpha: [1, 0, 0, 0] ""
        1-0-alpha: [1, 0, 0, 0] "-alpha"
        latest: [0, 0, 0, 0] "latest"
        1.x: [1, 0, 0, 0] "x"
        1.20260101120000: [1, 2147483647, 0, 0] ""
        : [0, 0, 0, 0] ""
        "#);
        let error = MavenVersion::parse(&"1.".repeat(600)).expect_err("the text is too long").to_string();
        insta::assert_snapshot!(error, @"the version `1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.…` is longer than 1024 bytes");
    }

    proptest! {
        #[test]
        fn comparison_is_antisymmetric(left in "[0-2ab.rc-]{0,10}", right in "[0-2ab.rc-]{0,10}") {
            let (left, right) = (version(&left), version(&right));
            prop_assert_eq!(left.compare(&right), right.compare(&left).reverse());
            prop_assert_eq!(left.compare(&left), Ordering::Equal);
        }

        /// Where only numbers are compared, the order is total.
        #[test]
        fn numbers_are_in_a_total_order(texts in prop::collection::vec("[0-2](\\.[0-2]){0,3}", 3)) {
            let mut versions: Vec<_> = texts.iter().map(|text| version(text)).collect();
            versions.sort_by(MavenVersion::compare);
            prop_assert!(versions[0].compare(&versions[2]).is_le());
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,30}") {
            if let Ok(version) = MavenVersion::parse(&text) {
                prop_assert_eq!(version.to_string(), text);
            }
        }
    }
}
