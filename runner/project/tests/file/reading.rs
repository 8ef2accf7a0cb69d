//! Valid files.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use wharf_model::{FeedPlace, Limit, PackageSource, PackedVersion, PowerKind, SecretSource, Uses, When};

use crate::write::*;

pub const WHOLE: &str = r##"
wharf: 1                                          # format
project: SupportFlow
environments:                                     # in promotion order
  Dev: {}
  Production: { confirm: true, variables: { Site.Url: "https://support.example.com", Only.There: x } }
feeds:
  builds: { nuget: "https://feed.example.com/v3/index.json", key: { secret: { env: FEED_KEY } } }
  store: { s3: { bucket: "#{Bucket}", path-style: true }, access-key: me, secret-key: { secret: { run: [pass, s3] } } }
  drop: { folder: drop/ }
  web: { http: "http://drop.local", index: list.txt, user: me, password: { secret: { prompt: } }, allow-plain-http: true }
  images: { oci: registry.example.com/team, token: { secret: { file: token } } }
packages:
  SupportFlow: { from: dist/, version: "#{Build.Number}" }
  Docs: { file: "./Docs.1.0.zip" }
  Tools: { feed: Builds, id: Acme.Tools, version: "[1.0,2.0)", prerelease: true }
  Newest: { feed: drop }
  Tagged: { from: dist/, version: { git: tag } }
variables:
  Site.Url: "http://localhost:8080"
  Site.Root: "/srv/supportflow/#{Wharf.Environment.Name}"
  Build.Number: 1.10
  Database.Host:
    scoped: [ { value: localhost }, { value: db.internal, environment: production } ]   # a plain list or map is always a value
  Database.Password: { secret: { env: SUPPORTFLOW_DB_PASSWORD } }
  Token: { scoped: [ { secret: { file: /run/token }, environments: [Dev, Production] } ] }
  List: [ 1, { scoped: x, other: y } ]
defaults: { timeout: 30m, limits: { memory: 512MiB, log-lines: 1000 } }
steps:
  - name: Deploy web site
    id: web
    uses: deploy-package
    with:
      package: SupportFlow
      into: "#{Site.Root}"
      configure: { appsettings.json: { "ConnectionStrings:Db": "Host=#{Database.Host};Password=#{Database.Password}" } }
  - name: Smoke test
    uses: http-request
    probe: true
    with: { url: "#{Site.Url}/health", expect: { status: 200 } }
    retry: { attempts: 5, backoff: 500ms }
  - uses: ./steps/notify.wasm
    if: Notify.Enabled
    when: always
    disabled: true
    timeout: 1h30m
    limits: { cpu-time: 10s }
    allow: { http: ["https://chat.example.com", "https://#{Host}"], run: bash }
  - { uses: ./steps/notify.wasm, if: [A, "#{B}"] }
on-failure:
  - { uses: deploy-package, with: { restore: web } }
processes: { restart: { steps: [ { name: Restart, uses: run-command, with: { command: [systemctl, restart, web] } } ] } }
"##;

