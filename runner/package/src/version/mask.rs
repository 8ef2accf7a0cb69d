use thiserror::Error;
use wharf_model::{OctopusVersion, OctopusVersionError};

/// Why a text is no mask, or makes no version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MaskError {
    /// It does not have a mask's form.
    #[error(
        "`{0}` is no version mask: up to four parts, each a number, `i` for the next one or `c` for the current one, then perhaps `-prerelease` and `+metadata`, without blanks, such as `1.0.i` or `2.c.i-beta.i`"
    )]
    Form(String),
    /// There is no part that changes.
    #[error("`{0}` is a version and no mask: one part must be `i` for the next number or `c` for the current one")]
    NoSubstitute(String),
    /// A number in it is too large, or would become so.
    #[error("`{0}` makes no version: a number is larger than 2147483647")]
    TooLarge(String),
    /// The version that it makes is none.
    #[error("`{mask}` makes `{version}`, which is no version: {problem}")]
    Version {
        /// The mask.
        mask: String,
        /// What it makes.
        version: String,
        /// What is wrong with that.
        problem: OctopusVersionError,
    },
}

/// A mask for the next version: `1.0.i` is `1.0.8` after `1.0.7`. `i` is the number after the current one, `c` the current
/// one; an `i` or `c` behind an `i` becomes 0, and so do parts that only the current version has. The labels of a
/// prerelease and of metadata can be `i` and `c` as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionMask {
    text: String,
    parts: Parts,
}

/// What a mask and the current version have in common: their parts as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Parts {
    /// `v`, `V` or nothing.
    prefix: String,
    numbers: [Option<String>; 4],
    prerelease: Option<String>,
    metadata: Option<String>,
}

const NEXT: &str = "i";
const CURRENT: &str = "c";

impl VersionMask {
    /// Parses a mask. Blanks around it do not count.
    pub fn parse(text: &str) -> Result<Self, MaskError> {
        let mask = text.trim();
        let parts = Parts::parse(mask).ok_or_else(|| MaskError::Form(text.to_owned()))?;
        if mask.is_empty() {
            return Err(MaskError::Form(text.to_owned()));
        }
        if !parts.has_substitute() {
            return Err(MaskError::NoSubstitute(mask.to_owned()));
        }
        Ok(Self { text: mask.to_owned(), parts })
    }

    /// The mask as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The latest of these versions that fits the mask: one whose numbers are those before the first `i` or `c`; missing
    /// ones are 0.
    pub fn latest<'a>(&self, versions: impl IntoIterator<Item = &'a OctopusVersion>) -> Option<&'a OctopusVersion> {
        let fits = |version: &&OctopusVersion| {
            let numbers = [version.major(), version.minor(), version.patch(), version.revision()];
            let fixed = self.parts.numbers.iter().take_while(|part| !is_substitute(part.as_deref()));
            fixed.zip(numbers).all(|(part, number)| part.as_deref().unwrap_or("0").parse() == Ok(number))
        };
        versions.into_iter().filter(fits).max()
    }

    /// The first version, when there is none yet: each `i` and `c` is 0.
    pub fn first(&self) -> Result<OctopusVersion, MaskError> {
        let mut version = self.parts.prefix.clone();
        for (place, part) in self.parts.numbers.iter().enumerate() {
            let Some(part) = part else { continue };
            if place > 0 {
                version.push('.');
            }
            version.push_str(if is_substitute(Some(part)) { "0" } else { part });
        }
        for (separator, labels) in [('-', &self.parts.prerelease), ('+', &self.parts.metadata)] {
            if let Some(labels) = labels.as_deref().filter(|labels| !labels.is_empty()) {
                let zero = |label| if is_substitute(Some(label)) { "0" } else { label };
                version.push(separator);
                version.push_str(&labels.split('.').map(zero).collect::<Vec<_>>().join("."));
            }
        }
        self.finish(version)
    }

    /// The version after the current one.
    pub fn next(&self, current: &OctopusVersion) -> Result<OctopusVersion, MaskError> {
        // A version that a mask cannot describe counts as 0.
        let current = Parts::parse(current.original()).unwrap_or_default();
        let mut version = self.parts.prefix.clone();
        let mut before: Option<&str> = None;
        for (place, (part, now)) in self.parts.numbers.iter().zip(&current.numbers).enumerate() {
            let number = match part.as_deref() {
                Some(part) if before == Some(NEXT) && is_substitute(Some(part)) => Some("0".to_owned()),
                Some(part) => Some(self.number(part, now.as_deref())?),
                None if now.is_some() && before.is_some() => Some("0".to_owned()),
                None => None,
            };
            if let Some(number) = number {
                if place > 0 {
                    version.push('.');
                }
                version.push_str(&number);
            }
            before = part.as_deref();
        }
        let labels =
            [('-', &self.parts.prerelease, &current.prerelease), ('+', &self.parts.metadata, &current.metadata)];
        for (separator, mask, now) in labels {
            if let Some(mask) = mask.as_deref().filter(|mask| !mask.is_empty()) {
                version.push(separator);
                version.push_str(&next_labels(mask, now.as_deref()));
            }
        }
        self.finish(version)
    }

    fn number(&self, part: &str, now: Option<&str>) -> Result<String, MaskError> {
        let step = match part {
            NEXT => 1,
            CURRENT => 0,
            fixed => return Ok(fixed.to_owned()),
        };
        // A current version of a mask's form may hold an `i`; it counts as no number.
        let now = now.filter(|now| !is_substitute(Some(now))).unwrap_or("0");
        let number: Option<u64> = now.parse().ok();
        number
            .and_then(|number| number.checked_add(step))
            .map(|number| number.to_string())
            .ok_or_else(|| self.too_large())
    }

    fn finish(&self, version: String) -> Result<OctopusVersion, MaskError> {
        version.parse().map_err(|problem| match problem {
            OctopusVersionError::TooLarge => self.too_large(),
            problem => MaskError::Version { mask: self.text.clone(), version, problem },
        })
    }

    fn too_large(&self) -> MaskError {
        MaskError::TooLarge(self.text.clone())
    }
}

