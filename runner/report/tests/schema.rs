//! What the machine-readable reporters write is what the published schema says.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wharf_model::{
    Change, ChangeKind, ChangeSource, ComponentPin, Counts, Event, EventKind, EventSink, Failure, FailureCode, Level,
    Lock, LockChange, LockedComponent, LockedPackage, LockedPower, LockedStep, PackagePin, PackageSummary, PlanCounts,
    PlanStatus, PowerKind, PowerSummary, RunArguments, RunMode, RunStatus, SecretSummary, StepStatus, StepSummary,
};
use wharf_report::{DocumentReporter, EVENTS_SCHEMA, NdjsonReporter, PLAN_SCHEMA, PlanCollector, PlanDocument};

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no test panics while it writes").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no test panics while it writes").clone()).expect("JSON is UTF-8")
    }
}

/// One event of every kind, with everything optional both there and absent.
fn samples() -> Vec<EventKind> {
    let step = || "web".to_owned();
    let digest = format!("sha256:{}", "0a".repeat(32));
    let failure = Failure {
        code: FailureCode::Transient,
        message: "not yet".into(),
        help: Some("wait".into()),
        add: Some("allow:\n  http: [\"https://example.com\"]".into()),
        input: Some("/url".into()),
        limit: Some("memory".into()),
        retry_after_ms: Some(10),
    };
    let change = |diff: Option<String>, detail| Change {
        kind: ChangeKind::Create,
        source: ChangeSource::Files,
        target: "/srv/a".into(),
        summary: if diff.is_some() { "12 files".into() } else { String::new() },
        diff,
        detail,
    };
    let finished = |status, failure, reason| EventKind::StepFinished {
        step: step(),
        status,
        attempts: 2,
        failure,
        reason,
        changes: 1,
        duration: 1500,
    };
    vec![
        EventKind::RunStarted {
            run: "20261121-010754-3f9a".into(),
            project: "SupportFlow".into(),
            process: "deploy".into(),
            environment: None,
            mode: RunMode::Apply,
            steps: vec![StepSummary {
                id: step(),
                name: "Web".into(),
                uses: "deploy-package".into(),
                digest: digest.clone(),
            }],
            packages: vec![PackageSummary {
                reference: "SupportFlow".into(),
                id: "SupportFlow".into(),
                version: "1.0.78".into(),
                digest,
                bytes: 12,
            }],
            resumed: false,
            arguments: Some(arguments()),
        },
        EventKind::StepStarted { step: step(), attempt: 1, inputs: Some("0a".into()) },
        EventKind::StepKept { step: step() },
        EventKind::Log {
            step: Some(step()),
            level: Level::Info,
            message: "hello".into(),
            fields: vec![("a".into(), "b".into())],
        },
        EventKind::Log { step: None, level: Level::Highlight, message: "hello".into(), fields: vec![] },
        EventKind::Progress { step: step(), done: 1, total: None, note: "x".into() },
        EventKind::Progress { step: step(), done: 1, total: Some(2), note: "x".into() },
        EventKind::Change { step: step(), change: change(Some("+a".into()), json!({ "summary": "x" })) },
        EventKind::Change { step: step(), change: change(None, Value::Null) },
        EventKind::Output {
            step: step(),
            name: "url".into(),
            value: json!([1]),
            sensitive: false,
            sealed: Some("AA==".into()),
        },
        EventKind::Artifact { step: step(), name: "report".into(), bytes: 3 },
        EventKind::Request {
            step: step(),
            method: "GET".into(),
            url: "http://x/".into(),
            status: Some(200),
            error: None,
        },
        EventKind::Program { step: step(), path: "/bin/true".into(), args: vec!["x".into()] },
        EventKind::Revealed { step: step(), name: "Password".into() },
        EventKind::AttemptFailed { step: step(), attempt: 1, attempts: 2, failure: failure.clone(), retry_in: 10 },
        finished(StepStatus::Failed, Some(Failure::new(FailureCode::Internal, "x")), None),
        finished(StepStatus::NotStarted, None, Some("why".into())),
        finished(StepStatus::Succeeded, Some(failure), None),
        EventKind::RunFinished { status: RunStatus::Cancelled, counts: Counts::default(), duration: 5 },
    ]
    .into_iter()
    .chain(planned())
    .collect()
}

