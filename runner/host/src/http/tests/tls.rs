use http::Response;
use insta::assert_snapshot;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::server::{Server, each_connection, read_head};
use super::step::{Names, Step, environment as trusting_nobody};
use crate::http::HttpEnvironment;
use crate::http::proxy::Proxies;
use crate::http::tls::Trust;
use tokio::io::AsyncWriteExt as _;

/// A server of `secure.test` on loopback that speaks `protocols`, and an environment that trusts its certificate.
pub(super) async fn secure(protocols: &[&str], proxies: Proxies) -> (Server, HttpEnvironment) {
    let made = rcgen::generate_simple_self_signed(["secure.test".to_owned()]).expect("a certificate");
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let mut config =
        rustls::ServerConfig::builder_with_provider(std::sync::Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .expect("a key that fits");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let server =
        Server::start_tls(config, |request| Response::new(format!("{:?} {}", request.version(), request.uri()))).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).expect("a root");
    let names = Names::new(&[("secure.test", &[&["127.0.0.1"]]), ("other.test", &[&["127.0.0.1"]])]);
    (server, HttpEnvironment::new(names, proxies, Trust::roots(roots)))
}

#[tokio::test]
async fn https_speaks_what_the_server_offers() {
    for (offered, version) in [(&["h2", "http/1.1"][..], "HTTP/2.0"), (&["http/1.1"], "HTTP/1.1"), (&[], "HTTP/1.1")] {
        let (server, environment) = secure(offered, Proxies::none()).await;
        let origin = format!("https://secure.test:{}", server.port());
        let mut step = Step::with(&[&origin], environment, |_| {});
        for _ in 0..3 {
            let (status, text) = step.get(&format!("{origin}/a?b")).await.expect("an answer");
            let uri = if version == "HTTP/2.0" { format!("{origin}/a?b") } else { "/a?b".to_owned() };
            assert_eq!((status, text), (200, format!("{version} {uri}")));
        }
        assert_eq!(server.connections(), 1, "{version}");
    }
}

#[tokio::test]
async fn certificates_must_be_trusted_and_bear_the_name() {
    let (server, environment) = secure(&[], Proxies::none()).await;
    let port = server.port();
    let patterns = [format!("https://secure.test:{port}"), format!("https://other.test:{port}")];
    let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let mut step = Step::with(&patterns, environment, |_| {});
    assert_eq!(step.refused(&format!("https://other.test:{port}/")).await, "TLS certificate error");
    let names = Names::new(&[("secure.test", &[&["127.0.0.1"]])]);
    let mut distrustful = Step::with(&patterns, trusting_nobody(&names), |_| {});
    assert_eq!(distrustful.refused(&format!("https://secure.test:{port}/")).await, "TLS certificate error");
    let told = [step.requests(), distrustful.requests()].concat().join("\n").replace(&port.to_string(), "[port]");
    assert_snapshot!(told, @r#"
    GET https://other.test:[port]/: the certificate of other.test is not trusted: certificate not valid for name "other.test"; certificate is only valid for DnsName("secure.test")
    GET https://secure.test:[port]/: the certificate of secure.test is not trusted: its issuer is not known to this machine
    "#);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_server_without_tls_is_told_as_such() {
    let address = each_connection(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        read_head(&mut stream).await;
    })
    .await;
    let (_, environment) = secure(&[], Proxies::none()).await;
    let origin = format!("https://secure.test:{}", address.port());
    let mut step = Step::with(&[&origin], environment, |_| {});
    assert_eq!(step.refused(&format!("{origin}/")).await, "TLS protocol error");
}

#[tokio::test]
async fn the_systems_roots_do_not_trust_a_stranger() {
    let (server, _) = secure(&[], Proxies::none()).await;
    let names = Names::new(&[("secure.test", &[&["127.0.0.1"]])]);
    let environment = HttpEnvironment::new(names, Proxies::none(), Trust::System);
    let origin = format!("https://secure.test:{}", server.port());
    let mut step = Step::with(&[&origin], environment, |_| {});
    // A machine without any root says so instead.
    let refused = step.refused(&format!("{origin}/")).await;
    assert!(["TLS certificate error", "configuration error"].contains(&refused.as_str()), "{refused}");
    assert!(server.requests().is_empty());
}
