//! Variables: their forms in a process file and in files of variables, and what is refused.

use std::sync::Arc;

use insta::assert_snapshot;
use proptest::prelude::*;
use wharf_model::{PromptSpec, SecretSource, SecretSpec, SourceFile, VariableDefinition, VariableValue};
use wharf_project::{VariableFile, parse_variables};

use crate::reading::WHOLE;
use crate::write::*;

/// Every form that a variable can have.
pub const FORMS: &str = r##"
wharf: 1
environments:
  Dev:
  Production:
    variables:
      Answer: { prompt: Really? }
      Key: { secret: { file: key.txt } }
variable-sets: [shared/common.yaml, ../all.json]
variables:
  Text: "#{Other} and more"
  Number: 1.10
  Flag: true
  Nothing:
  List: [1, two]
  Map: { prompt: x, other: y }
  Answer:
    scoped:
      - { value: yes, step: web }
      - { value: no, steps: [Smoke test, web], processes: [deploy, RESTART], environment: dev }
      - { prompt: { label: Sure? }, process: restart }
      - { value: { prompt: a map with one key }, environments: [Dev, Production], environment: Dev }
  Key:
    scoped:
      - { secret: { env: DEV_KEY }, environment: Dev }
      - { secret: { run: [op, read, "op://vault/item/key", 5, ""], allow-short: true } }
  Pin: { secret: { prompt: Your PIN, allow-short: true } }
  Word: { secret: { prompt: } }
  Passphrase: { secret: { prompt: true } }
  Token: { secret: { prompt: { label: Token of the build server } } }
  Release.Notes: { prompt: Release notes }
  Anything: { prompt: true }
  Something: { prompt: {} }
  Ring:
    prompt:
      label: Which ring?
      description: The first one has few users.
      required: true
      default: inner
      choices: [inner, outer, 3]
steps:
  - { id: web, name: Deploy web site, uses: deploy-package }
  - { uses: http-request, name: Smoke test }
processes: { restart: { steps: [ { uses: run-command, name: Smoke test, id: again } ] } }
"##;

fn written(definitions: &[VariableDefinition]) -> String {
    let mut all = String::new();
    for VariableDefinition { name, span, candidates } in definitions {
        all.push_str(&format!("{name} ({span})\n"));
        for candidate in candidates {
            let value = match &candidate.value {
                VariableValue::Plain(value) => value.to_json().to_string(),
                VariableValue::Secret(secret) => secret_text(secret),
                VariableValue::Prompt(prompt) => prompt_text(prompt),
            };
            let scope: Vec<_> =
                candidate.scope.kinds.iter().map(|(k, n)| format!(" for {k} {}", n.join(","))).collect();
            all.push_str(&format!("  {value}{}\n", scope.concat()));
        }
    }
    all
}

fn secret_text(SecretSpec { source, allow_short }: &SecretSpec) -> String {
    let source = match source {
        SecretSource::Env(name) => format!("env {name}"),
        SecretSource::File(path) => format!("file {}", path.display()),
        SecretSource::Command(words) => format!("run {words:?}"),
        SecretSource::Prompt(label) => format!("secret prompt {label:?}"),
    };
    if *allow_short { format!("{source}, however short") } else { source }
}

fn prompt_text(PromptSpec { label, description, required, default, choices }: &PromptSpec) -> String {
    let default = default.as_ref().map(|default| default.to_json().to_string());
    format!("prompt {label:?} {description:?} required={required} default={default:?} choices={choices:?}")
}

