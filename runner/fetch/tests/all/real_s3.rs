//! Against `moto_server`, which plays S3.

use std::collections::BTreeMap;
use std::fs;

use wharf_fetch::{
    Credentials, FeedLocation, FeedSettings, Overwrite, Pushed, S3Location, Secret, Sha256Digest, download,
};

use crate::real_server::s3;
use crate::support::{content, error, open, package, quiet, settings, temp};

const BUCKET: &str = "builds";

fn feed(port: u16, bucket: &str) -> FeedSettings {
    let location = S3Location {
        bucket: bucket.into(),
        prefix: "apps/web".into(),
        region: Some("us-east-1".into()),
        endpoint: Some(format!("http://127.0.0.1:{port}")),
        path_style: true,
        environment: BTreeMap::new(),
    };
    let credentials =
        Credentials::S3 { access_key: "test".into(), secret_key: Secret::new("s3cret"), session_token: None };
    FeedSettings { credentials, ..settings(FeedLocation::S3(location)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_keeps_and_gives_packages() {
    let Some(server) = s3(BUCKET) else { return };
    let folder = temp();
    let feed = open(self::feed(server.port, BUCKET));
    assert!(feed.versions("Acme.Web").await.unwrap().is_empty());
    let body = content(1_000_000);
    let sent = package(folder.path(), "Acme.Web", "1.0.0+build.7", "zip", &body);
    assert_eq!(feed.push(&sent, Overwrite::Fail).await.unwrap(), Pushed::Done);
    feed.push(&package(folder.path(), "Acme.Web", "1.10", "tar.gz", b"ten"), Overwrite::Fail).await.unwrap();
    feed.push(&package(folder.path(), "Acme", "3.0", "zip", b"other"), Overwrite::Fail).await.unwrap();
    assert_eq!(feed.versions("acme.web").await.unwrap(), ["1.0.0+build.7", "1.10"]);

    let remote = feed.locate("Acme.Web", "1.0.0+build.7").await.unwrap();
    assert_eq!((remote.size, remote.digest), (Some(1_000_000), Some(Sha256Digest::of(&body))));
    let into = folder.path().join("x");
    download(&*feed, &remote, &into, None, &quiet()).await.unwrap();
    assert!(fs::read(&into).unwrap() == body);

    // What a download that was interrupted leaves: the rest is fetched, and the whole verified.
    fs::write(folder.path().join("y.part"), &body[..600_000]).unwrap();
    let record = format!(
        r#"{{"place":"{}","validator":{:?},"digest":"{}"}}"#,
        remote.place,
        remote.validator.as_ref().unwrap(),
        Sha256Digest::of(&body)
    );
    fs::write(folder.path().join("y.part.json"), record).unwrap();
    let done = download(&*feed, &remote, &folder.path().join("y"), None, &quiet()).await.unwrap();
    assert_eq!((done.resumed, done.digest), (600_000, Sha256Digest::of(&body)));

    insta::assert_snapshot!(error(feed.push(&sent, Overwrite::Fail).await), @"feed builds: Acme.Web.1.0.0+build.7.zip is there already; give it another version, or choose to overwrite or to ignore what is there");
    assert_eq!(feed.push(&sent, Overwrite::Ignore).await.unwrap(), Pushed::AlreadyThere);
    let other = package(folder.path(), "Acme.Web", "1.0.0+build.7", "zip", b"new");
    assert_eq!(feed.push(&other, Overwrite::Overwrite).await.unwrap(), Pushed::Done);
    assert_eq!(feed.locate("Acme.Web", "1.0.0+build.7").await.unwrap().size, Some(3));
    insta::assert_snapshot!(error(feed.locate("Acme.Web", "9").await), @"feed builds: Acme.Web 9 is not there (http://127.0.0.1:PORT/builds); none of the extensions zip tar.gz nupkg is");
    insta::assert_snapshot!(error(self::open(self::feed(server.port, "nowhere")).push(&sent, Overwrite::Overwrite).await), @"feed builds: Acme.Web.1.0.0+build.7.zip is not there (http://127.0.0.1:PORT/nowhere); the server says: The specified bucket does not exist");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_packages_are_sent_in_parts() {
    let Some(server) = s3(BUCKET) else { return };
    let folder = temp();
    let feed = open(self::feed(server.port, BUCKET));
    let body = content(40 << 20);
    let sent = package(folder.path(), "large", "1.0", "zip", &body);
    assert_eq!(feed.push(&sent, Overwrite::Fail).await.unwrap(), Pushed::Done);
    let remote = feed.locate("large", "1.0").await.unwrap();
    let done = download(&*feed, &remote, &folder.path().join("x"), Some(Sha256Digest::of(&body)), &quiet()).await;
    assert_eq!(done.unwrap().size, 40 << 20);
    assert!(remote.validator.is_some_and(|tag| tag.contains("-3")), "three parts");
}
