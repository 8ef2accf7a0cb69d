use std::cmp::Ordering;

use thiserror::Error;

use super::{PackageVersion, VersionError};

/// Why a text is no range of NuGet versions.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NuGetRangeError {
    /// It does not have a range's form.
    #[error("`{0}` is no version range: write `1.0`, `[1.0,2.0)`, `(1.0,)`, `[1.0]` or `1.*`")]
    Form(String),
    /// The range holds nothing.
    #[error("the version range `{0}` holds nothing: its ends are in the wrong order, or the only version is excluded")]
    Nothing(String),
    /// A `*` where none can be.
    #[error(
        "`{0}` is no version range: `*` stands for the last number or label of the lower end, as in `1.2.*` or `1.0-beta.*`"
    )]
    Floating(String),
    /// A version in it is none.
    #[error(transparent)]
    Version(#[from] VersionError),
}

/// A range of versions as NuGet writes it: `1.0` is that version or a later one, `[1.0,2.0)` and `(1.0,)` have ends that
/// belong to it or not, `[1.0]` is one version.
///
/// The lower end may float: `1.*` and `1.2.*` are releases that begin so, `*` is any release, `1.0-beta.*` is release 1.0
/// and its prereleases that begin so, and `*-*` and `1.*-*` take prereleases as well. Metadata does not count.
#[derive(Debug, Clone)]
pub struct NuGetRange {
    lower: Option<End>,
    upper: Option<End>,
    floating: Option<Floating>,
}

#[derive(Debug, Clone)]
struct End {
    version: PackageVersion,
    inclusive: bool,
}

/// What a version with a `*` allows.
#[derive(Debug, Clone)]
struct Floating {
    /// The numbers that are given; all four if only the prerelease floats.
    numbers: Vec<u32>,
    /// With what a prerelease must begin, if one may be.
    prerelease: Option<String>,
}

impl NuGetRange {
    /// Parses a range.
    pub fn parse(text: &str) -> Result<Self, NuGetRangeError> {
        let range = text.trim();
        let form = || NuGetRangeError::Form(text.to_owned());
        if !range.starts_with(['[', '(']) {
            let (lower, floating) = lower_end(range, true)?;
            return Ok(Self { lower, upper: None, floating });
        }
        if range.len() < 2 || !range.ends_with([']', ')']) {
            return Err(form());
        }
        let (lower_inclusive, upper_inclusive) = (range.starts_with('['), range.ends_with(']'));
        let inside = &range[1..range.len() - 1];
        let (lower, upper) = match inside.split_once(',') {
            Some((lower, upper)) => (lower.trim(), upper.trim()),
            None if inside.contains('*') || inside.trim().is_empty() => return Err(form()),
            None => (inside.trim(), inside.trim()),
        };
        let (lower, floating) = if lower.is_empty() { (None, None) } else { lower_end(lower, lower_inclusive)? };
        let upper = match upper {
            "" => None,
            upper if upper.contains('*') => return Err(NuGetRangeError::Floating(text.to_owned())),
            upper if upper.contains(',') => return Err(form()),
            upper => Some(End { version: PackageVersion::parse_typed(upper)?, inclusive: upper_inclusive }),
        };
        if let (Some(lower), Some(upper)) = (&lower, &upper) {
            let holds_something = match lower.version.compare_release(&upper.version) {
                Ordering::Less => true,
                Ordering::Equal => lower.inclusive && upper.inclusive,
                Ordering::Greater => false,
            };
            if !holds_something {
                return Err(NuGetRangeError::Nothing(text.to_owned()));
            }
        }
        Ok(Self { lower, upper, floating })
    }

    /// Whether a version is in the range.
    pub fn contains(&self, version: &PackageVersion) -> bool {
        let is_in = |end: &Option<End>, outside: Ordering| {
            end.as_ref().is_none_or(|end| match end.version.compare_release(version) {
                Ordering::Equal => end.inclusive,
                ordering => ordering != outside,
            })
        };
        is_in(&self.lower, Ordering::Greater)
            && is_in(&self.upper, Ordering::Less)
            && self.floating.as_ref().is_none_or(|floating| floating.allows(version))
    }

