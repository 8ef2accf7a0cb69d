use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use wasmtime_wasi_http::RequestOptions;

use super::server::{each_connection, read_head};
use super::step::{Step, get, read};
use crate::testing::soon;

/// A server that answers `/now` and lets others wait for ever. It tells of each request, and of each connection's end.
async fn patient() -> (String, mpsc::UnboundedReceiver<String>) {
    let (tell, told) = mpsc::unbounded_channel();
    let address = each_connection(move |mut stream| {
        let tell = tell.clone();
        async move {
            let path = read_head(&mut stream).await[0].split(' ').nth(1).unwrap_or_default().to_owned();
            let answer: &[u8] = match path.as_str() {
                "/now" => b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
                "/half" => b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
                _ => b"",
            };
            let _ = stream.write_all(answer).await;
            let _ = tell.send(path.clone());
            if path != "/now" {
                let _ = stream.read(&mut [0; 16]).await;
                let _ = tell.send(format!("end of {path}"));
            }
        }
    })
    .await;
    (format!("http://{address}"), told)
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_is_given_up() {
    let (origin, mut told) = patient().await;
    let mut step = Step::new(&[&origin]);
    let sent = tokio::spawn(step.send(get(&format!("{origin}/wait")), RequestOptions::default()));
    assert_eq!(soon(told.recv()).await.as_deref(), Some("/wait"));
    sent.abort();
    assert_eq!(soon(told.recv()).await.as_deref(), Some("end of /wait"));
    assert_eq!(step.requests(), [format!("GET {origin}/wait: the step gave it up")]);
}

#[tokio::test]
async fn the_end_of_the_step_ends_its_requests() {
    let (origin, mut told) = patient().await;
    let mut step = Step::new(&[&origin]);
    let waiting = tokio::spawn(step.send(get(&format!("{origin}/wait")), RequestOptions::default()));
    assert_eq!(soon(told.recv()).await.as_deref(), Some("/wait"));
    let half = soon(step.send(get(&format!("{origin}/half")), RequestOptions::default())).await.expect("a head");
    assert_eq!(soon(told.recv()).await.as_deref(), Some("/half"));
    let Step { power, observer, .. } = step;
    drop(power);
    let mut ended = [soon(told.recv()).await, soon(told.recv()).await].map(Option::unwrap_or_default);
    ended.sort();
    assert_eq!(ended, ["end of /half", "end of /wait"]);
    assert_eq!(soon(waiting).await.expect("no panic").expect_err("no answer").to_string(), "connection terminated");
    assert_eq!(soon(read(half)).await.expect_err("half an answer").to_string(), "incomplete HTTP response");
    assert_eq!(observer.events().len(), 2);
    let told_last = format!("{:?}", observer.events()[1]);
    assert!(told_last.contains("there was no answer when the step ended"), "{told_last}");
    assert_eq!(Arc::strong_count(&observer), 1, "nobody can tell anything any more");
}

#[tokio::test]
async fn a_cancel_ends_what_is_under_way_and_lets_the_step_tidy_up() {
    let (origin, mut told) = patient().await;
    let mut step = Step::new(&[&origin]);
    let waiting = tokio::spawn(step.send(get(&format!("{origin}/wait")), RequestOptions::default()));
    assert_eq!(soon(told.recv()).await.as_deref(), Some("/wait"));
    let half = soon(step.send(get(&format!("{origin}/half")), RequestOptions::default())).await.expect("a head");

    step.cancel.cancel();
    assert_eq!(soon(waiting).await.expect("no panic").expect_err("no answer").to_string(), "connection terminated");
    assert_eq!(soon(read(half)).await.expect_err("half an answer").to_string(), "connection terminated");
    assert_eq!(step.requests()[1], format!("GET {origin}/wait: the run was cancelled"));
    assert_eq!(step.get(&format!("{origin}/now")).await.expect("an answer").1, "ok");

    let tidying = tokio::spawn(step.send(get(&format!("{origin}/wait")), RequestOptions::default()));
    while soon(told.recv()).await.as_deref() != Some("/wait") {}
    step.cancel.cancel();
    assert_eq!(soon(tidying).await.expect("no panic").expect_err("no answer").to_string(), "connection terminated");
    assert_eq!(step.refused(&format!("{origin}/now")).await, "connection terminated");
}
