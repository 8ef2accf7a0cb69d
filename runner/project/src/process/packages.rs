use wharf_model::{PackageSource, PackageSpec, SpannedKey, SpannedValue, ValueKind};

use crate::process::fields::{Fields, entries};
use crate::process::keys::PACKAGE;
use crate::process::problems::Problems;
use crate::process::texts::text;

/// Reads `packages`.
pub(crate) fn packages(value: &SpannedValue, problems: &mut Problems) -> Vec<PackageSpec> {
    let entries = entries(value, "`packages`", problems).unwrap_or_default();
    entries.iter().filter_map(|(key, value)| package(key, value, problems)).collect()
}

fn package((reference, span): &SpannedKey, value: &SpannedValue, problems: &mut Problems) -> Option<PackageSpec> {
    let fields = Fields::of(value, &PACKAGE, problems)?;
    let mut template = |key: &str| {
        let value = fields.get(key)?;
        text(value, &format!("`{key}`"), problems).map(|_| value.clone())
    };
    let spec = |source| Some(PackageSpec { reference: reference.trim().to_owned(), span: span.clone(), source });
    match (fields.get("from"), fields.get("file"), fields.get("version")) {
        (Some(from), Some(_), _) => {
            problems.wrong_value(
                format!("package `{reference}` has both `from` and `file`"),
                &from.span,
                "keep `from` for a folder that is packed, or `file` for an archive",
            );
            None
        }
        (Some(_), None, Some(version)) if matches!(version.kind, ValueKind::Map(_)) => {
            problems.not_yet("a version that is taken from git is", &version.span);
            None
        }
        (Some(_), None, Some(_)) => {
            let (from, version) = (template("from"), template("version"));
            spec(PackageSource::Folder { from: from?, version: version? })
        }
        (Some(_), None, None) => {
            let help = format!("add one, such as `version: \"1.0.0\"`, which packs `{reference}.1.0.0.zip`");
            problems.wrong_value(format!("package `{reference}` has no `version`"), span, help);
            None
        }
        (None, Some(_), Some(version)) => {
            let help = "the version of an archive is part of its name; leave `version` out";
            problems.wrong_value("`file` and `version` do not go together", &version.span, help);
            None
        }
        (None, Some(_), None) => {
            let file = template("file")?;
            spec(PackageSource::File { file })
        }
        (None, None, _) => {
            if fields.get("feed").is_none() {
                let help = "write `from` with a folder and `version`, or `file` with an archive";
                problems.wrong_value(format!("package `{reference}` does not say where it comes from"), span, help);
            }
            None
        }
    }
}
