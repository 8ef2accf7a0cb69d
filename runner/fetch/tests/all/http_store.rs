use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use wharf_fetch::{FeedLocation, FetchError, Limits, Overwrite, Pushed, Sha256Digest, download};

use crate::server::{Reply, Server, file};
use crate::support::{content, error, http, open, package, quiet, settings, temp};

/// A server that keeps what it is sent. With `conditions` it knows `If-None-Match`.
async fn store(conditions: bool) -> (Server, Arc<Mutex<BTreeMap<String, Bytes>>>) {
    let kept: Arc<Mutex<BTreeMap<String, Bytes>>> = Arc::default();
    let files = Arc::clone(&kept);
    let server = Server::start(move |request| {
        let mut files = files.lock().unwrap();
        let path = request.uri().path().to_owned();
        if request.method() == http::Method::PUT {
            if conditions && request.headers().contains_key("if-none-match") && files.contains_key(&path) {
                return Reply::status(412);
            }
            files.insert(path, request.body().clone());
            return Reply::status(201);
        }
        match files.get(&path) {
            Some(content) => file(request, content, &Sha256Digest::of(content).hex()),
            None => Reply::status(404),
        }
    })
    .await;
    (server, kept)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_is_found_and_fetched() {
    let (server, kept) = store(true).await;
    let feed = open(http(server.url("/packages")));
    let folder = temp();
    let body = content(500_000);
    let sent = package(folder.path(), "Acme.Web", "1.0.0+build.7", "tar.gz", &body);
    assert_eq!(feed.push(&sent, Overwrite::Fail).await.unwrap(), Pushed::Done);
    assert_eq!(kept.lock().unwrap().keys().collect::<Vec<_>>(), ["/packages/Acme.Web.1.0.0%2Bbuild.7.tar.gz"]);

    let remote = feed.locate("Acme.Web", "1.0.0+build.7").await.unwrap();
    assert_eq!((remote.size, remote.file_name.as_str()), (Some(500_000), "Acme.Web.1.0.0+build.7.tar.gz"));
    let into = folder.path().join("x");
    let done = download(&*feed, &remote, &into, Some(Sha256Digest::of(&body)), &quiet()).await.unwrap();
    assert_eq!(done.size, 500_000);

    insta::assert_snapshot!(error(feed.push(&sent, Overwrite::Fail).await), @"feed builds: Acme.Web.1.0.0+build.7.tar.gz is there already; give it another version, or choose to overwrite or to ignore what is there");
    assert_eq!(feed.push(&sent, Overwrite::Ignore).await.unwrap(), Pushed::AlreadyThere);
    let other = package(folder.path(), "Acme.Web", "1.0.0+build.7", "tar.gz", b"other");
    assert_eq!(feed.push(&other, Overwrite::Overwrite).await.unwrap(), Pushed::Done);
    assert_eq!(kept.lock().unwrap().values().collect::<Vec<_>>(), [&Bytes::from("other")]);
    insta::assert_snapshot!(error(feed.locate("Acme.Web", "2").await), @"feed builds: Acme.Web 2 is not there (http://127.0.0.1:PORT/packages/); none of the extensions zip tar.gz nupkg is");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_was_faster_is_not_overwritten() {
    // The file appears between the question and the push.
    let server = Server::start(|request| match request.method().as_str() {
        "PUT" => Reply::status(412),
        _ => Reply::status(404),
    })
    .await;
    let feed = open(http(server.url("/")));
    let folder = temp();
    let sent = package(folder.path(), "a", "1.0", "zip", b"x");
    assert!(matches!(feed.push(&sent, Overwrite::Fail).await, Err(FetchError::Exists { .. })));
    assert_eq!(feed.push(&sent, Overwrite::Ignore).await.unwrap(), Pushed::AlreadyThere);
    assert_eq!(server.header_of_each("if-none-match").last().unwrap(), "*");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_whose_answer_was_lost_is_no_conflict_with_itself() {
    for (size, expected) in [("3", true), ("4", false)] {
        let puts = AtomicUsize::new(0);
        let server = Server::start(move |request| match request.method().as_str() {
            "PUT" if puts.fetch_add(1, Ordering::SeqCst) == 0 => Reply::status(502),
            "PUT" => Reply::status(412),
            _ if puts.load(Ordering::SeqCst) == 0 => Reply::status(404),
            _ => Reply::ok(vec![0; size.parse().unwrap()]),
        })
        .await;
        let folder = temp();
        let sent = package(folder.path(), "a", "1.0", "zip", b"xyz");
        let pushed = open(http(server.url("/"))).push(&sent, Overwrite::Fail).await;
        assert_eq!(pushed.is_ok(), expected, "{pushed:?}");
    }
}

#[tokio::test]
async fn versions_come_from_a_listing_or_an_index() {
    let server = Server::start(|request| match request.uri().path() {
        "/html/" => Reply::ok("<html><a href='a.1.10.zip'>x</a><a href=\"a.1.9.zip\">x</a><a href='b.1.zip'>x</a>"),
        "/index/list.json" => Reply::ok(r#"["a.2.0.zip", "a.2.0.tar.gz", "readme.md"]"#),
        _ => Reply::status(404),
    })
    .await;
    assert_eq!(open(http(server.url("/html"))).versions("A").await.unwrap(), ["1.9", "1.10"]);
    let index = FeedLocation::Http { url: server.url("/index"), index: Some("list.json".into()) };
    assert_eq!(open(settings(index)).versions("a").await.unwrap(), ["2.0"]);
    insta::assert_snapshot!(error(open(http(server.url("/none"))).versions("a").await), @"feed builds: http://127.0.0.1:PORT/none/ offers no list of its files: name an exact version, or the index file of the feed");

    let mut tight = http(server.url("/html/"));
    tight.limits = Limits { max_versions: 1, ..tight.limits };
    insta::assert_snapshot!(error(open(tight.clone()).versions("a").await), @"feed builds: the list of versions of a is more than 1 versions (max-versions); raise max-versions if that is right");
    tight.limits = Limits { max_listing: 20, ..tight.limits };
    insta::assert_snapshot!(error(open(tight).versions("a").await), @"feed builds: the answer for the list of versions of a is more than 20 bytes (max-listing); raise max-listing if that is right");
}

#[tokio::test]
async fn a_server_without_head_is_asked_for_one_byte() {
    let server = Server::start(|request| match request.method().as_str() {
        "HEAD" => Reply::status(405),
        _ => Reply { status: 206, ..Reply::ok("b") }.with("content-range", "bytes 0-0/77"),
    })
    .await;
    let remote = open(http(server.url("/"))).locate("a", "1.0").await.unwrap();
    assert_eq!(remote.size, Some(77));
}
