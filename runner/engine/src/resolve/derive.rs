use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde_json::Value;
use url::{Host, Url};
use wharf_model::{
    AddressClass, Component, FileAccess, FileGrant, GrantOrigin, Grants, HttpPattern, InputPower, NamePattern,
    classify_address,
};
use wharf_project::Inputs;

use super::coverage::is_unknown;
use super::inputs::texts_of;

/// Adds the powers that follow from the inputs of a standard step: what an input names may be used, if it is known
/// before the run. Programs, the root, the home directory and metadata services never follow from an input.
pub(super) fn derive_grants(grants: &mut Grants, component: &Component, inputs: &Inputs, home: Option<&Path>) {
    for (input, _) in component.description.input_schemas() {
        let Some(value) = inputs.json.get(input).filter(|_| !is_unknown(inputs, input)) else { continue };
        let origin = || GrantOrigin::Input(format!("/{}", input.replace('~', "~0").replace('/', "~1")));
        for power in component.description.input_powers(input) {
            derive(grants, power, value, home, origin);
        }
    }
}

fn derive(
    grants: &mut Grants,
    power: InputPower,
    value: &Value,
    home: Option<&Path>,
    origin: impl Fn() -> GrantOrigin,
) {
    match power {
        InputPower::Read | InputPower::Write => {
            let access = if power == InputPower::Write { FileAccess::Write } else { FileAccess::Read };
            let paths = texts_of(value).into_iter().map(PathBuf::from).filter(|path| !holds_home(path, home));
            grants.files.extend(paths.map(|path| FileGrant { path, access, origin: origin() }));
        }
        InputPower::Http => {
            for pattern in texts_of(value).into_iter().filter_map(origin_pattern) {
                grants.http.allow(pattern, origin());
            }
        }
        InputPower::Package => grants.packages.extend(texts_of(value).into_iter().map(str::to_owned)),
        // What is filled with variables may be filled with secret ones.
        InputPower::Variables if is_given(value) => {
            grants.variables.push(NamePattern::new("*"));
            grants.secrets.push(NamePattern::new("*"));
        }
        InputPower::Variables | InputPower::Run | InputPower::Step => {}
    }
}

/// Whether the path is the root, the home directory, or a directory that holds it.
pub(super) fn holds_home(path: &Path, home: Option<&Path>) -> bool {
    path.parent().is_none() || home.is_some_and(|home| home.starts_with(path))
}

/// Exactly the scheme, host and port of an address, unless it is that of a metadata service.
fn origin_pattern(address: &str) -> Option<HttpPattern> {
    let url = Url::parse(address).ok()?;
    if !matches!(url.scheme(), "http" | "https") || is_metadata(&url) {
        return None;
    }
    HttpPattern::parse(&url.origin().ascii_serialization()).ok()
}

/// Whether the address names a cloud's metadata service.
pub(super) fn is_metadata(url: &Url) -> bool {
    let is_metadata = |address: IpAddr| classify_address(address) == AddressClass::Metadata;
    match url.host() {
        Some(Host::Ipv4(address)) => is_metadata(address.into()),
        Some(Host::Ipv6(address)) => is_metadata(address.into()),
        Some(Host::Domain(name)) => matches!(name.trim_end_matches('.'), "metadata" | "metadata.google.internal"),
        None => false,
    }
}

fn is_given(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn roots_and_homes_are_never_derived() {
        let home = Some(Path::new("/home/me"));
        for path in ["/", "/home", "/home/me"] {
            assert!(holds_home(Path::new(path), home), "{path}");
        }
        for path in ["/home/me/site", "/home/you", "/srv"] {
            assert!(!holds_home(Path::new(path), home), "{path}");
        }
    }

    #[test]
    fn an_address_grants_its_origin_alone() {
        let pattern = |address| origin_pattern(address).map(|pattern| pattern.to_string());
        assert_eq!(pattern("http://127.0.0.1:8080/health?x#y").as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(pattern("https://user:secret@example.com/").as_deref(), Some("https://example.com"));
        for address in ["http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://metadata.google.internal/x"] {
            assert_eq!(pattern(address), None, "{address}");
        }
        for address in ["ftp://example.com", "file:///etc/passwd", "no address", "http://2852039166/"] {
            assert_eq!(pattern(address), None, "{address}");
        }
    }
}
