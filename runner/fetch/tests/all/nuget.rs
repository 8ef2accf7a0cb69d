use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use wharf_fetch::{Credentials, FeedLocation, FeedSettings, Overwrite, Pushed, Secret, download};

use crate::server::{Reply, Server, file};
use crate::support::{content, error, open, package, quiet, settings, temp};

type Files = Arc<Mutex<BTreeMap<String, Bytes>>>;

/// A feed made of static files, with an endpoint for pushes that wants the key `k3y-k3y`.
async fn feed() -> (Server, Files) {
    let files: Files = Arc::default();
    let kept = Arc::clone(&files);
    let server = Server::start(move |request| {
        let mut files = kept.lock().unwrap();
        let path = request.uri().path();
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if request.method() == http::Method::PUT {
            if header("x-nuget-apikey") != "k3y-k3y" {
                return Reply::status(401).body("the key k3y-wrong is unknown");
            }
            let Some((name, content)) = uploaded(header("content-type"), request.body()) else {
                return Reply::status(400).body("no package in the form");
            };
            return match files.insert(format!("/flat/{name}"), content) {
                None => Reply::status(201),
                Some(old) => {
                    files.insert(format!("/flat/{name}"), old);
                    Reply::status(409)
                }
            };
        }
        if path == "/v3/index.json" {
            let base = format!("http://{}", header("host"));
            return Reply::ok(format!(
                r#"{{"version":"3.0.0","resources":[
                    {{"@id":"{base}/registrations/","@type":["RegistrationsBaseUrl","RegistrationsBaseUrl/3.0.0-beta"]}},
                    {{"@id":"{base}/flat","@type":"PackageBaseAddress/3.0.0","comment":"x"}},
                    {{"@id":"/api/v2/package","@type":["PackagePublish/2.0.0"]}}]}}"#
            ));
        }
        if let Some(id) = path.strip_prefix("/flat/").and_then(|rest| rest.strip_suffix("/index.json")) {
            let start = format!("/flat/{id}/");
            let versions: Vec<&str> =
                files.keys().filter_map(|key| key.strip_prefix(&start)?.split('/').next()).collect();
            return if versions.is_empty() { Reply::status(404) } else { Reply::ok(format!(r#"{{"versions":{versions:?}}}"#)) };
        }
        files.get(path).map_or(Reply::status(404), |content| file(request, content, "x"))
    })
    .await;
    (server, files)
}

/// The package of a form. Its content says what it is: `id version`, then the rest.
fn uploaded(kind: &str, body: &Bytes) -> Option<(String, Bytes)> {
    let boundary = format!("\r\n--{}--\r\n", kind.strip_prefix("multipart/form-data; boundary=")?);
    let start = body.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let end = body.len().checked_sub(boundary.len()).filter(|end| &body[*end..] == boundary.as_bytes())?;
    let content = body.slice(start..end);
    let text = String::from_utf8_lossy(&content[..content.len().min(60)]).into_owned();
    let mut words = text.split_whitespace();
    let (id, version) = (words.next()?, words.next()?);
    Some((format!("{id}/{version}/{id}.{version}.nupkg"), content))
}

fn nuget(url: String, credentials: Credentials) -> FeedSettings {
    FeedSettings { credentials, ..settings(FeedLocation::NuGet { url }) }
}

fn key(key: &str) -> Credentials {
    Credentials::ApiKey { key: Secret::new(key) }
}

