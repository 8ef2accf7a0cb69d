//! What a real registry cannot be made to do: tokens, uploads that break, pages, strange artifacts.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use wharf_fetch::{Credentials, FeedLocation, FeedSettings, Overwrite, Secret, Sha256Digest, download, push_all};
use wharf_model::CancelToken;

use crate::server::{Reply, Server};
use crate::support::{content, error, open, package, quiet, settings, temp};

fn oci(server: &Server, credentials: Credentials) -> FeedSettings {
    let reference = format!("oci://{}/apps", server.address);
    FeedSettings { credentials, ..settings(FeedLocation::Oci { reference, chunk: 1 << 30 }) }
}

fn ann() -> Credentials {
    Credentials::Basic { user: "ann".into(), password: Secret::new("p4ssw0rd") }
}

fn manifest(layers: &[(&str, &[u8], Option<&str>)]) -> String {
    let layer = |(kind, content, title): &(&str, &[u8], Option<&str>)| {
        let title = title.map(|title| format!(r#","annotations":{{"org.opencontainers.image.title":"{title}"}}"#));
        let (digest, size) = (Sha256Digest::of(content), content.len());
        format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}{}}}"#, title.unwrap_or_default())
    };
    let layers: Vec<String> = layers.iter().map(layer).collect();
    let empty = Sha256Digest::of(b"{}");
    format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"x","digest":"{empty}","size":2}},"layers":[{}]}}"#,
        layers.join(",")
    )
}

