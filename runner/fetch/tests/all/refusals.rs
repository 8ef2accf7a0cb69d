//! Statuses, redirects and credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wharf_fetch::{Credentials, FeedSettings, FetchError, Limits, Secret, open_feed};

use crate::server::{Reply, Server};
use crate::support::{Names, error, http, limits, open, settings};

fn with_password(url: String) -> FeedSettings {
    let credentials = Credentials::Basic { user: "ann".into(), password: Secret::new("p4ssw0rd") };
    FeedSettings { credentials, ..http(url) }
}

async fn always(status: u16, kind: &'static str, body: &'static str) -> Server {
    Server::start(move |_| Reply::status(status).with("content-type", kind).body(body)).await
}

#[tokio::test]
async fn refusals_name_the_feed_the_file_the_server_and_what_to_do() {
    let open_locate = |settings: FeedSettings| async move { error(open(settings).versions("a").await) };
    let json = r#"{"message":"who are you? not p4ssw0rd"}"#;
    let server = always(401, "application/json", json).await;
    insta::assert_snapshot!(open_locate(http(server.url("/"))).await, @"feed builds: http://127.0.0.1:PORT/ answered 401 for the list of versions of a: who are you? not p4ssw0rd; give credentials for feed builds");
    insta::assert_snapshot!(open_locate(with_password(server.url("/"))).await, @"feed builds: http://127.0.0.1:PORT/ answered 401 for the list of versions of a: who are you? not ********; check the credentials of feed builds: they are wrong, expired or of another kind");

    let server = always(500, "text/html", "<html><h1>sorry</h1>\u{1b}[2J</html>").await;
    insta::assert_snapshot!(open_locate(http(server.url("/?token=secret"))).await, @"feed builds: http://127.0.0.1:PORT/ answered 500 for the list of versions of a: sorry");
    assert_eq!(server.requests().len(), 3, "three attempts");

    let server = always(400, "text/plain", "no").await;
    insta::assert_snapshot!(open_locate(http(server.url("/"))).await, @"feed builds: http://127.0.0.1:PORT/ answered 400 for the list of versions of a: no");
    assert_eq!(server.requests().len(), 1, "what is wrong stays wrong");
}

#[tokio::test]
async fn a_feed_that_forbids_says_so_whoever_asks() {
    let server = always(403, "text/plain", "members only").await;
    insta::assert_snapshot!(error(open(http(server.url("/"))).locate("a", "1.0").await), @"feed builds: http://127.0.0.1:PORT/a.1.0.zip answered 403 for a.1.0.zip; give credentials for feed builds that may do this");
    insta::assert_snapshot!(error(open(with_password(server.url("/"))).locate("a", "1.0").await), @"feed builds: http://127.0.0.1:PORT/a.1.0.zip answered 403 for a.1.0.zip; the credentials of feed builds may not do this");
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::status(503).with("retry-after", "0"),
        1 => Reply::status(429),
        _ => Reply::ok("x"),
    })
    .await;
    let remote = open(http(server.url("/"))).locate("a", "1.0").await.unwrap();
    assert_eq!((remote.size, server.requests().len()), (Some(1), 3));

    let server = Server::start(|_| Reply::status(503).with("retry-after", "86400")).await;
    insta::assert_snapshot!(error(open(http(server.url("/"))).locate("a", "1.0").await), @"feed builds: http://127.0.0.1:PORT/a.1.0.zip answered 503 and asks to wait 86400 s, but max-retry-after is 120 s: try later, or raise it");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    insta::assert_snapshot!(error(open(http(format!("http://{free}/x"))).locate("a", "1.0").await), @"feed builds: cannot connect to http://127.0.0.1:PORT/x/a.1.0.zip: Connection refused (os error 111)");
}