fn nupkg(id: &str, version: &str) -> Vec<u8> {
    [format!("{id} {version} ").as_bytes(), &content(300_000)].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn version_3_lists_fetches_and_takes() {
    let (server, _) = feed().await;
    let feed = open(nuget(server.url("/v3/index.json"), key("k3y-k3y")));
    let folder = temp();
    assert!(feed.versions("Acme.Web").await.unwrap().is_empty());
    let sent = package(folder.path(), "Acme.Web", "1.2.0", "nupkg", &nupkg("acme.web", "1.2.0"));
    assert_eq!(feed.push(&sent, Overwrite::Fail).await.unwrap(), Pushed::Done);
    assert_eq!(server.requests().last().unwrap(), "PUT /api/v2/package");
    assert!(server.last_body().starts_with(b"--wharf-package-"));
    assert_eq!(feed.versions("Acme.Web").await.unwrap(), ["1.2.0"]);

    // Versions are the same that are written differently.
    let remote = feed.locate("Acme.Web", "1.02.0.0").await.unwrap();
    let into = folder.path().join("x");
    download(&*feed, &remote, &into, None, &quiet()).await.unwrap();
    assert_eq!(std::fs::read(&into).unwrap(), nupkg("acme.web", "1.2.0"));
    insta::assert_snapshot!(error(feed.locate("Acme.Web", "9.9").await), @"feed builds: Acme.Web 9.9 is not there (http://127.0.0.1:PORT/flat/acme.web/9.9.0/acme.web.9.9.0.nupkg)");

    insta::assert_snapshot!(error(feed.push(&sent, Overwrite::Fail).await), @"feed builds: Acme.Web.1.2.0.nupkg is there already; give it another version, or choose to overwrite or to ignore what is there");
    assert_eq!(feed.push(&sent, Overwrite::Ignore).await.unwrap(), Pushed::AlreadyThere);
    insta::assert_snapshot!(error(feed.push(&sent, Overwrite::Overwrite).await), @"feed builds: Acme.Web.1.2.0.nupkg is there already, and this feed replaces nothing; give it another version");
    let zip = package(folder.path(), "a", "1.0", "zip", b"");
    insta::assert_snapshot!(error(feed.push(&zip, Overwrite::Fail).await), @"feed builds: a NuGet feed takes only .nupkg, not a.1.0.zip");
    let keys = server.header_of_each("x-nuget-apikey");
    let pushes = server.requests().iter().filter(|request| request.starts_with("PUT")).count();
    assert_eq!(keys.iter().filter(|key| *key != "-").count(), pushes, "the key goes with pushes only");
    let index = server.requests().iter().filter(|request| request.ends_with("/v3/index.json")).count();
    assert_eq!(index, 1, "the service index is read once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_named_but_not_shown() {
    let (server, _) = feed().await;
    let folder = temp();
    let sent = package(folder.path(), "a", "1.0.0", "nupkg", &nupkg("a", "1.0.0"));
    let wrong = open(nuget(server.url("/v3/index.json"), key("k3y-wrong")));
    insta::assert_snapshot!(error(wrong.push(&sent, Overwrite::Fail).await), @"feed builds: http://127.0.0.1:PORT/api/v2/package answered 401 for a.1.0.0.nupkg: the key ******** is unknown; check the credentials of feed builds: they are wrong, expired or of another kind");
    let nobody = open(nuget(server.url("/v3/index.json"), Credentials::None));
    insta::assert_snapshot!(error(nobody.push(&sent, Overwrite::Fail).await), @"feed builds: http://127.0.0.1:PORT/api/v2/package answered 401 for a.1.0.0.nupkg: the key k3y-wrong is unknown; give credentials for feed builds");
}

#[tokio::test(flavor = "multi_thread")]
async fn version_2_takes_pushes_only() {
    let (server, files) = feed().await;
    let folder = temp();
    let both =
        Credentials::BasicAndKey { user: "ann".into(), password: Secret::new("pw-pw"), key: Secret::new("k3y-k3y") };
    let feed = open(nuget(server.url("/api/v2/package/"), both));
    let sent = package(folder.path(), "a", "1.0.0", "nupkg", &nupkg("a", "1.0.0"));
    assert_eq!(feed.push(&sent, Overwrite::Fail).await.unwrap(), Pushed::Done);
    assert_eq!(files.lock().unwrap().len(), 1);
    assert_eq!(server.header_of_each("authorization"), ["Basic YW5uOnB3LXB3"]);
    insta::assert_snapshot!(error(feed.push(&sent, Overwrite::Fail).await), @"feed builds: a.1.0.0.nupkg is there already; give it another version, or choose to overwrite or to ignore what is there");
    insta::assert_snapshot!(error(feed.versions("a").await), @"feed builds: http://127.0.0.1:PORT/api/v2/package/ takes pushes only: to read, name the version 3 service index, an address that ends with index.json");
}

#[tokio::test]
async fn an_index_that_is_none_is_refused() {
    let page = Server::start(|_| Reply::ok("<html>hello</html>")).await;
    insta::assert_snapshot!(error(open(nuget(page.url("/index.json"), Credentials::None)).versions("a").await), @"feed builds: cannot understand what http://127.0.0.1:PORT/index.json answered for the service index: expected value at line 1 column 1");
    let empty = Server::start(|_| Reply::ok(r#"{"resources":[]}"#)).await;
    insta::assert_snapshot!(error(open(nuget(empty.url("/index.json"), Credentials::None)).versions("a").await), @"feed builds: http://127.0.0.1:PORT/index.json names no PackageBaseAddress/3.0.0, so packages cannot be read from it");
}
