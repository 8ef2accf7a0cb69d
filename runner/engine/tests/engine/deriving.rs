//! What is made of secrets is one itself; and the language in conditions, inputs and grants.

use wharf_model::{Level, StepEvent};

use crate::support::{Case, Double, Machinery, output};

const HEAD: &str = "
variables:
  Password: { secret: { env: PASSWORD } }
  Salt: { secret: { env: TOKEN } }
  Unset: { secret: { env: NO_SUCH_VARIABLE } }
  Connection: \"Host=db;Password=#{Password | JsonEscape}\"
";

fn case(steps: &str) -> Case {
    Case::new(&format!("{HEAD}steps:\n{steps}")).on(Machinery::default().with("PASSWORD", "hunter \"2\""))
}

#[test]
fn a_token_that_looks_into_a_secret_is_one() {
    let case = case("  - { id: a, uses: note, with: { text: \"#{Password | ToBase64} #{Connection}\" } }\n");
    let double = Double::default().on("a", |_, observer| {
        observer.event(StepEvent::Log {
            level: Level::Info,
            message: "aHVudGVyICIyIg== and hunter \\\"2\\\" and db".into(),
            fields: Vec::new(),
        });
        Ok(())
    });
    let told = case.run(&double);
    assert!(told.text.contains("\"******** and ******** and db\""), "{}", told.text);
    let call = &double.calls()[0];
    let derived: Vec<_> = call.secrets.iter().map(|secret| (secret.name.as_str(), secret.value.as_str())).collect();
    // The step gets what was made of the secret, and not the secret.
    assert_eq!(
        derived,
        [("#{Password | ToBase64}", "aHVudGVyICIyIg=="), ("#{Password | JsonEscape}", "hunter \\\"2\\\"")]
    );
    assert!(call.secrets.iter().all(|secret| secret.sources == ["Password"]));
    let [first, second] = &*call.secrets else { panic!("two: {:?}", call.secrets) };
    assert_eq!(call.inputs["text"], format!("{} Host=db;Password={}", first.reference, second.reference));
}

#[test]
fn a_marked_input_grants_all_that_went_into_what_is_derived() {
    let case = case(
        "  - { id: a, uses: write-file, with: { path: out, content: \"#{if Password == Salt}same#{else}#{Salt | ToUpper}#{/if}\" } }\n",
    );
    let schedule = case.resolve(None, &Double::default()).unwrap_or_else(|told| panic!("{told}"));
    let step = &schedule.steps[0];
    assert!(step.grants.allows_secret("Password") && step.grants.allows_secret("Salt"));
    let values: Vec<&str> = step.secrets.iter().map(|secret| secret.value.as_str()).collect();
    assert!(values.contains(&"S3CRET VALUE"), "{values:?}");
}

