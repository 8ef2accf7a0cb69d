use http::{Method, Request, Response};
use insta::assert_snapshot;
use wasmtime_wasi_http::RequestOptions;
use wharf_model::RunMode;

use super::server::Server;
use super::step::{Names, Step, body, environment, get};
use crate::testing::soon;

#[tokio::test]
async fn what_is_granted_is_sent_and_told_without_its_query() {
    let server = Server::text("hello").await;
    let mut step = Step::new(&[&server.url("")]);
    assert_eq!(step.get(&server.url("/a/b?token=1")).await.expect("an answer"), (200, "hello".to_owned()));
    assert_eq!(server.requests(), ["GET /a/b?token=1"]);
    assert_eq!(server.header("host"), Some(server.address.to_string()));
    assert_eq!(step.requests(), [format!("GET {} 200", server.url("/a/b"))]);
    assert_eq!(step.refusal(), "");
}

#[tokio::test]
async fn what_is_not_granted_is_not_sent() {
    let server = Server::text("secret").await;
    let mut step = Step::new(&["https://api.example.com"]);
    assert_eq!(step.refused(&server.url("/a?b")).await, "HTTP request denied");
    assert_eq!((server.connections(), server.requests()), (0, vec![]));
    let refusal = step.refusal().replace(&server.port().to_string(), "[port]");
    assert_snapshot!(refusal, @r#"
    Denied: the request GET http://127.0.0.1:[port]/a is not granted
    add: allow: { http: ["http://127.0.0.1:[port]"] }
    "#);
    let requests = step.requests().join("\n").replace(&server.port().to_string(), "[port]");
    assert_snapshot!(requests, @"GET http://127.0.0.1:[port]/a: the request GET http://127.0.0.1:[port]/a is not granted");
}

#[tokio::test]
async fn nothing_is_sent_while_planning() {
    let server = Server::text("hello").await;
    let names = Names::new(&[]);
    let mut step = Step::with(&[&server.url("")], environment(&names), |call| call.mode = RunMode::Plan);
    assert_eq!(step.refused(&server.url("/")).await, "HTTP request denied");
    assert_eq!(server.connections(), 0);
    let refusal = step.refusal().replace(&server.port().to_string(), "[port]");
    assert_snapshot!(refusal, @"Withheld: the request GET http://127.0.0.1:[port]/ is not sent while planning");
}

#[tokio::test]
async fn redirects_are_answers_like_any_other() {
    let server = Server::start(|_| {
        let moved = Response::builder().status(302).header("location", "http://169.254.169.254/latest");
        moved.body(String::new()).expect("a response")
    })
    .await;
    let mut step = Step::new(&[&server.url("")]);
    assert_eq!(step.get(&server.url("/old")).await.expect("an answer").0, 302);
    assert_eq!(server.requests(), ["GET /old"]);
    assert_eq!(step.refused("http://169.254.169.254/latest").await, "HTTP request denied");
}

#[tokio::test]
async fn what_was_checked_is_what_is_sent() {
    let server = Server::text("hello").await;
    let mut step = Step::new(&[&server.url("/v1")]);
    step.get(&server.url("/v1/a/../b?c=%20d")).await.expect("an answer");
    assert_eq!(server.requests(), ["GET /v1/b?c=%20d"]);
    for path in ["/v1/../v2", "/v1/%2e%2e/v2", "/v1%2f..%2fv2", "/v10", "/"] {
        assert_eq!(step.refused(&server.url(path)).await, "HTTP request denied", "{path}");
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn addresses_are_what_they_mean_in_every_disguise() {
    let server = Server::text("hello").await;
    let port = server.port();
    let mut step = Step::new(&[&server.url("")]);
    for host in ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"] {
        assert_eq!(step.get(&format!("http://{host}:{port}/")).await.expect(host).0, 200);
    }
    assert_eq!(server.header("host"), Some(server.address.to_string()));
    let mut other = Step::new(&[&format!("http://127.0.0.2:{port}"), &format!("http://localhost:{port}")]);
    for host in ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"] {
        assert_eq!(other.refused(&format!("http://{host}:{port}/")).await, "HTTP request denied", "{host}");
    }
}

#[tokio::test]
async fn users_in_addresses_and_tunnels_are_refused() {
    let server = Server::text("hello").await;
    let mut step = Step::new(&[&server.url("")]);
    let with_user = server.url("/").replace("http://", "http://user:hunter2@");
    assert_eq!(step.refused(&with_user).await, "invalid HTTP request URI");
    let tunnel = Request::builder().method(Method::CONNECT).uri(server.url("/")).body(body("")).expect("a request");
    let error = soon(step.send(tunnel, RequestOptions::default())).await.expect_err("no tunnel");
    assert_eq!(error.to_string(), "invalid HTTP request method");
    let misled = server.url("/").replace("http://", "http://granted.example.com@");
    let mut misled_step = Step::new(&["http://granted.example.com"]);
    assert_eq!(misled_step.refused(&misled).await, "HTTP request denied");
    assert_eq!(server.connections(), 0);
    let told = step.requests().join("\n").replace(&server.port().to_string(), "[port]");
    assert_snapshot!(told, @"
    GET http://127.0.0.1:[port]/: an address cannot hold a user and a password: send an `authorization` header
    CONNECT http://127.0.0.1:[port]/: a step cannot open a tunnel (CONNECT)
    ");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let mut step = Step::new(&["http://example.com"]);
    let star = Request::options("http://example.com").body(body("")).expect("a request");
    let (mut parts, text) = star.into_parts();
    let mut uri = parts.uri.into_parts();
    uri.path_and_query = Some("*".parse().expect("a path"));
    parts.uri = http::Uri::from_parts(uri).expect("an address");
    let sent = step.send(Request::from_parts(parts, text), RequestOptions::default());
    assert_eq!(soon(sent).await.expect_err("no such path").to_string(), "invalid HTTP request URI");
    let nowhere = step.send(get("/path/only"), RequestOptions::default());
    assert_eq!(soon(nowhere).await.expect_err("no host").to_string(), "invalid HTTP request URI");
}
