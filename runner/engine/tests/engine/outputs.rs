//! Outputs of earlier steps in inputs of later ones, packages and system variables.

use wharf_model::{FailureCode, StepEvent};

use crate::support::{Case, Double, output};

#[test]
fn outputs_are_read_by_id_and_by_name() {
    let case = Case::new(
        "
steps:
  - { id: a, name: First step, uses: note }
  - { id: b, uses: note, with: { text: \"#{Step[a].Output.url} #{Octopus.Action[First step].Output.url}\" } }
",
    );
    let double = Double::default().on("a", |_, observer| {
        observer.event(output("url", "http://#{x}"));
        Ok(())
    });
    case.run(&double);
    // An output is taken as it is: what stands in it is no template.
    assert_eq!(double.inputs_of("b")["text"], "http://#{x} http://#{x}");
}

#[test]
fn an_address_that_only_the_run_knows_needs_a_grant() {
    let text = |allow: &str| {
        format!(
            "
steps:
  - {{ id: a, uses: note }}
  - {{ id: b, name: Smoke test, uses: http-request, with: {{ url: \"#{{Step[a].Output.url}}/health\" }}{allow} }}
"
        )
    };
    let case = Case::new(&text(""));
    insta::assert_snapshot!(case.resolve(None, &Double::default()).expect_err("it is refused"), @r##"
    error[missing-grant]: `Smoke test` needs a grant for `url`, which waits for `Step[a].Output.url`
     --> wharf.yaml:6:65
      |
    6 |   - { id: b, name: Smoke test, uses: http-request, with: { url: "#{Step[a].Output.url}/health" } }
      |                                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: what only the run will know is never granted by an input: name what it may be
      = add:
          allow:
            http: ["https://host.example.com"]
    "##);

    let case = Case::new(&text(", allow: { http: [\"https://example.com\"] }"));
    let answering = |url: &'static str| {
        Double::default().on("a", move |_, observer| {
            observer.event(output("url", url));
            Ok(())
        })
    };
    let double = answering("https://example.com");
    case.run(&double);
    assert_eq!(double.inputs_of("b")["url"], "https://example.com/health");

    let told = case.run(&answering("https://evil.example.org"));
    insta::assert_snapshot!(told.text, @r#"
    run 20261121-010754-3f9a in -: a, b
    a: attempt 1
    a: output url = "https://evil.example.org"
    a: Succeeded after 1 attempts, 0 changes
    b: Failed after 0 attempts, 0 changes: Denied: `Smoke test` may not send requests to https://evil.example.org
    run Failed Counts { changed: 0, done: 0, unchanged: 1, failed: 1, skipped: 0, cancelled: 0, not_started: 0, changes: 0 }
    "#);
}

#[test]
fn a_package_is_packed_when_it_is_used() {
    let case = Case::new(
        "
environments: [Dev]
packages:
  Site: { from: app/, version: \"1.0.#{Build}\" }
  Other: { from: app/, version: \"2.0\" }
variables: { Build: \"78\" }
steps:
  - { id: a, uses: deploy-package, with: { package: site, into: \"out/#{Wharf.Environment.Name}\" } }
  - { id: b, uses: note, with: { text: \"#{Wharf.Package[Site].Version} #{Octopus.Release.Number} #{Wharf.Project.Name} #{Octopus.Environment.Name}\" } }
",
    )
    .file("app/index.html", "<h1>hello</h1>");
    let double = Double::default();
    let schedule = case.resolve(Some("Dev"), &double).expect("it resolves");
    let [package] = schedule.packages.as_slice() else { panic!("one package: {:?}", schedule.packages) };
    assert_eq!(package.file.path, case.path().join(".wharf/packages/Site.1.0.78.zip"));
    assert!(package.file.path.is_file());
    assert_eq!(std::fs::read_to_string(case.path().join(".wharf/.gitignore")).expect("it is there"), "*\n");
    let inputs = schedule.steps[0].inputs.clone().expect("they are known");
    assert_eq!(inputs["package"], "Site");
    assert_eq!(inputs["into"], case.path().join("out/Dev").display().to_string());
    assert_eq!(schedule.steps[0].packages[0].id, "Site");
    assert!(schedule.steps[1].packages.is_empty());
    let text = &schedule.steps[1].inputs.as_ref().expect("they are known")["text"];
    assert_eq!(text, "1.0.78 1.0.78 Test Dev");
}

#[test]
fn nothing_is_written_when_anything_is_wrong() {
    let case = Case::new(
        "
packages: { Site: { from: app/, version: \"1.0\" } }
steps:
  - { uses: deploy-package, with: { package: Site, into: out } }
  - { uses: note, with: { txt: x } }
",
    )
    .file("app/index.html", "");
    let told = case.resolve(None, &Double::default()).expect_err("it is refused");
    assert!(told.contains("txt"), "{told}");
    assert!(!case.path().join(".wharf").exists());
}

#[test]
fn a_sensitive_output_is_masked_from_then_on() {
    let case = Case::new(
        "
steps:
  - { id: a, uses: note }
  - { id: b, uses: note, with: { text: \"#{Step[a].Output.token.key}\" } }
",
    );
    let double = Double::default()
        .on("a", |_, observer| {
            observer.event(StepEvent::Output {
                name: "token".into(),
                value: serde_json::json!({ "key": "hunter2hunter2" }),
                sensitive: true,
            });
            Ok(())
        })
        .on("b", |call, _| {
            Err(wharf_model::Failure::new(FailureCode::Failed, format!("cannot use {}", call.inputs["text"])))
        });
    let told = case.run(&double);
    assert!(double.inputs_of("b")["text"].to_string().contains("hunter2hunter2"));
    assert!(!told.text.contains("hunter2"), "{}", told.text);
    assert!(!format!("{:?}", told.events).contains("hunter2"));
}

#[test]
fn what_a_step_that_did_not_run_would_have_set_is_not_there() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let shared = std::sync::Arc::clone(&seen);
    let double = Double::default().failing("first", wharf_model::FailureCode::Failed).on("back", move |call, _| {
        shared.lock().expect("it is free").push(call.variables.get("Step[web].Output.into").expect("it can be asked"));
        Ok(())
    });
    let case = Case::new(
        "
packages:
  Site: { from: app/, version: \"1.0\" }
steps:
  - { id: first, uses: note }
  - { id: web, uses: deploy-package, with: { package: Site, into: out/ } }
on-failure:
  - { id: back, uses: deploy-package, with: { restore: web } }
",
    )
    .file("app/x", "");
    let told = case.run(&double);
    assert!(told.text.contains("back: Succeeded after 1 attempts"), "{}", told.text);
    assert_eq!(*seen.lock().expect("it is free"), [None]);
}

#[test]
fn outputs_are_found_by_id_and_by_name_either_way() {
    let double = Double::default().on("a", |_, observer| {
        observer.event(output("x", "1"));
        Ok(())
    });
    Case::new(
        "
steps:
  - { id: a, name: First step, uses: note }
  - id: b
    uses: note
    with: { text: \"#{Octopus.Action[a].Output.x} #{Step[First step].Output.x} #{Step[a].Output.x}\" }
",
    )
    .run(&double);
    assert_eq!(double.inputs_of("b")["text"], "1 1 1");
}
