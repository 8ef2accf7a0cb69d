use std::sync::Arc;

use http::Request;
use wasmtime_wasi_http::RequestOptions;

use super::server::Server;
use super::step::{Names, Step, body, environment};
use crate::testing::{secret, soon};

fn step(patterns: &[&str], value: &str) -> Step {
    let secret = secret("secret:7a", "Token", value);
    Step::with(patterns, environment(&Names::new(&[])), |call| call.secrets = Arc::new([secret]))
}

fn request(url: &str) -> Request<wasmtime_wasi_http::WasiBody> {
    let request = Request::get(url).header("authorization", "Bearer secret:7a").header("x-plain", "secret:other");
    request.body(body("")).expect("a request")
}

#[tokio::test]
async fn references_in_headers_become_values_on_the_way_out() {
    let server = Server::text("hello").await;
    let mut step = step(&[&server.url("")], "hünter2");
    soon(step.send(request(&server.url("/")), RequestOptions::default())).await.expect("an answer");
    assert_eq!(server.header("authorization").as_deref(), Some("Bearer hünter2"));
    assert_eq!(server.header("x-plain").as_deref(), Some("secret:other"));
}

#[tokio::test]
async fn a_value_that_no_header_can_hold_is_refused_without_showing_it() {
    let server = Server::text("hello").await;
    let mut step = step(&[&server.url("")], "two\nlines");
    let sent = step.send(request(&server.url("/")), RequestOptions::default());
    let error = soon(sent).await.expect_err("no header").to_string();
    assert_eq!(
        error,
        "internal error: the header `authorization` would hold a secret with a line break or control character"
    );
    assert_eq!(server.connections(), 0);
}
