//! `check` finds what is wrong without running anything, in every environment.

use crate::support::{Case, Double};

#[test]
fn everything_is_found_at_once() {
    let case = Case::new(
        "
environments: [Dev, Production]
packages:
  Missing: { from: no-such-folder/, version: \"1.0\" }
  Named: { file: package.zip }
variables:
  Database.Host: { scoped: [ { value: localhost, environment: Dev } ] }
steps:
  - { name: Typo, uses: wite-file, with: { path: out } }
  - { name: Schema, uses: write-file, with: { pth: out } }
  - { name: Variable, uses: note, with: { text: \"#{Databse.Host}\" } }
  - { name: Scoped, uses: note, with: { text: \"#{Database.Host}\" } }
  - { name: Package, uses: deploy-package, with: { package: Mising } }
  - { name: File, uses: ./no-such.wasm }
  - { name: Output, uses: note, with: { text: \"#{Step[nobody].Output.x}\" } }
",
    );
    insta::assert_snapshot!(case.check(), @r##"
    error[missing-package]: the folder [folder]/no-such-folder of package `Missing` is not there
     --> wharf.yaml:6:20
      |
    6 |   Missing: { from: no-such-folder/, version: "1.0" }
      |                    ^^^^^^^^^^^^^^^

    error[package-name]: `package.zip` names no version: a package is named ID.version.extension, such as `SupportFlow.1.0.78.zip`
     --> wharf.yaml:7:18
      |
    7 |   Named: { file: package.zip }
      |                  ^^^^^^^^^^^

    error[unknown-step]: there is no step `wite-file`
      --> wharf.yaml:11:25
       |
    11 |   - { name: Typo, uses: wite-file, with: { path: out } }
       |                         ^^^^^^^^^
       = help: did you mean `write-file`?
       = help: a component of your own is named by its path, such as `./my-step.wasm`

    error[missing-input]: the step `write-file` needs the input `path`
      --> wharf.yaml:12:5
       |
    12 |   - { name: Schema, uses: write-file, with: { pth: out } }
       |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       = help: add `path:` under `with:`

    error[unknown-input]: the step `write-file` has no input `pth`
      --> wharf.yaml:12:47
       |
    12 |   - { name: Schema, uses: write-file, with: { pth: out } }
       |                                               ^^^
       = help: did you mean `path`?

    error[unresolved-variable]: there is no variable `Databse.Host`
      --> wharf.yaml:13:50
       |
    13 |   - { name: Variable, uses: note, with: { text: "#{Databse.Host}" } }
       |                                                  ^^^^^^^^^^^^^^^
       = help: did you mean `Database.Host`?

    error[no-value-in-scope]: variable `Database.Host` has values for Dev only
      --> wharf.yaml:14:48
       |
    14 |   - { name: Scoped, uses: note, with: { text: "#{Database.Host}" } }
       |                                                ^^^^^^^^^^^^^^^^
       = help: add a value for this scope, or give one with `--variable 'Database.Host=…'`
       = help: only in Production

    error[unknown-package]: the process has no package `Mising`
      --> wharf.yaml:15:61
       |
    15 |   - { name: Package, uses: deploy-package, with: { package: Mising } }
       |                                                             ^^^^^^
       = help: did you mean `Missing`?

    error[bad-component]: [folder]/no-such.wasm is not there
      --> wharf.yaml:16:25
       |
    16 |   - { name: File, uses: ./no-such.wasm }
       |                         ^^^^^^^^^^^^^^
       = help: build it first

    error[unresolved-variable]: there is no variable `Step[nobody].Output.x`
      --> wharf.yaml:17:48
       |
    17 |   - { name: Output, uses: note, with: { text: "#{Step[nobody].Output.x}" } }
       |                                                ^^^^^^^^^^^^^^^^^^^^^^^^
       = help: outputs are those of steps that come earlier in the process and have set them
    "##);
    assert!(!case.path().join(".wharf").exists());
}

#[test]
fn a_check_tells_which_powers_a_step_of_ones_own_asks_for() {
    let case = Case::new("steps: [ { name: Own, uses: ./own.wasm, allow: { read: [x], run: [terraform] } } ]").file(
        "own.wasm",
        r#"{ "name": "own", "version": "1", "summary": "x", "powers": ["http", "run"], "inputs": { "type": "object" } }"#,
    );
    insta::assert_snapshot!(case.check(), @r#"
    warning[power-not-granted]: `Own` asks for the power `http`, and nothing of it is granted
     --> wharf.yaml:3:29
      |
    3 | steps: [ { name: Own, uses: ./own.wasm, allow: { read: [x], run: [terraform] } } ]
      |                             ^^^^^^^^^^
      = help: a step of your own has no power but those under `allow:`; without this one it may fail
      = add:
          allow:
            http: ["https://host.example.com"]

    warning[unused-grant]: `own` does not ask for the power `read`
     --> wharf.yaml:3:50
      |
    3 | steps: [ { name: Own, uses: ./own.wasm, allow: { read: [x], run: [terraform] } } ]
      |                                                  ^^^^
      = help: the grant has no effect

    warning[program-not-found]: the program `terraform` is not on this machine
     --> wharf.yaml:3:67
      |
    3 | steps: [ { name: Own, uses: ./own.wasm, allow: { read: [x], run: [terraform] } } ]
      |                                                                   ^^^^^^^^^
      = help: install it, or name it by its absolute path; it is looked for in `PATH`
    "#);
    assert!(case.resolve(None, &Double::default()).is_err());
}

#[test]
fn a_sound_process_has_nothing_to_tell_and_secrets_are_not_read() {
    let case = Case::new(
        "
environments: [Dev, Production]
packages: { Site: { from: app/, version: \"1.0\" } }
variables:
  Key: { secret: { env: NO_SUCH_VARIABLE } }
steps:
  - { id: a, uses: deploy-package, with: { package: Site, into: out } }
  - { id: b, uses: write-file, with: { path: out/b, content: \"#{Key} #{Step[a].Output.path}\" } }
",
    )
    .file("app/x", "");
    assert_eq!(case.check(), "");
    assert!(!case.path().join(".wharf").exists());
}

#[test]
fn an_environment_is_needed_where_there_are_some() {
    use wharf_engine::{EnvironmentChoice, choose_environment};
    let case = Case::new("environments: [Dev, Test]\nsteps: [ { uses: note } ]");
    let choose = |given| choose_environment(&case.process, given);
    assert_eq!(choose(None), Ok(EnvironmentChoice::Ask(vec!["Dev".into(), "Test".into()])));
    assert_eq!(choose(Some("dev")), Ok(EnvironmentChoice::One("Dev".into())));
    let problem = choose(Some("Tset")).expect_err("it is unknown");
    assert_eq!(
        case.tell(&[problem]),
        "error[unknown-environment]: the process has no environment `Tset`\n  = help: did you mean `Test`?\n"
    );
    let none = Case::new("steps: [ { uses: note } ]");
    assert_eq!(choose_environment(&none.process, None), Ok(EnvironmentChoice::None));
    assert!(choose_environment(&none.process, Some("Dev")).is_err());
    let told = case.resolve(None, &Double::default()).expect_err("it is needed");
    assert!(told.contains("environment"), "{told}");
}

#[test]
fn packages_are_looked_at() {
    let case = Case::new(
        "
packages:
  Broken: { file: Broken.1.0.zip }
  Empty: { from: empty/, version: \"1.0\" }
  All: { from: ., version: \"1.0\" }
steps:
  - { uses: deploy-package, with: { package: All, into: site } }
",
    )
    .file("Broken.1.0.zip", "no zip")
    .file("empty/x", "");
    std::fs::remove_file(case.path().join("empty/x")).expect("it is there");
    insta::assert_snapshot!(case.check(), @r#"
    error[bad-package]: package `[folder]/Broken.1.0.zip`: is no intact zip archive: it has no directory at its end
     --> wharf.yaml:5:3
      |
    5 |   Broken: { file: Broken.1.0.zip }
      |   ^^^^^^

    error[missing-package]: the folder [folder]/empty of package `Empty` is empty
     --> wharf.yaml:6:18
      |
    6 |   Empty: { from: empty/, version: "1.0" }
      |                  ^^^^^^

    warning[package-holds-target]: the folder of package `All` holds [folder]/site, which is written with it: the next package would hold that too
     --> wharf.yaml:7:16
      |
    7 |   All: { from: ., version: "1.0" }
      |                ^
      = help: keep what is packed in a folder of its own, or write elsewhere
    "#);
}
