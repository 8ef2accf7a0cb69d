use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use wharf_fetch::{FeedSettings, FetchError, Limits, Sha256Digest, Transfer, download};
use wharf_model::CancelToken;

use crate::server::{Ending, Reply, Server, file};
use crate::support::{content, error, files, http, limits, open, quiet, temp};

const LENGTH: usize = 300_000;

fn is_get(request: &Request<Bytes>) -> bool {
    request.method() == http::Method::GET
}

/// Answers the first GETs with these endings, later ones well.
async fn server(endings: &'static [Ending]) -> (Server, Bytes) {
    let body = content(LENGTH);
    let sent = body.clone();
    let gets = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let reply = file(request, &sent, "one");
        if !is_get(request) {
            return reply;
        }
        let ending = endings.get(gets.fetch_add(1, Ordering::SeqCst)).copied().unwrap_or(Ending::Well);
        let ending = match ending {
            Ending::CutAfter(count) => Ending::CutAfter(count.min(reply.body.len())),
            other => other,
        };
        reply.ending(ending)
    })
    .await;
    (server, body)
}

fn with(settings: FeedSettings, limits: Limits) -> FeedSettings {
    FeedSettings { limits, ..settings }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_is_taken_up_where_it_broke() {
    let (server, body) = server(&[Ending::CutAfter(100_000), Ending::CutAfter(50_000)]).await;
    let feed = open(http(server.url("/")));
    let folder = temp();
    let into = folder.path().join("a.zip");
    let told: Arc<Mutex<Vec<u64>>> = Arc::default();
    let listener = Arc::clone(&told);
    let transfer = Transfer::default().on_progress(move |progress| {
        assert_eq!(progress.total, Some(LENGTH as u64));
        listener.lock().unwrap().push(progress.done);
    });
    let remote = feed.locate("a", "1.0").await.unwrap();
    let done = download(&*feed, &remote, &into, None, &transfer).await.unwrap();

    assert_eq!((done.digest, done.size, done.resumed), (Sha256Digest::of(&body), LENGTH as u64, 0));
    assert_eq!(std::fs::read(&into).unwrap(), body);
    assert_eq!(files(folder.path()).len(), 1, "nothing is left beside it");
    let told = told.lock().unwrap();
    assert!(told.is_sorted() && told.last() == Some(&(LENGTH as u64)), "{told:?}");
    // Exactly how much arrives before a cut is the network's business; none of it is asked for again.
    let ranges = server.header_of_each("range");
    assert_eq!(ranges.len(), 4, "{ranges:?}");
    assert_eq!(ranges[..2], ["-", "-"]);
    assert!(ranges[2..].iter().all(|range| range.starts_with("bytes=") && range != "bytes=0-"), "{ranges:?}");
    assert_eq!(server.header_of_each("if-range")[2..], ["\"one\"", "\"one\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_was_given_up_is_taken_up_by_the_next_one() {
    let (server, body) = server(&[Ending::CutAfter(120_000)]).await;
    let folder = temp();
    let into = folder.path().join("a.zip");
    {
        let feed = open(with(http(server.url("/")), Limits { attempts: 1, ..limits() }));
        let remote = feed.locate("a", "1.0").await.unwrap();
        let failed = download(&*feed, &remote, &into, None, &quiet()).await.unwrap_err();
        assert!(matches!(failed, FetchError::Broken { .. }), "{failed}");
    }
    let left = files(folder.path());
    assert_eq!(left.keys().collect::<Vec<_>>(), ["a.zip.part", "a.zip.part.json"]);

    let feed = open(http(server.url("/")));
    let remote = feed.locate("a", "1.0").await.unwrap();
    let done = download(&*feed, &remote, &into, None, &quiet()).await.unwrap();
    assert_eq!(done.resumed, left["a.zip.part"]);
    assert!(done.resumed > 0);
    assert_eq!(std::fs::read(&into).unwrap(), body);
    assert_eq!(server.header_of_each("range").last().unwrap(), &format!("bytes={}-", done.resumed));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_under_the_same_name_is_fetched_from_its_beginning() {
    let first = content(200_000);
    let second: Bytes = first.iter().rev().copied().collect();
    let (old, new) = (first.clone(), second.clone());
    let gets = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        // The file is replaced between the first and the second GET.
        match is_get(request) && gets.fetch_add(1, Ordering::SeqCst) == 0 {
            true => file(request, &old, "old").ending(Ending::CutAfter(90_000)),
            false if gets.load(Ordering::SeqCst) == 0 => file(request, &old, "old"),
            false => file(request, &new, "new"),
        }
    })
    .await;
    let feed = open(http(server.url("/")));
    let folder = temp();
    let into = folder.path().join("a.zip");
    let remote = feed.locate("a", "1.0").await.unwrap();
    let done = download(&*feed, &remote, &into, None, &quiet()).await.unwrap();
    assert_eq!(done.digest, Sha256Digest::of(&second));
    assert_eq!(std::fs::read(&into).unwrap(), second);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_ranges_or_tags_is_asked_for_all_of_it_again() {
    let body = content(200_000);
    let sent = body.clone();
    let gets = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let reply = Reply::ok(sent.clone());
        let first = is_get(request) && gets.fetch_add(1, Ordering::SeqCst) == 0;
        if first { reply.ending(Ending::CutAfter(90_000)) } else { reply }
    })
    .await;
    let feed = open(http(server.url("/")));
    let folder = temp();
    let into = folder.path().join("a.zip");
    let remote = feed.locate("a", "1.0").await.unwrap();
    download(&*feed, &remote, &into, None, &quiet()).await.unwrap();
    assert_eq!(std::fs::read(&into).unwrap(), body);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bytes_never_get_their_name() {
    let (server, body) = server(&[]).await;
    let feed = open(http(server.url("/")));
    let folder = temp();
    let into = folder.path().join("a.zip");
    let remote = feed.locate("a", "1.0").await.unwrap();
    let expected = Sha256Digest::of(b"something else");
    let failed = download(&*feed, &remote, &into, Some(expected), &quiet()).await.unwrap_err();
    assert_eq!(
        failed.to_string(),
        format!("feed builds: a.1.0.zip is not what was expected: it is {}, not {expected}", Sha256Digest::of(&body))
    );
    assert!(files(folder.path()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_of_a_header_is_checked() {
    let server = Server::start(|_| {
        Reply::ok("bytes").with("repr-digest", "sha-512=:AA==:, sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")
    })
    .await;
    let feed = open(http(server.url("/")));
    let folder = temp();
    let remote = feed.locate("a", "1.0").await.unwrap();
    assert_eq!(remote.digest, Some(Sha256Digest::of(b"")));
    let failed = download(&*feed, &remote, &folder.path().join("a.zip"), None, &quiet()).await;
    assert!(matches!(failed, Err(FetchError::WrongDigest { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_fall_silent_are_left() {
    let fast = Limits { idle_timeout: Duration::from_millis(100), attempts: 2, ..limits() };
    for (ending, says) in [(Ending::SilentAfter(50_000), "silent"), (Ending::Dripping, "dripping")] {
        let body = content(LENGTH);
        let server = Server::start(move |request| {
            let reply = Reply::ok(body.clone());
            if is_get(request) { reply.ending(ending) } else { reply }
        })
        .await;
        let feed = open(with(http(server.url("/")), fast.clone()));
        let folder = temp();
        let remote = feed.locate("a", "1.0").await.unwrap();
        let failed = download(&*feed, &remote, &folder.path().join("a.zip"), None, &quiet()).await;
        assert_eq!(
            error(failed),
            "feed builds: http://127.0.0.1:PORT/a.1.0.zip fell silent during a.1.0.zip: fewer than 1024 bytes in \
             100 ms (idle-timeout); raise it for slow servers",
            "{says}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_is_allowed_is_refused_before_it_comes_and_while_it_comes() {
    let small = Limits { max_size: 1000, ..limits() };
    let (server, _) = server(&[]).await;
    let feed = open(with(http(server.url("/")), small.clone()));
    let folder = temp();
    let into = folder.path().join("a.zip");
    let remote = feed.locate("a", "1.0").await.unwrap();
    insta::assert_snapshot!(error(download(&*feed, &remote, &into, None, &quiet()).await), @"feed builds: a.1.0.zip is more than 1000 bytes (max-size); raise max-size if that is right");
    assert_eq!(server.requests(), ["HEAD /a.1.0.zip"], "nothing was fetched");

    // A server that lies about the size, or does not tell it.
    let lying = wharf_fetch::Remote { size: None, ..remote };
    let failed = download(&*feed, &lying, &into, None, &quiet()).await;
    assert!(matches!(failed, Err(FetchError::TooLarge { name: "max-size", .. })));
    assert!(!into.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_is_cancelled_at_once_and_keeps_what_came() {
    let (server, _) = server(&[Ending::SilentAfter(200_000)]).await;
    let feed = open(http(server.url("/")));
    let folder = temp();
    let into = folder.path().join("a.zip");
    let remote = feed.locate("a", "1.0").await.unwrap();
    let cancel = CancelToken::new();
    let canceller = cancel.clone();
    let transfer = Transfer::new(cancel).on_progress(move |progress| {
        if progress.done >= 200_000 {
            canceller.cancel();
        }
    });
    let failed = download(&*feed, &remote, &into, None, &transfer).await;
    assert!(matches!(failed, Err(FetchError::Cancelled)));
    // The next one goes on behind what had come.
    let done = download(&*feed, &remote, &into, None, &quiet()).await.unwrap();
    assert!(done.resumed > 0, "{done:?}");
    let failed = download(&*feed, &remote, &into, None, &transfer).await;
    assert!(matches!(failed, Err(FetchError::Cancelled)), "one that is cancelled already does not begin");
}
