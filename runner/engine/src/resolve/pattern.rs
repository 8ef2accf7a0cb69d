use wharf_model::{AllowPattern, Diagnostic};
use wharf_variables::{Evaluated, Segment, Template, Variables};

use super::prompts::are_asked_for;
use super::secrets::references_in;

/// What a pattern is of; it decides what a variable in it may fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PatternKind {
    /// A file or directory.
    Path,
    /// `scheme://host[:port][/prefix]`.
    Http,
    /// A name: a program, a variable, a package.
    Name,
}

/// Why a pattern cannot be filled in.
#[derive(Debug)]
pub(super) enum Unfilled {
    /// It waits for these variables, which are asked for before the run.
    WaitsFor(Vec<String>),
    /// It is wrong.
    Wrong(Vec<Diagnostic>),
}

impl From<Vec<Diagnostic>> for Unfilled {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Unfilled::Wrong(problems)
    }
}

/// The pattern with its variables filled in. The pattern is read first: a variable at its beginning may hold the whole
/// beginning (a folder, an address); anywhere else it fills one path segment, host label or port, so that no value can
/// turn a grant into another one.
pub(super) fn fill_pattern(
    pattern: &AllowPattern,
    kind: PatternKind,
    variables: &Variables,
) -> Result<String, Unfilled> {
    let template = Template::parse(&pattern.text);
    // What is echoed would grant something else than is meant.
    let variables = &variables.clone().lenient(false);
    let mut filled = String::new();
    let segments = template.segments();
    for (index, segment) in segments.iter().enumerate() {
        match segment {
            Segment::Text(text) => filled.push_str(text),
            Segment::Token(range) => {
                let token = &pattern.text[range.clone()];
                let value = match variables.evaluate_text(token, Some(&pattern.span))? {
                    Evaluated::Known(value) => value,
                    Evaluated::Unknown(names) if are_asked_for(&names, variables) => {
                        return Err(Unfilled::WaitsFor(names));
                    }
                    Evaluated::Unknown(_) => {
                        let message = format!("the grant needs `{token}`, which only the run will know");
                        let help = "a grant must be known before the run: name what may be used";
                        return Err(vec![problem(pattern, message).help(help)].into());
                    }
                };
                if !references_in(&serde_json::Value::String(value.clone())).is_empty() {
                    let problem = problem(pattern, format!("`{token}` is a secret, and grants are shown to everybody"));
                    return Err(vec![problem.help("use a variable that is no secret")].into());
                }
                let next = match segments.get(index + 1) {
                    Some(Segment::Text(text)) => text,
                    _ => "",
                };
                let is_beginning = index == 0 && (next.is_empty() || next.starts_with(['/', '\\']));
                let is_whole = index == 0 && segments.len() == 1;
                if let Some(reason) = refusal(kind, &filled, &value, is_beginning, is_whole) {
                    let problem = problem(pattern, format!("`{token}` is `{value}` here, which {reason}")).help(
                        "inside a grant a variable fills one path segment, host label or port; at its beginning it may be a whole folder or address",
                    );
                    return Err(vec![problem].into());
                }
                filled.push_str(&value);
            }
            Segment::Broken(broken) => {
                let mut problem = problem(pattern, broken.message.clone());
                problem.help.extend(broken.help.clone());
                return Err(vec![problem].into());
            }
        }
    }
    Ok(filled)
}

/// Why a value may not stand behind `before`.
fn refusal(kind: PatternKind, before: &str, value: &str, is_beginning: bool, is_whole: bool) -> Option<&'static str> {
    if value.is_empty() {
        return Some("is empty");
    }
    if value.chars().any(char::is_control) {
        return Some("has control characters");
    }
    let is_plain = |more: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    match kind {
        PatternKind::Name if value.contains('*') => Some("has a `*`"),
        PatternKind::Name if !is_whole && value.contains(['/', '\\']) => Some("has a separator"),
        PatternKind::Name => None,
        PatternKind::Path | PatternKind::Http if is_beginning && value.contains('*') => Some("has a `*`"),
        PatternKind::Path | PatternKind::Http if is_beginning => None,
        PatternKind::Path if value.contains(['/', '\\']) => Some("is more than one path segment"),
        PatternKind::Path if value.chars().all(|c| c == '.') => Some("points to another folder"),
        PatternKind::Path => None,
        PatternKind::Http => match before.split_once("://") {
            None => Some("would decide the scheme"),
            Some((_, rest)) if !rest.contains('/') => (!is_plain("-")).then_some("is more than one host label or port"),
            Some(_) if value.chars().all(|c| c == '.') => Some("points to another folder"),
            Some(_) => (!is_plain("-_.~")).then_some("is more than one path segment"),
        },
    }
}

/// A problem of a pattern, at its place.
pub(super) fn problem(pattern: &AllowPattern, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("bad-pattern", message).at(&pattern.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: PatternKind, before: &str, value: &str) -> bool {
        refusal(kind, before, value, before.is_empty(), false).is_some()
    }

    #[test]
    fn a_value_cannot_turn_a_grant_into_another() {
        use PatternKind::{Http, Name, Path};
        for (kind, before, value) in [
            (Http, "https://", "evil.com"),
            (Http, "https://", "evil.com/"),
            (Http, "https://", "user@evil"),
            (Http, "https://api.", "*"),
            (Http, "https://api.example.com:", "443/x"),
            (Http, "https://api.example.com/", ".."),
            (Http, "https://api.example.com/", "a/b"),
            (Http, "https://api.example.com/", "a%2fb"),
            (Http, "ht", "tps"),
            (Http, "", "https://*.example.com"),
            (Path, "/srv/", "../etc"),
            (Path, "/srv/", ".."),
            (Path, "/srv/", "a/b"),
            (Path, "/srv/", ""),
            (Path, "/srv/", "a\nb"),
            (Name, "Site.", "*"),
        ] {
            assert!(refused(kind, before, value), "{before}{value}");
        }
        for (kind, before, value) in [
            (Http, "", "https://example.com"),
            (Http, "https://", "tenant-1"),
            (Http, "https://example.com:", "8443"),
            (Http, "https://example.com/", "v1.2"),
            (Path, "", "/srv/site"),
            (Path, "/srv/", "site 1"),
            (Name, "Site.", "Url"),
        ] {
            assert!(!refused(kind, before, value), "{before}{value}");
        }
    }
}
