use wharf_package::{NuGetRange, NuGetRangeError, PackageVersion};

/// How many versions are named in a message.
const NAMED: usize = 4;

/// Which versions of a package are wanted.
#[derive(Debug, Clone)]
pub(super) enum WantedVersion {
    /// This one.
    Exact(String),
    /// The newest one of a range, or of all.
    Newest { range: Option<Box<Range>>, prerelease: bool },
}

/// A range as it was written.
#[derive(Debug, Clone)]
pub(super) struct Range {
    text: String,
    range: NuGetRange,
    /// Whether it names a prerelease, and so takes them.
    names_prerelease: bool,
}

impl WantedVersion {
    /// Reads what was written: a version, or a NuGet range, which has brackets or a `*`.
    pub(super) fn parse(text: &str, prerelease: bool) -> Result<Self, String> {
        let text = text.trim();
        if !text.contains(['[', '(', '*', ',']) {
            return match PackageVersion::parse(text) {
                Ok(_) => Ok(Self::Exact(text.to_owned())),
                Err(error) => Err(error.to_string()),
            };
        }
        let names_prerelease = text.contains('-');
        // What floats takes prereleases only where it says so.
        let read = if prerelease && !names_prerelease { text.replace('*', "*-*") } else { text.to_owned() };
        let range = NuGetRange::parse(&read).map_err(|error: NuGetRangeError| error.to_string())?;
        let range = Range { text: text.to_owned(), range, names_prerelease };
        Ok(Self::Newest { range: Some(Box::new(range)), prerelease })
    }

    /// What is wanted as it was written, empty for the newest, and whether prereleases are.
    pub(super) fn wish(&self) -> (&str, bool) {
        match self {
            Self::Exact(version) => (version, false),
            Self::Newest { range, prerelease } => (range.as_ref().map_or("", |range| &range.text), *prerelease),
        }
    }

    /// The version to take of those that a feed has, as the feed writes it.
    pub(super) fn pick(&self, id: &str, versions: &[String]) -> Result<String, Unavailable> {
        if versions.is_empty() {
            return Err(Unavailable { message: format!("has no package `{id}`"), help: None });
        }
        let (range, prerelease) = match self {
            Self::Exact(version) => return Ok(version.clone()),
            Self::Newest { range, prerelease } => (range.as_ref(), *prerelease),
        };
        let in_range = |version: &PackageVersion| range.is_none_or(|range| range.range.contains(version));
        let takes_prereleases = prerelease || range.is_some_and(|range| range.names_prerelease);
        let parsed = || versions.iter().filter_map(|version| PackageVersion::parse(version).ok());
        let fitting = parsed().filter(|version| takes_prereleases || version.prerelease().is_empty()).filter(in_range);
        if let Some(version) = fitting.max() {
            return Ok(version.as_str().to_owned());
        }
        let message = match range {
            Some(range) => format!("has no version of `{id}` in {}", range.text),
            None => format!("has no release of `{id}`"),
        };
        let with_prereleases = Self::parse(range.map_or("*-*", |range| &range.text), true);
        let newest = match with_prereleases {
            Ok(Self::Newest { range: Some(range), .. }) if !takes_prereleases => {
                parsed().filter(|version| range.range.contains(version)).max()
            }
            _ => None,
        };
        let help = match newest {
            Some(version) => format!("`prerelease: true` would take {version}"),
            None => format!("it has {}", newest_of(versions)),
        };
        Err(Unavailable { message, help: Some(help) })
    }
}