#[test]
fn the_whole_example_is_read() {
    let process = process(WHOLE);
    assert_eq!((process.project.as_str(), process.folder), ("SupportFlow", PathBuf::from("/home/me/supportflow")));
    let environments: Vec<_> = process.environments.iter().map(|e| (e.name.as_str(), e.confirm)).collect();
    assert_eq!(environments, [("Dev", false), ("Production", true)]);

    let ids: Vec<_> = process.deploy.steps.iter().map(|step| (step.id.as_str(), step.name.as_str())).collect();
    assert_eq!(
        ids,
        [("web", "Deploy web site"), ("smoke-test", "Smoke test"), ("notify", "notify"), ("notify-2", "notify")]
    );
    let [web, smoke, notify, notify_2] = process.deploy.steps.as_slice() else { panic!("there are four steps") };
    assert_eq!(web.uses, Uses::Standard("deploy-package".into()));
    assert_eq!(web.uses_span.to_string(), "wharf.yaml:32:11");
    assert_eq!(web.span.text().lines().next(), Some("name: Deploy web site"));
    let with = web.with.as_ref().expect("it has inputs");
    assert_eq!(
        with.to_json(),
        json!({"package": "SupportFlow", "into": "#{Site.Root}", "configure": {"appsettings.json":
            {"ConnectionStrings:Db": "Host=#{Database.Host};Password=#{Database.Password}"}}})
    );
    assert!(smoke.probe && !web.probe);
    assert_eq!((smoke.retry.attempts, smoke.retry.backoff), (5, Duration::from_millis(500)));
    assert_eq!(web.retry.attempts, 1);
    assert_eq!(notify.uses, Uses::File("./steps/notify.wasm".into()));
    assert_eq!((notify.when, notify.disabled, notify.timeout), (When::Always, true, Some(Duration::from_secs(5400))));
    assert_eq!(notify.limits.iter().map(|l| (l.limit, l.value)).collect::<Vec<_>>(), [(Limit::CpuTime, 10_000)]);
    let conditions =
        |step: &wharf_model::Step| step.conditions.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>();
    assert_eq!(
        (conditions(notify), conditions(notify_2)),
        (vec!["Notify.Enabled".into()], vec!["A".into(), "#{B}".into()])
    );
    let [http, run] = notify.allow.as_slice() else { panic!("two kinds are allowed") };
    assert_eq!(
        (http.kind, http.patterns.len(), run.kind, run.patterns[0].text.as_str()),
        (PowerKind::Http, 2, PowerKind::Run, "bash")
    );

    assert_eq!(process.deploy.on_failure[0].id, "deploy-package");
    assert_eq!(process.defaults.timeout, Some(Duration::from_secs(1800)));
    let limits: Vec<_> = process.defaults.limits.iter().map(|l| (l.limit, l.value)).collect();
    assert_eq!(limits, [(Limit::Memory, 512 * 1024 * 1024), (Limit::LogLines, 1000)]);
    assert_eq!(process.processes[0].name, "restart");
    assert_eq!(process.processes[0].steps[0].id, "restart");
    let [folder, archive, tools, newest, tagged] = process.packages.as_slice() else {
        panic!("there are five packages")
    };
    assert!(matches!(
        &folder.source,
        PackageSource::Folder { version: PackedVersion::Text(version), .. } if version.as_text() == Some("#{Build.Number}")
    ));
    assert!(matches!(&archive.source, PackageSource::File { file } if file.as_text() == Some("./Docs.1.0.zip")));
    assert!(matches!(
        &tools.source,
        PackageSource::Feed { feed, id: Some(id), version: Some(version), prerelease: true }
            if feed == "builds" && id.as_text() == Some("Acme.Tools") && version.as_text() == Some("[1.0,2.0)")
    ));
    assert!(matches!(&newest.source, PackageSource::Feed { id: None, version: None, prerelease: false, .. }));
    assert!(matches!(&tagged.source, PackageSource::Folder { version: PackedVersion::GitTag(_), .. }));

    let [builds, store, drop, web, images] = process.feeds.as_slice() else { panic!("there are five feeds") };
    assert!(matches!(&builds.place, FeedPlace::NuGet { .. }));
    let key = builds.credentials.key.as_ref().expect("it has a key");
    assert_eq!((key.key, &key.spec.source), ("key", &SecretSource::Env("FEED_KEY".into())));
    let FeedPlace::S3(s3) = &store.place else { panic!("it is S3") };
    assert_eq!((s3.bucket.as_text(), s3.path_style, &s3.region), (Some("#{Bucket}"), true, &None));
    assert!(store.credentials.access_key.is_some() && store.credentials.secret_key.is_some());
    assert!(matches!(&drop.place, FeedPlace::Folder { path } if path.as_text() == Some("drop/")));
    assert!(matches!(&web.place, FeedPlace::Http { index: Some(_), .. }) && web.allow_plain_http);
    assert!(web.credentials.user.is_some() && web.credentials.password.is_some());
    assert!(matches!(&images.place, FeedPlace::Oci { .. }) && images.credentials.token.is_some());
}

#[test]
fn little_is_enough() {
    let process = process("wharf: 1\nsteps:\n- uses: write-file\n");
    assert_eq!((process.project.as_str(), process.deploy.steps[0].name.as_str()), ("supportflow", "write-file"));
    let with_names =
        crate::write::process("wharf: 1\nenvironments: [Dev, Test]\nvariables:\nsteps:\n- { uses: x, with: }\n");
    assert_eq!(with_names.environments.len(), 2);
    assert_eq!(with_names.deploy.steps[0].with, None);
    let only_named = crate::write::process("wharf: 1\nprocesses: { restart: { steps: [{ uses: x }] } }");
    assert!(only_named.deploy.steps.is_empty());
}

#[test]
fn encodings_of_line_ends_and_a_byte_order_mark_change_nothing() {
    let unix =
        "wharf: 1\nproject: Ü\nsteps:\n  - uses: write-file\n    with:\n      content: |\n        one\n        two\n";
    for text in [unix.replace('\n', "\r\n"), format!("\u{feff}{unix}"), format!("---\n{unix}...\n")] {
        let process = process(&text);
        let step = &process.deploy.steps[0];
        assert_eq!(step.with.as_ref().map(|with| with.to_json()), Some(json!({"content": "one\ntwo\n"})));
        assert_eq!(step.uses_span.text(), "write-file");
        assert_eq!(process.project, "Ü");
    }
}

#[test]
fn values_of_other_files_are_read_alike() {
    assert_eq!(value("{\"a\": [1, 1.10, \"2\", null, true]}").to_json(), json!({"a": [1, "1.10", "2", null, true]}));
    assert_eq!(value("# nothing\n").to_json(), json!(null));
}
