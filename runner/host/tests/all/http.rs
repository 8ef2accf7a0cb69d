//! HTTP requests of real guests against servers of the test.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use insta::assert_snapshot;
use wharf_model::{FailureCode, Limit, StepEvent};

use crate::support::{Bench, Outcome, folder, secret};

/// A server on loopback; each connection is handed to `serve` with the head of its request.
pub(crate) struct Server {
    port: u16,
    heads: mpsc::Receiver<String>,
}

impl Server {
    fn start(serve: impl Fn(&str, TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of this machine");
        let port = listener.local_addr().expect("it is bound").port();
        let (sender, heads) = mpsc::channel();
        let serve = std::sync::Arc::new(serve);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let (sender, serve) = (sender.clone(), std::sync::Arc::clone(&serve));
                std::thread::spawn(move || {
                    let head = read_head(&mut stream);
                    let _ = sender.send(head.clone());
                    serve(&head, stream);
                });
            }
        });
        Self { port, heads }
    }

    /// Answers every request with the same response, and closes the connection.
    pub(crate) fn answering(response: &'static str) -> Self {
        Self::start(move |_, mut stream| {
            let _ = stream.write_all(response.as_bytes());
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.try_iter().collect()
    }
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";

/// What the guest's script came to, with the ports of servers left out.
fn transcript(outcome: &Outcome, ports: &[u16]) -> String {
    let mut text = outcome.transcript(folder().path());
    for (number, port) in ports.iter().enumerate() {
        text = text.replace(&format!(":{port}"), &format!(":PORT{}", number + 1));
    }
    text
}

fn requests(outcome: &Outcome, port: u16) -> String {
    let mut text = String::new();
    for event in &outcome.events {
        if let StepEvent::Request { method, url, status, error } = event {
            let came = status.map(|status| status.to_string()).or(error.clone()).unwrap_or_default();
            text.push_str(&format!("{method} {url} {came}\n").replace(&format!(":{port}"), ":PORT"));
        }
    }
    text
}

#[test]
pub(crate) fn http() {
    let server = Server::answering(HELLO);
    let url = server.url();
    let script =
        format!("get {url}/a?b=c\npost {url}/things some text\ndelete {url}/things/1\nheader {url}/ x-wharf yes");
    let outcome = Bench::new("http").script(script).http(&url).run();
    assert_snapshot!(transcript(&outcome, &[server.port]), @r#"
    get http://127.0.0.1:PORT1/a?b=c => 200 "hello"
    post http://127.0.0.1:PORT1/things some text => 200 "hello"
    delete http://127.0.0.1:PORT1/things/1 => 200 "hello"
    header http://127.0.0.1:PORT1/ x-wharf yes => 200 "hello"
    "#);
    assert_snapshot!(requests(&outcome, server.port), @"
    GET http://127.0.0.1:PORT/a 200
    POST http://127.0.0.1:PORT/things 200
    DELETE http://127.0.0.1:PORT/things/1 200
    GET http://127.0.0.1:PORT/ 200
    ");
    let heads = server.heads();
    assert_eq!(heads.len(), 4);
    assert!(heads[0].starts_with("GET /a?b=c HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(heads[3].contains("x-wharf: yes\r\n"), "{}", heads[3]);
}

#[test]
fn what_is_not_granted_is_not_sent() {
    let server = Server::answering(HELLO);
    let (url, port) = (server.url(), server.port);
    let outcome = Bench::new("http").script(format!("get {url}/a\nget https://example.com/")).run();
    assert_snapshot!(transcript(&outcome, &[port]), @"
    get http://127.0.0.1:PORT1/a => ERROR HttpRequestDenied
    get https://example.com/ => ERROR HttpRequestDenied
    ");
    assert_snapshot!(requests(&outcome, port), @"
    GET http://127.0.0.1:PORT/a the request GET http://127.0.0.1:PORT/a is not granted
    GET https://example.com/ the request GET https://example.com/ is not granted
    ");
    let outcome = Bench::new("http").script(format!("!get {url}/a")).fails();
    assert_snapshot!(outcome.told().replace(&port.to_string(), "PORT"), @r#"
    denied: HttpRequestDenied
    help: the request GET http://127.0.0.1:PORT/a is not granted
    add: allow: { http: ["http://127.0.0.1:PORT"] }
    "#);
    // A grant is of this scheme, this host, this port and this path.
    let script = format!(
        "get {url}/granted/x\nget {url}/other\nget {url}/granted/../other\nget {url}/granted/%2e%2e/other\nget {url}/grantedtoo
        get https://127.0.0.1:{port}/granted\nget http://127.0.0.1/granted\nget http://localhost:{port}/granted
        get http://127.0.0.1:{port}@evil.example/granted\nget http://evil.example#@127.0.0.1:{port}/granted"
    );
    let outcome = Bench::new("http").script(script).http(&format!("{url}/granted")).run();
    assert_snapshot!(transcript(&outcome, &[port]), @r#"
    get http://127.0.0.1:PORT1/granted/x => 200 "hello"
    get http://127.0.0.1:PORT1/other => ERROR HttpRequestDenied
    get http://127.0.0.1:PORT1/granted/../other => ERROR HttpRequestDenied
    get http://127.0.0.1:PORT1/granted/%2e%2e/other => ERROR HttpRequestDenied
    get http://127.0.0.1:PORT1/grantedtoo => ERROR HttpRequestDenied
    get https://127.0.0.1:PORT1/granted => ERROR HttpRequestDenied
    get http://127.0.0.1/granted => ERROR HttpRequestDenied
    get http://localhost:PORT1/granted => ERROR HttpRequestDenied
    get http://127.0.0.1:PORT1@evil.example/granted => ERROR HttpRequestDenied
    get http://evil.example#@127.0.0.1:PORT1/granted => ERROR cannot be asked
    "#);
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn addresses_in_disguise_are_what_they_mean() {
    let server = Server::answering(HELLO);
    let port = server.port;
    let disguises = "get http://2130706433:PORT/\nget http://0x7f.1:PORT/\nget http://0177.0.0.1:PORT/\nget http://127.1:PORT/
        get http://[::ffff:127.0.0.1]:PORT/\nget http://[::127.0.0.1]:PORT/\nget http://[64:ff9b::7f00:1]:PORT/\nget http://0.0.0.0:PORT/
        get http://[::]:PORT/\nget http://localhost:PORT/\nget http://LOCALHOST:PORT/\nget http://localhost.:PORT/";
    let script = disguises.replace("PORT", &port.to_string());
    // A grant of names grants no address, whatever it looks like.
    let outcome =
        Bench::new("http").script(script.as_str()).http("http://*.example.com").http("https://example.com").run();
    assert_snapshot!(transcript(&outcome, &[port]), @"
    get http://2130706433:PORT1/ => ERROR HttpRequestDenied
    get http://0x7f.1:PORT1/ => ERROR HttpRequestDenied
    get http://0177.0.0.1:PORT1/ => ERROR HttpRequestDenied
    get http://127.1:PORT1/ => ERROR HttpRequestDenied
    get http://[::ffff:127.0.0.1]:PORT1/ => ERROR HttpRequestDenied
    get http://[::127.0.0.1]:PORT1/ => ERROR HttpRequestDenied
    get http://[64:ff9b::7f00:1]:PORT1/ => ERROR HttpRequestDenied
    get http://0.0.0.0:PORT1/ => ERROR HttpRequestDenied
    get http://[::]:PORT1/ => ERROR HttpRequestDenied
    get http://localhost:PORT1/ => ERROR HttpRequestDenied
    get http://LOCALHOST:PORT1/ => ERROR HttpRequestDenied
    get http://localhost.:PORT1/ => ERROR HttpRequestDenied
    ");
    assert!(server.heads().is_empty());
    // A grant of the address is one of it in every form that means the same.
    let outcome = Bench::new("http").script(script).http(&server.url()).run();
    assert_snapshot!(transcript(&outcome, &[port]), @r#"
    get http://2130706433:PORT1/ => 200 "hello"
    get http://0x7f.1:PORT1/ => 200 "hello"
    get http://0177.0.0.1:PORT1/ => 200 "hello"
    get http://127.1:PORT1/ => 200 "hello"
    get http://[::ffff:127.0.0.1]:PORT1/ => ERROR HttpRequestDenied
    get http://[::127.0.0.1]:PORT1/ => ERROR HttpRequestDenied
    get http://[64:ff9b::7f00:1]:PORT1/ => ERROR HttpRequestDenied
    get http://0.0.0.0:PORT1/ => ERROR HttpRequestDenied
    get http://[::]:PORT1/ => ERROR HttpRequestDenied
    get http://localhost:PORT1/ => ERROR HttpRequestDenied
    get http://LOCALHOST:PORT1/ => ERROR HttpRequestDenied
    get http://localhost.:PORT1/ => ERROR HttpRequestDenied
    "#);
}

#[test]
fn metadata_services_are_out_of_reach() {
    let script =
        "get http://169.254.169.254/latest/meta-data/\nget http://[::ffff:169.254.169.254]/\nget http://2852039166/
        get http://[fd00:ec2::254]/\nget http://100.100.100.200/";
    let outcome = Bench::new("http").script(script).http("http://*.google.internal").http("http://example.com").run();
    assert_snapshot!(transcript(&outcome, &[]), @"
    get http://169.254.169.254/latest/meta-data/ => ERROR HttpRequestDenied
    get http://[::ffff:169.254.169.254]/ => ERROR HttpRequestDenied
    get http://2852039166/ => ERROR HttpRequestDenied
    get http://[fd00:ec2::254]/ => ERROR HttpRequestDenied
    get http://100.100.100.200/ => ERROR HttpRequestDenied
    ");
}

/// The host follows no redirect; what the step does with one is a request like any other.
#[test]
fn a_redirect_to_a_refused_host_leads_nowhere() {
    let refused = Server::answering(HELLO);
    let target = format!("{}/secret", refused.url());
    let location = target.clone();
    let server = Server::start(move |_, mut stream| {
        let head =
            format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let _ = stream.write_all(head.as_bytes());
    });
    let outcome = Bench::new("http").script(format!("get {}/\nget {target}", server.url())).http(&server.url()).run();
    assert_snapshot!(transcript(&outcome, &[server.port, refused.port]), @r#"
    get http://127.0.0.1:PORT1/ => 302 to http://127.0.0.1:PORT2/secret ""
    get http://127.0.0.1:PORT2/secret => ERROR HttpRequestDenied
    "#);
    assert!(refused.heads().is_empty());
}

#[test]
fn bodies_have_a_limit_in_both_directions() {
    let server = Server::start(|head, mut stream| {
        if head.starts_with("PUT") {
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        } else if head.contains("/endless") {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
        } else {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n");
        }
    });
    let (url, port) = (server.url(), server.port);
    let limited = |script: &str| {
        Bench::new("http").script(script.replace("URL", &url)).http(&url).limit(Limit::HttpBody, 100_000)
    };
    let outcome = limited("get URL/endless\nget URL/announced\nupload URL/ 200000").run();
    assert_snapshot!(transcript(&outcome, &[port]), @"
    get http://127.0.0.1:PORT1/endless => ERROR in the middle of the body: HTTP response body size exceeds limit: 100000 bytes
    get http://127.0.0.1:PORT1/announced => ERROR HttpResponseBodySize(Some(99999999))
    upload http://127.0.0.1:PORT1/ 200000 => ERROR HttpRequestBodySize(Some(100000))
    ");
    for script in ["!get URL/endless", "!get URL/announced", "!upload URL/ 200000"] {
        let outcome = limited(script).fails();
        assert_eq!(outcome.failure().limit.as_deref(), Some("http-body"), "{script}: {}", outcome.told());
    }
    assert_snapshot!(limited("!get URL/endless").fails().told().replace(&port.to_string(), "PORT"), @"
    limit [http-body]: the response of 127.0.0.1 is too long: the limit `http-body` is 100000
    help: raise it in the step, or for all of them under `defaults`: `limits: { http-body: 200000 }`
    ");
}

#[test]
fn only_so_many_requests_are_under_way_at_once() {
    // Each answer waits until as many requests are there as may be; one more would be noticed as a third connection.
    let (sender, open) = mpsc::channel();
    let gate = std::sync::Arc::new(std::sync::Barrier::new(2));
    let server = Server::start(move |_, mut stream| {
        let _ = sender.send(1);
        gate.wait();
        let _ = sender.send(-1);
        let _ = stream.write_all(HELLO.as_bytes());
    });
    let bench = Bench::new("http").script(format!("many {}/ 6", server.url())).http(&server.url());
    let outcome = bench.limit(Limit::HttpConcurrency, 2).limit(Limit::WallClock, 60_000).run();
    assert_eq!(transcript(&outcome, &[server.port]).matches("200 \"hello\"").count(), 6);
    let mut most = 0;
    open.try_iter().fold(0, |now, change| {
        most = most.max(now + change);
        now + change
    });
    assert_eq!(most, 2);
}

/// A server that takes the request and never says a word; it calls `taken` when it has it.
fn silent(taken: impl Fn() + Send + Sync + 'static) -> Server {
    Server::start(move |_, mut stream| {
        taken();
        let _ = stream.read(&mut [0]);
    })
}

#[test]
fn waiting_for_ever_for_an_answer_ends_when_the_time_is_up() {
    let server = silent(|| {});
    let script = format!("get {}/", server.url());
    let outcome = Bench::new("http").script(script).http(&server.url()).limit(Limit::WallClock, 1000).fails();
    assert_eq!(outcome.failure().code, FailureCode::TimedOut);
    assert_eq!(outcome.failure().limit.as_deref(), Some("timeout"));
    // Told once, and without an answer.
    assert_eq!(
        outcome.events.iter().filter(|event| matches!(event, StepEvent::Request { status: None, .. })).count(),
        1
    );
}

/// The first cancel gives the request up, which the step hears; the second ends the step. Neither waits for the grace.
#[test]
fn waiting_for_ever_for_an_answer_ends_with_a_cancel() {
    let cancelled = |times: u32| {
        let mut bench = Bench::new("http");
        bench.grace = Duration::from_secs(3600);
        let cancel = bench.cancel.clone();
        let server = silent(move || (0..times).for_each(|_| cancel.cancel()));
        let outcome = bench.script(format!("!get {}/", server.url())).http(&server.url()).fails();
        let requests = requests(&outcome, server.port);
        (outcome, requests)
    };
    let (outcome, requests) = cancelled(1);
    assert_snapshot!(outcome.told(), @r"
    cancelled: the run was cancelled
    help: the step ended with: ConnectionTerminated
    ");
    assert_snapshot!(requests, @"GET http://127.0.0.1:PORT/ the run was cancelled");
    assert_eq!(cancelled(2).0.failure().code, FailureCode::Cancelled);
}

#[test]
fn a_secret_in_a_header_is_put_in_by_the_host() {
    let server = Server::answering(HELLO);
    let secret = secret("secret:abc", "Token", "hunter2");
    let mut bench = Bench::new("http").script(format!("header {}/ authorization Bearer secret:abc", server.url()));
    bench.secrets = vec![secret];
    let outcome = bench.http(&server.url()).run();
    assert_snapshot!(transcript(&outcome, &[server.port]), @r#"header http://127.0.0.1:PORT1/ authorization Bearer secret:abc => 200 "hello""#);
    assert!(server.heads()[0].contains("authorization: Bearer hunter2\r\n"));
}

/// Refused requests are told too, so they count.
#[test]
fn a_flood_of_requests_is_bounded() {
    let bench = Bench::new("http").script("flood http://example.com/ 20000").limit(Limit::LogLines, 1000);
    let outcome = bench.fails();
    assert!(outcome.events.len() <= 1100, "{} events", outcome.events.len());
    assert_snapshot!(outcome.told(), @"
    limit [log-lines]: it reports too much: the limit `log-lines` is 1000
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-lines: 2000 }`
    ");
}
