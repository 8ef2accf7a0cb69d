//! Against `docker-registry` of Debian.

use std::fs;

use wharf_fetch::{FeedLocation, FeedSettings, Overwrite, Pushed, Sha256Digest, download};

use crate::real_server::registry;
use crate::support::{content, error, open, package, quiet, settings, temp};

fn feed(port: u16, chunk: u64) -> FeedSettings {
    settings(FeedLocation::Oci { reference: format!("oci://127.0.0.1:{port}/apps/web"), chunk })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_keeps_and_gives_packages() {
    let folder = temp();
    let Some(server) = registry(folder.path()) else { return };
    let whole = open(feed(server.port, u64::MAX));
    let chunked = open(feed(server.port, 300_000));
    assert!(whole.versions("Acme.Web").await.unwrap().is_empty());

    let body = content(1_000_000);
    let first = package(folder.path(), "Acme.Web", "1.0.0+build.7", "zip", &body);
    let second = package(folder.path(), "Acme.Web", "1.10.0", "tar.gz", &body[..999_999]);
    assert_eq!(whole.push(&first, Overwrite::Fail).await.unwrap(), Pushed::Done);
    assert_eq!(chunked.push(&second, Overwrite::Fail).await.unwrap(), Pushed::Done);
    assert_eq!(whole.versions("Acme.Web").await.unwrap(), ["1.0.0+build.7", "1.10.0"]);

    for (sent, expected) in [(&first, &body[..]), (&second, &body[..999_999])] {
        let remote = whole.locate("acme.web", &sent.version).await.unwrap();
        assert_eq!(remote.digest, Some(Sha256Digest::of(expected)));
        assert_eq!((remote.version.as_str(), remote.file_name.as_str()), (sent.version.as_str(), &*sent.file_name()));
        let into = folder.path().join("x");
        download(&*whole, &remote, &into, None, &quiet()).await.unwrap();
        assert!(fs::read(&into).unwrap() == expected);
    }

    insta::assert_snapshot!(error(whole.push(&first, Overwrite::Fail).await), @"feed builds: Acme.Web.1.0.0+build.7.zip is there already; give it another version, or choose to overwrite or to ignore what is there");
    assert_eq!(whole.push(&first, Overwrite::Ignore).await.unwrap(), Pushed::AlreadyThere);
    let other = package(folder.path(), "Acme.Web", "1.10.0", "zip", b"other");
    assert_eq!(whole.push(&other, Overwrite::Overwrite).await.unwrap(), Pushed::Done);
    assert_eq!(whole.locate("Acme.Web", "1.10.0").await.unwrap().digest, Some(Sha256Digest::of(b"other")));
    insta::assert_snapshot!(error(whole.locate("Acme.Web", "3.0").await), @"feed builds: Acme.Web 3.0 is not there (http://127.0.0.1:PORT/v2/apps/web/acme.web/manifests/3.0); the server says: manifest unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_sends_the_rest_of_a_blob() {
    let folder = temp();
    let Some(server) = registry(folder.path()) else { return };
    let feed = open(feed(server.port, u64::MAX));
    let body = content(400_000);
    feed.push(&package(folder.path(), "a", "1.0", "zip", &body), Overwrite::Fail).await.unwrap();
    let remote = feed.locate("a", "1.0").await.unwrap();
    let into = folder.path().join("x");
    // What a download that was interrupted leaves.
    fs::write(folder.path().join("x.part"), &body[..250_000]).unwrap();
    let record = format!(
        r#"{{"place":"{}","validator":"{digest}","digest":"{digest}"}}"#,
        remote.place,
        digest = Sha256Digest::of(&body)
    );
    fs::write(folder.path().join("x.part.json"), record).unwrap();
    let done = download(&*feed, &remote, &into, None, &quiet()).await.unwrap();
    assert_eq!(done.resumed, 250_000);
    assert!(fs::read(&into).unwrap() == body);
}
