use wharf_model::{
    Diagnostic, FeedSpec, PackageSource, PackageSpec, PackedVersion, SpannedKey, SpannedValue, ValueKind, did_you_mean,
};

use crate::process::fields::{Fields, entries};
use crate::process::keys::{GIT_VERSION, PACKAGE};
use crate::process::problems::Problems;
use crate::process::texts::{flag, literal, text};

/// Reads `packages`. `feeds` are those of the file; none if they could not be read.
pub(crate) fn packages(value: &SpannedValue, feeds: Option<&[FeedSpec]>, problems: &mut Problems) -> Vec<PackageSpec> {
    let entries = entries(value, "`packages`", problems).unwrap_or_default();
    entries.iter().filter_map(|(key, value)| package(key, value, feeds, problems)).collect()
}

fn package(
    (reference, span): &SpannedKey,
    value: &SpannedValue,
    feeds: Option<&[FeedSpec]>,
    problems: &mut Problems,
) -> Option<PackageSpec> {
    let fields = Fields::of(value, &PACKAGE, problems)?;
    let origins: Vec<&str> = ["from", "file", "feed"].into_iter().filter(|key| fields.get(key).is_some()).collect();
    let &[origin] = origins.as_slice() else {
        let help =
            "write `from` with a folder and `version`, `file` with an archive, or `feed` with the name of a feed";
        let message = match origins.as_slice() {
            [] => format!("package `{reference}` does not say where it comes from"),
            several => format!("package `{reference}` has both `{}`", several.join("` and `")),
        };
        let place = origins.first().and_then(|key| fields.get(key)).map_or(span, |value| &value.span);
        problems.wrong_value(message, place, help);
        return None;
    };
    for key in if origin == "feed" { &[][..] } else { &["id", "prerelease"] } {
        if let Some(((_, key_span), _)) = fields.entry(key) {
            problems.wrong_value(format!("`{key}` goes with `feed`, not with `{origin}`"), key_span, "leave it out");
        }
    }
    let source = match origin {
        "from" => folder(reference, span, &fields, problems)?,
        "file" => {
            if let Some(version) = fields.get("version") {
                let help = "the version of an archive is part of its name; leave `version` out";
                problems.wrong_value("`file` and `version` do not go together", &version.span, help);
                return None;
            }
            PackageSource::File { file: template(&fields, "file", problems)? }
        }
        _ => of_feed(&fields, feeds, problems)?,
    };
    Some(PackageSpec { reference: reference.trim().to_owned(), span: span.clone(), source })
}

fn folder(
    reference: &str,
    span: &wharf_model::Span,
    fields: &Fields<'_>,
    problems: &mut Problems,
) -> Option<PackageSource> {
    let from = template(fields, "from", problems);
    let Some(version) = fields.get("version") else {
        let help = format!("add one, such as `version: \"1.0.0\"`, which packs `{reference}.1.0.0.zip`");
        problems.wrong_value(format!("package `{reference}` has no `version`"), span, help);
        return None;
    };
    let version = match &version.kind {
        ValueKind::Map(_) => {
            let fields = Fields::of(version, &GIT_VERSION, problems)?;
            let help = "write `version: { git: tag }`: the version of the tag of the current commit";
            match fields.get("git").and_then(SpannedValue::as_text) {
                Some("tag") => PackedVersion::GitTag(version.span.clone()),
                _ => {
                    problems.wrong_value("the version comes from a `tag`", &version.span, help);
                    return None;
                }
            }
        }
        _ => PackedVersion::Text(template(fields, "version", problems)?),
    };
    Some(PackageSource::Folder { from: from?, version })
}

fn of_feed(fields: &Fields<'_>, feeds: Option<&[FeedSpec]>, problems: &mut Problems) -> Option<PackageSource> {
    let value = fields.get("feed")?;
    let name = literal(value, "`feed`", problems)?.trim();
    let feed = match feeds {
        None => name.to_owned(),
        Some(feeds) => match feeds.iter().find(|feed| feed.name.eq_ignore_ascii_case(name)) {
            Some(feed) => feed.name.clone(),
            None => {
                let problem = Diagnostic::error("unknown-feed", format!("there is no feed `{name}`")).at(&value.span);
                let help = did_you_mean(name, feeds.iter().map(|feed| feed.name.as_str()));
                let add = || format!("add it: `feeds: {{ {name}: {{ nuget: \"https://…/index.json\" }} }}`");
                problems.add(problem.help(help.unwrap_or_else(add)));
                return None;
            }
        },
    };
    let mut optional = |key: &str| match fields.get(key) {
        None => Some(None),
        Some(_) => template(fields, key, problems).map(Some),
    };
    let (id, version) = (optional("id"), optional("version"));
    let prerelease = fields.get("prerelease").map(|value| flag(value, "`prerelease`", problems));
    Some(PackageSource::Feed { feed, id: id?, version: version?, prerelease: prerelease.unwrap_or(Some(false))? })
}

fn template(fields: &Fields<'_>, key: &str, problems: &mut Problems) -> Option<SpannedValue> {
    let value = fields.get(key)?;
    text(value, &format!("`{key}`"), problems).map(|_| value.clone())
}
