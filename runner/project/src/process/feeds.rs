use wharf_model::{
    Diagnostic, FeedCredentials, FeedPlace, FeedSecret, FeedSpec, S3Place, SpannedKey, SpannedValue, ValueKind,
};

use crate::process::fields::{Fields, entries};
use crate::process::keys::{FEED, FEED_SECRET, S3};
use crate::process::limits::feed_limits;
use crate::process::problems::Problems;
use crate::process::secret::{secret, secret_in_the_open};
use crate::process::texts::{flag, text};

/// A kind of feed with the keys that it takes beside its own.
struct Kind {
    key: &'static str,
    takes: &'static [&'static str],
}

const KINDS: [Kind; 5] = [
    Kind { key: "folder", takes: &["limits"] },
    Kind { key: "http", takes: &["index", "user", "password", "token", "allow-plain-http", "limits"] },
    Kind { key: "nuget", takes: &["user", "password", "token", "key", "allow-plain-http", "limits"] },
    Kind { key: "oci", takes: &["user", "password", "token", "allow-plain-http", "limits"] },
    Kind { key: "s3", takes: &["access-key", "secret-key", "session-token", "allow-plain-http", "limits"] },
];

/// Keys that have no meaning without each other.
const PAIRS: [(&str, &str); 2] = [("user", "password"), ("access-key", "secret-key")];

/// Reads `feeds`.
pub(crate) fn feeds(value: &SpannedValue, problems: &mut Problems) -> Vec<FeedSpec> {
    let entries = entries(value, "`feeds`", problems).unwrap_or_default();
    entries.iter().filter_map(|(key, value)| feed(key, value, problems)).collect()
}

fn feed((name, span): &SpannedKey, value: &SpannedValue, problems: &mut Problems) -> Option<FeedSpec> {
    let fields = Fields::of(value, &FEED, problems)?;
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| fields.get(kind.key).is_some()).collect();
    let &[kind] = kinds.as_slice() else {
        let message = match kinds.as_slice() {
            [] => format!("feed `{name}` does not say where it is"),
            several => {
                let keys: Vec<&str> = several.iter().map(|kind| kind.key).collect();
                format!("feed `{name}` has both `{}`", keys.join("` and `"))
            }
        };
        let help = "it has one of `folder`, `http`, `nuget`, `oci` and `s3`";
        problems.wrong_value(message, span, help);
        return None;
    };
    let before = problems.diagnostics.len();
    refuse_what_is_not_taken(kind, &fields, problems);
    let place = place(kind, &fields, problems);
    let credentials = credentials(&fields, problems);
    let plain = fields.get("allow-plain-http").and_then(|value| flag(value, "`allow-plain-http`", problems));
    let limits = fields.get_filled("limits").map(|value| feed_limits(value, problems)).unwrap_or_default();
    let is_right = problems.diagnostics.len() == before;
    is_right.then_some(FeedSpec {
        name: name.trim().to_owned(),
        span: span.clone(),
        place: place?,
        credentials,
        allow_plain_http: plain.unwrap_or_default(),
        limits,
    })
}

fn refuse_what_is_not_taken(kind: &Kind, fields: &Fields<'_>, problems: &mut Problems) {
    let own: Vec<&str> = KINDS.iter().map(|kind| kind.key).collect();
    for key in FEED.known.iter().filter(|key| !own.contains(key) && !kind.takes.contains(key)) {
        let Some(((_, span), _)) = fields.entry(key) else { continue };
        let help = format!("it takes `{}`", kind.takes.join("`, `"));
        problems.wrong_value(format!("a feed that is `{}` takes no `{key}`", kind.key), span, help);
    }
    for (one, other) in PAIRS {
        for (there, missing) in [(one, other), (other, one)] {
            if let (Some(((_, span), _)), None) = (fields.entry(there), fields.entry(missing)) {
                problems.wrong_value(
                    format!("`{there}` is of no use without `{missing}`"),
                    span,
                    "write both, or none",
                );
            }
        }
    }
    if let (Some(((_, span), _)), Some(_)) = (fields.entry("token"), fields.entry("user")) {
        problems.wrong_value("`token` and `user` do not go together", span, "keep the one that the feed asks for");
    }
}

fn place(kind: &Kind, fields: &Fields<'_>, problems: &mut Problems) -> Option<FeedPlace> {
    if kind.key == "s3" {
        return s3(fields.get("s3")?, problems);
    }
    let at = template(fields, kind.key, problems)?;
    Some(match kind.key {
        "folder" => FeedPlace::Folder { path: at },
        "http" => FeedPlace::Http { url: at, index: template(fields, "index", problems) },
        "nuget" => FeedPlace::NuGet { url: at },
        _ => FeedPlace::Oci { reference: at },
    })
}

fn s3(value: &SpannedValue, problems: &mut Problems) -> Option<FeedPlace> {
    let fields = Fields::of(value, &S3, problems)?;
    let Some(bucket) = template(&fields, "bucket", problems) else {
        problems.wrong_value("`s3` names no bucket", &value.span, "add `bucket:`");
        return None;
    };
    Some(FeedPlace::S3(Box::new(S3Place {
        span: value.span.clone(),
        bucket,
        prefix: template(&fields, "prefix", problems),
        region: template(&fields, "region", problems),
        endpoint: template(&fields, "endpoint", problems),
        path_style: fields
            .get("path-style")
            .and_then(|value| flag(value, "`path-style`", problems))
            .unwrap_or_default(),
    })))
}

fn credentials(fields: &Fields<'_>, problems: &mut Problems) -> FeedCredentials {
    FeedCredentials {
        user: template(fields, "user", problems),
        password: hidden(fields, "password", problems),
        key: hidden(fields, "key", problems),
        token: hidden(fields, "token", problems),
        access_key: template(fields, "access-key", problems),
        secret_key: hidden(fields, "secret-key", problems),
        session_token: hidden(fields, "session-token", problems),
    }
}

/// A value that is fetched: `{ secret: … }`, as for variables.
fn hidden(fields: &Fields<'_>, key: &'static str, problems: &mut Problems) -> Option<FeedSecret> {
    let value = fields.get(key)?;
    if !matches!(value.kind, ValueKind::Map(_)) {
        problems.add(secret_in_the_open(&value.span).help(format!("write `{key}: {{ secret: {{ env: NAME }} }}`")));
        return None;
    }
    let inner = Fields::of(value, &FEED_SECRET, problems)?;
    let Some(from) = inner.get("secret") else {
        let problem = Diagnostic::error("wrong-value", format!("`{key}` does not say where it is fetched from"));
        problems.add(problem.at(&value.span).help(format!("write `{key}: {{ secret: {{ env: NAME }} }}`")));
        return None;
    };
    secret(from, problems).map(|spec| FeedSecret { key, spec, span: from.span.clone() })
}

fn template(fields: &Fields<'_>, key: &str, problems: &mut Problems) -> Option<SpannedValue> {
    let value = fields.get(key)?;
    text(value, &format!("`{key}`"), problems).map(|_| value.clone())
}