impl Parts {
    /// The parts of a text that has the form of a mask, whether something in it changes or not.
    fn parse(text: &str) -> Option<Self> {
        let (rest, metadata) = text.split_once('+').map_or((text, None), |(rest, metadata)| (rest, Some(metadata)));
        let (core, prerelease) = rest.split_once('-').map_or((rest, None), |(core, labels)| (core, Some(labels)));
        if [prerelease, metadata].into_iter().flatten().any(|labels| labels.contains(char::is_whitespace)) {
            return None;
        }
        let mut parts = Self {
            prerelease: prerelease.map(str::to_owned),
            metadata: metadata.map(str::to_owned),
            ..Self::default()
        };
        if core.is_empty() {
            return Some(parts);
        }
        let without_prefix = core.strip_prefix(['v', 'V']).unwrap_or(core);
        core[..core.len() - without_prefix.len()].clone_into(&mut parts.prefix);
        for (place, part) in without_prefix.split('.').enumerate() {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number && !is_substitute(Some(part)) {
                return None;
            }
            *parts.numbers.get_mut(place)? = Some(part.to_owned());
        }
        Some(parts)
    }

    fn has_substitute(&self) -> bool {
        let ends_in_one =
            |labels: &String| labels.rsplit_once('.').is_some_and(|(_, label)| is_substitute(Some(label)));
        self.numbers.iter().any(|part| is_substitute(part.as_deref()))
            || [&self.prerelease, &self.metadata].into_iter().flatten().any(ends_in_one)
    }
}

fn is_substitute(part: Option<&str>) -> bool {
    matches!(part, Some(NEXT | CURRENT))
}

