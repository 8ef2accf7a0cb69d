//! Powers: what follows from inputs, what `allow` grants, and what is missing.

use wharf_model::{FileAccess, Grants};

use crate::support::{Case, Double};

const OWN_STEP: &str = r#"{
    "name": "own-step", "version": "1.0.0", "summary": "x", "powers": ["read", "write", "http", "run", "packages"],
    "inputs": { "type": "object", "properties": {
        "url": { "type": "string", "x-power": "http" }, "into": { "type": "string", "x-power": "write" },
        "from": { "type": "string", "x-power": "read" }, "package": { "type": "string", "x-power": "package" } } }
}"#;

fn tell(case: &Case, grants: &Grants) -> String {
    let mut lines: Vec<String> = grants
        .files
        .iter()
        .map(|file| {
            let access = if file.access == FileAccess::Write { "write" } else { "read" };
            format!("{access} {}", file.path.display())
        })
        .collect();
    lines.extend(grants.http.patterns().iter().map(|pattern| format!("http {pattern}")));
    lines.extend(grants.programs.iter().map(|program| format!("run {} = {:?}", program.name, program.path)));
    lines.extend(grants.env.iter().map(|name| format!("env {name}")));
    lines.extend(grants.variables.iter().map(|pattern| format!("variables {pattern}")));
    lines.extend(grants.secrets.iter().map(|pattern| format!("secrets {pattern}")));
    lines.extend(grants.packages.iter().map(|reference| format!("packages {reference}")));
    case.redact(&lines.join("\n"))
}

fn grants_of(case: &Case) -> String {
    let schedule = case.resolve(None, &Double::default()).unwrap_or_else(|told| panic!("{told}"));
    let told: Vec<String> =
        schedule.steps.iter().map(|step| format!("{}:\n{}", step.step.id, tell(case, &step.grants))).collect();
    told.join("\n")
}

