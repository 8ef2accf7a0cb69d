use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Request, Response};
use tokio::io::AsyncWriteExt as _;
use wasmtime_wasi_http::RequestOptions;

use super::server::{Server, each_connection, read_head};
use super::step::{Step, body, get, read};
use crate::testing::soon;

#[tokio::test]
async fn requests_one_after_the_other_share_a_connection() {
    let server = Server::start(|request| Response::new(request.body().len().to_string())).await;
    let mut step = Step::new(&[&server.url("")]);
    for size in 0..20 {
        let post = Request::post(server.url("/")).body(body("x".repeat(size))).expect("a request");
        let answer = soon(step.send(post, RequestOptions::default())).await.expect("an answer");
        assert_eq!(read(answer).await.expect("a text").1, size.to_string());
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 20));
}

#[tokio::test]
async fn an_unread_body_costs_its_connection_and_an_empty_one_does_not() {
    let server = Server::start(|request| match request.uri().path() {
        "/empty" => Response::builder().status(204).body(String::new()).expect("a response"),
        _ => Response::new("x".repeat(1024 * 1024)),
    })
    .await;
    let mut step = Step::new(&[&server.url("")]);
    for _ in 0..3 {
        drop(soon(step.send(get(&server.url("/empty")), RequestOptions::default())).await.expect("an answer"));
    }
    assert_eq!(server.connections(), 1);
    drop(soon(step.send(get(&server.url("/long")), RequestOptions::default())).await.expect("an answer"));
    assert_eq!(step.get(&server.url("/empty")).await.expect("an answer").0, 204);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_replaced() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let address = each_connection(move |mut stream| {
        connections.fetch_add(1, Ordering::SeqCst);
        async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        }
    })
    .await;
    let mut step = Step::new(&[&format!("http://{address}")]);
    for round in 1..=10 {
        assert_eq!(step.get(&format!("http://{address}/")).await.expect("an answer").1, "ok");
        assert_eq!(counted.load(Ordering::SeqCst), round);
    }
}
