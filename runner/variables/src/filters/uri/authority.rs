use std::net::{Ipv4Addr, Ipv6Addr};

use super::read::{Problem, Scheme};

/// Who a URI asks: behind its `//`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Authority {
    pub user: String,
    pub host: Host,
    /// The port that is written.
    pub port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Host {
    /// None, as in `file:///tmp`.
    Empty,
    Dns(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Authority {
    /// Reads `user@host:port`.
    pub fn read(text: &str, scheme: &Scheme) -> Result<Self, Problem> {
        let (user, server) = text.rsplit_once('@').unwrap_or(("", text));
        let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => {
                let host = host.parse().map_err(|_| Problem::Invalid)?;
                (
                    Host::V6(host),
                    if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or(Problem::Invalid)?) },
                )
            }
            None => {
                let (host, port) = server.split_once(':').map_or((server, None), |(host, port)| (host, Some(port)));
                (Host::read(host)?, port)
            }
        };
        if host == Host::Empty && !scheme.may_have_no_host() {
            return Err(Problem::Invalid);
        }
        let port = match port {
            None | Some("") => None,
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(port.parse().map_err(|_| Problem::Invalid)?)
            }
            Some(_) => return Err(Problem::Invalid),
        };
        Ok(Self { user: user.to_owned(), host, port })
    }
}

impl Host {
    fn read(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Ok(Host::Empty);
        }
        if let Ok(address) = text.parse() {
            return Ok(Host::V4(address));
        }
        if !text.is_ascii() {
            return Err(Problem::NotSupported("a URI whose host has other letters than those of ASCII"));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return Err(Problem::NotSupported("a URI whose host is a number, but not four with dots between them"));
        }
        let label = |label: &str| {
            label.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        // A dot may end a name.
        let valid = text.strip_suffix('.').unwrap_or(text).split('.').all(label);
        if valid { Ok(Host::Dns(text.to_ascii_lowercase())) } else { Err(Problem::Invalid) }
    }

    /// The host as it stands in a URI.
    pub fn text(&self) -> String {
        match self {
            Host::Empty => String::new(),
            Host::Dns(name) => name.clone(),
            Host::V4(address) => address.to_string(),
            Host::V6(address) => format!("[{address}]"),
        }
    }

    /// The host as it is looked up.
    pub fn bare(&self) -> String {
        if let Host::V6(address) = self { address.to_string() } else { self.text() }
    }

    pub fn is_this_machine(&self) -> bool {
        match self {
            Host::Empty => true,
            Host::Dns(name) => matches!(name.as_str(), "localhost" | "loopback"),
            Host::V4(address) => address.is_loopback(),
            Host::V6(address) => address.is_loopback(),
        }
    }
}