/// What follows in a plan.
fn planned() -> Vec<EventKind> {
    let withheld = Change {
        kind: ChangeKind::Other,
        source: ChangeSource::Withheld,
        target: "POST https://example.com/".into(),
        summary: "5 bytes".into(),
        diff: None,
        detail: Value::Null,
    };
    let power = |input: Option<&str>| PowerSummary {
        kind: PowerKind::Write,
        value: "/srv".into(),
        written: input.map(|_| "#{Root}".into()),
        input: input.map(str::to_owned),
    };
    let step = |status, failure, reason: Option<&str>| EventKind::StepPlanned {
        step: "web".into(),
        status,
        provisional: true,
        provisional_after: Some("Migrate".into()),
        live: reason.map(|_| "1.0.77".into()),
        failure,
        reason: reason.map(str::to_owned),
        changes: 1,
        duration: 7,
    };
    vec![
        EventKind::Granted {
            powers: vec![("web".into(), vec![power(None), power(Some("/into"))])],
            secrets: vec![SecretSummary {
                name: "Password".into(),
                source: "environment variable P".into(),
                is_set: false,
            }],
            lock: Some(lock_changes()),
        },
        EventKind::Change { step: "web".into(), change: withheld },
        step(PlanStatus::Skipped, None, Some("disabled")),
        step(PlanStatus::Partial, Some(Failure::new(FailureCode::Withheld, "x")), None),
        EventKind::PlanFinished { status: RunStatus::Succeeded, counts: PlanCounts::default(), duration: 5 },
        EventKind::Unplanned { step: "web".into(), kind: ChangeKind::Create, target: "/x".into(), otherwise: false },
    ]
}

fn arguments() -> RunArguments {
    RunArguments {
        file: "/srv/wharf.yaml".into(),
        process: "deploy".into(),
        environment: Some("Dev".into()),
        variables: vec!["A=b".into()],
        variable_files: vec!["/srv/more.yaml".into()],
        lenient: false,
        packages: vec!["App:1".into()],
    }
}

/// One change of each kind.
fn lock_changes() -> Vec<LockChange> {
    let power = |pattern: &str| LockedPower { power: "http".into(), pattern: pattern.into() };
    let step = |powers| LockedStep { process: "deploy".into(), id: "web".into(), uses: "notify".into(), powers };
    let component = |world: Option<&str>| LockedComponent {
        uses: "notify".into(),
        pin: world.map(|world| ComponentPin { version: "1".into(), digest: "x".into(), world: Some(world.into()) }),
        powers: vec!["http".into()],
    };
    let package = |version: &str| LockedPackage {
        reference: "App".into(),
        feed: "builds".into(),
        id: "App".into(),
        wanted: "1.*".into(),
        prerelease: false,
        pin: PackagePin { version: version.into(), digest: "x".into() },
    };
    let lock = |world, powers, version| Lock {
        wharf: "1".into(),
        components: vec![component(world)],
        steps: vec![step(powers)],
        packages: vec![package(version)],
    };
    lock(None, vec![power("a")], "1").changes(&lock(Some("w"), vec![power("b")], "2"))
}

fn events() -> impl Iterator<Item = Event> {
    samples().into_iter().enumerate().map(|(index, kind)| Event { at: 1_795_000_000_000, elapsed: index as u64, kind })
}

