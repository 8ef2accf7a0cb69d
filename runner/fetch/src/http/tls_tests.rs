use std::sync::Arc;

use ::http::Method;
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::{Ask, Client};
use crate::{FeedLocation, FeedSettings};

/// A server of TLS that says `hello`, and what trusts it.
async fn server() -> (Url, RootCertStore) {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(key.cert.der().clone()).expect("a root");
    let private = PrivateKeyDer::try_from(key.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let port = listener.local_addr().expect("its address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust the server goes away here.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = [0; 1024];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
        }
    });
    (Url::parse(&format!("https://localhost:{port}/x")).expect("an address"), roots)
}

fn client() -> Client {
    Client::new(&FeedSettings::new("builds", FeedLocation::Http { url: String::new(), index: None }))
}

#[tokio::test]
async fn a_server_is_trusted_by_its_certificate() {
    let (url, roots) = server().await;
    let ask = Ask::new(Method::GET, url.clone(), "x");
    let answer = client().trusting(roots).success(&ask).await.unwrap();
    assert_eq!(answer.bytes("x").await.unwrap(), "hello");

    let failed = match client().trusting(RootCertStore::empty()).success(&ask).await {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string().replace(&url.port().unwrap_or(0).to_string(), "PORT"),
    };
    insta::assert_snapshot!(failed, @"feed builds: cannot connect to https://localhost:PORT/x: invalid peer certificate: UnknownIssuer");
}