/// A registry that wants a token of its token server for each scope.
async fn guarded() -> (Server, Server) {
    let tokens = Server::start(|request| {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        match header {
            Some("Basic YW5uOnA0c3N3MHJk") => Reply::ok(r#"{"token":"t0ken-of-ann","expires_in":300}"#),
            None => Reply::ok(r#"{"access_token":"t0ken-of-nobody"}"#),
            Some(_) => Reply::status(401).body(r#"{"details":"wrong user or password"}"#),
        }
    })
    .await;
    let realm = tokens.url("/token");
    let registry = Server::start(move |request| {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let challenge = format!(r#"Bearer realm="{realm}",service="reg",scope="repository:apps/a:pull""#);
        match (header, request.uri().path()) {
            (Some("Bearer t0ken-of-ann"), "/v2/apps/a/manifests/1.0") => {
                Reply::ok(manifest(&[("application/zip", &content(1000), None)]))
            }
            (Some("Bearer t0ken-of-ann"), path) if path.contains("/blobs/") => Reply::ok(content(1000)),
            (Some("Bearer t0ken-of-ann"), _) => {
                Reply::status(404).body(r#"{"errors":[{"message":"manifest unknown"}]}"#)
            }
            (Some(_), _) => Reply::status(401)
                .with("www-authenticate", challenge)
                .body(r#"{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}"#),
            _ => Reply::status(401).with("www-authenticate", challenge),
        }
    })
    .await;
    (registry, tokens)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_fetched_once_and_used() {
    let (registry, tokens) = guarded().await;
    let feed = open(oci(&registry, ann()));
    let remote = feed.locate("A", "1.0").await.unwrap();
    assert_eq!(remote.file_name, "A.1.0.zip");
    let folder = temp();
    download(&*feed, &remote, &folder.path().join("x"), None, &quiet()).await.unwrap();
    assert_eq!(tokens.requests(), ["GET /token?service=reg&scope=repository%3Aapps%2Fa%3Apull"]);
    let sent = registry.header_of_each("authorization");
    assert_eq!(sent, ["-", "Bearer t0ken-of-ann", "Bearer t0ken-of-ann"], "the password goes to the token server only");
    insta::assert_snapshot!(error(feed.locate("a", "2.0").await), @"feed builds: a 2.0 is not there (http://127.0.0.1:PORT/v2/apps/a/manifests/2.0); the server says: manifest unknown");
}

#[tokio::test]
async fn who_may_not_is_told_so() {
    let (registry, _) = guarded().await;
    insta::assert_snapshot!(error(open(oci(&registry, Credentials::None)).locate("a", "1.0").await), @"feed builds: http://127.0.0.1:PORT/v2/apps/a/manifests/1.0 answered 401 for a 1.0: requested access to the resource is denied; give credentials for feed builds");
    let wrong = Credentials::Basic { user: "ann".into(), password: Secret::new("wr0ng") };
    insta::assert_snapshot!(error(open(oci(&registry, wrong)).locate("a", "1.0").await), @"feed builds: http://127.0.0.1:PORT/token answered 401 for a token: wrong user or password; check the credentials of feed builds: they are wrong, expired or of another kind");
}

#[tokio::test]
async fn what_docker_login_kept_is_used() {
    let (registry, tokens) = guarded().await;
    let folder = temp();
    let path = folder.path().join("config.json");
    let config = format!(r#"{{"auths":{{"https://{}/v2/":{{"auth":"YW5uOnA0c3N3MHJk"}}}}}}"#, registry.address);
    std::fs::write(&path, config).unwrap();
    let feed = open(oci(&registry, Credentials::DockerConfig { path: path.clone() }));
    feed.locate("a", "1.0").await.unwrap();
    assert_eq!(tokens.header_of_each("authorization"), ["Basic YW5uOnA0c3N3MHJk"]);

    std::fs::write(&path, "{\n\"auths\": {\"x\": {\"auth\": 7 p4ssw0rd").unwrap();
    let feed = open(oci(&registry, Credentials::DockerConfig { path: path.clone() }));
    let broken = error(feed.locate("a", "1.0").await).replace(&path.display().to_string(), "CONFIG");
    insta::assert_snapshot!(broken, @"feed builds: CONFIG is no configuration of docker: the JSON is wrong in line 2");
}

#[tokio::test]
async fn lists_have_pages_and_pages_an_end() {
    let server = Server::start(|request| match request.uri().query().unwrap_or_default() {
        "n=1000" => Reply::ok(r#"{"name":"apps/a","tags":["1.9","1.10_b.1"]}"#)
            .with("link", r#"</v2/apps/a/tags/list?n=1000&last=x>; rel="next""#),
        _ => Reply::ok(r#"{"tags":["1.10"]}"#),
    })
    .await;
    assert_eq!(open(oci(&server, Credentials::None)).versions("a").await.unwrap(), ["1.9", "1.10", "1.10+b.1"]);

    let endless =
        Server::start(|_| Reply::ok(r#"{"tags":null}"#).with("link", "</v2/apps/a/tags/list?n=1000&last=y>; rel=next"))
            .await;
    let mut settings = oci(&endless, Credentials::None);
    settings.limits.max_pages = 5;
    insta::assert_snapshot!(error(open(settings).versions("a").await), @"feed builds: the list of versions of a is more than 5 pages (max-pages); raise max-pages if that is right");
    assert_eq!(endless.requests().len(), 5);
}

#[tokio::test]
async fn artifacts_that_are_no_packages_are_refused() {
    let cases: [(&str, String); 5] = [
        ("two layers", manifest(&[("application/zip", b"a", None), ("application/zip", b"b", None)])),
        ("no layer", manifest(&[])),
        ("a title that leads elsewhere", manifest(&[("application/zip", b"a", Some("../a.zip"))])),
        ("an unknown kind", manifest(&[("application/x", b"a", None)])),
        ("no manifest", "{}".into()),
    ];
    let mut errors = Vec::new();
    for (name, body) in cases {
        let server = Server::start(move |_| Reply::ok(body.clone())).await;
        errors.push(format!("{name}: {}", error(open(oci(&server, Credentials::None)).locate("a", "1.0").await)));
    }
    let digest = Sha256Digest::of(b"other").to_string();
    let server = Server::start(move |_| Reply::ok("{}").with("docker-content-digest", digest.clone())).await;
    errors.push(format!("another digest: {}", error(open(oci(&server, Credentials::None)).locate("a", "1.0").await)));
    insta::assert_snapshot!(errors.join("\n"), @"
    two layers: feed builds: cannot understand what http://127.0.0.1:PORT/v2/ answered for the manifest of a 1.0: the artifact has several layers, so it is no package but an image or a bundle
    no layer: feed builds: cannot understand what http://127.0.0.1:PORT/v2/ answered for the manifest of a 1.0: the artifact has no layer
    a title that leads elsewhere: feed builds: cannot understand what http://127.0.0.1:PORT/v2/ answered for the manifest of a 1.0: the title of its layer is no file name
    an unknown kind: feed builds: cannot understand what http://127.0.0.1:PORT/v2/ answered for the manifest of a 1.0: its layer has neither a title nor the media type of an archive
    no manifest: feed builds: cannot understand what http://127.0.0.1:PORT/v2/apps/a/manifests/1.0 answered for a 1.0: missing field `schemaVersion` at line 1 column 2
    another digest: feed builds: the manifest of a 1.0 is not what was expected: it is sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a, not sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_in_chunks_goes_on_where_the_registry_got_to() {
    let received: Arc<Mutex<Vec<u8>>> = Arc::default();
    let patches = AtomicUsize::new(0);
    let kept = Arc::clone(&received);
    let server = Server::start(move |request| {
        let mut kept = kept.lock().unwrap();
        let path = request.uri().path();
        let here = |status| Reply::status(status).with("location", "/v2/apps/a/blobs/uploads/7?state=s");
        match request.method().as_str() {
            "HEAD" if path.ends_with(&Sha256Digest::of(b"{}").to_string()) => Reply::status(200),
            "HEAD" => Reply::status(404),
            "POST" => here(202),
            "PATCH" => {
                // Of the second chunk only a half arrives before the server stumbles.
                let stumbles = patches.fetch_add(1, Ordering::SeqCst) == 1;
                let body = request.body();
                kept.extend(if stumbles { &body[..body.len() / 2] } else { body });
                here(if stumbles { 502 } else { 202 })
            }
            "GET" => here(204).with("range", format!("0-{}", kept.len() - 1)),
            _ => Reply::status(201),
        }
    })
    .await;
    let reference = server.address.to_string() + "/apps";
    let feed = open(settings(FeedLocation::Oci { reference, chunk: 1000 }));
    let folder = temp();
    let body = content(3500);
    let sent = package(folder.path(), "a", "1.0", "zip", &body);
    feed.push(&sent, Overwrite::Overwrite).await.unwrap();
    assert_eq!(*received.lock().unwrap(), body);
    let ranges: Vec<String> = server.header_of_each("content-range").into_iter().filter(|range| range != "-").collect();
    assert_eq!(ranges, ["0-999", "1000-1999", "1500-2499", "2500-3499"]);
}

#[tokio::test]
async fn a_blob_that_packages_share_is_sent_once() {
    let there: Mutex<HashSet<String>> = Mutex::default();
    let server = Server::start(move |request| {
        let mut there = there.lock().unwrap();
        let path = request.uri().path();
        match request.method().as_str() {
            "HEAD" => {
                Reply::status(if path.rsplit('/').next().is_some_and(|it| there.contains(it)) { 200 } else { 404 })
            }
            "POST" => Reply::status(202).with("location", format!("{path}7?state=s")),
            _ => {
                let digest = request.uri().query().and_then(|query| query.split_once("digest="));
                there.extend(digest.map(|(_, digest)| digest.replace("%3A", ":")));
                Reply::status(201)
            }
        }
    })
    .await;
    let folder = temp();
    let sent = ["1.0", "1.1", "1.2"].map(|version| package(folder.path(), "a", version, "zip", b"the same"));
    let feed = open(oci(&server, Credentials::None));
    let results = push_all(&*feed, &sent, Overwrite::Overwrite, &CancelToken::new(), |_, _| {}).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let uploads = server.requests().iter().filter(|request| request.starts_with("POST")).count();
    assert_eq!(uploads, 2, "one of the empty configuration, one of the package: {:#?}", server.requests());
}

#[tokio::test]
async fn the_same_package_gives_the_same_manifest() {
    let server = Server::start(|request| match request.method().as_str() {
        "HEAD" if request.uri().path().contains("/blobs/") => Reply::status(200),
        "HEAD" => Reply::status(404),
        _ => Reply::status(201),
    })
    .await;
    let folder = temp();
    let sent = package(folder.path(), "Acme.Web", "1.0.0+b", "tar.zst", b"content");
    open(oci(&server, Credentials::None)).push(&sent, Overwrite::Fail).await.unwrap();
    assert_eq!(server.requests().last().unwrap(), "PUT /v2/apps/acme.web/manifests/1.0.0_b");
    let manifest = String::from_utf8_lossy(&server.last_body()).replace(',', ",\n");
    insta::assert_snapshot!(manifest, @r#"
    {"schemaVersion":2,
    "mediaType":"application/vnd.oci.image.manifest.v1+json",
    "artifactType":"application/vnd.wharf.package.v1",
    "config":{"mediaType":"application/vnd.oci.empty.v1+json",
    "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "size":2},
    "layers":[{"mediaType":"application/zstd",
    "digest":"sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73",
    "size":7,
    "annotations":{"org.opencontainers.image.title":"Acme.Web.1.0.0+b.tar.zst"}}],
    "annotations":{"org.opencontainers.image.title":"Acme.Web",
    "org.opencontainers.image.version":"1.0.0+b"}}
    "#);
}
