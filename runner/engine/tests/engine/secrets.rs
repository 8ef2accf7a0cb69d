//! Secrets are references until the host resolves them, and are masked wherever they appear.

use wharf_model::{Change, ChangeKind, ChangeSource, EventKind, Failure, FailureCode, Level, MaskStream, StepEvent};

use crate::support::{Case, Double, output};

const TEXT: &str = "
variables:
  Token: { secret: { env: TOKEN } }
  Unset: { secret: { env: NO_SUCH_VARIABLE } }
  Filed: { secret: { file: token.txt } }
steps:
  - { id: a, uses: http-request, with: { url: \"http://localhost/\", key: \"Bearer #{Token}\" } }
";

#[test]
fn a_step_gets_a_reference_and_only_its_own_secrets() {
    let case = Case::new(TEXT);
    let double = Double::default();
    case.run(&double);
    let calls = double.calls();
    let [secret] = &*calls[0].secrets else { panic!("one secret: {:?}", calls[0].secrets) };
    assert_eq!((secret.name.as_str(), secret.value.as_str()), ("Token", "s3cret value"));
    assert_eq!(calls[0].inputs["key"], format!("Bearer {}", secret.reference));
    assert!(secret.reference.starts_with("secret:") && secret.reference.len() == 39);
}

#[test]
fn everything_that_leaves_the_engine_is_masked() {
    let secret = "s3cret value";
    let double = Double::default().on("a", move |_, observer| {
        let text = || secret.to_owned();
        observer.event(StepEvent::Log {
            level: Level::Info,
            message: format!("first line\nlogin {secret}\nczNjcmV0IHZhbHVl\n\u{1b}[31ms3c\u{1b}[0mret value"),
            fields: vec![(text(), text())],
        });
        observer.event(StepEvent::Progress { done: 1, total: None, note: text() });
        observer.event(StepEvent::Change(Change {
            kind: ChangeKind::Update,
            source: ChangeSource::Step,
            target: text(),
            summary: text(),
            diff: Some(text()),
            detail: serde_json::json!({ "a": text() }),
        }));
        observer.event(StepEvent::Output { name: "o".into(), value: text().into(), sensitive: false });
        observer.event(StepEvent::Artifact { name: text(), bytes: 1 });
        observer.event(StepEvent::Request {
            method: "GET".into(),
            url: "http://localhost/?key=s3cret%20value".into(),
            status: None,
            error: Some(text()),
        });
        observer.event(StepEvent::Program { path: text(), args: vec![text()] });
        Err(Failure {
            help: Some(text()),
            add: Some(text()),
            input: Some(text()),
            ..Failure::new(FailureCode::Failed, text())
        })
    });
    let told = Case::new(TEXT).run(&double);
    let all: String = told.events.iter().map(|event| serde_json::to_string(event).expect("JSON")).collect();
    assert!(!all.contains("s3cret") && !all.contains("ret value") && !all.contains("czNjcmV0"), "{all}");
    assert_eq!(told.events.len(), 11);
}

fn log(level: Level, message: impl Into<String>) -> StepEvent {
    StepEvent::Log { level, message: message.into(), fields: Vec::new() }
}

/// The messages of a run's log entries.
fn messages<'a>(told: &'a crate::support::Told) -> Vec<&'a str> {
    let message = |event: &'a wharf_model::Event| match &event.kind {
        EventKind::Log { message, .. } => Some(message.as_str()),
        _ => None,
    };
    told.events.iter().filter_map(message).collect()
}

#[test]
fn a_line_that_comes_in_parts_is_masked_across_its_cuts() {
    let double = Double::default().on("a", |_, observer| {
        let mut stream = MaskStream::default();
        for (part, is_end) in [("login s3c\u{1b}[1m", false), ("ret", false), (" val", false), ("ue!", true)] {
            observer.event(log(Level::Info, observer.mask_part(&mut stream, part, is_end)));
        }
        // A text that is learned meanwhile counts from then on.
        observer.mask("learned now");
        observer.event(log(Level::Info, observer.mask_part(&mut stream, "learned now", true)));
        Ok(())
    });
    let told = Case::new(TEXT).run(&double);
    let messages = messages(&told);
    assert_eq!(messages[..4].concat(), "login ********!");
    assert_eq!(messages[4], "********");
}

