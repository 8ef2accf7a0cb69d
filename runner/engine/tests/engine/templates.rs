//! Files that standard steps fill with variables are looked at before anything runs.

use crate::support::{Case, Double};

const STEPS: &str = "
environments: [Dev, Production]
variables:
  Database.Host: { scoped: [ { value: localhost, environment: Dev } ] }
  Password: { secret: { env: TOKEN } }
  Hosts: [a, b]
";

fn template(lines: &[(usize, &str)]) -> String {
    (1..=200)
        .map(|number| {
            let text = lines.iter().find(|(at, _)| *at == number).map_or("as it is", |(_, text)| *text);
            format!("{text}\r\n")
        })
        .collect()
}

#[test]
fn what_is_wrong_in_a_template_file_has_its_place_there() {
    let case = Case::new(&format!(
        "{STEPS}steps:\n  - {{ uses: write-file, with: {{ path: out/app.conf, template: conf/app.tmpl }} }}\n"
    ))
    .file(
        "conf/app.tmpl",
        &template(&[
            (7, "#{each host in Hosts}#{host}#{/each} #{Password | UriDataEscape}"),
            (120, "  url = #{Databse.Host}:#{Hosts | Uper}"),
            (199, "host = #{Database.Host} ##{Literal}"),
        ]),
    );
    insta::assert_snapshot!(case.check(), @r##"
    error[unresolved-variable]: there is no variable `Databse.Host`
       --> conf/app.tmpl:120:9
        |
    120 |   url = #{Databse.Host}:#{Hosts | Uper}
        |         ^^^^^^^^^^^^^^^
        = help: did you mean `Database.Host`?

    error[unknown-filter]: there is no filter `Uper`
       --> conf/app.tmpl:120:25
        |
    120 |   url = #{Databse.Host}:#{Hosts | Uper}
        |                         ^^^^^^^^^^^^^^^

    error[no-value-in-scope]: variable `Database.Host` has values for Dev only
       --> conf/app.tmpl:199:8
        |
    199 | host = #{Database.Host} ##{Literal}
        |        ^^^^^^^^^^^^^^^^
        = help: add a value for this scope, or give one with `--variable 'Database.Host=…'`
        = help: only in Production
    "##);
    // Nothing has run.
    let double = Double::default();
    insta::assert_snapshot!(case.resolve(Some("Dev"), &double).expect_err("it is wrong"), @r##"
    error[unresolved-variable]: there is no variable `Databse.Host`
       --> conf/app.tmpl:120:9
        |
    120 |   url = #{Databse.Host}:#{Hosts | Uper}
        |         ^^^^^^^^^^^^^^^
        = help: did you mean `Database.Host`?

    error[unknown-filter]: there is no filter `Uper`
       --> conf/app.tmpl:120:25
        |
    120 |   url = #{Databse.Host}:#{Hosts | Uper}
        |                         ^^^^^^^^^^^^^^^
    "##);
    assert!(double.calls().is_empty());
}

#[test]
fn a_template_that_is_not_as_it_will_be_is_no_error() {
    let wrong = template(&[(3, "#{Nobody}")]);
    for (steps, told) in [
        ("  - { uses: write-file, with: { path: out/a, template: a.tmpl, lenient: true } }", false),
        ("  - { uses: write-file, with: { path: out/a, template: a.tmpl }, disabled: true }", false),
        ("  - { uses: write-file, with: { path: out/a, template: not-there.tmpl } }", false),
        (
            "  - { uses: write-file, with: { path: a.tmpl, content: x } }\n  \
             - { uses: write-file, with: { path: out/a, template: a.tmpl } }",
            false,
        ),
        ("  - { uses: write-file, with: { path: out/a, template: a.tmpl } }", true),
    ] {
        let case = Case::new(&format!("steps:\n{steps}\n")).file("a.tmpl", &wrong);
        let found = case.check();
        assert_eq!(found.contains("--> a.tmpl:3:1"), told, "{steps}: {found}");
        assert_eq!(found.contains("error["), told, "{steps}: {found}");
    }
}

#[test]
fn behind_a_program_a_wrong_template_is_a_warning() {
    let case = Case::new(
        "steps:\n  - { uses: run-command, allow: { run: [bash] }, with: { command: [bash, make.sh] } }\n  \
         - { uses: write-file, with: { path: out/a, template: a.tmpl } }\n",
    )
    .file("a.tmpl", "#{Nobody}");
    insta::assert_snapshot!(case.check(), @r##"
    warning[unresolved-variable]: there is no variable `Nobody`
     --> a.tmpl:1:1
      |
    1 | #{Nobody}
      | ^^^^^^^^^
      = help: add it under `variables:`, or give it with `--variable 'Nobody=…'`
      = help: unless a program that runs before writes the file anew
    "##);
}