#[test]
fn variables_have_their_values_with_scopes() {
    assert_snapshot!(written(&process(WHOLE).variables), @r#"
    Site.Url (wharf.yaml:20:3)
      "http://localhost:8080"
      "https://support.example.com" for environment Production
    Site.Root (wharf.yaml:21:3)
      "/srv/supportflow/#{Wharf.Environment.Name}"
    Build.Number (wharf.yaml:22:3)
      "1.10"
    Database.Host (wharf.yaml:23:3)
      "localhost"
      "db.internal" for environment Production
    Database.Password (wharf.yaml:25:3)
      env SUPPORTFLOW_DB_PASSWORD
    Token (wharf.yaml:26:3)
      file /run/token for environment Dev,Production
    List (wharf.yaml:27:3)
      [1,{"scoped":"x","other":"y"}]
    Only.There (wharf.yaml:6:86)
      "x" for environment Production
    "#);
}

#[test]
fn every_form_is_read() {
    let process = process(FORMS);
    assert_snapshot!(written(&process.variables), @r##"
    Text (wharf.yaml:11:3)
      "#{Other} and more"
    Number (wharf.yaml:12:3)
      "1.10"
    Flag (wharf.yaml:13:3)
      true
    Nothing (wharf.yaml:14:3)
      null
    List (wharf.yaml:15:3)
      [1,"two"]
    Map (wharf.yaml:16:3)
      {"prompt":"x","other":"y"}
    Answer (wharf.yaml:17:3)
      "yes" for step web
      "no" for environment Dev for step smoke-test,again,web for process deploy,restart
      prompt Some("Sure?") None required=false default=None choices=[] for process restart
      {"prompt":"a map with one key"} for environment Dev,Production
      prompt Some("Really?") None required=false default=None choices=[] for environment Production
    Key (wharf.yaml:23:3)
      env DEV_KEY for environment Dev
      run ["op", "read", "op://vault/item/key", "5", ""], however short
      file key.txt for environment Production
    Pin (wharf.yaml:27:3)
      secret prompt Some("Your PIN"), however short
    Word (wharf.yaml:28:3)
      secret prompt None
    Passphrase (wharf.yaml:29:3)
      secret prompt None
    Token (wharf.yaml:30:3)
      secret prompt Some("Token of the build server")
    Release.Notes (wharf.yaml:31:3)
      prompt Some("Release notes") None required=false default=None choices=[]
    Anything (wharf.yaml:32:3)
      prompt None None required=false default=None choices=[]
    Something (wharf.yaml:33:3)
      prompt None None required=false default=None choices=[]
    Ring (wharf.yaml:34:3)
      prompt Some("Which ring?") Some("The first one has few users.") required=true default=Some("\"inner\"") choices=["inner", "outer", "3"]
    "##);
    let sets: Vec<_> =
        process.variable_sets.iter().map(|(path, span)| format!("{} ({span})", path.display())).collect();
    assert_eq!(sets, ["shared/common.yaml (wharf.yaml:9:17)", "../all.json (wharf.yaml:9:37)"]);
    let alone = crate::write::process("wharf: 1\nvariable-sets: common.yaml\nsteps: []");
    assert_eq!(alone.variable_sets.len(), 1);
}

#[test]
fn scopes_refer_to_what_is_in_the_file() {
    let text = "
wharf: 1
environments: [Dev, Production]
variables:
  A: { scoped: [ { value: 1, environment: Prodution }, { value: 2, step: deploy-wbe }, { value: 3, process: restrat } ] }
  B: { scoped: [ { value: 1, step: Deploi web }, { value: 2, steps: [zzz, deploy-web] }, { value: 3, environments: [] } ] }
  C: { scoped: [ { value: 1, step: '#{X}' }, { value: 2, process: { a: b } }, { value: 3, environment: } ] }
  D:
    scoped:
      - { value: 1, target: web-1 }
      - { value: 1, target-tags: [web] }
      - { value: 1, tenant: acme }
      - { value: 1, tenant-tag: big }
      - { value: 1, channel: beta }
steps: [ { name: Deploy web, uses: x } ]
processes: { restart: { steps: [] } }
";
    assert_snapshot!(problems(text), @"
    wharf.yaml:5:43 unknown-environment: there is no environment `Prodution`
      > Prodution
      did you mean `Production`?
    wharf.yaml:5:74 unknown-step: there is no step `deploy-wbe`
      > deploy-wbe
      did you mean `deploy-web`?
    wharf.yaml:5:109 unknown-process: there is no process `restrat`
      > restrat
      did you mean `restart`?
    wharf.yaml:6:36 unknown-step: there is no step `Deploi web`
      > Deploi web
      did you mean `Deploy web`?
    wharf.yaml:6:70 unknown-step: there is no step `zzz`
      > zzz
      known here: `deploy-web`, `Deploy web`
    wharf.yaml:6:116 wrong-value: `environments` is empty, so that it is not clear where this value holds
      > []
      name one, or leave the key out
    wharf.yaml:7:36 wrong-value: `step` cannot be a template
      > '#{X}'
      variables are known only when a run begins; write it out
    wharf.yaml:7:67 wrong-type: `process` must be a list, but it is a map
      > { a: b }
    wharf.yaml:7:102 wrong-type: `environment` must be a list, but it is empty
      > 
    wharf.yaml:10:21 not-supported-yet: `target` (a scope of targets) is not supported yet
      > target
    wharf.yaml:11:21 not-supported-yet: `target-tags` (a scope of targets) is not supported yet
      > target-tags
    wharf.yaml:12:21 not-supported-yet: `tenant` (a scope of tenants) is not supported yet
      > tenant
    wharf.yaml:13:21 not-supported-yet: `tenant-tag` (a scope of tenants) is not supported yet
      > tenant-tag
    wharf.yaml:14:21 not-supported-yet: `channel` (a scope of channels) is not supported yet
      > channel
    ");
}

#[test]
fn steps_that_could_not_be_read_are_no_missing_scopes() {
    let text = "wharf: 1\nvariables: { A: { scoped: [ { value: 1, step: web } ] } }\nsteps: [ { id: web } ]";
    assert_snapshot!(problems(text), @"
    wharf.yaml:3:10 wrong-value: this step does not say what it uses
      > { id: web }
      write the step to use, such as `uses: write-file`; `wharf step list` shows the standard ones
    ");
}

#[test]
fn secrets_come_from_one_place_each_and_never_stand_in_the_file() {
    let text = "
wharf: 1
variables:
  A: { secret: hunter2 }
  B: { secret: { env: X, file: y } }
  C: { secret: { allow-short: true } }
  D: { secret: { run: op read 'op://x/y' } }
  E: { secret: { run: [] } }
  F: { secret: { run: ['', x] } }
  G: { secret: { run: [op, '#{Item}', [x]] } }
  H: { secret: { env: X, allow-short: often } }
  I: { secret: { prompt: [x] } }
  J: { secret: { prompt: { lable: x } } }
  K: { secret: [x] }
  L: { secret: }
steps: []
";
    assert_snapshot!(problems(text), @r#"
    wharf.yaml:4:16 secret-in-the-open: a secret does not stand in a file of the project
      > *******
      write where it is fetched from: `secret: { env: NAME }`, `{ file: PATH }`, `{ run: [PROGRAM, ARGUMENT] }` or `{ prompt: LABEL }`
    wharf.yaml:5:16 wrong-value: a secret comes from one place
      > { env: X, file: y }
      write where it is fetched from: `secret: { env: NAME }`, `{ file: PATH }`, `{ run: [PROGRAM, ARGUMENT] }` or `{ prompt: LABEL }`
    wharf.yaml:6:16 wrong-value: a secret comes from one place
      > { allow-short: true }
      write where it is fetched from: `secret: { env: NAME }`, `{ file: PATH }`, `{ run: [PROGRAM, ARGUMENT] }` or `{ prompt: LABEL }`
    wharf.yaml:7:23 wrong-value: `run` is one text
      > op read 'op://x/y'
      write a list, the program first: `run: ["op", "read", "'op://x/y'"]`; there is no shell
    wharf.yaml:8:23 wrong-value: `run` names no program
      > []
      write a list, the program first: `run: [op, read, …]`
    wharf.yaml:9:24 wrong-value: the program is empty
      > ''
      write it, or leave the key out
    wharf.yaml:10:28 wrong-value: an argument cannot be a template
      > '#{Item}'
      variables are known only when a run begins; write it out
    wharf.yaml:11:39 wrong-value: `allow-short` is `often`
      > often
      write `true` or `false`
    wharf.yaml:12:26 wrong-type: `prompt` must be text, but it is a list
      > [x]
    wharf.yaml:13:28 unknown-key: the prompt of a secret has no key `lable`
      > lable
      did you mean `label`?
    wharf.yaml:14:16 wrong-type: a secret must be a map, but it is a list
      > [x]
    wharf.yaml:15:14 wrong-type: a secret must be a map, but it is empty
      >
    "#);
}

#[test]
fn prompts_are_checked() {
    let text = "
wharf: 1
variables:
  A: { prompt: false }
  B: { prompt: [x] }
  C: { prompt: { lable: x, required: perhaps } }
  D: { prompt: { default: green, choices: [red, blue] } }
  E: { prompt: { choices: [], default: '#{X}' } }
  F: { prompt: { choices: [a, A, [b]], default: [x] } }
  G: { prompt: { choices: [a], default: '#{X}' } }
  H: { scoped: [ { prompt: x, value: 1 } ] }
variable-sets: ['#{Folder}/x.yaml', [x], '']
steps: []
";
    assert_snapshot!(problems(text), @"
    wharf.yaml:4:16 wrong-value: `prompt` is `false`
      > false
      write what is asked, or give the variable a value
    wharf.yaml:5:16 wrong-type: `prompt` must be a label or a map, but it is a list
      > [x]
    wharf.yaml:6:18 unknown-key: a prompt has no key `lable`
      > lable
      did you mean `label`?
    wharf.yaml:6:38 wrong-value: `required` is `perhaps`
      > perhaps
      write `true` or `false`
    wharf.yaml:7:27 wrong-value: the default `green` is none of the choices
      > green
      the choices are `red`, `blue`
    wharf.yaml:8:27 wrong-value: `choices` is empty, so that nothing could be answered
      > []
      add some, or leave it out
    wharf.yaml:9:31 wrong-value: the choice `A` is there twice
      > A
      choices are compared without regard to case
    wharf.yaml:9:34 wrong-type: a choice must be text, but it is a list
      > [b]
    wharf.yaml:9:49 wrong-type: `default` must be text, but it is a list
      > [x]
    wharf.yaml:11:28 wrong-value: this has both `value` and `prompt`
      > x
      keep one of them
    wharf.yaml:12:17 wrong-value: a set of variables cannot be a template
      > '#{Folder}/x.yaml'
      variables are known only when a run begins; write it out
    wharf.yaml:12:37 wrong-type: a set of variables must be text, but it is a list
      > [x]
    wharf.yaml:12:42 wrong-value: a set of variables is empty
      > ''
      write it, or leave the key out
    ");
}

#[test]
fn files_of_variables_have_the_same_forms() {
    let known = process("wharf: 1\nenvironments: [Dev]\nsteps: [ { uses: x, id: web } ]");
    let yaml = "B: 1\nA: { scoped: [ { value: x, environment: DEV }, { secret: { env: KEY }, step: web } ] }\nC: { prompt: x }\n";
    let of_process = parse_variables(file(yaml), Some(&known)).expect("it is right");
    assert_eq!(of_process.warnings, []);
    assert_snapshot!(written(&of_process.definitions), @r#"
    B (wharf.yaml:1:1)
      1
    A (wharf.yaml:2:1)
      "x" for environment Dev
      env KEY for step web
    C (wharf.yaml:3:1)
      prompt Some("x") None required=false default=None choices=[]
    "#);
    let json = r#"{ "Site.Url": "http:\/\/x", "Smile": "\ud83d\ude00", "List": [1, {"a": null}],
	"Any": { "scoped": [ { "value": true, "environment": "Anywhere", "step": "any", "process": "other" } ] } }"#;
    assert_snapshot!(written(&parse_variables(file(json), None).expect("it is right").definitions), @r#"
    Site.Url (wharf.yaml:1:3)
      "http://x"
    Smile (wharf.yaml:1:29)
      "😀"
    List (wharf.yaml:1:54)
      [1,{"a":null}]
    Any (wharf.yaml:2:2)
      true for environment Anywhere for step any for process other
    "#);
    for empty in ["", "# nothing\n", "{}", "null"] {
        let nothing = VariableFile { definitions: vec![], warnings: vec![] };
        assert_eq!(parse_variables(file(empty), None), Ok(nothing), "{empty}");
    }

    let mut all = String::new();
    for text in ["- a", "text", "A: 1\na: 2", "A: #{x}", "A: { secret: x }"] {
        all.push_str(&show(&parse_variables(file(text), Some(&known)).expect_err(text)));
    }
    assert_snapshot!(all, @r##"
    wharf.yaml:1:1 wrong-type: a file of variables must be a map, but it is a list
      > - a
    wharf.yaml:1:1 wrong-type: a file of variables must be a map, but it is text
      > text
    wharf.yaml:2:1 duplicate-key: the key `a` is there twice
      > a
      it is first at line 1, column 1 as `A`; keys that differ only by case are the same
    wharf.yaml:1:4 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{x}
      write `A: "#{x}"`
    wharf.yaml:1:14 secret-in-the-open: a secret does not stand in a file of the project
      > *
      write where it is fetched from: `secret: { env: NAME }`, `{ file: PATH }`, `{ run: [PROGRAM, ARGUMENT] }` or `{ prompt: LABEL }`
    "##);
}

#[test]
fn what_a_shared_file_says_of_other_processes_is_kept() {
    let known = process("wharf: 1\nenvironments: [Dev, Production]\nsteps: [ { uses: x, id: web, name: Web site } ]");
    let yaml = "A:\n  scoped:\n    - { value: 1, environment: Prodction }\n    - { value: 2, environment: [Staging, dev] }\n    \
                - { value: 3, step: Web sit }\n    - { value: 4, step: database, process: restore }\n";
    let found = parse_variables(file(yaml), Some(&known)).expect("it is right");
    assert_snapshot!(written(&found.definitions), @"
    A (wharf.yaml:1:1)
      1 for environment Prodction
      2 for environment Staging,Dev
      3 for step Web sit
      4 for step database for process restore
    ");
    assert_snapshot!(show(&found.warnings), @"
    wharf.yaml:3:32 unknown-environment: there is no environment `Prodction` in this process
      > Prodction
      did you mean `Production`?
    wharf.yaml:5:25 unknown-step: there is no step `Web sit` in this process
      > Web sit
      did you mean `Web site`?
    ");
    let too_many = format!("A: {{ scoped: [ {} ] }}", "{ value: x, environment: Def }, ".repeat(101));
    let found = parse_variables(file(&too_many), Some(&known)).expect("they are warnings");
    assert_eq!(found.warnings.len(), 101);
    assert!(!found.warnings.iter().any(wharf_model::Diagnostic::is_error));
}

#[test]
fn a_form_inside_a_value_is_a_map_and_a_warning() {
    let yaml = "Db:\n  Host: x\n  Password: { secret: { env: PW } }\n  Deep: { Name: { scoped: [ { value: x } ] } }\n  \
                Notes: { prompt: { label: What } }\nPlain: { a: { secret: no }, b: { prompt: x, c: y }, d: { scoped: x } }\n";
    let found = parse_variables(file(yaml), None).expect("it is right");
    assert_snapshot!(show(&found.warnings), @"
    wharf.yaml:3:13 form-inside-value: `secret` inside a map is a key like any other
      > { secret: { env: PW } }
      write it under a name of its own: `Db.Password: { secret: … }`
    wharf.yaml:4:17 form-inside-value: `scoped` inside a map is a key like any other
      > { scoped: [ { value: x } ] }
      write it under a name of its own: `Db.Deep.Name: { scoped: … }`
    wharf.yaml:5:10 form-inside-value: `prompt` inside a map is a key like any other
      > { prompt: { label: What } }
      write it under a name of its own: `Db.Notes: { prompt: … }`
    ");
    let names: Vec<_> = found.definitions.iter().map(|definition| definition.name.as_str()).collect();
    assert_eq!(names, ["Db", "Plain"]);
}

fn json_file(text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile { name: "values.json".into(), text: text.into() })
}

#[test]
fn what_is_no_json_is_shown_where_it_goes_wrong() {
    let mut all = String::new();
    for text in [
        "{",
        "{ \"a\" 1 }",
        "{ \"a\": 1, }",
        "{ \"a\": [1 2] }",
        "{ \"a\": [1, ] }",
        "{ \"a\": 1 ]",
        "{ \"a\": 1 } x",
        "{ \"a\": 01 }",
        "{ \"a\": nul }",
        "{ \"a\": #{x} }",
        "{ \"a\": \"b\\q\" }",
        "{ \"a\": \"\\ud83d\" }",
        "{ \"a\": \"b",
        "{ \"a\": \"b\\",
        "{ a: 1 }",
        "{ \"a\": 1, \"A\": 2 }",
        "[1]",
    ] {
        all.push_str(&show(&parse_variables(json_file(text), None).expect_err(text)));
    }
    let deep = format!("{{ \"a\": {} }}", "[".repeat(100));
    all.push_str(&show(&parse_variables(json_file(&deep), None).expect_err("it is too deep")));
    assert_snapshot!(all, @r#"
    values.json:1:2 json-syntax: this is no valid JSON: the text ends in the middle of it
      > 
    values.json:1:7 json-syntax: this is no valid JSON: `:` is expected behind a key
      > 1
    values.json:1:11 json-syntax: this is no valid JSON: a key in double quotes is expected here
      > }
    values.json:1:11 json-syntax: this is no valid JSON: `,` or `]` is expected here
      > 2
    values.json:1:12 json-syntax: this is no valid JSON: a value is expected here
      > ]
    values.json:1:10 json-syntax: this is no valid JSON: `,` or `}` is expected here
      > ]
    values.json:1:12 json-syntax: this is no valid JSON: something follows the end of the document
      > x
    values.json:1:8 json-syntax: this is no valid JSON: a value is expected here
      > 0
    values.json:1:8 json-syntax: this is no valid JSON: a value is expected here
      > n
    values.json:1:8 json-syntax: this is no valid JSON: a value is expected here
      > #
    values.json:1:8 json-syntax: this text has an escape or a control character that JSON does not know
      > "b\q"
    values.json:1:8 json-syntax: this text has an escape or a control character that JSON does not know
      > "\ud83d"
    values.json:1:8 json-syntax: this is no valid JSON: a text without its closing quote begins here
      > "
    values.json:1:8 json-syntax: this is no valid JSON: a text without its closing quote begins here
      > "
    values.json:1:3 json-syntax: this is no valid JSON: a key in double quotes is expected here
      > a
    values.json:1:11 duplicate-key: the key `A` is there twice
      > "A"
      it is first at line 1, column 3 as `"a"`; keys that differ only by case are the same
    values.json:1:1 wrong-type: a file of variables must be a map, but it is a list
      > [1]
    values.json:1:71 nested-too-deep: lists and maps are nested deeper than 64 levels
      > [
    "#);
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "\\PC{0,8}|[\"\\\\\n\t]{0,3}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_is_read_as_it_is(value in json_value(), pretty: bool) {
        let document = serde_json::json!({ "List": [value] });
        let text = if pretty { format!("{document:#}") } else { document.to_string() };
        let definitions = parse_variables(json_file(&text), None).expect("it is JSON").definitions;
        prop_assert_eq!(definitions.len(), 1);
        let VariableValue::Plain(read) = &definitions[0].candidates[0].value else { panic!("a list is plain") };
        prop_assert_eq!(read.to_json(), serde_json::json!([value]));
    }

    #[test]
    fn no_text_makes_the_reader_of_json_panic(text in "[\\[\\]{},:\"\\\\ua0-9é \n]{0,24}") {
        for problem in parse_variables(json_file(&text), None).err().into_iter().flatten() {
            prop_assert!(problem.span.is_some());
        }
    }
}
