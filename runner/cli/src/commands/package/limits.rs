use wharf_model::{Limit, Limits};
use wharf_package::ArchiveLimits;
use wharf_project::parse_limit;

use crate::error::CommandError;

/// Those that packages have.
const LIMITS: [Limit; 3] = [Limit::PackageBytes, Limit::PackageEntries, Limit::PackageRatio];

/// How much a package may hold.
#[derive(Debug, Clone, clap::Args)]
pub struct LimitArguments {
    /// Set a limit: `package-bytes` (such as 32GiB), `package-entries` or `package-ratio`
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    limits: Vec<(Limit, u64)>,
}

impl LimitArguments {
    /// The usual limits with those that were set.
    pub fn archive_limits(&self) -> ArchiveLimits {
        let mut limits = Limits::default();
        for (limit, value) in &self.limits {
            limits.set(*limit, *value);
        }
        ArchiveLimits::from(&limits)
    }
}

fn limit(text: &str) -> Result<(Limit, u64), String> {
    let names = LIMITS.map(Limit::name).join(", ");
    let (name, value) = text.split_once('=').ok_or_else(|| format!("write NAME=VALUE; the names are {names}"))?;
    let limit = LIMITS.into_iter().find(|limit| limit.name() == name);
    let limit = limit.ok_or_else(|| format!("packages have no limit `{name}`; they have {names}"))?;
    Ok((limit, parse_limit(limit.unit(), value)?))
}

/// The error with how to raise the limit that was reached, if it was one.
pub fn limit_hint(error: CommandError, limit: Option<Limit>) -> CommandError {
    match limit {
        Some(limit) => error.hint(format!("`--limit {limit}=VALUE` raises it here")),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_refused() {
        let shown: Vec<String> = [
            "package-bytes=32GiB",
            "package-entries=7",
            "package-ratio=0",
            "package-bytes=7",
            "memory=1GiB",
            "package-ratio",
        ]
        .into_iter()
        .map(|text| match limit(text) {
            Ok((limit, value)) => format!("{limit} {value}"),
            Err(error) => error,
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        package-bytes 34359738368
        package-entries 7
        `0` is no number; write a whole number from 1
        `7` has a number without its unit; write a size such as 32GiB
        packages have no limit `memory`; they have package-bytes, package-entries, package-ratio
        write NAME=VALUE; the names are package-bytes, package-entries, package-ratio
        ");
    }
}
