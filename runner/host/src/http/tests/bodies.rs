use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Frame;
use tokio::io::AsyncWriteExt as _;
use wasmtime_wasi_http::{Error, RequestOptions};

use super::server::{Server, each_connection, read_head};
use super::step::{Step, body, get, read, written};
use crate::http::HttpEnvironment;
use crate::http::proxy::Proxies;
use crate::http::resolve::{Resolve, Resolving};
use crate::http::tls::Trust;
use crate::testing::soon;

fn options(milliseconds: u64) -> RequestOptions {
    let time = Some(Duration::from_millis(milliseconds));
    RequestOptions { connect_timeout: time, first_byte_timeout: time, between_bytes_timeout: time }
}

#[tokio::test]
async fn bodies_stream_both_ways() {
    let server = Server::start(|request| {
        Response::new(format!("{} {:?}", request.method(), String::from_utf8_lossy(request.body())))
    })
    .await;
    let mut step = Step::new(&[&server.url("")]);
    let (pieces, text) = written();
    let sent = step.send(Request::put(server.url("/")).body(text).expect("a request"), RequestOptions::default());
    let writing = async {
        for piece in ["a", "b", "c"] {
            pieces.send(Ok(Frame::data(Bytes::from(piece)))).await.expect("the request takes it");
        }
        drop(pieces);
    };
    let (answer, ()) = soon(async { tokio::join!(sent, writing) }).await;
    assert_eq!(read(answer.expect("an answer")).await.expect("a text").1, r#"PUT "abc""#);
    assert_eq!(server.header("transfer-encoding").as_deref(), Some("chunked"));
}

#[tokio::test]
async fn methods_without_a_body_have_none() {
    let server = Server::start(|_| Response::new("hello".to_owned())).await;
    let mut step = Step::new(&[&server.url("")]);
    for method in [Method::HEAD, Method::DELETE, Method::OPTIONS] {
        let request = Request::builder().method(&method).uri(server.url("/")).body(body("")).expect("a request");
        let answer = soon(step.send(request, RequestOptions::default())).await.expect("an answer");
        let text = read(answer).await.expect("a text").1;
        assert_eq!(text.is_empty(), method == Method::HEAD, "{method}");
        assert_eq!(server.header("transfer-encoding"), None);
    }
}

#[tokio::test]
async fn a_step_that_gives_its_body_up_gets_an_error() {
    let server = Server::text("hello").await;
    let mut step = Step::new(&[&server.url("")]);
    let (pieces, text) = written();
    let sent = step.send(Request::put(server.url("/")).body(text).expect("a request"), RequestOptions::default());
    let writing = async {
        pieces.send(Ok(Frame::data(Bytes::from("a")))).await.expect("the request takes it");
        pieces.send(Err(Error::HttpProtocolError)).await.expect("the request takes it");
    };
    let (answer, ()) = soon(async { tokio::join!(sent, writing) }).await;
    assert_eq!(answer.expect_err("no answer").to_string(), "HTTP protocol error");
    assert!(step.requests()[0].ends_with("the step gave up the body of a request to 127.0.0.1"));
}

#[tokio::test]
async fn servers_that_break_the_rules_are_told_apart() {
    let address = each_connection(|mut stream| async move {
        let head = read_head(&mut stream).await;
        let answer: &[u8] = match head[0].split(' ').nth(1) {
            Some("/nothing") => b"",
            Some("/half") => b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
            Some("/half-head") => b"HTTP/1.1 200 OK\r\nconte",
            _ => b"220 mail.example.com ESMTP\r\n",
        };
        let _ = stream.write_all(answer).await;
    })
    .await;
    let mut step = Step::new(&[&format!("http://{address}")]);
    for (path, error) in [
        ("/nothing", "connection terminated"),
        ("/half-head", "connection terminated"),
        ("/half", "incomplete HTTP response"),
        ("/mail", "HTTP protocol error"),
    ] {
        assert_eq!(step.refused(&format!("http://{address}{path}")).await, error, "{path}");
    }
    assert_eq!(
        step.requests()[0],
        format!("GET http://{address}/nothing: 127.0.0.1 closed the connection without an answer")
    );
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_refuses() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.and_then(|listener| listener.local_addr());
    let address = free.expect("an address");
    let mut step = Step::new(&[&format!("http://{address}")]);
    assert_eq!(step.refused(&format!("http://{address}/")).await, "connection refused");
    assert_eq!(step.requests(), [format!("GET http://{address}/: cannot connect to {address}: connection refused")]);
}

#[tokio::test]
async fn a_connection_that_is_not_made_is_late_and_a_bug_costs_one_request() {
    struct Odd;
    impl Resolve for Odd {
        fn resolve(&self, name: &str) -> Resolving {
            assert_ne!(name, "panic.test", "this panic belongs to the test");
            Box::pin(std::future::pending())
        }
    }
    let environment = HttpEnvironment::new(Arc::new(Odd), Proxies::none(), Trust::System);
    let mut step = Step::with(&["http://slow.test", "http://panic.test"], environment, |_| {});
    let sent = step.send(get("http://slow.test/"), options(20));
    assert_eq!(soon(sent).await.expect_err("no connection").to_string(), "connection timeout");
    assert_eq!(step.refused("http://panic.test/").await, "internal error: a bug of wharf ended this request");
    assert_eq!(
        step.requests(),
        [
            "GET http://slow.test/: no connection to slow.test in time",
            "GET http://panic.test/: a bug of wharf ended it"
        ]
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_late() {
    let address = each_connection(|mut stream| async move {
        read_head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let mut step = Step::new(&[&format!("http://{address}")]);
    let sent = step.send(get(&format!("http://{address}/")), options(20));
    assert_eq!(soon(sent).await.expect_err("no answer").to_string(), "connection read timeout");
    assert_eq!(step.requests(), [format!("GET http://{address}/: 127.0.0.1 did not answer in time")]);
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle_is_late() {
    let address = each_connection(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
        std::future::pending::<()>().await;
    })
    .await;
    let mut step = Step::new(&[&format!("http://{address}")]);
    let mut between = options(60_000);
    between.between_bytes_timeout = Some(Duration::from_millis(20));
    let answer = soon(step.send(get(&format!("http://{address}/")), between)).await.expect("an answer");
    assert_eq!(soon(read(answer)).await.expect_err("half an answer").to_string(), "connection read timeout");
}

#[tokio::test]
async fn a_step_that_writes_slowly_makes_no_server_late() {
    let server = Server::start(|request| Response::new(request.body().len().to_string())).await;
    let mut step = Step::new(&[&server.url("")]);
    let (pieces, text) = written();
    let mut first_byte = options(60_000);
    first_byte.first_byte_timeout = Some(Duration::from_millis(150));
    let sent = step.send(Request::put(server.url("/")).body(text).expect("a request"), first_byte);
    let writing = async {
        for _ in 0..2 {
            pieces.send(Ok(Frame::data(Bytes::from("x")))).await.expect("the request takes it");
            // Longer than the server may take.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        drop(pieces);
    };
    let (answer, ()) = soon(async { tokio::join!(sent, writing) }).await;
    assert_eq!(read(answer.expect("an answer")).await.expect("a text").1, "2");
}