#[tokio::test]
async fn redirects_are_bounded_and_take_no_password_elsewhere() {
    let endless = Server::start(|request| Reply::status(302).with("location", format!("{}x", request.uri()))).await;
    let few = Limits { redirects: 3, ..limits() };
    let feed = open(FeedSettings { limits: few, ..http(endless.url("/")) });
    insta::assert_snapshot!(error(feed.locate("a", "1.0").await), @"feed builds: http://127.0.0.1:PORT/a.1.0.zip leads to more than 3 redirects (redirects)");
    assert_eq!(endless.requests().len(), 4);

    let elsewhere = Server::start(|_| Reply::ok("bytes")).await;
    let target = elsewhere.url("/blob?signature=s");
    let home = Server::start(move |request| match request.uri().path() {
        "/a.1.0.zip" => Reply::status(307).with("location", "/moved"),
        _ => Reply::status(307).with("location", target.clone()),
    })
    .await;
    let remote = open(with_password(home.url("/"))).locate("a", "1.0").await.unwrap();
    assert_eq!(remote.size, Some(5));
    assert_eq!(home.header_of_each("authorization"), ["Basic YW5uOnA0c3N3MHJk", "Basic YW5uOnA0c3N3MHJk"]);
    assert_eq!(elsewhere.header_of_each("authorization"), ["-"]);

    let strange = Server::start(|_| Reply::status(302).with("location", "file:///etc/passwd")).await;
    insta::assert_snapshot!(error(open(http(strange.url("/"))).locate("a", "1.0").await), @"feed builds: http://127.0.0.1:PORT/a.1.0.zip redirects to file:///etc/passwd, which is not followed: only http and https are followed");
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_at_once() {
    let refuse = |settings: FeedSettings| match open_feed(settings, Arc::new(Names)) {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string(),
    };
    insta::assert_snapshot!(refuse(http("https://ann:p4ssw0rd@feeds.example.com/".into())), @"feed builds: its address holds a user or a password: give them as the feed's credentials");
    insta::assert_snapshot!(refuse(http("ftp://feeds.example.com/".into())), @"feed builds: its address has to begin with https:// or http:// and a host");
    insta::assert_snapshot!(refuse(http("feeds".into())), @"feed builds: its address is not one: relative URL without a base");
    let far = open(with_password("http://feeds.example.com/".into()));
    insta::assert_snapshot!(error(far.locate("a", "1.0").await), @"feed builds: http://feeds.example.com/a.1.0.zip is not https, so no credentials are sent there; use https, or allow plain http");
    for (id, version) in [("../a", "1.0"), ("a", "1/2"), ("a b", "1"), ("", "1"), ("a", ".."), ("a", "1?x")] {
        assert!(matches!(far.locate(id, version).await, Err(FetchError::BadName { .. })), "{id} {version}");
    }
    let token = Credentials::Bearer { token: Secret::new("two\nlines") };
    let settings = FeedSettings {
        credentials: token,
        ..settings(wharf_fetch::FeedLocation::Http { url: "https://x.example.com".into(), index: None })
    };
    assert_eq!(format!("{:?}", settings.credentials), "Bearer { token: ******** }");
    insta::assert_snapshot!(refuse(settings), @"feed builds: its token or key holds characters that no HTTP header can carry");
}

#[tokio::test]
async fn a_server_that_takes_everything_and_says_nothing_is_left() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok(connection) = listener.accept().await {
            open.push(connection);
        }
    });
    let short = std::time::Duration::from_millis(100);
    let fast = Limits { idle_timeout: short, connect_timeout: short, attempts: 2, ..limits() };
    let feed = open(FeedSettings { limits: fast.clone(), ..http(format!("http://{address}/")) });
    insta::assert_snapshot!(error(feed.locate("a", "1.0").await), @"feed builds: http://127.0.0.1:PORT/a.1.0.zip fell silent during a.1.0.zip: fewer than 1024 bytes in 100 ms (idle-timeout); raise it for slow servers");

    // An upload may take as long as it takes, but not when nothing of it is taken any more.
    let location = wharf_fetch::FeedLocation::NuGet { url: format!("http://{address}/api/v2/package/") };
    let feed = open(FeedSettings { limits: fast, ..settings(location) });
    let folder = crate::support::temp();
    let sent = crate::support::package(folder.path(), "a", "1.0", "nupkg", &vec![0; 30 << 20]);
    insta::assert_snapshot!(error(feed.push(&sent, wharf_fetch::Overwrite::Fail).await), @"feed builds: http://127.0.0.1:PORT/api/v2/package/ fell silent during a.1.0.nupkg: fewer than 1024 bytes in 100 ms (idle-timeout); raise it for slow servers");
}