    /// The version that is to be taken of these: the lowest one in the range, as NuGet does, or the latest one if the
    /// range floats.
    pub fn best<'a>(&self, versions: impl IntoIterator<Item = &'a PackageVersion>) -> Option<&'a PackageVersion> {
        let fitting = versions.into_iter().filter(|version| self.contains(version));
        if self.floating.is_some() { fitting.max() } else { fitting.min() }
    }

    /// The latest of these versions that is in the range.
    pub fn latest<'a>(&self, versions: impl IntoIterator<Item = &'a PackageVersion>) -> Option<&'a PackageVersion> {
        versions.into_iter().filter(|version| self.contains(version)).max()
    }
}

impl Floating {
    fn allows(&self, version: &PackageVersion) -> bool {
        let prerelease = version.prerelease();
        let may_be_prerelease =
            |begin: &String| prerelease.get(..begin.len()).is_some_and(|found| found.eq_ignore_ascii_case(begin));
        self.numbers.iter().zip(version.numbers()).all(|(wanted, found)| *wanted == found)
            && (prerelease.is_empty() || self.prerelease.as_ref().is_some_and(may_be_prerelease))
    }
}

/// The lower end of a range, and what it allows if there is a `*` in it.
fn lower_end(text: &str, inclusive: bool) -> Result<(Option<End>, Option<Floating>), NuGetRangeError> {
    if !text.contains('*') {
        return Ok((Some(End { version: PackageVersion::parse_typed(text)?, inclusive }), None));
    }
    let misplaced = || NuGetRangeError::Floating(text.to_owned());
    let (core, labels) = text.split_once('-').map_or((text, None), |(core, labels)| (core, Some(labels)));
    let prerelease = match labels {
        None => None,
        Some(labels) => {
            let begin = labels.strip_suffix('*').ok_or_else(misplaced)?;
            if !begin.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
                return Err(misplaced());
            }
            Some(begin.to_owned())
        }
    };
    // `1.*`: the numbers before the star.
    let begin = match core.strip_suffix('*') {
        Some("") => "",
        Some(begin) => begin.strip_suffix('.').ok_or_else(misplaced)?,
        None => core,
    };
    if begin.contains('*') || core.ends_with('*') && prerelease.as_deref().is_some_and(|begin| !begin.is_empty()) {
        return Err(misplaced());
    }
    if begin.is_empty() {
        return Ok((None, Some(Floating { numbers: Vec::new(), prerelease })));
    }
    let lowest = PackageVersion::parse_typed(begin)?;
    let given = if core.ends_with('*') { begin.split('.').count() } else { 4 };
    if given == 4 && core.ends_with('*') {
        return Err(misplaced());
    }
    let numbers = lowest.numbers()[..given].to_vec();
    // A prerelease of the lowest version is before it: the numbers decide alone.
    let lower = if prerelease.is_some() { None } else { Some(End { version: lowest, inclusive }) };
    Ok((lower, Some(Floating { numbers, prerelease })))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VERSIONS: [&str; 9] = ["0.9", "1.0-beta.1", "1.0-rc", "1.0", "1.0+x", "1.1", "1.2.3", "2.0-beta", "2.0"];

    fn versions() -> Vec<PackageVersion> {
        VERSIONS.iter().filter_map(|text| PackageVersion::parse(text).ok()).collect()
    }

    fn in_range(text: &str) -> String {
        let range = NuGetRange::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let versions = versions();
        let fitting: Vec<&str> =
            versions.iter().filter(|version| range.contains(version)).map(PackageVersion::as_str).collect();
        let best = range.best(&versions).map_or("none", PackageVersion::as_str);
        format!("{text}: {} (best {best})", fitting.join(" "))
    }

    #[test]
    fn ranges_hold_what_they_say() {
        let shown: Vec<String> = [
            "1.0",
            "[1.0]",
            "[1.0,2.0)",
            "(1.0,)",
            "(,1.0]",
            "[1.0-beta.1, 1.0)",
            "*",
            "*-*",
            "1.*",
            "1.0.*",
            "1.*-*",
            "1.0-*",
            "1.0-beta.*",
            "[1.*,1.2)",
            "(,)",
            "3.*",
        ]
        .into_iter()
        .map(in_range)
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        1.0: 1.0 1.0+x 1.1 1.2.3 2.0-beta 2.0 (best 1.0)
        [1.0]: 1.0 1.0+x (best 1.0)
        [1.0,2.0): 1.0 1.0+x 1.1 1.2.3 2.0-beta (best 1.0)
        (1.0,): 1.1 1.2.3 2.0-beta 2.0 (best 1.1)
        (,1.0]: 0.9 1.0-beta.1 1.0-rc 1.0 1.0+x (best 0.9)
        [1.0-beta.1, 1.0): 1.0-beta.1 1.0-rc (best 1.0-beta.1)
        *: 0.9 1.0 1.0+x 1.1 1.2.3 2.0 (best 2.0)
        *-*: 0.9 1.0-beta.1 1.0-rc 1.0 1.0+x 1.1 1.2.3 2.0-beta 2.0 (best 2.0)
        1.*: 1.0 1.0+x 1.1 1.2.3 (best 1.2.3)
        1.0.*: 1.0 1.0+x (best 1.0+x)
        1.*-*: 1.0-beta.1 1.0-rc 1.0 1.0+x 1.1 1.2.3 (best 1.2.3)
        1.0-*: 1.0-beta.1 1.0-rc 1.0 1.0+x (best 1.0+x)
        1.0-beta.*: 1.0-beta.1 1.0 1.0+x (best 1.0+x)
        [1.*,1.2): 1.0 1.0+x 1.1 (best 1.1)
        (,): 0.9 1.0-beta.1 1.0-rc 1.0 1.0+x 1.1 1.2.3 2.0-beta 2.0 (best 0.9)
        3.*:  (best none)
        ");
    }

    #[test]
    fn what_is_no_range() {
        let shown: Vec<String> = [
            "",
            "[1.0",
            "1.0]",
            "[]",
            "[2.0,1.0]",
            "[1.0,1.0)",
            "(1.0)",
            "[1.0,2.0,3.0]",
            "[1.0,2.*]",
            "1.*.0",
            "1*",
            "*.1",
            "1.0.0.0.*",
            "1.*-beta*",
            "1.0-be ta*",
            "[x,]",
        ]
        .into_iter()
        .map(|text| NuGetRange::parse(text).expect_err("it is none").to_string())
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        `` is no version: one to four numbers, then perhaps `-prerelease` and `+metadata`, such as `1.0.78-beta.2`
        `[1.0` is no version range: write `1.0`, `[1.0,2.0)`, `(1.0,)`, `[1.0]` or `1.*`
        `1.0]` is no version: one to four numbers, then perhaps `-prerelease` and `+metadata`, such as `1.0.78-beta.2`
        `[]` is no version range: write `1.0`, `[1.0,2.0)`, `(1.0,)`, `[1.0]` or `1.*`
        the version range `[2.0,1.0]` holds nothing: its ends are in the wrong order, or the only version is excluded
        the version range `[1.0,1.0)` holds nothing: its ends are in the wrong order, or the only version is excluded
        the version range `(1.0)` holds nothing: its ends are in the wrong order, or the only version is excluded
        `[1.0,2.0,3.0]` is no version range: write `1.0`, `[1.0,2.0)`, `(1.0,)`, `[1.0]` or `1.*`
        `[1.0,2.*]` is no version range: `*` stands for the last number or label of the lower end, as in `1.2.*` or `1.0-beta.*`
        `1.*.0` is no version range: `*` stands for the last number or label of the lower end, as in `1.2.*` or `1.0-beta.*`
        `1*` is no version range: `*` stands for the last number or label of the lower end, as in `1.2.*` or `1.0-beta.*`
        `*.1` is no version range: `*` stands for the last number or label of the lower end, as in `1.2.*` or `1.0-beta.*`
        `1.0.0.0.*` is no version range: `*` stands for the last number or label of the lower end, as in `1.2.*` or `1.0-beta.*`
        `1.*-beta*` is no version range: `*` stands for the last number or label of the lower end, as in `1.2.*` or `1.0-beta.*`
        `1.0-be ta*` is no version range: `*` stands for the last number or label of the lower end, as in `1.2.*` or `1.0-beta.*`
        `x` is no version: one to four numbers, then perhaps `-prerelease` and `+metadata`, such as `1.0.78-beta.2`
        ");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "[\\[(]?[0-2.*a-]{0,6}(,[0-2.*a-]{0,6})?[\\])]?") {
            if let Ok(range) = NuGetRange::parse(&text) {
                let versions = versions();
                let best = range.best(&versions);
                prop_assert_eq!(best.is_some(), versions.iter().any(|version| range.contains(version)));
            }
        }
    }
}
