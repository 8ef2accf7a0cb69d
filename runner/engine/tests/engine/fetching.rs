//! Where secrets come from, and what is refused before anything runs.

use std::sync::Arc;

use wharf_engine::SecretCommandError;
use wharf_model::{
    CancelToken, Scope, SourceFile, Span, SpannedValue, ValueKind, VariableCandidate, VariableDefinition,
    VariableOrigin, VariableSet, VariableValue,
};
use wharf_variables::command_line_value;

use crate::support::{Case, Double, Machinery};

/// A process whose one step needs a secret.
fn needing(secret: &str) -> Case {
    Case::new(&format!(
        "
environments: [Dev, Production]
variables:
  Password: {{ secret: {secret} }}
  Unneeded: {{ secret: {{ run: [never, run] }} }}
steps:
  - {{ id: a, uses: write-file, with: {{ path: out, content: \"#{{Password}}\" }} }}
"
    ))
}

fn fetched(case: &Case) -> String {
    let schedule = case.resolve(Some("Production"), &Double::default()).unwrap_or_else(|told| panic!("{told}"));
    let [secret] = schedule.secrets.as_slice() else { panic!("one secret: {:?}", schedule.secrets) };
    assert_eq!(schedule.steps[0].inputs.as_ref().expect("they are known")["content"], secret.reference);
    assert_eq!(schedule.steps[0].secrets.len(), 1);
    secret.value.clone()
}

fn refused(case: &Case) -> String {
    case.resolve(Some("Production"), &Double::default()).expect_err("it is refused")
}

#[test]
fn a_command_tells_a_secret() {
    let case = needing("{ run: [op, read, \"op://db/password\"] }")
        .on(Machinery::default().telling("op", |_| Ok(b"hunter2 of op\r\n".to_vec())));
    assert_eq!(fetched(&case), "hunter2 of op");
    assert_eq!(case.machine.told(), ["run /usr/bin/op [\"read\", \"op://db/password\"] at most 60 s"]);
    // A name with a separator is a path from the process file's folder.
    let case = needing("{ run: [./tell.sh] }");
    let path = case.path().join("tell.sh").display().to_string();
    let case = case.on(Machinery::default().telling(&path, |_| Ok(b"from a script".to_vec())));
    assert_eq!(fetched(&case), "from a script");
}

#[test]
fn a_check_runs_no_command_and_asks_nobody() {
    let case = needing("{ run: [op] }").on(Machinery::default().answering(&[]));
    assert_eq!(case.check(), "");
    assert!(case.machine.told().is_empty());
}

#[test]
fn what_a_command_cannot_tell_is_told_with_its_words() {
    let failing = |tell: fn(&[String]) -> Result<Vec<u8>, SecretCommandError>| {
        let told = refused(&needing("{ run: [op] }").on(Machinery::default().telling("op", tell)));
        let lines = told.lines().filter(|line| line.starts_with("error") || line.contains("= help"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let told = [
        failing(|_| {
            let stderr = "\u{1b}[31m[ERROR]\u{1b}[0m no such item".into();
            Err(SecretCommandError::Failed { status: "exit status: 1".into(), stderr })
        }),
        failing(|_| Err(SecretCommandError::TookTooLong { stderr: String::new() })),
        failing(|_| Err(SecretCommandError::TooLarge)),
        failing(|_| Ok(vec![0xff; 8])),
        failing(|_| Ok(b"\n".to_vec())),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    error[secret-not-set]: the secret `Password` was not told by `op` for environment Production: it failed (exit status: 1)
      = help: `op` says: [ERROR] no such item
    error[secret-not-set]: the secret `Password` was not told by `op` for environment Production: it took longer than 1m
      = help: more time is given with `defaults: { limits: { secret-time: 5m } }`
    error[secret-not-set]: the secret `Password` was not told by `op` for environment Production: it wrote more than 65536 bytes
    error[secret-not-set]: the secret `Password` was not told by `op` for environment Production: it is not UTF-8
    error[empty-secret]: the secret `Password` is empty for environment Production
      = help: what is fetched must have a value
    ");
    insta::assert_snapshot!(refused(&needing("{ run: [op] }")), @"
    error[secret-not-set]: the secret `Password` is not set for environment Production: there is no program `op`
     --> wharf.yaml:6:13
      |
    6 |   Password: { secret: { run: [op] } }
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: install it, or name it by its path; a plain name is looked for in `PATH`
    ");
}

#[test]
fn the_time_of_a_command_is_a_limit() {
    let case = Case::new(
        "
defaults: { limits: { secret-time: 5m } }
variables: { Password: { secret: { run: [op] } } }
steps: [ { id: a, uses: note, with: { text: \"#{Password}\" } } ]
",
    )
    .on(Machinery::default().telling("op", |_| Ok(b"hunter2".to_vec())));
    case.resolve(None, &Double::default()).expect("it resolves");
    assert_eq!(case.machine.told(), ["run /usr/bin/op [] at most 300 s"]);
}

#[test]
fn a_secret_is_asked_for_by_its_label() {
    let case = needing("{ prompt: The database's password }")
        .on(Machinery::default().answering(&[("The database's password", "hunter2")]));
    assert_eq!(fetched(&case), "hunter2");
    let case = needing("{ prompt: }").on(Machinery::default().answering(&[("Password", "hunter2")]));
    assert_eq!(fetched(&case), "hunter2");
    insta::assert_snapshot!(refused(&needing("{ prompt: Password }").on(Machinery::default().answering(&[]))), @"
    error[secret-not-set]: the secret `Password` is not set for environment Production: nothing was answered
     --> wharf.yaml:6:13
      |
    6 |   Password: { secret: { prompt: Password } }
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(refused(&needing("{ prompt: Password }")), @"
    error[secret-not-set]: the secret `Password` is not set for environment Production: it is asked for on a terminal, and there is none
     --> wharf.yaml:6:13
      |
    6 |   Password: { secret: { prompt: Password } }
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: give it in a file with `--variable-file`, or with `--variable 'Password=…'`
      = help: where nobody can be asked, take it from elsewhere: `secret: { env: NAME }`
    ");
}

#[test]
fn all_that_is_missing_is_told_at_once_and_nobody_is_asked_in_vain() {
    let case = Case::new(
        "
environments: [Dev, Production]
variables:
  A: { secret: { env: NO_SUCH_VARIABLE } }
  B: { secret: { file: no-such-file } }
  C: { secret: { run: [op] } }
  D: { secret: { prompt: D } }
  E: { scoped: [ { secret: { env: TOKEN }, environment: Dev }, { secret: { env: NO_TOKEN }, environment: Production } ] }
steps:
  - { id: a, uses: note, with: { text: \"#{A}#{B}#{C}#{D}#{E}\" } }
",
    )
    .on(Machinery::default().answering(&[("D", "hunter2")]));
    insta::assert_snapshot!(refused(&case), @"
    error[secret-not-set]: the secret `A` is not set for environment Production
     --> wharf.yaml:6:6
      |
    6 |   A: { secret: { env: NO_SUCH_VARIABLE } }
      |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: set the environment variable NO_SUCH_VARIABLE, such as `NO_SUCH_VARIABLE=… wharf run`

    error[secret-not-set]: the secret `B` cannot be read from [folder]/no-such-file for environment Production: No such file or directory (os error 2)
     --> wharf.yaml:7:6
      |
    7 |   B: { secret: { file: no-such-file } }
      |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    error[secret-not-set]: the secret `C` is not set for environment Production: there is no program `op`
     --> wharf.yaml:8:6
      |
    8 |   C: { secret: { run: [op] } }
      |      ^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: install it, or name it by its path; a plain name is looked for in `PATH`

    error[secret-not-set]: the secret `E` is not set for environment Production
      --> wharf.yaml:10:64
       |
    10 |   E: { scoped: [ { secret: { env: TOKEN }, environment: Dev }, { secret: { env: NO_TOKEN }, environment: Production } ] }
       |                                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       = help: set the environment variable NO_TOKEN, such as `NO_TOKEN=… wharf run`
    ");
    assert!(case.machine.told().is_empty());
}

#[test]
fn a_short_or_empty_secret_is_refused_unless_the_user_insists() {
    let with = |secret: &str, value: &str| needing(secret).on(Machinery::default().with("PIN", value));
    insta::assert_snapshot!(refused(&with("{ env: PIN }", "äöü")), @"
    error[short-secret]: the secret `Password` has fewer than 4 characters for environment Production
     --> wharf.yaml:6:13
      |
    6 |   Password: { secret: { env: PIN } }
      |             ^^^^^^^^^^^^^^^^^^^^^^^^
      = help: a value that short cannot be masked without hiding innocent text: use a longer one
      = help: if it must be, add `allow-short: true` beside where it is fetched; it is not masked then
    ");
    insta::assert_snapshot!(refused(&with("{ env: PIN, allow-short: true }", "")), @"
    error[empty-secret]: the secret `Password` is empty for environment Production
     --> wharf.yaml:6:13
      |
    6 |   Password: { secret: { env: PIN, allow-short: true } }
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: what is fetched must have a value
    ");
    let case = with("{ env: PIN, allow-short: true }", "123");
    assert_eq!(fetched(&case), "123");
    let schedule = case.resolve(Some("Dev"), &Double::default()).expect("it resolves");
    insta::assert_snapshot!(case.tell(&schedule.warnings), @"
    warning[short-secret]: the secret `Password` has fewer than 4 characters and is not masked
     --> wharf.yaml:6:13
      |
    6 |   Password: { secret: { env: PIN, allow-short: true } }
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_eq!(fetched(&with("{ env: PIN }", "1234")), "1234");
}

#[test]
fn a_value_that_is_given_for_a_secret_is_one() {
    let case = needing("{ env: NO_SUCH_VARIABLE }").given("password", "hunter2 #{x}");
    assert_eq!(fetched(&case), "hunter2 #{x}");
    let schedule = case.resolve(Some("Dev"), &Double::default()).expect("it resolves");
    insta::assert_snapshot!(case.tell(&schedule.warnings), @"
    warning[secret-in-the-open]: the value of the secret `password` stands on the command line
      = help: others may see it there, and in the shell's history; it is masked in all that Wharf shows
    ");
    let double = Double::default()
        .on("a", |_, _| Err(wharf_model::Failure::new(wharf_model::FailureCode::Failed, "cannot use hunter2 #{x}")));
    let case = Case::new(
        "
variables: { Password: { secret: { env: NO_SUCH_VARIABLE } } }
steps: [ { id: a, uses: note, with: { text: \"#{Password}\" } } ]
",
    )
    .given("Password", "hunter2 #{x}");
    let told = case.run(&double);
    assert!(told.text.contains("cannot use ********") && !format!("{:?}", told.events).contains("hunter2"));
    // What is wrong with it is told without it.
    let told = refused(&needing("{ env: NO_SUCH_VARIABLE }").given("Password", "pin"));
    insta::assert_snapshot!(told, @"
    warning[secret-in-the-open]: the value of the secret `Password` stands on the command line
      = help: others may see it there, and in the shell's history; it is masked in all that Wharf shows

    error[short-secret]: the secret `Password` has fewer than 4 characters for environment Production
     --> --variable
      |
      | Password=********
      |          ^^^^^^^^
      = help: a value that short cannot be masked without hiding innocent text: use a longer one
      = help: if it must be, add `allow-short: true` beside where it is fetched; it is not masked then
    ");
}

#[test]
fn a_secret_that_only_a_grant_of_many_names_covers_may_be_missing() {
    let case = Case::new(
        "
variables: { Token: { secret: { env: TOKEN } }, Unset: { secret: { env: UNSET } }, Asked: { secret: { prompt: x } } }
steps: [ { id: a, uses: write-file, with: { path: out, template: t } } ]
",
    );
    let schedule = case.resolve(None, &Double::default()).expect("it resolves");
    let names: Vec<&str> = schedule.secrets.iter().map(|secret| secret.name.as_str()).collect();
    assert_eq!(names, ["Token"]);
}

#[test]
fn a_file_of_variables_may_hold_secrets_and_none_is_shown() {
    let text = "Password: hunter2 of the file\nPin: '12'\n";
    let file = Arc::new(SourceFile { name: "values.yaml".into(), text: text.into() });
    let definition = |name: &str, value: &str, part: &str| {
        let mut definition = command_line_value(name, value);
        let start = text.find(part).expect("it is there");
        let span = Span::new(Arc::clone(&file), start, start + part.len());
        let plain = SpannedValue { kind: definition_kind(&definition), span: span.clone() };
        definition.candidates[0] =
            VariableCandidate { value: VariableValue::Plain(plain), scope: Scope::default(), span: span.clone() };
        definition.span = span;
        definition
    };
    let set = VariableSet {
        origin: VariableOrigin::VariableFile,
        definitions: vec![
            definition("Password", "hunter2 of the file", "hunter2 of the file"),
            definition("Pin", "12", "'12'"),
        ],
    };
    let mut case = needing("{ env: NO_SUCH_VARIABLE }");
    case.sets.push(set.clone());
    assert_eq!(fetched(&case), "hunter2 of the file");
    let mut case = Case::new(
        "
variables: { Password: { secret: { env: X } }, Pin: { secret: { env: X } } }
steps: [ { id: a, uses: note, with: { text: \"#{Password}#{Pin}\" } } ]
",
    );
    case.sets.push(set);
    insta::assert_snapshot!(case.resolve(None, &Double::default()).expect_err("it is refused"), @"
    error[short-secret]: the secret `Pin` has fewer than 4 characters
     --> values.yaml:2:6
      |
    2 | Pin: ********
      |      ^^^^^^^^
      = help: a value that short cannot be masked without hiding innocent text: use a longer one
      = help: if it must be, add `allow-short: true` beside where it is fetched; it is not masked then
    ");
}

fn definition_kind(definition: &VariableDefinition) -> ValueKind {
    match &definition.candidates[0].value {
        VariableValue::Plain(value) => value.kind.clone(),
        other => panic!("a plain value: {other:?}"),
    }
}

#[test]
fn a_run_that_is_cancelled_before_it_begins_does_nothing() {
    let case = needing("{ run: [op] }").on(Machinery::default().telling("op", |_| Err(SecretCommandError::Cancelled)));
    let cancel = CancelToken::new();
    cancel.cancel();
    insta::assert_snapshot!(case.resolve_until("Production", &cancel).expect_err("it is refused"), @"error[cancelled]: the run was cancelled before it began; nothing was changed");
    assert!(case.machine.told().is_empty());
}
