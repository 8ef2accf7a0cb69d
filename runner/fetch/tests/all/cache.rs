use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wharf_fetch::{Cache, Clean, Cleaned, FeedLocation, FetchError, Sha256Digest, Source, Transfer, Wanted};
use wharf_model::CancelToken;

use crate::server::{Ending, Reply, Server, file};
use crate::support::{cache, content, error, files, http, open, quiet, settings, temp};

fn gets(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.starts_with("GET")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_fetched_once_and_again_when_the_feed_has_another() {
    let folder = temp();
    let feed_folder = folder.path().join("feed");
    fs::create_dir(&feed_folder).unwrap();
    fs::write(feed_folder.join("a.1.0.zip"), b"one").unwrap();
    let feed = open(settings(FeedLocation::Folder { path: feed_folder.clone() }));
    let cache = cache(&folder);
    let wanted = Wanted::new("a", "1.0");

    let first = cache.acquire(&*feed, &wanted, &quiet()).await.unwrap();
    assert_eq!(first.source(), Source::Feed { resumed: 0 });
    assert_eq!((first.file_name(), first.size(), first.digest()), ("a.1.0.zip", 3, Sha256Digest::of(b"one")));
    assert_eq!(fs::read(first.path()).unwrap(), b"one");
    let again = cache.acquire(&*feed, &wanted, &quiet()).await.unwrap();
    assert_eq!((again.source(), again.digest()), (Source::Cache, first.digest()));

    fs::write(feed_folder.join("a.1.0.zip"), b"three").unwrap();
    let changed = cache.acquire(&*feed, &wanted, &quiet()).await.unwrap();
    assert_eq!((changed.source(), changed.digest()), (Source::Feed { resumed: 0 }, Sha256Digest::of(b"three")));
    let listed: Vec<_> = cache.list().into_iter().map(|it| (it.id, it.version, it.file_name, it.bytes)).collect();
    assert_eq!(listed, [("a".to_owned(), "1.0".to_owned(), "a.1.0.zip".to_owned(), 5)]);
    assert_eq!(fs::read(&cache.list()[0].path).unwrap(), b"three");

    // A lock file names the old one: it is here, but the feed no longer has it.
    let locked = Wanted { digest: Some(Sha256Digest::of(b"one")), ..wanted.clone() };
    assert_eq!(cache.acquire(&*feed, &locked, &quiet()).await.unwrap().source(), Source::Cache);
    let other = Wanted { digest: Some(Sha256Digest::of(b"two")), ..wanted.clone() };
    assert!(matches!(cache.acquire(&*feed, &other, &quiet()).await, Err(FetchError::WrongDigest { .. })));

    fs::remove_dir_all(&feed_folder).unwrap();
    let offline = Wanted { offline: true, ..wanted };
    assert_eq!(cache.acquire(&*feed, &offline, &quiet()).await.unwrap().source(), Source::Cache);
    let never = Wanted { id: "b".into(), ..offline };
    let missing = error(cache.acquire(&*feed, &never, &quiet()).await);
    insta::assert_snapshot!(missing.replace(&folder.path().display().to_string(), "TEMP"), @"b 1.0 of feed builds is not in the cache of packages (TEMP/cache)");
}

/// Each of these opens the cache by itself, and locks belong to open files: it is the same as between processes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_that_want_the_same_fetch_it_once() {
    for validated in [true, false] {
        let body = content(400_000);
        let sent = body.clone();
        let asked = AtomicUsize::new(0);
        let server = Server::start(move |request| {
            if request.method() == http::Method::HEAD {
                asked.fetch_add(1, Ordering::SeqCst);
            }
            // Without a validator only those can share a download that wanted it before it was done.
            while request.method() == http::Method::GET && asked.load(Ordering::SeqCst) < 8 {
                std::thread::yield_now();
            }
            if validated { file(request, &sent, "x") } else { Reply::ok(sent.clone()) }
        })
        .await;
        let folder = temp();
        let runs = (0..8).map(|_| {
            let (root, url) = (folder.path().join("cache"), server.url("/"));
            tokio::spawn(async move {
                let feed = open(http(url));
                let cache = Cache::open(&root).unwrap();
                cache.acquire(&*feed, &Wanted::new("a", "1.0"), &quiet()).await.unwrap()
            })
        });
        let mut sources = Vec::new();
        for run in runs.collect::<Vec<_>>() {
            let held = run.await.unwrap();
            held.verify().unwrap();
            assert_eq!(held.digest(), Sha256Digest::of(&body));
            sources.push(held.source());
        }
        assert_eq!(gets(&server), 1, "validated: {validated}");
        assert_eq!(sources.iter().filter(|source| **source == Source::Cache).count(), 7);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_damaged_is_fetched_again() {
    let server = Server::start(|request| file(request, &content(1000), "x")).await;
    let feed = open(http(server.url("/")));
    let folder = temp();
    let cache = cache(&folder);
    let wanted = Wanted::new("a", "1.0");
    let path = cache.acquire(&*feed, &wanted, &quiet()).await.unwrap().path().to_owned();

    // Another size: seen at once.
    fs::write(&path, b"x").unwrap();
    let held = cache.acquire(&*feed, &wanted, &quiet()).await.unwrap();
    assert_eq!((held.source(), gets(&server)), (Source::Feed { resumed: 0 }, 2));
    // Only touched: hashed, and believed again.
    fs::File::options().write(true).open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(cache.acquire(&*feed, &wanted, &quiet()).await.unwrap().source(), Source::Cache);
    // The same size and time: only a look at all of it tells.
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, [0; 1000]).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let held = cache.acquire(&*feed, &wanted, &quiet()).await.unwrap();
    assert_eq!(held.source(), Source::Cache);
    assert!(matches!(held.verify(), Err(FetchError::Corrupt { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_stopped_leaves_its_part_to_the_next() {
    let body = content(300_000);
    let sent = body.clone();
    let server = Server::start(move |request| {
        let reply = file(request, &sent, "x");
        let fresh = request.method() == http::Method::GET && !request.headers().contains_key("range");
        if fresh { reply.ending(Ending::SilentAfter(200_000)) } else { reply }
    })
    .await;
    let feed = open(http(server.url("/")));
    let folder = temp();
    let cache = cache(&folder);
    let cancel = CancelToken::new();
    let canceller = cancel.clone();
    let transfer = Transfer::new(cancel).on_progress(move |progress| {
        if progress.done >= 200_000 {
            canceller.cancel();
        }
    });
    let wanted = Wanted::new("a", "1.0");
    let stopped = cache.acquire(&*feed, &wanted, &transfer).await;
    assert!(matches!(stopped, Err(FetchError::Cancelled)));
    let held = cache.acquire(&*feed, &wanted, &quiet()).await.unwrap();
    assert!(matches!(held.source(), Source::Feed { resumed: 1.. }), "{:?}", held.source());
    assert_eq!(held.digest(), Sha256Digest::of(&body));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_from_two_feeds_is_one_file() {
    let folder = temp();
    let feeds = ["one", "two"].map(|name| {
        let path = folder.path().join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("a.1.0.zip"), b"same").unwrap();
        open(settings(FeedLocation::Folder { path }))
    });
    let cache = cache(&folder);
    let first = cache.acquire(&*feeds[0], &Wanted::new("a", "1.0"), &quiet()).await.unwrap();
    let second = cache.acquire(&*feeds[1], &Wanted::new("a", "1.0"), &quiet()).await.unwrap();
    assert_eq!((first.path(), second.source()), (second.path(), Source::Feed { resumed: 0 }));
    drop(second);
    // The first still holds the one that is there.
    assert_eq!(cache.clean(Clean::All).unwrap(), Cleaned { removed: 0, bytes: 0, in_use: 1 });
    assert_eq!(fs::read(first.path()).unwrap(), b"same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_up_leaves_downloads_alone_that_are_going_on() {
    let body = content(300_000);
    let sent = body.clone();
    let server = Server::start(move |request| file(request, &sent, "x")).await;
    let feed = open(http(server.url("/")));
    let folder = temp();
    let cache = cache(&folder);
    let (cleaner, cleaned) = (cache.clone(), Arc::new(Mutex::new(Vec::new())));
    let results = Arc::clone(&cleaned);
    let transfer =
        Transfer::default().on_progress(move |_| results.lock().unwrap().push(cleaner.clean(Clean::All).unwrap()));
    let held = cache.acquire(&*feed, &Wanted::new("a", "1.0"), &transfer).await.unwrap();
    assert_eq!(held.digest(), Sha256Digest::of(&body));
    let cleaned = cleaned.lock().unwrap();
    assert!(
        !cleaned.is_empty() && cleaned.iter().all(|it| *it == Cleaned { in_use: 1, ..Cleaned::default() }),
        "{cleaned:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_up_takes_nothing_that_is_in_use() {
    let folder = temp();
    let feed_folder = folder.path().join("feed");
    fs::create_dir(&feed_folder).unwrap();
    for (version, size) in [("1.0", 100), ("2.0", 200), ("3.0", 300)] {
        fs::write(feed_folder.join(format!("a.{version}.zip")), content(size)).unwrap();
    }
    let feed = open(settings(FeedLocation::Folder { path: feed_folder }));
    let cache = cache(&folder);
    let mut held = Vec::new();
    for version in ["1.0", "2.0", "3.0"] {
        held.push(cache.acquire(&*feed, &Wanted::new("a", version), &quiet()).await.unwrap());
    }
    assert_eq!(cache.size(), 600);
    assert_eq!(cache.clean(Clean::All).unwrap(), Cleaned { removed: 0, bytes: 0, in_use: 3 });
    assert_eq!(cache.clean(Clean::OlderThan(Duration::from_secs(3600))).unwrap(), Cleaned::default());

    // The first was used long ago, the second a little later.
    for (held, seconds) in [(&held[0], 1000), (&held[1], 2000)] {
        let seal = fs::File::options().write(true).open(held.path().with_extension("seal")).unwrap();
        seal.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }
    let second = held.remove(1).path().to_owned();
    assert_eq!(cache.clean(Clean::ToSize(599)).unwrap(), Cleaned { removed: 1, bytes: 200, in_use: 1 });
    assert!(!second.exists());
    assert!(held.iter().all(|held| held.path().exists()));

    held.clear();
    let due = Clean::OlderThan(Duration::from_secs(3600));
    assert_eq!(cache.clean(due).unwrap(), Cleaned { removed: 1, bytes: 100, in_use: 0 });
    assert_eq!(cache.clean(Clean::All).unwrap(), Cleaned { removed: 1, bytes: 300, in_use: 0 });
    let left: Vec<String> = files(&folder.path().join("cache")).into_keys().collect();
    assert_eq!(left, ["lock"]);
    // And it works as before.
    let again = cache.acquire(&*feed, &Wanted::new("a", "1.0"), &quiet()).await.unwrap();
    assert_eq!(again.source(), Source::Feed { resumed: 0 });
}
