//! An HTTP client over `wasi:http`. Requests go only where the grant allows; redirects are followed by the client, so
//! that each hop is granted or refused like any other request.

mod address;
mod request;
mod response;

pub use request::{Request, request};
pub use response::Response;

pub(crate) use address::Address;
pub(crate) use request::Outgoing;
pub(crate) use response::Incoming;

/// A GET request.
///
/// ```
/// use wharf_step::{http, testing::Host};
///
/// let host = Host::new().http(|request| {
///     assert_eq!(request.url, "http://localhost:8080/health");
///     Ok("all well".into())
/// });
/// assert_eq!(host.enter(|| http::get("http://localhost:8080/health").send()?.text())?, "all well");
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn get(url: &str) -> Request {
    request("GET", url)
}

/// A POST request.
///
/// ```
/// use serde_json::json;
/// use wharf_step::{http, testing::Host};
///
/// let host = Host::new().http(|request| {
///     assert_eq!(request.body, br#"{"text":"live"}"#);
///     Ok(204.into())
/// });
/// host.enter(|| http::post("https://chat.example.com/hook").json(&json!({"text": "live"})).send()?.check())?;
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn post(url: &str) -> Request {
    request("POST", url)
}

/// A PUT request: like [`post`].
///
/// ```
/// use wharf_step::{http, testing::Host};
///
/// let host = Host::new().http(|request| Ok(if request.method == "PUT" { 201 } else { 405 }.into()));
/// assert_eq!(host.enter(|| http::put("http://store/a.zip").body("…").send())?.status(), 201);
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn put(url: &str) -> Request {
    request("PUT", url)
}

/// A DELETE request.
///
/// ```
/// use wharf_step::{http, testing::Host};
///
/// let host = Host::new().http(|_| Ok(404.into()));
/// assert_eq!(host.enter(|| http::delete("http://store/a.zip").send())?.status(), 404);
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn delete(url: &str) -> Request {
    request("DELETE", url)
}