#[test]
fn powers_of_standard_steps_follow_from_their_inputs() {
    let case = Case::new(
        "
packages: { Site: { from: app/, version: \"1.0\" } }
variables: { Site.Url: \"http://127.0.0.1:8080\" }
steps:
  - { id: web, uses: deploy-package, with: { package: Site, into: out } }
  - { id: smoke, uses: http-request, with: { url: \"#{Site.Url}/health?x=1\" } }
  - { id: note, uses: write-file, with: { path: ../out/note.txt, template: note.tpl } }
  - { id: run, uses: run-command, with: { command: [bash, -c, ls] }, allow: { run: [bash] } }
on-failure:
  - { id: back, uses: deploy-package, with: { restore: web } }
",
    )
    .file("app/x", "");
    insta::assert_snapshot!(grants_of(&case).replace(&case.path().parent().expect("one").display().to_string(), "[above]"), @r#"
    web:
    write [folder]/out
    packages Site
    smoke:
    http http://127.0.0.1:8080
    note:
    write [above]/out/note.txt
    read [folder]/note.tpl
    variables *
    secrets *
    run:
    run bash = Some("/usr/bin/bash")
    back:
    write [folder]/out
    variables Step[web].Output.*
    "#);
}

#[test]
fn what_never_follows_from_an_input_is_told_with_the_lines_to_add() {
    let case = Case::new(
        "
variables: { Url: \"http://169.254.169.254\" }
steps:
  - { name: Root, uses: write-file, with: { path: / } }
  - { name: Home, uses: write-file, with: { path: /home/me } }
  - { name: Metadata, uses: http-request, with: { url: \"#{Url}/latest\" } }
  - { name: Shell, uses: run-command, with: { command: [bash, -c, ls] } }
",
    );
    insta::assert_snapshot!(case.resolve(None, &Double::default()).expect_err("it is refused"), @r##"
    error[missing-grant]: `Root` may not write /
     --> wharf.yaml:6:51
      |
    6 |   - { name: Root, uses: write-file, with: { path: / } }
      |                                                   ^
      = help: a root or home directory is never granted by an input alone
      = add, or let `wharf allow root` do it:
          allow:
            write: ["/"]

    error[missing-grant]: `Home` may not write /home/me
     --> wharf.yaml:7:51
      |
    7 |   - { name: Home, uses: write-file, with: { path: /home/me } }
      |                                                   ^^^^^^^^
      = help: a root or home directory is never granted by an input alone
      = add, or let `wharf allow home` do it:
          allow:
            write: ["/home/me"]

    error[missing-grant]: `Metadata` may not send requests to http://169.254.169.254
     --> wharf.yaml:8:56
      |
    8 |   - { name: Metadata, uses: http-request, with: { url: "#{Url}/latest" } }
      |                                                        ^^^^^^^^^^^^^^^
      = help: the address of a metadata service is never granted by an input alone
      = add, or let `wharf allow metadata` do it:
          allow:
            http: ["#{Url}"]

    error[missing-grant]: `Shell` may not run `bash`
     --> wharf.yaml:9:56
      |
    9 |   - { name: Shell, uses: run-command, with: { command: [bash, -c, ls] } }
      |                                                        ^^^^^^^^^^^^^^
      = help: a program runs outside the sandbox, with all your rights: it is never granted by an input
      = add, or let `wharf allow shell` do it:
          allow:
            run: ["bash"]
    "##);
}

#[test]
fn a_step_of_ones_own_has_what_is_allowed_and_nothing_else() {
    let refused = Case::new(
        "
packages: { Site: { from: app/, version: \"1.0\" } }
variables: { Root: /srv/site }
steps:
  - { name: Own, uses: ./own.wasm, with: { url: \"https://a.example.com/x\", into: \"#{Root}/a\", from: b, package: Site },
      allow: { http: [\"https://b.example.com\"], read: [\"#{Root}\"] } }
",
    )
    .file("own.wasm", OWN_STEP)
    .file("app/x", "");
    insta::assert_snapshot!(refused.resolve(None, &Double::default()).expect_err("it is refused"), @r##"
    error[missing-grant]: `Own` may not send requests to https://a.example.com
     --> wharf.yaml:7:49
      |
    7 |   - { name: Own, uses: ./own.wasm, with: { url: "https://a.example.com/x", into: "#{Root}/a", from: b, package: Site },
      |                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^
      = add, or let `wharf allow own` do it:
          allow:
            http: ["https://b.example.com", "https://a.example.com"]

    error[missing-grant]: `Own` may not write /srv/site/a
     --> wharf.yaml:7:82
      |
    7 |   - { name: Own, uses: ./own.wasm, with: { url: "https://a.example.com/x", into: "#{Root}/a", from: b, package: Site },
      |                                                                                  ^^^^^^^^^^^
      = add, or let `wharf allow own` do it:
          allow:
            write: ["#{Root}/a"]

    error[missing-grant]: `Own` may not read [folder]/b
     --> wharf.yaml:7:101
      |
    7 |   - { name: Own, uses: ./own.wasm, with: { url: "https://a.example.com/x", into: "#{Root}/a", from: b, package: Site },
      |                                                                                                     ^
      = add, or let `wharf allow own` do it:
          allow:
            read: ["#{Root}", "b"]

    error[missing-grant]: `Own` may not open the package `Site`
     --> wharf.yaml:7:113
      |
    7 |   - { name: Own, uses: ./own.wasm, with: { url: "https://a.example.com/x", into: "#{Root}/a", from: b, package: Site },
      |                                                                                                                 ^^^^
      = add, or let `wharf allow own` do it:
          allow:
            packages: ["Site"]
    "##);
    let allowed = Case::new(
        "
packages: { Site: { from: app/, version: \"1.0\" } }
variables: { Root: /srv/site, Tenant: acme }
steps:
  - { id: own, uses: ./own.wasm, with: { url: \"https://acme.example.com/x\", into: \"#{Root}/a\", from: b, package: Site },
      allow: { http: [\"https://#{Tenant}.example.com\"], write: [\"#{Root}\"], read: [b], packages: [Site], run: [bash], env: [HOME] } }
",
    )
    .file("own.wasm", OWN_STEP)
    .file("app/x", "");
    insta::assert_snapshot!(grants_of(&allowed), @r#"
    own:
    write /srv/site
    read [folder]/b
    http https://acme.example.com
    run bash = Some("/usr/bin/bash")
    packages Site
    "#);
    let schedule = allowed.resolve(None, &Double::default()).expect("it resolves");
    insta::assert_snapshot!(allowed.tell(&schedule.warnings), @r##"
    warning[unused-grant]: `own-step` does not ask for the power `env`
     --> wharf.yaml:8:119
      |
    8 |       allow: { http: ["https://#{Tenant}.example.com"], write: ["#{Root}"], read: [b], packages: [Site], run: [bash], env: [HOME] } }
      |                                                                                                                       ^^^
      = help: the grant has no effect
    "##);
}

#[test]
fn values_cannot_widen_a_pattern() {
    let case = Case::new(
        "
variables: { Host: \"evil.com/\", Folder: \"..\", Empty: \"\" }
steps:
  - { uses: ./own.wasm, allow: { http: [\"https://#{Host}.example.com\"], write: [\"/srv/#{Folder}\", \"/srv/#{Empty}\"], run: [no-such-program] } }
",
    )
    .file("own.wasm", OWN_STEP);
    insta::assert_snapshot!(case.resolve(None, &Double::default()).expect_err("it is refused"), @r#"
    error[bad-pattern]: `#{Host}` is `evil.com/` here, which is more than one host label or port
     --> wharf.yaml:6:41
      |
    6 |   - { uses: ./own.wasm, allow: { http: ["https://#{Host}.example.com"], write: ["/srv/#{Folder}", "/srv/#{Empty}"], run: [no-such-program] } }
      |                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: inside a grant a variable fills one path segment, host label or port; at its beginning it may be a whole folder or address

    error[bad-pattern]: `#{Folder}` is `..` here, which points to another folder
     --> wharf.yaml:6:81
      |
    6 |   - { uses: ./own.wasm, allow: { http: ["https://#{Host}.example.com"], write: ["/srv/#{Folder}", "/srv/#{Empty}"], run: [no-such-program] } }
      |                                                                                 ^^^^^^^^^^^^^^^^
      = help: inside a grant a variable fills one path segment, host label or port; at its beginning it may be a whole folder or address

    error[bad-pattern]: `#{Empty}` is `` here, which is empty
     --> wharf.yaml:6:99
      |
    6 |   - { uses: ./own.wasm, allow: { http: ["https://#{Host}.example.com"], write: ["/srv/#{Folder}", "/srv/#{Empty}"], run: [no-such-program] } }
      |                                                                                                   ^^^^^^^^^^^^^^^
      = help: inside a grant a variable fills one path segment, host label or port; at its beginning it may be a whole folder or address

    error[program-not-found]: the program `no-such-program` is not on this machine
     --> wharf.yaml:6:123
      |
    6 |   - { uses: ./own.wasm, allow: { http: ["https://#{Host}.example.com"], write: ["/srv/#{Folder}", "/srv/#{Empty}"], run: [no-such-program] } }
      |                                                                                                                           ^^^^^^^^^^^^^^^
      = help: install it, or name it by its absolute path; it is looked for in `PATH`
    "#);
}

#[test]
fn restoring_names_a_step_of_the_same_kind() {
    let case = Case::new(
        "
steps:
  - { id: note, uses: note }
  - { uses: deploy-package, with: { restore: note } }
  - { uses: deploy-package, with: { restore: nte } }
  - { uses: deploy-package, with: { restore: later } }
  - { uses: deploy-package, with: { restore: \"\" } }
  - { id: later, uses: deploy-package }
",
    );
    insta::assert_snapshot!(case.resolve(None, &Double::default()).expect_err("it is refused"), @r#"
    error[other-component]: `restore` must name a step that uses `deploy-package` too
     --> wharf.yaml:6:46
      |
    6 |   - { uses: deploy-package, with: { restore: note } }
      |                                              ^^^^
      = help: `note` uses `note`

    error[unknown-step-id]: there is no step with id `nte`
     --> wharf.yaml:7:46
      |
    7 |   - { uses: deploy-package, with: { restore: nte } }
      |                                              ^^^
      = help: did you mean `note`?

    error[later-step]: `restore` must name an earlier step, and `later` does not come before
     --> wharf.yaml:8:46
      |
    8 |   - { uses: deploy-package, with: { restore: later } }
      |                                              ^^^^^

    error[unknown-step-id]: `restore` is empty
     --> wharf.yaml:9:46
      |
    9 |   - { uses: deploy-package, with: { restore: "" } }
      |                                              ^^
      = help: it names an earlier step by its `id`
    "#);
}

#[test]
fn programs_are_named_from_the_folder_of_the_process_file() {
    let case = Case::new(
        "
steps:
  - { id: a, uses: run-command, with: { command: [./tool.sh, ./x] }, allow: { run: [tools/../tool.sh] } }
  - { id: b, uses: run-command, with: { command: [./other.sh] } }
",
    )
    .file("tool.sh", "");
    insta::assert_snapshot!(case.check(), @r#"
    warning[program-not-found]: the file `[folder]/tool.sh` is not executable
     --> wharf.yaml:5:85
      |
    5 |   - { id: a, uses: run-command, with: { command: [./tool.sh, ./x] }, allow: { run: [tools/../tool.sh] } }
      |                                                                                     ^^^^^^^^^^^^^^^^
      = help: `chmod +x [folder]/tool.sh` makes it so

    error[missing-grant]: `run-command` may not run `./other.sh`
     --> wharf.yaml:6:50
      |
    6 |   - { id: b, uses: run-command, with: { command: [./other.sh] } }
      |                                                  ^^^^^^^^^^^^
      = help: a program runs outside the sandbox, with all your rights: it is never granted by an input
      = add, or let `wharf allow b` do it:
          allow:
            run: ["./other.sh"]
    "#);
}

#[test]
fn what_no_grant_could_allow_is_not_said_to_need_one() {
    let case = Case::new(
        "
steps:
  - { uses: http-request, with: { url: \"ftp://x/\" } }
  - { uses: write-file, with: { path: out/x }, allow: { read: [\"/etc/*\"] } }
",
    );
    insta::assert_snapshot!(case.check(), @r#"
    error[bad-input]: `url` of `http-request` is no http:// or https:// address: ftp://x/
     --> wharf.yaml:5:40
      |
    5 |   - { uses: http-request, with: { url: "ftp://x/" } }
      |                                        ^^^^^^^^^^

    error[bad-pattern]: `/etc/*` has a `*`, which means nothing in the name of a file
     --> wharf.yaml:6:64
      |
    6 |   - { uses: write-file, with: { path: out/x }, allow: { read: ["/etc/*"] } }
      |                                                                ^^^^^^^^
      = help: name the folder: it grants everything below
    "#);
}
