use super::authority::{Authority, Host};
use super::escape::component;

/// A URI, read.
#[derive(Debug)]
pub(super) enum Uri {
    Absolute(Absolute),
    /// Whatever has no scheme.
    Relative,
}

#[derive(Debug)]
pub(super) struct Absolute {
    pub scheme: Scheme,
    pub authority: Option<Authority>,
    /// Escaped; of a path of Windows without the `/` before its drive.
    pub path: String,
    /// With its `?`, escaped.
    pub query: String,
    /// With its `#`, escaped.
    pub fragment: String,
    /// Whether the path begins with a drive.
    pub has_drive: bool,
}

/// Why a text is no URI.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Problem {
    /// `Uri.TryCreate` refuses it.
    Invalid,
    NotSupported(&'static str),
}

/// The scheme in small letters.
#[derive(Debug, PartialEq)]
pub(super) struct Scheme(pub String);

impl Scheme {
    /// Whether URIs of this scheme always have `//`, and `\` in them is `/`.
    fn has_authority(&self) -> bool {
        matches!(
            self.0.as_str(),
            "http"
                | "https"
                | "ftp"
                | "file"
                | "ws"
                | "wss"
                | "gopher"
                | "nntp"
                | "telnet"
                | "ldap"
                | "net.tcp"
                | "net.pipe"
        )
    }

    fn divides_with_backslashes(&self) -> bool {
        matches!(self.0.as_str(), "http" | "https" | "ftp" | "file" | "ws" | "wss" | "net.tcp" | "net.pipe")
    }

    pub fn may_have_no_host(&self) -> bool {
        !self.has_authority() || self.0 == "file"
    }

    pub fn is_file(&self) -> bool {
        self.0 == "file"
    }

    pub fn default_port(&self) -> Option<u16> {
        Some(match self.0.as_str() {
            "http" | "ws" => 80,
            "https" | "wss" => 443,
            "ftp" => 21,
            "telnet" => 23,
            "mailto" => 25,
            "gopher" => 70,
            "nntp" => 119,
            "ldap" => 389,
            "net.tcp" => 808,
            _ => return None,
        })
    }
}

/// Reads a URI as `Uri.TryCreate` does for one of either kind. A path of Unix is relative, as on Windows.
pub(super) fn read(text: &str) -> Result<Uri, Problem> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("\\\\") {
        return unc(rest);
    }
    if starts_with_drive(text) {
        return Ok(Uri::Absolute(file(None, text)));
    }
    let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return Ok(Uri::Relative);
    };
    let scheme = Scheme(scheme.to_ascii_lowercase());
    let slashes: String = if scheme.divides_with_backslashes() { slashes(rest) } else { rest.to_owned() };
    let (rest, fragment) = cut(&slashes, '#');
    let (rest, query) = cut(rest, '?');
    let Some(behind) = rest.strip_prefix("//") else {
        return without_authority(scheme, rest, query, fragment);
    };
    if scheme.is_file() && starts_with_drive(behind.trim_start_matches('/')) {
        let path = behind.trim_start_matches('/');
        return Ok(Uri::Absolute(Absolute { fragment: component(fragment), ..file(None, path) }));
    }
    let (authority, path) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
    let authority = Authority::read(authority, &scheme)?;
    let path = if path.is_empty() { "/".to_owned() } else { component(&compressed(path)) };
    Ok(Uri::Absolute(Absolute {
        scheme,
        authority: Some(authority),
        path,
        query: component(query),
        fragment: component(fragment),
        has_drive: false,
    }))
}

/// A URI without `//`: `urn:a:b`, `mailto:a@b`.
fn without_authority(scheme: Scheme, rest: &str, query: &str, fragment: &str) -> Result<Uri, Problem> {
    if scheme.has_authority() {
        return Err(Problem::Invalid);
    }
    let (authority, path) = match rest.contains('@').then(|| Authority::read(rest, &scheme)) {
        Some(authority) if scheme.0 == "mailto" => (Some(authority?), String::new()),
        _ => (None, component(rest)),
    };
    let (query, fragment) = (component(query), component(fragment));
    Ok(Uri::Absolute(Absolute { scheme, authority, path, query, fragment, has_drive: false }))
}

fn unc(rest: &str) -> Result<Uri, Problem> {
    let rest = slashes(rest);
    let (server, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let scheme = Scheme("file".to_owned());
    let authority = Authority::read(server, &scheme)?;
    if authority.host == Host::Empty {
        return Err(Problem::Invalid);
    }
    Ok(Uri::Absolute(Absolute { has_drive: false, ..file(Some(authority), path) }))
}

/// A path of Windows, in which `?` and `#` mean nothing.
fn file(authority: Option<Authority>, path: &str) -> Absolute {
    let compressed = compressed(&slashes(path));
    let path = component(&compressed).replace('?', "%3F").replace('#', "%23");
    let authority = authority.or(Some(Authority { user: String::new(), host: Host::Empty, port: None }));
    Absolute {
        scheme: Scheme("file".to_owned()),
        authority,
        path,
        query: String::new(),
        fragment: String::new(),
        has_drive: true,
    }
}

fn slashes(text: &str) -> String {
    text.replace('\\', "/")
}

fn starts_with_drive(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && matches!(bytes.next(), Some(b':' | b'|'))
        && matches!(bytes.next(), Some(b'/' | b'\\'))
}

fn is_scheme(text: &str) -> bool {
    // A scheme of one letter is a drive.
    text.len() > 1
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// What is before the mark, and the rest with it.
fn cut(text: &str, mark: char) -> (&str, &str) {
    text.split_at(text.find(mark).unwrap_or(text.len()))
}

/// The path without `.` and `..`.
fn compressed(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let rooted = path.starts_with('/');
    let mut parts = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "." | ".." => {
                if part == ".." && (rooted || segments.len() != 1) {
                    segments.pop();
                }
                if last {
                    segments.push("");
                }
            }
            _ => segments.push(part),
        }
    }
    let joined = segments.join("/");
    if rooted { format!("/{joined}") } else { joined }
}
