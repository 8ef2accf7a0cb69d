use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use http::Response;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::server::{Server, each_connection, read_head};
use super::step::{Names, Step};
use super::tls::secure;
use crate::http::HttpEnvironment;
use crate::http::proxy::Proxies;
use crate::http::tls::Trust;

fn environment(names: &Arc<Names>, proxies: Proxies) -> HttpEnvironment {
    HttpEnvironment::new(names.clone(), proxies, Trust::roots(rustls::RootCertStore::empty()))
}

#[tokio::test]
async fn plain_http_goes_to_the_proxy_whole_and_by_name() {
    let proxy = Server::start(|request| Response::new(format!("proxied {}", request.uri()))).await;
    let names = Names::new(&[]);
    let proxies = Proxies::all(&format!("http://user:hunter2@{}", proxy.address), "direct.test");
    let mut step = Step::with(&["http://app.test", "http://app.test:8080"], environment(&names, proxies), |_| {});
    for url in ["http://app.test/a?b", "http://app.test:8080/"] {
        assert_eq!(step.get(url).await.expect("an answer").1, format!("proxied {url}"));
    }
    assert_eq!(proxy.header("host").as_deref(), Some("app.test:8080"));
    assert_eq!(proxy.header("proxy-authorization").as_deref(), Some("Basic dXNlcjpodW50ZXIy"));
    assert!(names.asked().is_empty(), "the proxy looks names up");
    assert_eq!(step.refused("http://other.test/").await, "HTTP request denied");
    assert_eq!(proxy.requests().len(), 2);
}

#[tokio::test]
async fn exceptions_and_this_machine_go_directly() {
    let proxy = Server::text("proxied").await;
    let server = Server::text("direct").await;
    let names = Names::new(&[("app.direct.test", &[&["127.0.0.1"]]), ("localhost", &[&["127.0.0.1"]])]);
    let proxies = Proxies::all(&proxy.url(""), "direct.test");
    let origins = ["app.direct.test", "localhost", "127.0.0.1"].map(|host| format!("http://{host}:{}", server.port()));
    let patterns: Vec<&str> = origins.iter().map(String::as_str).collect();
    let mut step = Step::with(&patterns, environment(&names, proxies), |_| {});
    for origin in &origins {
        assert_eq!(step.get(&format!("{origin}/")).await.expect("an answer").1, "direct", "{origin}");
    }
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
async fn an_address_is_checked_also_if_a_proxy_would_connect_to_it() {
    let proxy = Server::text("proxied").await;
    let names = Names::new(&[]);
    let mut step = Step::with(
        &["http://0.0.0.0", "http://10.1.2.3"],
        environment(&names, Proxies::all(&proxy.url(""), "")),
        |_| {},
    );
    assert_eq!(step.refused("http://0.0.0.0/").await, "destination IP address is prohibited");
    assert_eq!(step.get("http://10.1.2.3/").await.expect("an answer").1, "proxied");
    assert_eq!(proxy.requests(), ["GET http://10.1.2.3/"]);
}

/// A proxy that makes tunnels to one port of this machine, whatever it is asked for, and remembers what it was asked.
struct Tunnels {
    url: String,
    port: Arc<AtomicU16>,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn tunnels(answer: &'static str) -> Tunnels {
    let (port, asked) = (Arc::new(AtomicU16::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (known_port, remembered) = (Arc::clone(&port), Arc::clone(&asked));
    let address = each_connection(move |mut stream| {
        let (port, asked) = (Arc::clone(&known_port), Arc::clone(&remembered));
        async move {
            let head = read_head(&mut stream).await;
            asked.lock().expect("what was asked").push(head.join(" | "));
            let _ = stream.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).await;
            if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port.load(Ordering::SeqCst))).await {
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
            }
        }
    })
    .await;
    Tunnels { url: format!("http://user@{address}"), port, asked }
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_is_checked_end_to_end() {
    let proxy = tunnels("200 OK").await;
    let (server, environment) = secure(&["h2"], Proxies::all(&proxy.url, "")).await;
    let mut step = Step::with(&["https://secure.test"], environment, |_| {});
    proxy.port.store(server.port(), Ordering::SeqCst);
    for _ in 0..2 {
        assert_eq!(step.get("https://secure.test/a").await.expect("an answer").1, "HTTP/2.0 https://secure.test/a");
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(
        proxy.asked.lock().expect("what was asked").as_slice(),
        ["CONNECT secure.test:443 HTTP/1.1 | host: secure.test:443 | proxy-authorization: Basic dXNlcjo="]
    );

    let (_, environment) = secure(&["h2"], Proxies::all(&proxy.url, "")).await;
    let mut step = Step::with(&["https://secure.test"], environment, |_| {});
    assert_eq!(step.refused("https://secure.test/").await, "TLS certificate error", "it is not that server's");
}

#[tokio::test]
async fn a_proxy_that_refuses_or_cannot_be_used_is_named() {
    for (answer, error) in
        [("407 Proxy Authentication Required", "configuration error"), ("502 Bad Gateway", "destination unavailable")]
    {
        let proxy = tunnels(answer).await;
        let (_, environment) = secure(&[], Proxies::all(&proxy.url, "")).await;
        let mut step = Step::with(&["https://secure.test"], environment, |_| {});
        assert_eq!(step.refused("https://secure.test/").await, error);
        let told = &step.requests()[0];
        assert!(told.ends_with(&format!("refused a tunnel to secure.test:443: {answer}")), "{told}");
        assert!(!told.contains("user"), "{told}");
    }
    let (_, environment) = secure(&[], Proxies::all("socks5://127.0.0.1:1080", "")).await;
    let mut step = Step::with(&["https://secure.test"], environment, |_| {});
    assert_eq!(step.refused("https://secure.test/").await, "configuration error");
    assert_eq!(
        step.requests(),
        ["GET https://secure.test/: the proxy socks5://127.0.0.1:1080 cannot be used: only http and https proxies can"]
    );
}