#[test]
fn a_secret_of_which_something_is_derived_must_be_set() {
    let case = case("  - { id: a, uses: note, with: { text: \"#{Unset | ToBase64}\" } }\n");
    insta::assert_snapshot!(case.resolve(None, &Double::default()).expect_err("it is refused"), @"
    error[secret-not-set]: the secret `Unset` is not set
     --> wharf.yaml:7:10
      |
    7 |   Unset: { secret: { env: NO_SUCH_VARIABLE } }
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: set the environment variable NO_SUCH_VARIABLE, such as `NO_SUCH_VARIABLE=… wharf run`
    ");
    assert_eq!(case.check(), "");
}

#[test]
fn whether_a_step_runs_cannot_depend_on_a_secret() {
    let case = case("  - { id: a, uses: note, if: 'Password == \"x\"' }\n");
    insta::assert_snapshot!(case.check(), @r#"
    error[secret-in-condition]: the condition `Password == "x"` looks into a secret
      --> wharf.yaml:10:31
       |
    10 |   - { id: a, uses: note, if: 'Password == "x"' }
       |                               ^^^^^^^^^^^^^^^
       = help: whether a step runs is shown in plans and logs: decide by a variable that is no secret
    "#);
}

#[test]
fn a_grant_shows_no_secret() {
    let case = case(
        "  - { id: a, uses: http-request, allow: { http: [\"https://#{Password}\"] }, with: { url: \"https://x\" } }\n",
    );
    insta::assert_snapshot!(case.check(), @r#"
    error[bad-pattern]: `#{Password}` is a secret, and grants are shown to everybody
      --> wharf.yaml:10:50
       |
    10 |   - { id: a, uses: http-request, allow: { http: ["https://#{Password}"] }, with: { url: "https://x" } }
       |                                                  ^^^^^^^^^^^^^^^^^^^^^
       = help: use a variable that is no secret
    "#);
}

#[test]
fn what_is_derived_too_short_to_be_masked_is_told() {
    let case = case("  - { id: a, uses: note, with: { text: \"#{Password | Substring 0 2}\" } }\n");
    let schedule = case.resolve(None, &Double::default()).unwrap_or_else(|told| panic!("{told}"));
    insta::assert_snapshot!(case.tell(&schedule.warnings), @r##"
    warning[short-secret]: `#{Password | Substring 0 2}` has fewer than 4 characters and is not masked
      --> wharf.yaml:10:32
       |
    10 |   - { id: a, uses: note, with: { text: "#{Password | Substring 0 2}" } }
       |                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "##);
}

#[test]
fn inputs_that_wait_for_outputs_derive_in_the_run() {
    let case = case(
        "  - { id: a, uses: note }
  - { id: b, uses: http-request, allow: { http: [\"http://localhost\"] }, with: { url: \"http://localhost/\", key: \"#{Step[a].Output.user}:#{Password | ToBase64}\" } }
  - { id: c, uses: note, with: { text: \"#{Step[b].Output.key}\" } }
",
    );
    let double = Double::default()
        .on("a", |_, observer| {
            observer.event(output("user", "me"));
            Ok(())
        })
        .on("b", |call, observer| {
            observer.event(output("key", call.inputs["key"].clone()));
            observer.event(StepEvent::Log {
                level: Level::Info,
                message: "aHVudGVyICIyIg==".into(),
                fields: Vec::new(),
            });
            Ok(())
        });
    let told = case.run(&double);
    assert!(told.text.contains("b: log \"********\""), "{}", told.text);
    let calls = double.calls();
    let [secret] = &*calls[1].secrets else { panic!("one: {:?}", calls[1].secrets) };
    assert_eq!(secret.value, "aHVudGVyICIyIg==");
    assert_eq!(calls[1].inputs["key"], format!("me:{}", secret.reference));
    // An output carries it nowhere.
    assert_eq!(calls[2].inputs["text"], calls[1].inputs["key"]);
    assert!(calls[2].secrets.is_empty());
}

#[test]
fn filters_and_conditions_on_outputs_wait_for_them() {
    let case = Case::new(
        "
steps:
  - { id: web, uses: note }
  - { id: a, uses: note, with: { text: \"#{Step[web].Output.url | UriPart Host}\" } }
  - { id: b, uses: note, with: { text: \"#{if Step[web].Output.url}deployed to #{Step[web].Output.url}#{else}nowhere#{/if}\" } }
  - { id: c, uses: note, if: 'Step[web].Output.slots == \"2\"', with: { text: \"#{each slot in Step[web].Output.list}[#{slot}]#{/each}\" } }
  - { id: d, uses: note, if: 'Step[web].Output.slots != \"2\"' }
",
    );
    assert_eq!(case.check(), "");
    let double = Double::default().on("web", |_, observer| {
        observer.event(output("url", "http://shop.example.com:8080/x"));
        observer.event(output("slots", "2"));
        observer.event(output("list", serde_json::json!(["a", "b"])));
        Ok(())
    });
    let schedule = case.resolve(None, &double).unwrap_or_else(|told| panic!("{told}"));
    assert!(schedule.steps[1..4].iter().all(|step| step.inputs.is_none()));
    case.run(&double);
    assert_eq!(double.inputs_of("a")["text"], "shop.example.com");
    assert_eq!(double.inputs_of("b")["text"], "deployed to http://shop.example.com:8080/x");
    assert_eq!(double.inputs_of("c")["text"], "[a][b]");
    assert!(double.calls().iter().all(|call| call.step_id != "d"));
}

#[test]
fn a_step_that_evaluates_templates_derives_secrets() {
    let case = case("  - { id: a, uses: write-file, with: { path: out, template: t } }\n");
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let shared = std::sync::Arc::clone(&seen);
    let double = Double::default().on("a", move |call, _| {
        let rendered = call
            .variables
            .evaluate("{\"p\": \"#{Password | JsonEscape}\"}", false, &|_| true)
            .expect("it is evaluated");
        let text = wharf_model::Secret::resolve(&rendered.derived, &rendered.value).into_owned();
        shared.lock().expect("it is free").push((text, rendered.derived[0].sources.clone()));
        Ok(())
    });
    case.run(&double);
    assert_eq!(
        *seen.lock().expect("it is free"),
        [(r#"{"p": "hunter \"2\""}"#.to_owned(), vec!["Password".to_owned()])]
    );
}

#[test]
fn a_variable_that_a_step_may_read_brings_its_secret() {
    let text =
        |grant: &str| format!("{HEAD}steps: [ {{ id: a, uses: ./own.wasm, allow: {{ variables: [{grant}] }} }} ]");
    let own =
        r#"{ "name": "own", "version": "1", "summary": "x", "powers": ["variables"], "inputs": { "type": "object" } }"#;
    let case = |grant: &str| {
        Case::new(&text(grant)).file("own.wasm", own).on(Machinery::default().with("PASSWORD", "hunter \"2\""))
    };
    let schedule = case("Connection").resolve(None, &Double::default()).unwrap_or_else(|told| panic!("{told}"));
    let step = &schedule.steps[0];
    // The secret itself is not the step's, but what the variable makes of it is.
    assert!(step.secrets.is_empty());
    let names: Vec<&str> = step.sources.iter().map(|secret| secret.name.as_str()).collect();
    assert_eq!(names, ["Password"]);
    let schedule = case("Other").resolve(None, &Double::default()).unwrap_or_else(|told| panic!("{told}"));
    assert!(schedule.secrets.is_empty());
}

#[test]
fn a_run_has_one_time() {
    let case = Case::new(
        "
steps:
  - { id: a, uses: note, with: { text: '#{ | NowDate \"yyyy-MM-dd HH:mm\"} #{ | NowDateUtc \"HH:mm\"}' } }
",
    );
    let schedule = case.resolve(None, &Double::default()).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(schedule.steps[0].inputs.as_ref().expect("they are known")["text"], "2026-11-21 01:07 00:07");
}

#[test]
fn tokens_without_a_value_are_echoed_where_that_is_wished() {
    let mut case = Case::new("steps: [ { id: a, uses: note, with: { text: \"#{Nobody}!\" } } ]");
    assert!(case.resolve(None, &Double::default()).is_err());
    case.lenient = true;
    assert_eq!(case.check(), "");
    let schedule = case.resolve(None, &Double::default()).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(schedule.steps[0].inputs.as_ref().expect("they are known")["text"], "#{Nobody}!");
}

#[test]
fn what_evaluation_makes_is_a_limit_of_the_process() {
    let case = |limit: &str| {
        Case::new(&format!(
            "
defaults: {{ limits: {{ evaluation-bytes: {limit} }} }}
variables: {{ A: \"0123456789012345678901234567890123456789\" }}
steps: [ {{ id: a, uses: note, with: {{ text: \"{}\" }} }} ]
",
            "#{A}".repeat(30)
        ))
    };
    insta::assert_snapshot!(case("1KiB").check(), @r##"
    error[variable-too-large]: evaluating this makes more than 1024 bytes of text
     --> wharf.yaml:6:45
      |
    6 | steps: [ { id: a, uses: note, with: { text: "#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}#{A}" } } ]
      |                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: if that is right, raise the limit `evaluation-bytes`
    "##);
    assert_eq!(case("64KiB").check(), "");
}
