use std::borrow::Cow;

use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version};
use url::Url;
use wasmtime_wasi_http::{Error, WasiBody};

use super::connection::{Connection, HEADER_BYTES};
use super::fault::Fault;
use crate::secrets::Secrets;

/// The address of a request. It is the parsed and normalised form, which is what the policy checks and what is sent:
/// the two cannot differ.
pub(super) fn address_of(uri: &Uri) -> Result<Url, Fault> {
    let invalid = |reason: &str| {
        Fault::new(Error::HttpRequestUriInvalid, format!("{} cannot be requested: {reason}", without_user(uri)))
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    if !path.is_empty() && !path.starts_with(['/', '?']) {
        return Err(invalid("its path must begin with `/`"));
    }
    let authority = uri.authority().ok_or_else(|| invalid("it has no host"))?;
    let scheme = uri.scheme_str().unwrap_or("https");
    let url = Url::parse(&format!("{scheme}://{authority}{path}")).map_err(|error| invalid(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Fault::new(Error::HttpProtocolError, format!("`{scheme}` is neither http nor https")));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(invalid("it has no host"));
    }
    Ok(url)
}

fn without_user(uri: &Uri) -> String {
    let host = uri.authority().map_or("", |authority| authority.as_str().rsplit('@').next().unwrap_or_default());
    format!("{}://{host}{}", uri.scheme_str().unwrap_or("https"), uri.path())
}

/// Refuses what no step may send, wherever it may send something.
pub(super) fn refuse_tricks(method: &Method, url: &Url) -> Result<(), Fault> {
    if *method == Method::CONNECT {
        return Err(Fault::new(Error::HttpRequestMethodInvalid, "a step cannot open a tunnel (CONNECT)"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::new(
            Error::HttpRequestUriInvalid,
            "an address cannot hold a user and a password: send an `authorization` header",
        ));
    }
    Ok(())
}

/// Puts the values of secrets in the place of their references, and checks the size of it all.
pub(super) fn fill_in_secrets(headers: &mut HeaderMap, secrets: &Secrets) -> Result<(), Fault> {
    let mut size = 0;
    for (name, value) in headers.iter_mut() {
        let resolved = value.to_str().ok().map(|text| secrets.resolve(text));
        if let Some(Cow::Owned(resolved)) = resolved {
            *value = HeaderValue::from_bytes(resolved.as_bytes()).map_err(|_| {
                let reason = format!("the header `{name}` would hold a secret with a line break or control character");
                Fault::new(Error::InternalError(Some(reason.clone())), reason)
            })?;
            value.set_sensitive(true);
        }
        size += name.as_str().len() + value.len() + ": \r\n".len();
    }
    if size > HEADER_BYTES {
        return Err(Fault::new(
            Error::HttpRequestHeaderSectionSize(Some(HEADER_BYTES as u32)),
            format!("the headers have {size} bytes; {HEADER_BYTES} are the most"),
        ));
    }
    Ok(())
}

/// Gives a request the form that its connection needs. Can be done again for another connection.
pub(super) fn shape(request: &mut Request<WasiBody>, url: &Url, connection: &Connection) -> Result<(), Fault> {
    let invalid = |_| Fault::new(Error::HttpRequestUriInvalid, format!("{url} cannot be requested"));
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let mut whole = url.clone();
    whole.set_fragment(None);
    let path = whole[url::Position::BeforePath..].to_owned();
    let headers = request.headers_mut();
    headers.remove(HOST);
    headers.remove(PROXY_AUTHORIZATION);
    if connection.is_http2() {
        // The host is part of the address there.
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = whole.as_str().parse::<Uri>().map_err(|error| invalid(error.to_string()))?;
        return Ok(());
    }
    headers.insert(HOST, HeaderValue::from_str(&host).map_err(|error| invalid(error.to_string()))?);
    let uri = match &connection.absolute {
        Some(proxy) => {
            if let Some(authorization) = &proxy.authorization {
                headers.insert(PROXY_AUTHORIZATION, authorization.clone());
            }
            whole.as_str()
        }
        None => path.as_str(),
    };
    let uri = uri.parse::<Uri>().map_err(|error| invalid(error.to_string()))?;
    *request.version_mut() = Version::HTTP_11;
    *request.uri_mut() = uri;
    Ok(())
}
