use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use insta::assert_snapshot;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Barrier;
use wasmtime_wasi_http::RequestOptions;
use wharf_model::Limit;

use super::server::{Server, each_connection, read_head};
use super::step::{Names, Step, body, environment, get, read, written};
use crate::testing::soon;

fn step(pattern: &str, limit: Limit, value: u64) -> Step {
    Step::with(&[pattern], environment(&Names::new(&[])), |call| call.limits.set(limit, value))
}

#[tokio::test]
async fn a_response_that_says_it_is_too_long_is_refused_at_once() {
    let server = Server::start(|_| Response::new("x".repeat(1025))).await;
    let mut step = step(&server.url(""), Limit::HttpBody, 1024);
    assert_eq!(step.refused(&server.url("/")).await, "HTTP response body size exceeds limit: 1025 bytes");
    assert_snapshot!(step.refusal(), @"
    Limit: the response of 127.0.0.1 is too long: the limit `http-body` is 1KiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { http-body: 2KiB }`
    limit: http-body
    ");
    let exact = Server::start(|_| Response::new("x".repeat(1024))).await;
    let mut step = self::step(&exact.url(""), Limit::HttpBody, 1024);
    assert_eq!(step.get(&exact.url("/")).await.expect("an answer").1.len(), 1024);
}

#[tokio::test]
async fn a_response_without_a_length_is_cut_off() {
    let address = each_connection(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
        while stream.write_all(b"4\r\nabcd\r\n").await.is_ok() {}
    })
    .await;
    let mut step = step(&format!("http://{address}"), Limit::HttpBody, 1024);
    assert_eq!(step.refused(&format!("http://{address}/")).await, "HTTP response body size exceeds limit: 1024 bytes");
    assert_eq!(step.refusals.last().and_then(|failure| failure.limit).as_deref(), Some("http-body"));
}

#[tokio::test]
async fn a_request_may_not_be_too_long_either() {
    let server = Server::start(|request| Response::new(request.body().len().to_string())).await;
    let mut step = step(&server.url(""), Limit::HttpBody, 1024);
    let post = |size: usize| Request::post(server.url("/")).body(body("x".repeat(size))).expect("a request");
    let answer = soon(step.send(post(1024), RequestOptions::default())).await.expect("an answer");
    assert_eq!(read(answer).await.expect("a text").1, "1024");
    let error = soon(step.send(post(1025), RequestOptions::default())).await.expect_err("too long");
    assert_eq!(error.to_string(), "HTTP request body size exceeds limit: 1024 bytes");
    assert_eq!(step.refusals.last().and_then(|failure| failure.limit).as_deref(), Some("http-body"));
    assert_eq!(server.requests().len(), 1, "nothing of it was sent");
}

#[tokio::test]
async fn a_request_without_a_length_is_cut_off() {
    let server = Server::text("hello").await;
    let mut step = step(&server.url(""), Limit::HttpBody, 1024);
    let (pieces, text) = written();
    let request = Request::post(server.url("/")).body(text).expect("a request");
    let sent = step.send(request, RequestOptions::default());
    let writing = async { while pieces.send(Ok(Frame::data(Bytes::from_static(b"abcd")))).await.is_ok() {} };
    let (answer, ()) = soon(async { tokio::join!(sent, writing) }).await;
    assert_eq!(answer.expect_err("too long").to_string(), "HTTP request body size exceeds limit: 1024 bytes");
    assert_eq!(step.refusals.last().and_then(|failure| failure.limit).as_deref(), Some("http-body"));
}

#[tokio::test]
async fn headers_are_bounded_in_both_directions() {
    let server = Server::start(|_| {
        let response = Response::builder().header("x-long", "x".repeat(130 * 1024));
        response.body(String::new()).expect("a response")
    })
    .await;
    let mut step = Step::new(&[&server.url("")]);
    assert_eq!(step.refused(&server.url("/")).await, "HTTP response header section size exceeds limit");
    let request = Request::get(server.url("/")).header("x-long", "x".repeat(130 * 1024)).body(body(""));
    let sent = step.send(request.expect("a request"), RequestOptions::default());
    let error = soon(sent).await.expect_err("too long").to_string();
    assert_eq!(error, "HTTP request header section size exceeds limit: 131072 bytes");
    assert_eq!(server.requests(), ["GET /"]);
}

#[tokio::test]
async fn requests_beyond_the_limit_wait_in_line() {
    let both = Arc::new(Barrier::new(2));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let highest = Arc::clone(&most);
    let address = each_connection(move |mut stream| {
        let (both, now, most) = (Arc::clone(&both), Arc::clone(&now), Arc::clone(&most));
        async move {
            read_head(&mut stream).await;
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Passed only if two requests are under way at once.
            both.wait().await;
            now.fetch_sub(1, Ordering::SeqCst);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await;
        }
    })
    .await;
    let mut step = step(&format!("http://{address}"), Limit::HttpConcurrency, 2);
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let sent = step.send(get(&format!("http://{address}/")), RequestOptions::default());
        running.spawn(async move { read(sent.await?).await });
    }
    for answer in soon(running.join_all()).await {
        assert_eq!(answer.expect("an answer"), (200, "ok".to_owned()));
    }
    assert_eq!(highest.load(Ordering::SeqCst), 2);
}
