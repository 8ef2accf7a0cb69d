use super::authority::{Authority, Host};
use super::escape::unescaped;
use super::read::{Absolute, Problem, Uri, read};
use crate::filters::FilterError;
use crate::filters::call::{Call, Made};

/// One part of the input, which is a URI. What is wrong is said in the text, as Octostache does; a text that is no URI stays
/// as it is.
pub(in crate::filters) fn part(call: &Call<'_>) -> Made {
    let input = call.input()?;
    // As Octostache, which looks at no more than one.
    let Some(name) = call.arguments.first() else { return Ok("[UriPart error: no argument given]".to_owned()) };
    let uri = match read(input) {
        Ok(uri) => uri,
        Err(Problem::Invalid) => return Ok(input.to_owned()),
        Err(Problem::NotSupported(what)) => return Err(FilterError::NotSupported(what.to_owned())),
    };
    let name_in_small = name.to_lowercase();
    let Some(part) = PARTS.iter().find(|(known, _)| *known == name_in_small) else {
        return Ok(format!("[UriPart {name} error: argument '{name}' not supported]"));
    };
    Ok(match uri {
        Uri::Absolute(uri) => (part.1)(&uri),
        Uri::Relative if part.0 == IS_ABSOLUTE => false.to_string(),
        Uri::Relative => format!("[UriPart {name} error: This operation is not supported for a relative URI.]"),
    })
}

const IS_ABSOLUTE: &str = "isabsoluteuri";

type Part = fn(&Absolute) -> String;

const PARTS: [(&str, Part); 20] = [
    ("absolutepath", |uri| uri.path.clone()),
    ("absoluteuri", Absolute::text),
    ("authority", |uri| uri.server(uri.other_port())),
    ("dnssafehost", |uri| uri.host(Host::bare)),
    ("fragment", |uri| uri.fragment.clone()),
    ("host", |uri| uri.host(Host::text)),
    ("hostandport", |uri| uri.server(uri.port())),
    ("hostnametype", |uri| uri.host_kind().to_owned()),
    (IS_ABSOLUTE, |_| true.to_string()),
    ("isdefaultport", |uri| uri.other_port().is_none().to_string()),
    ("isfile", |uri| uri.scheme.is_file().to_string()),
    ("isloopback", |uri| uri.authority.as_ref().is_some_and(|authority| authority.host.is_this_machine()).to_string()),
    ("isunc", |uri| uri.is_unc().to_string()),
    ("path", Absolute::local_path),
    ("pathandquery", |uri| uri.path.clone() + &uri.query),
    ("port", |uri| uri.port().map_or(-1, i32::from).to_string()),
    ("query", |uri| uri.query.clone()),
    ("scheme", |uri| uri.scheme.0.clone()),
    ("schemeandserver", |uri| uri.beginning() + &uri.server(uri.other_port())),
    ("userinfo", |uri| uri.authority.as_ref().map_or(String::new(), |authority| authority.user.clone())),
];

impl Absolute {
    fn host(&self, text: fn(&Host) -> String) -> String {
        self.authority.as_ref().map_or(String::new(), |authority| text(&authority.host))
    }

    fn port(&self) -> Option<u16> {
        let written = self.authority.as_ref().and_then(|authority: &Authority| authority.port);
        // Without an authority there is nothing that a port could be of.
        written.or_else(|| self.authority.as_ref().and_then(|_| self.scheme.default_port()))
    }

    /// The port, if it is not that of the scheme.
    fn other_port(&self) -> Option<u16> {
        self.port().filter(|port| Some(*port) != self.scheme.default_port())
    }

    fn server(&self, port: Option<u16>) -> String {
        self.host(Host::text) + &port.map_or(String::new(), |port| format!(":{port}"))
    }

    /// The scheme and what divides it from the rest.
    fn beginning(&self) -> String {
        let divider = if self.authority.is_some() && self.scheme.0 != "mailto" { "://" } else { ":" };
        format!("{}{divider}", self.scheme.0)
    }

    fn text(&self) -> String {
        let user = self.authority.as_ref().map_or("", |authority| &authority.user);
        let user = if user.is_empty() { String::new() } else { format!("{user}@") };
        let root = if self.has_drive { "/" } else { "" };
        let server = self.server(self.other_port());
        format!("{}{user}{server}{root}{}{}{}", self.beginning(), self.path, self.query, self.fragment)
    }

    fn host_kind(&self) -> &'static str {
        match self.authority.as_ref().map(|authority| &authority.host) {
            None => "Unknown",
            Some(Host::Empty) => "Basic",
            Some(Host::Dns(_)) => "Dns",
            Some(Host::V4(_)) => "IPv4",
            Some(Host::V6(_)) => "IPv6",
        }
    }

    fn is_unc(&self) -> bool {
        self.scheme.is_file() && self.authority.as_ref().is_some_and(|authority| authority.host != Host::Empty)
    }

    fn local_path(&self) -> String {
        let path = unescaped(&self.path);
        if self.is_unc() {
            format!("\\\\{}{}", self.host(Host::text), path.replace('/', "\\"))
        } else if self.has_drive {
            path.replace('/', "\\")
        } else {
            path
        }
    }
}