/// The labels after the current ones; labels that are no number count as 0.
fn next_labels(mask: &str, now: Option<&str>) -> String {
    let now: Vec<&str> = now.map(|now| now.split('.').collect()).unwrap_or_default();
    let changes = mask.rsplit_once('.').is_some_and(|(_, label)| is_substitute(Some(label)));
    let labels: Vec<&str> = mask.split('.').collect();
    let next = |place: usize| {
        if place > 0 && labels[place - 1] == NEXT && changes {
            return "0".to_owned();
        }
        let number = now.get(place).and_then(|label| label.parse::<i32>().ok()).map_or(0, i64::from);
        match labels[place] {
            NEXT => (number + 1).to_string(),
            CURRENT => number.to_string(),
            label => label.to_owned(),
        }
    };
    (0..labels.len()).map(next).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> OctopusVersion {
        text.parse().expect("a test's version parses")
    }

    #[test]
    fn the_next_version() {
        let shown: Vec<String> = [
            ("1.0.i", "1.0.7"),
            ("1.0.i", "1.0.7.3"),
            ("2.1.c.i", "2.1.3.4"),
            ("i.i.i", "1.2.3"),
            ("c.i.c", "1.2.3"),
            ("1.i.5", "1.2.3"),
            ("1.0.i-beta.i", "1.0.7-beta.9"),
            ("1.0.c-beta.i", "1.0.7-beta.9+x"),
            ("1.0.0-i.i", "1.0.0-3.4"),
            ("v1.i", "1.2"),
            ("1.i+build.i", "1.2+build.9"),
            ("1.0.i", "1.0_x"),
            (" 1.i ", "1.1"),
            ("1.i", "1.2147483647"),
            ("1.i-hi'there", "1.1"),
        ]
        .into_iter()
        .map(|(mask, current)| {
            let next = VersionMask::parse(mask).and_then(|mask| mask.next(&version(current)));
            let next = next.map_or_else(|error| error.to_string(), |next| next.to_string());
            format!("{mask} after {current}: {next}")
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        1.0.i after 1.0.7: 1.0.8
        1.0.i after 1.0.7.3: 1.0.8.0
        2.1.c.i after 2.1.3.4: 2.1.3.5
        i.i.i after 1.2.3: 2.0.0
        c.i.c after 1.2.3: 1.3.0
        1.i.5 after 1.2.3: 1.3.5
        1.0.i-beta.i after 1.0.7-beta.9: 1.0.8-beta.10
        1.0.c-beta.i after 1.0.7-beta.9+x: 1.0.7-beta.10
        1.0.0-i.i after 1.0.0-3.4: 1.0.0-4.0
        v1.i after 1.2: v1.3
        1.i+build.i after 1.2+build.9: 1.3+build.10
        1.0.i after 1.0_x: 1.0.1
         1.i  after 1.1: 1.2
        1.i after 1.2147483647: `1.i` makes no version: a number is larger than 2147483647
        1.i-hi'there after 1.1: `1.i-hi'there` makes `1.2-hi'there`, which is no version: not a version: up to four numbers with dots between them, then `-` and a pre-release, then `+` and metadata, of letters, digits, `.`, `-`, `_` and `\`
        ");
    }

    #[test]
    fn the_first_version() {
        let first = |mask: &str| VersionMask::parse(mask).and_then(|mask| mask.first()).map(|first| first.to_string());
        assert_eq!(first("1.0.i").as_deref(), Ok("1.0.0"));
        assert_eq!(first("v2.c.i-beta.i+x.c").as_deref(), Ok("v2.0.0-beta.0+x.0"));
    }

    #[test]
    fn the_latest_version_that_fits() {
        let versions: Vec<_> = ["1.0.9", "1.0.10", "1.1.0", "2.0.0"].map(version).into();
        let latest = |mask: &str| {
            let mask = VersionMask::parse(mask).expect("it is a mask");
            mask.latest(&versions).map(ToString::to_string)
        };
        assert_eq!(latest("1.0.i").as_deref(), Some("1.0.10"));
        assert_eq!(latest("1.c.i").as_deref(), Some("1.1.0"));
        assert_eq!(latest("i.0").as_deref(), Some("2.0.0"));
        assert_eq!(latest("1.1-x.i").as_deref(), Some("1.1.0"));
        assert_eq!(latest("3.i"), None);
    }

    #[test]
    fn what_is_no_mask() {
        let shown: Vec<String> = ["1.0", "", "1 .i", "1..i", "1.ii", "1.0.0.0.i", "1.0.-i", "x.i"]
            .into_iter()
            .map(|text| VersionMask::parse(text).expect_err("it is none").to_string())
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        `1.0` is a version and no mask: one part must be `i` for the next number or `c` for the current one
        `` is no version mask: up to four parts, each a number, `i` for the next one or `c` for the current one, then perhaps `-prerelease` and `+metadata`, without blanks, such as `1.0.i` or `2.c.i-beta.i`
        `1 .i` is no version mask: up to four parts, each a number, `i` for the next one or `c` for the current one, then perhaps `-prerelease` and `+metadata`, without blanks, such as `1.0.i` or `2.c.i-beta.i`
        `1..i` is no version mask: up to four parts, each a number, `i` for the next one or `c` for the current one, then perhaps `-prerelease` and `+metadata`, without blanks, such as `1.0.i` or `2.c.i-beta.i`
        `1.ii` is no version mask: up to four parts, each a number, `i` for the next one or `c` for the current one, then perhaps `-prerelease` and `+metadata`, without blanks, such as `1.0.i` or `2.c.i-beta.i`
        `1.0.0.0.i` is no version mask: up to four parts, each a number, `i` for the next one or `c` for the current one, then perhaps `-prerelease` and `+metadata`, without blanks, such as `1.0.i` or `2.c.i-beta.i`
        `1.0.-i` is no version mask: up to four parts, each a number, `i` for the next one or `c` for the current one, then perhaps `-prerelease` and `+metadata`, without blanks, such as `1.0.i` or `2.c.i-beta.i`
        `x.i` is no version mask: up to four parts, each a number, `i` for the next one or `c` for the current one, then perhaps `-prerelease` and `+metadata`, without blanks, such as `1.0.i` or `2.c.i-beta.i`
        ");
    }

    proptest! {
        #[test]
        fn the_next_version_is_later(
            mask in "[0-2ic](\\.[0-2ic]){0,3}",
            current in "[0-2](\\.[0-2]){3}",
        ) {
            let current = version(&current);
            if let Ok(mask) = VersionMask::parse(&mask) {
                let next = mask.next(&current).map_err(|error| TestCaseError::fail(error.to_string()))?;
                // Of two versions that fit and increment, the next one is later.
                if mask.latest([&current]).is_some() && mask.as_str().contains('i') && !mask.as_str().contains(['0', '1', '2']) {
                    prop_assert!(next > current, "{} after {}: {}", mask.as_str(), current, next);
                }
            }
        }
    }
}