/// Why a feed has no version that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unavailable {
    /// The rest of a sentence that begins with the feed.
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// What is to be said when a feed has not exactly this version.
pub(super) fn near(id: &str, version: &str, versions: &[String]) -> Unavailable {
    if versions.is_empty() {
        return Unavailable { message: format!("has no package `{id}`"), help: None };
    }
    let message = format!("has no version {version} of `{id}`");
    let mut known: Vec<PackageVersion> =
        versions.iter().filter_map(|version| PackageVersion::parse(version).ok()).collect();
    known.sort();
    let Ok(wanted) = PackageVersion::parse(version) else {
        return Unavailable { message, help: Some(format!("it has {}", newest_of(versions))) };
    };
    let at = known.partition_point(|version| *version < wanted);
    let (from, to) = (at.saturating_sub(NAMED / 2), (at + NAMED / 2).min(known.len()));
    let mut names: Vec<&str> = known[from..to].iter().map(PackageVersion::as_str).collect();
    let newest = known.last().map(PackageVersion::as_str).filter(|newest| !names.contains(newest));
    let newest = newest.map(|newest| format!("; the newest is {newest}")).unwrap_or_default();
    names.dedup();
    let are = if names.len() == 1 { "is" } else { "are" };
    Unavailable { message, help: Some(format!("near it {are} {}{newest}", names.join(", "))) }
}

/// The newest versions, the newest first, with how many more there are.
fn newest_of(versions: &[String]) -> String {
    let named: Vec<&str> = versions.iter().rev().take(NAMED).map(String::as_str).collect();
    let more = versions.len() - named.len();
    let more = if more > 0 { format!(" and {more} older") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(wanted: &str, prerelease: bool, versions: &[&str]) -> String {
        let versions: Vec<String> = versions.iter().map(|version| (*version).to_owned()).collect();
        let wanted = match wanted {
            "" => Ok(WantedVersion::Newest { range: None, prerelease }),
            wanted => WantedVersion::parse(wanted, prerelease),
        };
        match wanted.map(|wanted| wanted.pick("A", &versions)) {
            Ok(Ok(version)) => version,
            Ok(Err(Unavailable { message, help })) => format!("{message}; {}", help.unwrap_or_default()),
            Err(error) => error,
        }
    }

    #[test]
    fn the_newest_of_a_range_is_picked_and_prereleases_only_on_demand() {
        let all = ["latest", "1.0.0", "1.9.0", "1.10.0", "1.11.0-rc.1", "2.0.0-beta"];
        assert_eq!(picked("", false, &all), "1.10.0");
        assert_eq!(picked("", true, &all), "2.0.0-beta");
        assert_eq!(picked("1.*", false, &all), "1.10.0");
        assert_eq!(picked("1.*", true, &all), "1.11.0-rc.1");
        assert_eq!(picked("[1.0,1.10)", false, &all), "1.9.0");
        assert_eq!(picked("[1.0,2.0)", false, &all), "1.10.0");
        assert_eq!(picked("2.0.0-*", false, &all), "2.0.0-beta");
        assert_eq!(picked("[2.0.0-a,)", false, &all), "2.0.0-beta");
        assert_eq!(picked("1.0.0", false, &all), "1.0.0");
        assert_eq!(
            picked("2.*", false, &all),
            "has no version of `A` in 2.*; `prerelease: true` would take 2.0.0-beta"
        );
        assert_eq!(
            picked("3.*", false, &all),
            "has no version of `A` in 3.*; it has 2.0.0-beta, 1.11.0-rc.1, 1.10.0, 1.9.0 and 2 older"
        );
        assert_eq!(picked("", false, &["1-a"]), "has no release of `A`; `prerelease: true` would take 1-a");
        assert_eq!(picked("", false, &[]), "has no package `A`; ");
    }

    #[test]
    fn near_versions_are_named() {
        let all = ["1.0.0", "1.0.9", "1.0.10", "2.0.0", "3.0.0"].map(str::to_owned);
        let help = |version| near("A", version, &all).help.unwrap_or_default();
        assert_eq!(help("1.0.11"), "near it are 1.0.9, 1.0.10, 2.0.0, 3.0.0");
        assert_eq!(help("0.1"), "near it are 1.0.0, 1.0.9; the newest is 3.0.0");
        assert_eq!(help("4"), "near it are 2.0.0, 3.0.0");
        assert_eq!(help("edge"), "it has 3.0.0, 2.0.0, 1.0.10, 1.0.9 and 1 older");
    }
}
