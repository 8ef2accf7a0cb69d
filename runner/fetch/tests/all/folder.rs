use std::fs;

use wharf_fetch::{FeedLocation, Limits, Overwrite, Pushed, Sha256Digest, download, push_all};
use wharf_model::CancelToken;

use crate::support::{content, error, files, open, package, quiet, settings, temp};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_lists_finds_and_sends() {
    let folder = temp();
    let root = folder.path().join("feed");
    fs::create_dir_all(root.join("ACME.Web")).unwrap();
    for name in
        ["Acme.Web.1.9.zip", "Acme.Web.1.10.tar.gz", "Acme.Web.1.10.zip", "Acme.2.0.zip", "notes.txt", "Acme.Web.3.exe"]
    {
        fs::write(root.join(name), name).unwrap();
    }
    fs::write(root.join("ACME.Web/Acme.Web.2.0.zip"), content(700_000)).unwrap();
    let feed = open(settings(FeedLocation::Folder { path: root.clone() }));
    assert_eq!(feed.versions("acme.web").await.unwrap(), ["1.9", "1.10", "2.0"]);
    assert!(feed.versions("other").await.unwrap().is_empty());
    assert_eq!(feed.locate("Acme.Web", "1.10").await.unwrap().file_name, "Acme.Web.1.10.zip", "the preferred kind");

    let remote = feed.locate("Acme.Web", "2.0").await.unwrap();
    let into = folder.path().join("x");
    let done = download(&*feed, &remote, &into, None, &quiet()).await.unwrap();
    assert_eq!(done.digest, Sha256Digest::of(&content(700_000)));
    let missing = error(feed.locate("Acme.Web", "9").await).replace(&root.display().to_string(), "FEED");
    insta::assert_snapshot!(missing, @"feed builds: Acme.Web 9 is not there (FEED)");
    let nowhere = open(settings(FeedLocation::Folder { path: root.join("nowhere") }));
    let missing = error(nowhere.versions("a").await).replace(&root.display().to_string(), "FEED");
    insta::assert_snapshot!(missing, @"feed builds: the directory is not there (FEED/nowhere)");
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_obey_their_mode_and_every_file_is_tried() {
    let folder = temp();
    let root = folder.path().join("feed");
    fs::create_dir_all(&root).unwrap();
    let limits = Limits { max_size: 100, ..crate::support::limits() };
    let feed = open(wharf_fetch::FeedSettings { limits, ..settings(FeedLocation::Folder { path: root.clone() }) });
    let cancel = CancelToken::new();
    let one = package(folder.path(), "a", "1.0", "zip", b"one");
    let two = package(folder.path(), "a", "2.0", "zip", b"two");
    let large = package(folder.path(), "b", "1.0", "zip", &[0; 101]);
    let gone =
        wharf_fetch::PackageFile { path: folder.path().join("gone"), ..package(folder.path(), "c", "1.0", "zip", b"") };
    assert_eq!(feed.push(&one, Overwrite::Fail).await.unwrap(), Pushed::Done);

    let all = [one.clone(), large, gone, two];
    let results = push_all(&*feed, &all, Overwrite::Fail, &cancel, |_, _| {}).await;
    let shown: Vec<String> = results
        .into_iter()
        .map(|result| match result {
            Ok(pushed) => format!("{pushed:?}"),
            Err(error) => error.to_string().replace(&folder.path().display().to_string(), "TEMP"),
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    feed builds: a.1.0.zip is there already; give it another version, or choose to overwrite or to ignore what is there
    feed builds: b.1.0.zip is more than 100 bytes (max-size); raise max-size if that is right
    cannot read TEMP/gone: No such file or directory (os error 2)
    Done
    ");

    let newer = package(folder.path(), "a", "1.0", "tar.gz", b"newer");
    assert_eq!(feed.push(&newer, Overwrite::Ignore).await.unwrap(), Pushed::AlreadyThere);
    assert_eq!(feed.push(&newer, Overwrite::Overwrite).await.unwrap(), Pushed::Done);
    let names: Vec<String> = files(&root).into_keys().collect();
    assert_eq!(names, ["a.1.0.tar.gz", "a.2.0.zip"], "one version is there once, and nothing else");

    cancel.cancel();
    let results = push_all(&*feed, &all, Overwrite::Overwrite, &cancel, |_, _| {}).await;
    assert!(results.iter().all(|result| matches!(result, Err(wharf_fetch::FetchError::Cancelled))));
}
