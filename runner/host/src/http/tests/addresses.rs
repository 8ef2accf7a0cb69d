use std::sync::Arc;

use http::Response;
use insta::assert_snapshot;
use rustls::RootCertStore;

use super::server::Server;
use super::step::{Names, Step, environment};
use crate::http::HttpEnvironment;
use crate::http::proxy::Proxies;
use crate::http::resolve::SystemResolver;
use crate::http::tls::Trust;

fn closing() -> Response<String> {
    Response::builder().header("connection", "close").body("hello".to_owned()).expect("a response")
}

#[tokio::test]
async fn a_private_host_needs_its_exact_name() {
    let server = Server::text("hello").await;
    let port = server.port();
    let names = Names::new(&[("app.internal.test", &[&["127.0.0.1"]])]);
    let url = format!("http://app.internal.test:{port}/");

    let mut exact = Step::with(&[&format!("http://app.internal.test:{port}")], environment(&names), |_| {});
    assert_eq!(exact.get(&url).await.expect("an answer").0, 200);
    assert_eq!(server.header("host"), Some(format!("app.internal.test:{port}")));

    let mut wild = Step::with(&[&format!("http://*.internal.test:{port}")], environment(&names), |_| {});
    assert_eq!(wild.refused(&url).await, "destination IP address is prohibited");
    assert_snapshot!(wild.refusal().replace(&port.to_string(), "[port]"), @r#"
    Denied: app.internal.test is the private address 127.0.0.1, which a wildcard does not grant
    add: allow: { http: ["http://app.internal.test:[port]"] }
    "#);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn metadata_services_need_their_address() {
    let names =
        Names::new(&[("metadata.test", &[&["169.254.169.254"]]), ("mapped.test", &[&["::ffff:169.254.169.254"]])]);
    let mut step = Step::with(&["http://metadata.test", "http://mapped.test"], environment(&names), |_| {});
    assert_eq!(step.refused("http://metadata.test/latest").await, "destination IP address is prohibited");
    assert_snapshot!(step.refusal(), @r#"
    Denied: metadata.test is 169.254.169.254, a cloud's metadata service, which only its own address grants
    add: allow: { http: ["http://169.254.169.254"] }
    "#);
    assert_eq!(step.refused("http://mapped.test/").await, "destination IP address is prohibited");
}

#[tokio::test]
async fn addresses_that_no_server_has_are_never_reached() {
    let names =
        Names::new(&[("zero.test", &[&["0.0.0.0"]]), ("many.test", &[&["224.0.0.1", "255.255.255.255", "::"]])]);
    let mut step = Step::with(&["http://zero.test", "http://many.test", "http://0.0.0.0"], environment(&names), |_| {});
    for url in ["http://zero.test/", "http://many.test/", "http://0.0.0.0/"] {
        assert_eq!(step.refused(url).await, "destination IP address is prohibited", "{url}");
    }
    assert_snapshot!(step.refusal(), @"Denied: 0.0.0.0 is 0.0.0.0, an address that no server has");
}

#[tokio::test]
async fn of_several_addresses_only_the_allowed_are_tried() {
    let server = Server::text("hello").await;
    let port = server.port();
    let names = Names::new(&[("mixed.test", &[&["169.254.169.254", "0.0.0.0", "127.0.0.1"]])]);
    let mut step = Step::with(&[&format!("http://mixed.test:{port}")], environment(&names), |_| {});
    assert_eq!(step.get(&format!("http://mixed.test:{port}/")).await.expect("an answer").0, 200);
}

#[tokio::test]
async fn a_name_is_looked_up_once_for_each_connection_and_checked_each_time() {
    let server = Server::start(|_| closing()).await;
    let port = server.port();
    let names = Names::new(&[("changing.test", &[&["127.0.0.1"], &["169.254.169.254"], &["127.0.0.1"]])]);
    let mut step = Step::with(&[&format!("http://changing.test:{port}")], environment(&names), |_| {});
    let url = format!("http://changing.test:{port}/");
    assert_eq!(step.get(&url).await.expect("an answer").0, 200);
    assert_eq!(names.asked().len(), 1, "what was checked is what was connected to");
    assert_eq!(step.refused(&url).await, "destination IP address is prohibited");
    assert_eq!(step.get(&url).await.expect("an answer").0, 200);
    assert_eq!(names.asked().len(), 3);
}

#[tokio::test]
async fn an_open_connection_serves_only_requests_that_may_use_its_address() {
    let server = Server::text("hello").await;
    let port = server.port();
    let names = Names::new(&[("app.some.test", &[&["127.0.0.1"]])]);
    let origin = format!("http://app.some.test:{port}");
    let patterns = [format!("http://*.some.test:{port}"), format!("{origin}/inside")];
    let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let mut step = Step::with(&patterns, environment(&names), |_| {});
    assert_eq!(step.get(&format!("{origin}/inside/x")).await.expect("an answer").0, 200);
    assert_eq!(step.refused(&format!("{origin}/outside")).await, "destination IP address is prohibited");
    assert_eq!(server.requests(), ["GET /inside/x"]);
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_named() {
    let mut step = Step::new(&["http://nowhere.test"]);
    assert_snapshot!(step.refused("http://nowhere.test/").await, @"DNS error: rcode name or service not known");
    assert_eq!(
        step.requests(),
        ["GET http://nowhere.test/: cannot look up the host nowhere.test: name or service not known"]
    );
}

#[tokio::test]
async fn the_systems_resolver_knows_this_machine() {
    let server = Server::text("hello").await;
    let environment =
        HttpEnvironment::new(Arc::new(SystemResolver), Proxies::none(), Trust::roots(RootCertStore::empty()));
    let origin = format!("http://localhost:{}", server.port());
    let mut step = Step::with(&[&origin], environment, |_| {});
    assert_eq!(step.get(&format!("{origin}/")).await.expect("an answer").0, 200);
}
