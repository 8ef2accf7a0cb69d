//! Variables in the scopes of environments, processes and steps, and what is asked for.

use serde_json::Value;

use crate::support::{Case, Double};

const STEPS: &str = "
environments: [Dev, Production]
variables:
  Who: { scoped: [ { value: everybody }, { value: web, step: web }, { value: smoke in Production, step: Smoke test, environment: Production } ] }
  Token:
    scoped:
      - { secret: { env: TOKEN } }
      - { secret: { env: WEB_TOKEN }, step: web }
  Message: \"#{Who}!\"
steps:
  - { id: web, name: Web site, uses: note, with: { text: \"#{Message} #{Token}\" } }
  - { id: smoke, name: Smoke test, uses: note, if: \"#{Who == \\\"x\\\"}\", with: { text: \"#{Message} #{Token}\" } }
";

#[test]
fn a_step_sees_what_holds_for_it() {
    let text = STEPS.replace(", if: \"#{Who == \\\"x\\\"}\"", "");
    let case = Case::new(&text).on(crate::support::Machinery::default().with("WEB_TOKEN", "another token"));
    let schedule = case.resolve(Some("Production"), &Double::default()).expect("it resolves");
    let seen: Vec<(String, Vec<String>)> = schedule
        .steps
        .iter()
        .map(|step| {
            let text = step.inputs.as_ref().and_then(|inputs| inputs["text"].as_str()).expect("text");
            let shown = text.split_once("! ").expect("it is there").0.to_owned();
            let [secret] = &*step.secrets else { panic!("one secret: {:?}", step.secrets) };
            assert!(text.ends_with(&secret.reference));
            (shown, vec![secret.value.clone()])
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("web".to_owned(), vec!["another token".to_owned()]),
            ("smoke in Production".to_owned(), vec!["s3cret value".to_owned()])
        ]
    );
}

#[test]
fn what_a_step_reads_in_the_run_holds_for_it_too() {
    let case = Case::new(
        "
variables:
  Who: { scoped: [ { value: everybody }, { value: only b, step: b } ] }
steps:
  - { id: a, uses: note }
  - { id: b, uses: note, with: { text: \"#{Step[a].Output.x} #{Who}\" } }
  - { id: c, uses: note, if: \"#{Step[a].Output.x}\", with: { text: \"#{Step[a].Output.x} #{Who}\" } }
",
    );
    let double = Double::default().on("a", |_, observer| {
        observer.event(crate::support::output("x", "1"));
        Ok(())
    });
    case.run(&double);
    assert_eq!(double.inputs_of("b")["text"], "1 only b");
    assert_eq!(double.inputs_of("c")["text"], "1 everybody");
    let read: Vec<Value> = double
        .calls()
        .iter()
        .map(|call| call.variables.get("Who").expect("it can be read").expect("it is there").value)
        .collect();
    assert_eq!(read, ["everybody", "only b", "everybody"]);
}

#[test]
fn a_tie_is_found_wherever_it_could_occur_and_told_once() {
    let case = Case::new(
        "
environments: [Dev, Test, Production]
variables:
  A: { scoped: [ { value: x, environment: Dev }, { value: y, environments: [Dev, Test] } ] }
  B: { scoped: [ { value: x, step: a }, { value: y, step: [a, b] }, { value: z } ] }
steps:
  - { id: a, uses: note, with: { text: x } }
  - { id: b, uses: note, with: { text: \"#{B}\" } }
processes:
  restart:
    steps: [ { id: a, uses: note } ]
",
    );
    insta::assert_snapshot!(case.check(), @"
    error[ambiguous-variable]: variable `A` has 2 values that hold here and are equally specific
     --> wharf.yaml:6:50
      |
    6 |   A: { scoped: [ { value: x, environment: Dev }, { value: y, environments: [Dev, Test] } ] }
      |                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: they stand at wharf.yaml:6:18, wharf.yaml:6:50; scope all but one of them more narrowly
      = help: only in Dev

    error[ambiguous-variable]: variable `B` has 2 values that hold here and are equally specific
     --> wharf.yaml:7:41
      |
    7 |   B: { scoped: [ { value: x, step: a }, { value: y, step: [a, b] }, { value: z } ] }
      |                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: they stand at wharf.yaml:7:18, wharf.yaml:7:41; scope all but one of them more narrowly
    ");
}

const PROMPTED: &str = "
environments: [Dev, Production]
variables:
  Ticket: { prompt: { label: Change ticket, required: true } }
  Mode: { prompt: { default: \"fast in #{Wharf.Environment.Name}\" } }
  Size: { prompt: { required: true, choices: [small, large] } }
  Note: { prompt: {} }
  Unused: { prompt: { required: true } }
steps:
  - { id: a, uses: note, with: { text: \"#{Ticket} #{Mode} #{Note}.\" } }
  - { id: b, uses: write-file, with: { path: \"out/#{Size}\", content: x } }
  - { id: c, uses: note, disabled: true, with: { text: \"#{Unused}\" } }
";

#[test]
fn what_a_run_needs_is_asked_for() {
    let case = Case::new(PROMPTED);
    assert_eq!(case.check(), "");
    let prompts = case.prompts(Some("Dev")).unwrap_or_else(|told| panic!("{told}"));
    let told: Vec<String> =
        prompts.iter().map(|prompt| format!("{} {:?} {:?}", prompt.name, prompt.spec.label, prompt.default)).collect();
    assert_eq!(
        told,
        ["Ticket Some(\"Change ticket\") None", "Mode None Some(\"fast in Dev\")", "Size None None", "Note None None"]
    );
    let told = case.resolve(Some("Dev"), &Double::default()).expect_err("it is refused");
    insta::assert_snapshot!(told, @"
    error[unanswered-prompt]: the variable `Ticket` has no value: it is asked for
     --> wharf.yaml:6:11
      |
    6 |   Ticket: { prompt: { label: Change ticket, required: true } }
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: give one with `--variable 'Ticket=…'`

    error[unanswered-prompt]: the variable `Size` has no value: it is asked for
     --> wharf.yaml:8:9
      |
    8 |   Size: { prompt: { required: true, choices: [small, large] } }
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: give one with `--variable 'Size=small'`
      = help: it is one of: small, large
    ");
    let case = case.given("Ticket", "CHG1").given("Size", "small");
    assert_eq!(case.prompts(Some("Dev")).expect("nothing is wrong").len(), 2);
    let schedule = case.resolve(Some("Dev"), &Double::default()).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(schedule.steps[0].inputs.as_ref().expect("they are known")["text"], "CHG1 fast in Dev .");
}

#[test]
fn an_answer_is_one_of_the_choices() {
    let case = Case::new(PROMPTED).given("Ticket", "").given("Size", "huge");
    insta::assert_snapshot!(case.resolve(Some("Dev"), &Double::default()).expect_err("it is refused"), @"
    error[wrong-answer]: the variable `Ticket` needs a value, and none was given
     --> --variable
      |
      | Ticket=
      |        ^

    error[wrong-answer]: `huge` is no choice for `Size`
     --> --variable
      |
      | Size=huge
      |      ^^^^
      = help: it is one of: small, large
    ");
}