#[test]
fn every_line_of_ndjson_is_an_event_of_the_schema() {
    let mut schema: Value = serde_json::from_str(EVENTS_SCHEMA).expect("the schema is JSON");
    // Stricter than the published one: every property that is written must be documented.
    schema["unevaluatedProperties"] = json!(false);
    let kinds: Vec<Value> =
        schema["oneOf"].as_array().expect("kinds").iter().map(|kind| kind["title"].clone()).collect();
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let out = Shared::default();
    let reporter = NdjsonReporter::new(Box::new(out.clone()));
    events().for_each(|event| reporter.event(&event));
    let lines: Vec<Value> =
        out.text().lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert_eq!(lines.len(), samples().len());
    for line in &lines {
        let errors: Vec<String> =
            validator.iter_errors(line).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{line:#}\n{errors:#?}");
        let event: Event = serde_json::from_value(line.clone()).expect("an event is read again");
        assert_eq!(serde_json::to_value(&event).expect("and written"), *line);
    }
    for kind in kinds {
        assert!(lines.iter().any(|line| line["event"] == kind), "no sample of {kind}");
    }
    let broken = json!({ "at": 1, "elapsed": 1, "event": "step-started", "step": "web", "attempt": 0 });
    assert!(!validator.is_valid(&broken));
}

#[test]
fn the_document_of_a_plan_is_what_its_schema_says() {
    let mut schema: Value = serde_json::from_str(PLAN_SCHEMA).expect("the schema is JSON");
    schema["unevaluatedProperties"] = json!(false);
    schema["$defs"]["step"]["unevaluatedProperties"] = json!(false);
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let collector = PlanCollector::default();
    events().for_each(|event| collector.event(&event));
    let document = PlanDocument { command: Some("wharf run".into()), ..collector.document() };
    let document = serde_json::to_value(document).expect("it is JSON");
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{document:#}\n{errors:#?}");
    let step = &document["steps"][0];
    assert_eq!((&step["status"], &step["provisional"]), (&json!("partial"), &json!(true)));
    assert_eq!(step["changes"].as_array().map(Vec::len), Some(3));
    assert_eq!(step["powers"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_document_holds_the_whole_run() {
    let out = Shared::default();
    let reporter = DocumentReporter::new(Box::new(out.clone()));
    let is_of_run = |event: &Event| !planned().contains(&event.kind);
    events().filter(is_of_run).for_each(|event| reporter.event(&event));
    let document: Value = serde_json::from_str(&out.text()).expect("one JSON document");
    insta::assert_snapshot!(format!("{document:#}"), @r#"
    {
      "run": "20261121-010754-3f9a",
      "project": "SupportFlow",
      "process": "deploy",
      "environment": null,
      "mode": "apply",
      "started-at": 1795000000000,
      "packages": [
        {
          "reference": "SupportFlow",
          "id": "SupportFlow",
          "version": "1.0.78",
          "digest": "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
          "bytes": 12
        }
      ],
      "status": "cancelled",
      "duration": 5,
      "counts": {
        "changed": 0,
        "done": 0,
        "unchanged": 0,
        "failed": 0,
        "skipped": 0,
        "cancelled": 0,
        "not-started": 0,
        "changes": 0
      },
      "steps": [
        {
          "id": "web",
          "name": "Web",
          "uses": "deploy-package",
          "digest": "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
          "log": [
            {
              "level": "info",
              "message": "hello",
              "fields": [
                [
                  "a",
                  "b"
                ]
              ]
            }
          ],
          "changes": [
            {
              "kind": "create",
              "source": "files",
              "target": "/srv/a",
              "summary": "12 files",
              "diff": "+a",
              "detail": {
                "summary": "x"
              }
            },
            {
              "kind": "create",
              "source": "files",
              "target": "/srv/a"
            }
          ],
          "outputs": {
            "url": [
              1
            ]
          },
          "artifacts": [
            {
              "name": "report",
              "bytes": 3
            }
          ],
          "requests": [
            {
              "method": "GET",
              "url": "http://x/",
              "status": 200,
              "error": null
            }
          ],
          "programs": [
            {
              "path": "/bin/true",
              "args": [
                "x"
              ]
            }
          ],
          "revealed": [
            "Password"
          ],
          "status": "succeeded",
          "attempts": 2,
          "failure": {
            "code": "transient",
            "message": "not yet",
            "help": "wait",
            "add": "allow:\n  http: [\"https://example.com\"]",
            "input": "/url",
            "limit": "memory",
            "retry-after-ms": 10
          },
          "reason": null,
          "duration": 1500
        }
      ]
    }
    "#);
}