#[test]
fn base64_of_a_secret_is_masked_although_each_of_its_lines_is_an_event() {
    let double = Double::default().on("a", move |_, observer| {
        observer.mask("a value that is so long that its base64 does not fit into one line, and is followed by");
        for line in [
            "YSB2YWx1ZSB0aGF0IGlzIHNvIGxvbmcgdGhhdCBpdHMgYmFzZTY0IGRvZXMgbm90IGZpdCBpbnRv",
            "IG9uZSBsaW5lLCBhbmQgaXMgZm9sbG93ZWQg",
            // So few digits of the secret tell nothing for themselves.
            "YnkgbW9yZQ==",
        ] {
            observer.event(log(Level::Info, line));
            observer.event(log(Level::Warn, "in between"));
        }
        observer.event(log(Level::Info, "YnkgbW9yZQ=="));
        Ok(())
    });
    let told = Case::new(TEXT).run(&double);
    let shown: Vec<&str> = messages(&told).into_iter().filter(|message| *message != "in between").collect();
    assert_eq!(shown, ["********", "********", "********bW9yZQ==", "YnkgbW9yZQ=="]);
}

#[test]
fn a_secret_that_is_needed_and_not_set_is_told_before_the_run() {
    let case = Case::new(&format!("{TEXT}  - {{ id: b, uses: note, with: {{ text: \"#{{Unset}} #{{Filed}}\" }} }}\n"));
    insta::assert_snapshot!(case.resolve(None, &Double::default()).expect_err("it is refused"), @"
    error[secret-not-set]: the secret `Unset` is not set
     --> wharf.yaml:6:10
      |
    6 |   Unset: { secret: { env: NO_SUCH_VARIABLE } }
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: set the environment variable NO_SUCH_VARIABLE, such as `NO_SUCH_VARIABLE=… wharf run`

    error[secret-not-set]: the secret `Filed` cannot be read from [folder]/token.txt: No such file or directory (os error 2)
     --> wharf.yaml:7:10
      |
    7 |   Filed: { secret: { file: token.txt } }
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    let case = Case::new(&format!("{TEXT}  - {{ id: b, uses: note, with: {{ text: \"#{{Filed}}\" }} }}\n"))
        .file("token.txt", "from a file\r\n");
    let schedule = case.resolve(None, &Double::default()).expect("it resolves");
    assert_eq!(schedule.secrets[1].value, "from a file");
}

#[test]
fn an_input_that_is_marked_as_a_secret_grants_its_own() {
    let case = Case::new(
        "
variables: { Token: { secret: { env: TOKEN } }, Unset: { secret: { env: NO_SUCH_VARIABLE } } }
steps:
  - { id: a, uses: write-file, with: { path: out, content: \"key=#{Token}\" } }
  - { id: b, uses: write-file, with: { path: out, content: nothing } }
  - { id: c, uses: write-file, with: { path: out, template: t } }
",
    );
    let schedule = case.resolve(None, &Double::default()).expect("it resolves");
    let may_hold: Vec<bool> = schedule.steps.iter().map(|step| step.grants.allows_secret("Token")).collect();
    assert_eq!(may_hold, [true, false, true]);
    let given: Vec<usize> = schedule.steps.iter().map(|step| step.secrets.len()).collect();
    assert_eq!(given, [1, 0, 1]);
}

#[test]
fn an_output_cannot_carry_a_secret_to_another_step() {
    let case = Case::new(
        "
variables: { Token: { secret: { env: TOKEN } } }
steps:
  - { id: a, uses: http-request, with: { url: \"http://localhost/\", key: \"#{Token}\" } }
  - { id: b, uses: write-file, with: { path: out, content: \"#{Step[a].Output.key}\" } }
  - { id: c, uses: write-file, with: { path: out, content: \"#{Token} #{Step[a].Output.key}\" } }
",
    );
    let double = Double::default().on("a", |call, observer| {
        observer.event(output("key", call.inputs["key"].clone()));
        Ok(())
    });
    case.run(&double);
    let calls = double.calls();
    assert_eq!(calls[1].inputs["content"], calls[0].inputs["key"]);
    assert!(calls[1].secrets.is_empty() && !calls[1].grants.allows_secret("Token"));
    // The process file itself gives it to this one.
    assert!(calls[2].secrets.len() == 1 && calls[2].grants.allows_secret("Token"));
}
