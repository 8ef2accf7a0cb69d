//! What a real store cannot be made to do.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::Method;
use wharf_fetch::{Credentials, FeedLocation, FeedSettings, FetchError, Overwrite, Pushed, S3Location, Secret};

use crate::server::{Reply, Server};
use crate::support::{content, error, open, package, settings, temp};

fn s3(server: &Server, environment: &[(&str, &str)], credentials: Credentials) -> FeedSettings {
    let secret = |(name, value): &(&str, &str)| ((*name).to_owned(), Secret::new(*value));
    let location = S3Location {
        bucket: "builds".into(),
        endpoint: Some(server.url("/")),
        path_style: true,
        environment: environment.iter().map(secret).collect::<BTreeMap<_, _>>(),
        ..S3Location::default()
    };
    FeedSettings { credentials, ..settings(FeedLocation::S3(location)) }
}

fn keys() -> Credentials {
    let secret_key = Secret::new("s3cret-key");
    Credentials::S3 { access_key: "GIVEN".into(), secret_key, session_token: None }
}

const ENVIRONMENT: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "SURROUNDING"), ("AWS_SECRET_ACCESS_KEY", "x-secret"), ("AWS_REGION", "eu-west-7")];

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_is_said_by_settings_or_environment_or_nobody() {
    let server = Server::start(|_| Reply::status(404)).await;
    for (environment, credentials) in
        [(&ENVIRONMENT[..], keys()), (&ENVIRONMENT[..], Credentials::None), (&[], Credentials::None)]
    {
        let found = open(s3(&server, environment, credentials)).locate("a", "1.0").await;
        assert!(matches!(found, Err(FetchError::NotFound { .. })));
    }
    let signed: Vec<String> = server
        .header_of_each("authorization")
        .iter()
        .step_by(3)
        .map(|header| {
            let scope = header.split(['=', ',']).nth(1).unwrap_or("nobody");
            let mut parts = scope.split('/');
            format!("{} {}", parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default())
        })
        .collect();
    assert_eq!(signed, ["GIVEN eu-west-7", "SURROUNDING eu-west-7", "nobody "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_refuses_is_quoted_without_the_keys() {
    let server = Server::start(|request| match *request.method() {
        Method::HEAD => Reply::status(404),
        _ => Reply::status(403).with("content-type", "application/xml").body(
            "<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code><Message>The signature of s3cret-key does not match</Message></Error>",
        ),
    })
    .await;
    let folder = temp();
    let sent = package(folder.path(), "a", "1.0", "zip", b"x");
    insta::assert_snapshot!(error(open(s3(&server, &[], keys())).push(&sent, Overwrite::Fail).await), @"feed builds: http://127.0.0.1:PORT/builds answered 403 for a.1.0.zip: The signature of ******** does not match; check the access key and the secret key of feed builds, and what they may do");

    let busy = Server::start(|_| Reply::status(503).with("retry-after", "7200")).await;
    insta::assert_snapshot!(error(open(s3(&busy, &[], keys())).versions("a").await), @"feed builds: http://127.0.0.1:PORT/builds answered 503 and asks to wait 7200 s, but max-retry-after is 120 s: try later, or raise it");
    assert_eq!(busy.requests().len(), 1);

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut nowhere = server.clone();
    nowhere.address = free;
    insta::assert_snapshot!(error(open(s3(&nowhere, &[], keys())).versions("a").await), @"feed builds: the connection to http://127.0.0.1:PORT/builds broke during the list of versions of a: Connection refused (os error 111)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_nobody_may_replace_is_conditional() {
    let server = Server::start(|request| match *request.method() {
        Method::HEAD => Reply::status(404),
        // Somebody else was faster.
        _ => Reply::status(412),
    })
    .await;
    let folder = temp();
    let sent = package(folder.path(), "a", "1.0", "zip", b"x");
    let feed = open(s3(&server, &[], keys()));
    assert!(matches!(feed.push(&sent, Overwrite::Fail).await, Err(FetchError::Exists { .. })));
    assert_eq!(feed.push(&sent, Overwrite::Ignore).await.unwrap(), Pushed::AlreadyThere);
    assert_eq!(server.header_of_each("if-none-match").last().unwrap(), "*");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_fails_is_sent_again() {
    let parts: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let (kept, failures) = (Arc::clone(&parts), AtomicUsize::new(0));
    let server = Server::start(move |request| {
        let query = request.uri().query().unwrap_or_default();
        match *request.method() {
            Method::HEAD => Reply::status(404),
            Method::POST if query.contains("uploads") => Reply::ok(
                "<InitiateMultipartUploadResult><Bucket>builds</Bucket><Key>k</Key><UploadId>7</UploadId></InitiateMultipartUploadResult>",
            ),
            Method::POST => Reply::ok(
                "<CompleteMultipartUploadResult><ETag>\"all\"</ETag></CompleteMultipartUploadResult>",
            ),
            _ if query.contains("partNumber=2") && failures.fetch_add(1, Ordering::SeqCst) < 2 => Reply::status(503),
            _ => {
                let number = query.split('&').find_map(|it| it.strip_prefix("partNumber=")).unwrap_or_default();
                kept.lock().unwrap().insert(number.to_owned(), request.body().len());
                Reply::ok("").with("etag", format!("\"{number}\""))
            }
        }
    })
    .await;
    let folder = temp();
    let sent = package(folder.path(), "a", "1.0", "zip", &content(33 << 20));
    assert_eq!(open(s3(&server, &[], keys())).push(&sent, Overwrite::Fail).await.unwrap(), Pushed::Done);
    let expected = [("1", 16 << 20), ("2", 16 << 20), ("3", 1 << 20)].map(|(number, size)| (number.to_owned(), size));
    assert_eq!(*parts.lock().unwrap(), BTreeMap::from(expected));
}
