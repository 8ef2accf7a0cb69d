//! The functions of the contract that are neither files, nor HTTP, nor programs: each works, and each is refused.

use insta::assert_snapshot;
use wharf_model::{NamePattern, PackageFile, Secret, StepEvent};

use crate::support::{Bench, folder, secret};

fn calls(script: impl Into<String>) -> Bench {
    Bench::new("contract").script(script)
}

#[test]
pub(crate) fn contract() {
    let outcome = calls(
        "log trace finest\nlog debug fine\nlog info plain\nlog highlight look here\nlog warn oh\nlog error no\nlog info two\\nlines
        progress 1 3 counting\nchange create dns/www {\"summary\":\"a record\",\"ttl\":60}\nchange other x no JSON
        output a {\"b\": [1, 2]}\nsecret-output token [\"hunter2\", {\"k\": 12345}]",
    )
    .run();
    assert_snapshot!(outcome.transcript(folder().path()), @r#"
    log trace finest => ok
    log debug fine => ok
    log info plain => ok
    log highlight look here => ok
    log warn oh => ok
    log error no => ok
    log info two\nlines => ok
    progress 1 3 counting => ok
    change create dns/www {"summary":"a record","ttl":60} => ok
    change other x no JSON => ERROR invalid: a change's detail is no JSON: expected ident at line 1 column 2
    output a {"b": [1, 2]} => ok
    secret-output token ["hunter2", {"k": 12345}] => ok
    "#);
    let mut events = String::new();
    for event in &outcome.events {
        if !matches!(event, StepEvent::Output { name, .. } if name == "transcript") {
            events.push_str(&format!("{event:?}\n"));
        }
    }
    assert_snapshot!(events, @r#"
    Log { level: Trace, message: "finest", fields: [("a", "1")] }
    Log { level: Debug, message: "fine", fields: [("a", "1")] }
    Log { level: Info, message: "plain", fields: [("a", "1")] }
    Log { level: Highlight, message: "look here", fields: [("a", "1")] }
    Log { level: Warn, message: "oh", fields: [("a", "1")] }
    Log { level: Error, message: "no", fields: [("a", "1")] }
    Log { level: Info, message: "two\nlines", fields: [("a", "1")] }
    Progress { done: 1, total: Some(3), note: "counting" }
    Change(Change { kind: Create, source: Step, target: "dns/www", summary: "a record", diff: None, detail: Object {"summary": String("a record"), "ttl": Number(60)} })
    Output { name: "a", value: Object {"b": Array [Number(1), Number(2)]}, sensitive: false }
    Output { name: "token", value: Array [String("hunter2"), Object {"k": Number(12345)}], sensitive: true }
    "#);
    // Who hears of a sensitive output masks what is in it.
    assert!(outcome.masked.is_empty());
}

#[test]
fn a_step_masks_what_it_comes_to_know() {
    let outcome = calls("mask a token from a server").run();
    assert_eq!(outcome.masked, ["a token from a server"]);
    // Going on unmasked would show what must not be shown.
    let outcome = calls("mask-too-much").run();
    assert!(outcome.masked.is_empty());
    assert_snapshot!(outcome.failure().message, @"a sensitive text of more than 65536 bytes cannot be masked");
}

#[test]
fn where_the_step_stands() {
    let mut bench = calls("mode\ncancelled\ntime-left\nsleep 1\nstep\nattempt\nkey");
    bench.attempt = 3;
    assert_snapshot!(bench.run().transcript(folder().path()), @r#"
    mode => RunMode::Apply
    cancelled => false
    time-left => up to half an hour
    sleep 1 => ok
    step => step "Step"
    attempt => 3
    key => 0123456789abcdef0123456789abcdef
    "#);
    let mut bench = calls("mode");
    bench.mode = wharf_model::RunMode::Plan;
    assert_snapshot!(bench.run().transcript(folder().path()), @"mode => RunMode::Plan");
}

#[test]
fn variables_are_read_by_grant() {
    let script = "variable Site.Url\nvariable Database.Password\nvariable Site.Nothing\nnames *\nnames Data*
        evaluate at #{Site.Url}\nevaluate with #{Database.Password}\nevaluate-lenient with #{Database.Password}";
    let variables =
        vec![("Database.Password".to_owned(), "hunter2".to_owned()), ("Site.Url".to_owned(), "http://x".to_owned())];
    let mut bench = calls(script);
    bench.variables = variables.clone();
    assert_snapshot!(bench.run().transcript(folder().path()), @r#"
    variable Site.Url => ERROR denied: the step may not read the variable `Site.Url` {"add":"allow: { variables: [\"Site.Url\"] }"}
    variable Database.Password => ERROR denied: the step may not read the variable `Database.Password` {"add":"allow: { variables: [\"Database.Password\"] }"}
    variable Site.Nothing => ERROR denied: the step may not read the variable `Site.Nothing` {"add":"allow: { variables: [\"Site.Nothing\"] }"}
    names * => ok
    names Data* => ok
    evaluate at #{Site.Url} => ERROR denied: the step may not read the variable `Site.Url` {"add":"allow: { variables: [\"Site.Url\"] }"}
    evaluate with #{Database.Password} => ERROR denied: the step may not read the variable `Database.Password` {"add":"allow: { variables: [\"Database.Password\"] }"}
    evaluate-lenient with #{Database.Password} => ERROR denied: the step may not read the variable `Database.Password` {"add":"allow: { variables: [\"Database.Password\"] }"}
    "#);
    let mut bench = calls(script);
    bench.variables = variables;
    bench.grants.variables = vec![NamePattern::new("Site.*")];
    assert_snapshot!(bench.run().transcript(folder().path()), @r#"
    variable Site.Url => Some("\"http://x\"")
    variable Database.Password => ERROR denied: the step may not read the variable `Database.Password` {"add":"allow: { variables: [\"Database.Password\"] }"}
    variable Site.Nothing => None
    names * => Site.Url
    names Data* => ok
    evaluate at #{Site.Url} => at http://x
    evaluate with #{Database.Password} => ERROR denied: the step may not read the variable `Database.Password` {"add":"allow: { variables: [\"Database.Password\"] }"}
    evaluate-lenient with #{Database.Password} => ERROR denied: the step may not read the variable `Database.Password` {"add":"allow: { variables: [\"Database.Password\"] }"}
    "#);
}

#[test]
fn secrets_are_revealed_by_grant() {
    let secrets = vec![secret("secret:abc", "Api.Key", "the value")];
    let script = "reveal secret:abc\nreveal secret:other\nreveal Api.Key";
    let mut bench = calls(script);
    bench.secrets = secrets.clone();
    let outcome = bench.run();
    assert_snapshot!(outcome.transcript(folder().path()), @r#"
    reveal secret:abc => ERROR denied: the step may not hold the value of the secret `Api.Key` {"add":"allow: { secrets: [\"Api.Key\"] }"}
    reveal secret:other => ERROR notfound: there is no secret with this reference
    reveal Api.Key => ERROR notfound: there is no secret with this reference
    "#);
    assert!(!outcome.events.iter().any(|event| matches!(event, StepEvent::Revealed { .. })));
    let mut bench = calls(script);
    bench.secrets = secrets;
    bench.grants.secrets = vec![NamePattern::new("Api.*")];
    let outcome = bench.run();
    assert_snapshot!(outcome.transcript(folder().path()), @"
    reveal secret:abc => the value
    reveal secret:other => ERROR notfound: there is no secret with this reference
    reveal Api.Key => ERROR notfound: there is no secret with this reference
    ");
    let revealed = StepEvent::Revealed { name: "Api.Key".into() };
    assert_eq!(outcome.events.iter().filter(|event| **event == revealed).count(), 1);
}

/// A secret that comes into being where its token is evaluated.
fn derived(sources: &[&str]) -> Secret {
    let sources = sources.iter().map(|name| (*name).to_owned()).collect();
    Secret { sources, ..secret("secret:d0", "#{Api.Key | ToBase64}", "dGhlIHZhbHVl") }
}

#[test]
fn what_is_derived_from_a_secret_is_one_of_the_step() {
    let script = "reveal secret:d0\nevaluate key: #{Api.Key | ToBase64}\nreveal secret:d0\nevaluate #{Api.Key | ToBase64}\nvariable Wrapped";
    let bench = |secrets: &[&str]| {
        let mut bench = calls(script);
        bench.derived = vec![derived(&["Api.Key", "Api.Salt"])];
        bench.variables = vec![("Wrapped".into(), "<#{Api.Key | ToBase64}>".into())];
        bench.grants.variables = vec![NamePattern::new("*")];
        bench.grants.secrets = secrets.iter().map(|name| NamePattern::new(*name)).collect();
        bench
    };
    let outcome = bench(&["Api.*"]).run();
    assert_snapshot!(outcome.transcript(folder().path()), @r#"
    reveal secret:d0 => ERROR notfound: there is no secret with this reference
    evaluate key: #{Api.Key | ToBase64} => key: secret:d0
    reveal secret:d0 => dGhlIHZhbHVl
    evaluate #{Api.Key | ToBase64} => secret:d0
    variable Wrapped => Some("\"<secret:d0>\"")
    "#);
    assert_eq!(outcome.masked, ["dGhlIHZhbHVl"]);
    let revealed = StepEvent::Revealed { name: "#{Api.Key | ToBase64}".into() };
    assert_eq!(outcome.events.iter().filter(|event| **event == revealed).count(), 1);
    // Who may not hold all that went into it may not hold it either.
    let told = |secrets: &[&str]| {
        let outcome = bench(secrets).run();
        assert_eq!(outcome.masked, ["dGhlIHZhbHVl"]);
        outcome.transcript(folder().path()).lines().nth(2).unwrap_or_default().to_owned()
    };
    assert_snapshot!(told(&["Api.Key"]), @r#"reveal secret:d0 => ERROR denied: the step may not hold the value of `#{Api.Key | ToBase64}`, which holds the secret `Api.Salt` {"add":"allow: { secrets: [\"Api.Salt\"] }"}"#);
    assert_snapshot!(told(&[]), @r#"reveal secret:d0 => ERROR denied: the step may not hold the value of `#{Api.Key | ToBase64}`, which holds the secrets `Api.Key`, `Api.Salt` {"add":"allow: { secrets: [\"Api.Key\", \"Api.Salt\"] }"}"#);
}

#[test]
fn templates_make_secrets_of_secrets() {
    let fetched = secret(&format!("secret:{}", "0".repeat(32)), "Api.Key", "the \"value\"");
    let prompt = wharf_model::SecretSource::Prompt(None);
    let mut definition = wharf_variables::command_line_value("Api.Key", "");
    definition.candidates[0].value =
        wharf_model::VariableValue::Secret(wharf_model::SecretSpec { source: prompt, allow_short: false });
    let definitions = vec![definition, wharf_variables::command_line_value("Host", "db")];
    let set = wharf_model::VariableSet { origin: wharf_model::VariableOrigin::ProcessFile, definitions };
    let variables = wharf_variables::Variables::new([set], wharf_variables::Scopes::new())
        .with_secrets([(fetched.name.clone(), fetched.reference.clone())])
        .with_secret_values(std::slice::from_ref(&fetched));
    let mut bench = calls(
        "evaluate-and-reveal {\"host\": \"#{Host | ToUpper}\", \"key\": \"#{Api.Key | JsonEscape}\"}\nevaluate-and-reveal #{Api.Key}\nevaluate #{Hots}",
    );
    bench.run_variables = Some(std::sync::Arc::new(variables));
    bench.secrets = vec![fetched];
    bench.grants.variables = vec![NamePattern::new("*")];
    bench.grants.secrets = vec![NamePattern::new("Api.Key")];
    let outcome = bench.run();
    assert_snapshot!(outcome.transcript(folder().path()), @r##"
    evaluate-and-reveal {"host": "#{Host | ToUpper}", "key": "#{Api.Key | JsonEscape}"} => {"host": "DB", "key": "the \"value\""}
    evaluate-and-reveal #{Api.Key} => the "value"
    evaluate #{Hots} => ERROR invalid: there is no variable `Hots` (did you mean `Host`?)
    "##);
    assert_eq!(outcome.masked, ["the \\\"value\\\""]);
}

#[test]
fn a_derived_secret_that_cannot_be_masked_is_not_handed_out() {
    let mut bench = calls("evaluate #{Api.Key | ToBase64}\nreveal secret:d0");
    bench.derived = vec![Secret { value: "x".repeat(65_537), ..derived(&["Api.Key"]) }];
    bench.grants.variables = vec![NamePattern::new("*")];
    bench.grants.secrets = vec![NamePattern::new("*")];
    let outcome = bench.run();
    assert_snapshot!(outcome.transcript(folder().path()), @"
    evaluate #{Api.Key | ToBase64} => ERROR invalid: a sensitive text of more than 65536 bytes cannot be masked
    reveal secret:d0 => ERROR notfound: there is no secret with this reference
    ");
    assert!(outcome.masked.is_empty());
}

#[test]
fn artifacts_are_kept_below_their_folder() {
    let root = folder();
    let (data, kept) = (root.path().join("data"), root.path().join("kept"));
    std::fs::create_dir(&data).expect("a folder");
    std::fs::write(data.join("report.txt"), "content").expect("a file");
    std::fs::write(root.path().join("secret.txt"), "secret").expect("a file");
    std::os::unix::fs::symlink(root.path().join("secret.txt"), data.join("link")).expect("a link");
    let at = root.path().display();
    let script = format!(
        "artifact {at}/data/report.txt report.txt\nartifact {at}/data/report.txt a/b.txt\nartifact {at}/data/report.txt ../up
        artifact {at}/data/report.txt /abs\nartifact {at}/data/report.txt a//b\nartifact {at}/data report\nartifact {at}/none none
        artifact {at}/secret.txt secret\nartifact {at}/data/link link\nartifact /etc/passwd passwd"
    );
    let mut bench = calls(script.clone()).read(&data);
    bench.artifacts = Some(kept.clone());
    let outcome = bench.run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    artifact ROOT/data/report.txt report.txt => ok
    artifact ROOT/data/report.txt a/b.txt => ok
    artifact ROOT/data/report.txt ../up => ERROR invalid: `../up` is no name for an artifact: use a file name
    artifact ROOT/data/report.txt /abs => ERROR invalid: `/abs` is no name for an artifact: use a file name
    artifact ROOT/data/report.txt a//b => ERROR invalid: `a//b` is no name for an artifact: use a file name
    artifact ROOT/data report => ERROR invalid: ROOT/data is a directory
    artifact ROOT/none none => ERROR denied: the step may not read ROOT/none {"add":"allow: { read: [\"ROOT/none\"] }"}
    artifact ROOT/secret.txt secret => ERROR denied: the step may not read ROOT/secret.txt {"add":"allow: { read: [\"ROOT/secret.txt\"] }"}
    artifact ROOT/data/link link => ERROR denied: the step may not read ROOT/secret.txt {"add":"allow: { read: [\"ROOT/secret.txt\"] }"}
    artifact /etc/passwd passwd => ERROR denied: the step may not read /etc/passwd {"add":"allow: { read: [\"/etc/passwd\"] }"}
    "#);
    assert_eq!(std::fs::read_to_string(kept.join("a/b.txt")).expect("it was kept"), "content");
    assert!(!root.path().join("up").exists());
    // Too large together; and a run that keeps none.
    let mut bench = calls(script.clone()).read(&data).limit(wharf_model::Limit::ArtifactBytes, 10);
    bench.artifacts = Some(kept);
    assert_snapshot!(bench.run().transcript(root.path()).lines().take(2).collect::<Vec<_>>().join("\n"), @r#"
    artifact ROOT/data/report.txt report.txt => ok
    artifact ROOT/data/report.txt a/b.txt => ERROR limit: its artifacts are too large: the limit `artifact-bytes` is 10 {"help":"raise it in the step, or for all of them under `defaults`: `limits: { artifact-bytes: 20 }`","limit":"artifact-bytes"}
    "#);
    let outcome = calls(script).read(&data).run();
    assert_snapshot!(outcome.transcript(root.path()).lines().take(1).collect::<Vec<_>>().join("\n"), @"artifact ROOT/data/report.txt report.txt => ERROR other: this run keeps no artifacts");
}

fn package(root: &std::path::Path) -> PackageFile {
    let content = root.join("content");
    std::fs::create_dir_all(content.join("css")).expect("a folder");
    std::fs::write(content.join("index.html"), "<h1>hello</h1>").expect("a file");
    std::fs::write(content.join("css/site.css"), "body {}").expect("a file");
    PackageFile {
        reference: "App".into(),
        id: "App".into(),
        version: "1.0".into(),
        path: content,
        file_name: "App.1.0.zip".into(),
        digest: format!("sha256:{}", "0".repeat(64)),
    }
}

#[test]
fn packages_are_read_and_extracted_by_grant() {
    let root = folder();
    let target = root.path().join("site");
    let at = root.path().display();
    let script = format!(
        "open App\nentries App 0 10\nentries App 1 1\nentries App 9 9\nread App index.html 4 5\nread App index.html 99 5\nread App nothing 0 1\nread App index.html 0 4000000000
        extract App {at}/site\nextract App {at}/site\nextract App {at}/styles **/*.css\nextract App {at}/content
        extract App /etc/wharf-test\nextract App /work/x\nextract App {at}/site/../../out"
    );
    let mut bench = calls(script).write(&target).write(&root.path().join("styles")).read(&root.path().join("content"));
    bench.packages = vec![package(root.path())];
    bench.grants.packages = vec!["app".into()];
    let outcome = bench.run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    open App => App 1.0 sha256:0000000000000000000000000000000000000000000000000000000000000000
    entries App 0 10 => css/site.css File 7, index.html File 14
    entries App 1 1 => index.html File 14
    entries App 9 9 => ok
    read App index.html 4 5 => "hello"
    read App index.html 99 5 => ""
    read App nothing 0 1 => ERROR failed: package `ROOT/content`: has no entry `nothing`
    read App index.html 0 4000000000 => ERROR limit: it reads too much of a package at once: the limit `call-bytes` is 64MiB {"help":"raise it in the step, or for all of them under `defaults`: `limits: { call-bytes: 128MiB }`","limit":"call-bytes"}
    extract App ROOT/site => 2 files
    extract App ROOT/site => ERROR failed: css/site.css cannot be written: File exists (os error 17)
    extract App ROOT/styles **/*.css => 1 files
    extract App ROOT/content => ERROR denied: the step may not change ROOT/content/css/site.css {"add":"allow: { write: [\"ROOT/content/css/site.css\"] }"}
    extract App /etc/wharf-test => ERROR denied: the step may not change /etc/wharf-test {"add":"allow: { write: [\"/etc/wharf-test\"] }"}
    extract App /work/x => 2 files
    extract App ROOT/site/../../out => ERROR denied: the step may not change /tmp/out {"add":"allow: { write: [\"/tmp/out\"] }"}
    "#);
    assert_snapshot!(outcome.change_lines(root.path()).join("\n"), @"
    + site 2 files
    + styles 1 file
    ");
    assert_eq!(std::fs::read_to_string(target.join("css/site.css")).expect("it was extracted"), "body {}");
    assert!(!root.path().join("out").exists());

    let mut bench = calls("open App\nopen Other");
    bench.packages = vec![package(root.path())];
    assert_snapshot!(bench.run().transcript(root.path()), @r#"
    open App => ERROR denied: the step may not open the package `App` {"add":"allow: { packages: [App] }"}
    open Other => ERROR notfound: there is no package `Other`
    "#);
}

/// What lies in the way at the destination leads nothing out of it, not even into another place of the same grant.
#[test]
fn an_extraction_stays_in_its_directory() {
    let root = folder();
    let site = root.path().join("in/site");
    std::fs::create_dir_all(&site).expect("a folder");
    for name in ["in/beside", "out"] {
        std::fs::create_dir(root.path().join(name)).expect("a folder");
    }
    for target in [root.path().join("out").as_path(), std::path::Path::new("../../out"), "../beside".as_ref()] {
        let link = site.join("css");
        std::os::unix::fs::symlink(target, &link).expect("a link");
        let script = format!("open App\nextract App {}", site.display());
        let mut bench = calls(script).write(&root.path().join("in"));
        bench.packages = vec![package(root.path())];
        bench.grants.packages = vec!["App".into()];
        let outcome = bench.run();
        let last = outcome.transcript(root.path()).lines().last().map(str::to_owned);
        assert_eq!(
            last.as_deref(),
            Some("extract App ROOT/in/site => ERROR failed: css cannot be written: a link is in its way")
        );
        std::fs::remove_file(link).expect("the link is still there");
    }
    for name in ["in/beside", "out"] {
        assert_eq!(std::fs::read_dir(root.path().join(name)).expect("it is there").count(), 0, "{name}");
    }
}

/// A package that is a folder with links to somewhere else.
#[test]
fn a_package_with_links_out_of_it_is_refused() {
    let root = folder();
    let mut told = String::new();
    for target in ["../secret", "/etc/passwd", "css/../../secret"] {
        let package = package(root.path());
        let link = package.path.join("link");
        std::os::unix::fs::symlink(target, &link).expect("a link");
        let script = format!("!open App\nextract App {}/site", root.path().display());
        let mut bench = calls(script).write(&root.path().join("site"));
        bench.packages = vec![package];
        bench.grants.packages = vec!["App".into()];
        let outcome = bench.fails();
        told.push_str(&format!("{}\n", outcome.told().replace(root.path().to_str().expect("UTF-8"), "ROOT")));
        std::fs::remove_file(link).expect("the link is still there");
        assert!(!root.path().join("site").exists());
    }
    assert_snapshot!(told, @"
    failed: package `ROOT/content`: entry `link` is a link to `../secret`, which leaves the package
    failed: package `ROOT/content`: entry `link` is a link to `/etc/passwd`, which is absolute
    failed: package `ROOT/content`: entry `link` is a link to `css/../../secret`, which leaves the package
    ");
}
