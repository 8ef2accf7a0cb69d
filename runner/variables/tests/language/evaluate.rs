//! What templates evaluate to.

use crate::write::*;
use insta::assert_snapshot;
use serde_json::json;
use wharf_model::{ScalarStyle, ValueKind, VariableAccess, VariableOrigin};
use wharf_variables::{Bounds, Evaluated, Scopes, Variables, command_line_value};

#[test]
fn tokens_are_replaced_and_names_ignore_case_and_blanks() {
    let variables = in_dev(&[define("Site.Url", plain("http://#{Host}:8080")), define("Host", plain("localhost"))]);
    assert_eq!(
        evaluate(&variables, "go to #{site.URL}/health, #{ Host }!"),
        "go to http://localhost:8080/health, localhost!"
    );
    assert_eq!(evaluate(&variables, "no tokens # at all {x}"), "no tokens # at all {x}");
}

#[test]
fn hashes_escape_as_in_octostache() {
    let variables = in_dev(&[define("x", plain("1"))]);
    for (template, expected) in [
        ("##{x}", "#{x}"),
        ("###{x}", "#1"),
        ("####{x}", "###{x}"),
        ("#####{x}", "###1"),
        ("#", "#"),
        ("a#b##c#", "a#b##c#"),
        ("#x}", "#x}"),
    ] {
        assert_eq!(evaluate(&variables, template), expected, "{template}");
    }
}

#[test]
fn a_token_alone_takes_over_the_value_as_it_is() {
    let ports = list(&[plain("80"), plain("#{Tls}")]);
    let variables = in_dev(&[define("Ports", ports), define("Tls", plain("443")), define("Empty", null())]);
    let evaluated = |value| variables.evaluate_value(&value).expect("it has a value");
    assert_eq!(evaluated(plain("#{Ports}")).to_json(), json!([80, 443]));
    assert_eq!(evaluated(plain("#{Tls}")).to_json(), json!(443));
    assert_eq!(evaluated(plain("#{Tls}.")).to_json(), json!("443."));
    assert_eq!(evaluated(plain("#{Empty}")).to_json(), json!(null));
    assert_eq!(evaluated(plain("a#{Empty}b")).to_json(), json!("ab"));
    assert_eq!(evaluated(plain("ports: #{Ports}")).to_json(), json!("ports: [80,443]"));
    assert_eq!(evaluated(map(&[("#{Tls}-x", plain("#{Ports[0]}"))])).to_json(), json!({"443-x": 80}));
}

fn null() -> wharf_model::SpannedValue {
    wharf_model::SpannedValue { kind: ValueKind::Null, span: span("") }
}

#[test]
fn paths_lead_into_lists_maps_and_json_text_but_variables_of_that_name_win() {
    let hosts = map(&[("Web", list(&[plain("w1"), plain("w2")])), ("db", plain("d1"))]);
    let variables = in_dev(&[
        define("Hosts", hosts),
        define("Hosts.db", plain("explicit")),
        define("Json", scalar(r#"{"a": {"b": [1, {"c": "deep"}]}}"#, ScalarStyle::Quoted)),
        define("Which", plain("web")),
        define("Wharf-like[Some [nested] name].Id", plain("found")),
    ]);
    for (template, expected) in [
        ("#{Hosts.Web[1]}", "w2"),
        ("#{Hosts[web][0]}", "w1"),
        ("#{Hosts.web[*]}", "w1"),
        ("#{Hosts[#{Which}][0]}", "w1"),
        ("#{Hosts.db}", "explicit"),
        ("#{Hosts[db]}", "d1"),
        ("#{Json.a.b[1].c}", "deep"),
        ("#{Json.a.b}", r#"[1,{"c":"deep"}]"#),
        ("#{wharf-like[some [nested] name].id}", "found"),
    ] {
        assert_eq!(evaluate(&variables, template), expected, "{template}");
    }
    assert_snapshot!(evaluate(&variables, "#{Hosts.wep[0]} #{Hosts.Web[7]} #{Json.a.x} #{Which.x} #{Hosts.Web.first}"), @"
    wharf.yaml:1:1 `#{Hosts.wep[0]}` unresolved-variable: the value of `Hosts` has no `wep`
      did you mean `Web`?
    wharf.yaml:1:17 `#{Hosts.Web[7]}` unresolved-variable: the value of `Hosts.Web` has no `7`
      it is a list of 2 items, whose indexes begin with 0
    wharf.yaml:1:33 `#{Json.a.x}` unresolved-variable: the value of `Json.a` has no `x`
      did you mean `b`?
    wharf.yaml:1:45 `#{Which.x}` unresolved-variable: the value of `Which` has no `x`
      it is text that is no JSON list or map
    wharf.yaml:1:56 `#{Hosts.Web.first}` unresolved-variable: the value of `Hosts.Web` has no `first`
      it is a list of 2 items, whose indexes begin with 0
    ");
}

#[test]
fn what_has_no_value_is_an_error_with_its_place_and_a_suggestion() {
    let variables = in_dev(&[
        define("Database.Host", plain("localhost")),
        define_scoped("Site.Root", &[("Production", plain("/srv")), ("Test,Staging", plain("/tmp"))]),
        define("Uses.Broken", plain("x#{Nowhere}")),
    ]);
    assert_snapshot!(
        evaluate(&variables, "a #{Databse.Host} b #{Other} c #{Other} d #{Site.Root} #{Step[web].Output.url} #{Uses.Broken}#{Uses.Broken}"),
        @"
    wharf.yaml:1:3 `#{Databse.Host}` unresolved-variable: there is no variable `Databse.Host`
      did you mean `Database.Host`?
    wharf.yaml:1:21 `#{Other}` unresolved-variable: there is no variable `Other`
      add it under `variables:`, or give it with `--variable 'Other=…'`
    wharf.yaml:1:32 `#{Other}` unresolved-variable: there is no variable `Other`
      add it under `variables:`, or give it with `--variable 'Other=…'`
    wharf.yaml:1:43 `#{Site.Root}` no-value-in-scope: variable `Site.Root` has values for Production, Test and Staging only
      add a value for this scope, or give one with `--variable 'Site.Root=…'`
    wharf.yaml:1:56 `#{Step[web].Output.url}` unresolved-variable: there is no variable `Step[web].Output.url`
      outputs are those of steps that come earlier in the process and have set them
    wharf.yaml:1:2 `#{Nowhere}` unresolved-variable: there is no variable `Nowhere`
      add it under `variables:`, or give it with `--variable 'Nowhere=…'`
    "
    );
}

#[test]
fn syntax_errors_and_later_constructs_are_refused_by_name() {
    let variables = in_dev(&[define("x", plain("1"))]);
    let mut all = String::new();
    for template in [
        "#{if x}yes#{else}no#{/if}",
        "#{each a in b}",
        "#{x | ToUpper}",
        "#{ | NowDate}",
        "#{calc {x} + 1}",
        "#{x == \"1\"}",
        "#{}",
        "#{x",
        "#{x[0}",
        "#{x[]}",
        "#{x.}",
        "#{$x}",
        "#{x%y}",
        "#{elseifFoo}",
        "#{x[#{x]}",
    ] {
        all.push_str(&format!("{template}\n{}", evaluate(&variables, template)));
    }
    assert_snapshot!(all, @r#"
    #{if x}yes#{else}no#{/if}
    yes#{each a in b}
    wharf.yaml:1:1 `#{each a in b}` template-syntax: `#{each a in b}` is not closed by `#{/each}`
      write `##{` for a literal `#{`
    #{x | ToUpper}
    1#{ | NowDate}
    wharf.yaml:1:1 `#{ | NowDate}` no-clock: the filter `NowDate` needs the time, which is not known here
    #{calc {x} + 1}
    2#{x == "1"}
    wharf.yaml:1:1 `#{x == "1"}` template-syntax: `#{x == "1"}` cannot be read from `== "1"}` on
      write `##{` for a literal `#{`
    #{}
    wharf.yaml:1:1 `#{}` template-syntax: `#{}` has `}` where a name was expected
      write `##{` for a literal `#{`
    #{x
    wharf.yaml:1:1 `#{` template-syntax: `#{` is not closed by `}`
      write `##{` for a literal `#{`
    #{x[0}
    wharf.yaml:1:1 `#{x[0}` template-syntax: `#{x[0}` cannot be read from `[0}` on
      write `##{` for a literal `#{`
    #{x[]}
    wharf.yaml:1:1 `#{x[]}` unresolved-variable: the value of `x` has no ``
      it is text that is no JSON list or map
    #{x.}
    wharf.yaml:1:1 `#{x.}` template-syntax: `#{x.}` cannot be read from `.}` on
      write `##{` for a literal `#{`
    #{$x}
    wharf.yaml:1:1 `#{$x}` template-syntax: `#{$x}` has `$` where a name was expected
      write `##{` for a literal `#{`
    #{x%y}
    wharf.yaml:1:1 `#{x%y}` template-syntax: `#{x%y}` cannot be read from `%y}` on
      write `##{` for a literal `#{`
    #{elseifFoo}
    wharf.yaml:1:1 `#{elseifFoo}` unresolved-variable: there is no variable `elseifFoo`
      add it under `variables:`, or give it with `--variable 'elseifFoo=…'`
    #{x[#{x]}
    wharf.yaml:1:1 `#{x[#{x]}` unresolved-variable: the value of `x` has no `#{x`
      it is text that is no JSON list or map
    "#);
}

#[test]
fn cycles_are_shown_as_a_chain() {
    let variables = in_dev(&[
        define("A", plain("1#{B}")),
        define("B", list(&[plain("#{C}")])),
        define("C", plain("#{A} #{Self}")),
        define("Self", plain("#{Self}")),
    ]);
    assert_snapshot!(evaluate(&variables, "#{A}"), @"
    wharf.yaml:1:1 `#{A}` variable-cycle: variable `A` refers to itself: A → B → C → A
    wharf.yaml:1:1 `#{Self}` variable-cycle: variable `Self` refers to itself: Self → Self
    ");
}

#[test]
fn leniently_cycles_are_told_of_as_octostache_does_and_can_be_echoed() {
    let loops = [define("A", plain("1#{B}")), define("B", plain("#{A}")), define("C", plain("c"))];
    let variables = in_dev(&loops).lenient(true).halt_on_error(false);
    let template = "#{C}##{C} x#{ A }y#{A} #{if B}z#{/if} #{C | Append #{B}} #{missing} #{bad!";
    let problems = variables.evaluate(template, None).expect_err("it has cycles");
    assert_eq!(
        problems[0].message,
        "An attempt to parse the variable symbol \"A\" appears to have resulted in a self referencing loop (A -> B -> A). \
         Ensure that recursive loops do not exist in the variable values."
    );
    let (rendition, cycles) = variables.evaluate_around_cycles(template, None).expect("all is echoed");
    let echoed = "c#{C} x#{ A }y#{A} #{if B}z#{/if} #{C | Append #{B}} #{missing} #{bad!";
    assert_eq!(rendition.value, Some(Evaluated::Known(echoed.to_owned())));
    assert_eq!(
        rendition.unresolved,
        ["#{ A }", "#{A}", "#{if B}z#{/if}", "#{C | Append #{B}}", "#{missing}"],
        "what was echoed, in order"
    );
    assert_eq!(cycles.iter().map(|cycle| cycle.code).collect::<Vec<_>>(), ["variable-cycle"]);
    let unready = in_dev(&loops).evaluate_around_cycles("#{A} #{C | Nope}", None);
    assert!(unready.is_err(), "other errors are errors still");
}

#[test]
fn growth_chains_and_depth_are_bounded() {
    let bomb: Vec<_> =
        (0..60).map(|n| define(&format!("B{n}"), plain(&format!("#{{B{}}}#{{B{}}}", n + 1, n + 1)))).collect();
    let with_end = |end: &str| {
        let mut bomb = bomb.clone();
        bomb.push(define("B60", plain(end)));
        in_dev(&bomb)
    };
    assert_eq!(evaluate(&with_end(""), "#{B0}"), "", "what is evaluated once is not evaluated again");
    let large = evaluate(&with_end("x").with_bounds(Bounds { bytes: 1000, ..Bounds::default() }), "#{B0}");
    assert!(large.contains("variable-too-large: evaluating this makes more than 1000 bytes"), "{large}");

    let chain: Vec<_> = (0..100).map(|n| define(&format!("C{n}"), plain(&format!("#{{C{}}}", n + 1)))).collect();
    let long = evaluate(&in_dev(&chain), "#{C0}");
    assert!(long.contains("variable-too-deep: variable `C64` stands behind a chain of more than 64"), "{long}");

    let nest =
        (0..40).map(|n| define(&format!("N{n}"), (0..10).fold(plain(&format!("#{{N{}}}", n + 1)), |v, _| list(&[v]))));
    let nest: Vec<_> = nest.chain([define("N40", plain("x"))]).collect();
    let deep = evaluate(&in_dev(&nest), "#{N0}");
    assert!(deep.contains("variable-too-deep: the value is nested deeper than 256 levels"), "{deep}");
}

#[test]
fn overrides_win_and_wharfs_own_names_win_over_them() {
    let definitions = [define("Site.Url", plain("written")), define("Octopus.Custom", plain("written"))];
    let given = [
        command_line_value("site.url", "given #{Wharf.Environment.Name}"),
        command_line_value("Wharf.Environment.Name", "fake"),
    ];
    let sets = [set(VariableOrigin::CommandLine, &given), set(VariableOrigin::ProcessFile, &definitions)];
    let variables = Variables::new(sets, Scopes::new())
        .with_system("Wharf.Environment.Name", "Dev #{x}")
        .with_system("Octopus.Custom", "system")
        .with_system("Octopus.Environment.Name", "Dev");
    assert_eq!(evaluate(&variables, "#{Site.Url}"), "given Dev #{x}", "a system variable is no template");
    assert_eq!(evaluate(&variables, "#{Octopus.Custom} #{Octopus.Environment.Name}"), "written Dev");
    assert_eq!(variables.names(), ["Octopus.Custom", "Octopus.Environment.Name", "site.url", "Wharf.Environment.Name"]);
}

#[test]
fn the_most_specific_value_holds_and_ties_are_errors() {
    let step = |environment: &str, step: &str, text: &str| {
        let mut definition = define_scoped("x", &[(environment, plain(text))]);
        definition.candidates[0].scope.kinds.push(("step".into(), vec![step.into()]));
        definition.candidates.remove(0)
    };
    let mut definition = define_scoped("x", &[("", plain("everywhere")), ("dev", plain("in dev"))]);
    definition.candidates.push(step("Dev", "web", "in dev at web"));
    let variables = in_dev(&[definition]);
    assert_eq!(evaluate(&variables, "#{x}"), "in dev");
    assert_eq!(evaluate(&variables.clone().in_scope("step", "web"), "#{x}"), "in dev at web");
    assert_eq!(evaluate(&texts(&[("x", "e")]), "#{x}"), "e");

    let tied =
        in_dev(&[define_scoped("t", &[("Dev", plain("one")), ("Dev,Test", plain("two")), ("", plain("three"))])]);
    assert_snapshot!(evaluate(&tied, "#{t}"), @"
    wharf.yaml:1:1 `two` ambiguous-variable: variable `t` has 2 values that hold here and are equally specific
      they stand at wharf.yaml:1:1, wharf.yaml:1:1; scope all but one of them more narrowly
    ");
    assert_eq!(show(&tied.unresolved_scope_ties()), evaluate(&tied, "#{t}"));
}

#[test]
fn secrets_evaluate_to_their_references() {
    let variables = in_dev(&[secret("Db.Password"), define("Connection", plain("Password=#{Db.Password}"))]);
    assert_snapshot!(evaluate(&variables, "#{Connection}"), @"wharf.yaml:1:10 `#{Db.Password}` secret-not-loaded: the secret `Db.Password` was not loaded");
    let variables = variables.with_secrets([("db.password".to_owned(), "secret:1234".to_owned())]);
    assert_eq!(evaluate(&variables, "#{Connection}"), "Password=secret:1234");
    assert_eq!(variables.secrets().iter().map(|secret| secret.name).collect::<Vec<_>>(), ["Db.Password"]);
    let given = set(VariableOrigin::CommandLine, &[command_line_value("DB.Password", "open")]);
    let written = set(VariableOrigin::ProcessFile, &[secret("Db.Password")]);
    let variables = Variables::new([given, written], Scopes::new());
    assert!(variables.secrets().is_empty(), "what is given from outside is not fetched");
    assert_eq!(evaluate(&variables, "#{Db.Password}"), "open");
}

#[test]
fn outputs_are_read_by_id_and_by_name_and_are_never_templates() {
    let mut variables = in_dev(&[define("Secret", plain("hidden"))]);
    variables.set_output("web", "Deploy web [1]", "url", &json!("http://x/#{Secret}"));
    variables.set_output("web", "Deploy web [1]", "files", &json!({"count": 2, "names": ["a", "b"]}));
    assert_eq!(evaluate(&variables, "#{Step[web].Output.url}"), "http://x/#{Secret}");
    assert_eq!(evaluate(&variables, "#{Octopus.Action[Deploy web [1]].Output.url}"), "http://x/#{Secret}");
    assert_eq!(evaluate(&variables, "#{Step[Web].Output.files.names[1]}"), "b");
    assert_eq!(evaluate(&variables, "#{Step[web].Output.files.count}"), "2");
}

#[test]
fn declared_outputs_are_unknown_and_nothing_else_is() {
    let mut variables = in_dev(&[define("Url", plain("#{Step[web].Output.url}/health"))]);
    variables.declare_output("web", "Deploy", Some(&["url".to_owned()]));
    variables.declare_output("script", "Script", None);
    assert_eq!(
        evaluate(&variables, "#{Url} #{Step[script].Output.Any.thing} #{Url}"),
        "unknown: Step[web].Output.url, Step[script].Output.Any.thing"
    );
    assert_snapshot!(evaluate(&variables, "#{Step[web].Output.urll} #{Step[other].Output.url}"), @"
    wharf.yaml:1:1 `#{Step[web].Output.urll}` unresolved-variable: there is no variable `Step[web].Output.urll`
      did you mean `Step[web].Output.url`?
    wharf.yaml:1:26 `#{Step[other].Output.url}` unresolved-variable: there is no variable `Step[other].Output.url`
      did you mean `Step[web].Output.url`?
    ");
    let value = variables.evaluate_value(&map(&[("a", plain("#{Url}")), ("b", plain("known"))])).expect("no errors");
    assert!(!value.is_known());
    assert_eq!(value.get("a").map(|a| a.kind.clone()), Some(ValueKind::Unknown(vec!["Step[web].Output.url".into()])));
    assert_eq!(value.get("b").map(|b| b.kind.clone()), Some(plain("known").kind));
    variables.set_output("web", "Deploy", "url", &json!("http://x"));
    assert_eq!(evaluate(&variables, "#{Url}"), "http://x/health");
}

#[test]
fn conditions_follow_octostaches_truth() {
    let variables = in_dev(&[
        define("On", plain("yes")),
        define("Off", plain(" No ")),
        define("Zero", plain("0")),
        define("Spaced", scalar(" 0", ScalarStyle::Quoted)),
        define("Nothing", null()),
        define("List", list(&[])),
        define("False", plain("FALSE")),
    ]);
    let holds = |text: &str| match variables.condition(text, Some(&span(text))) {
        Ok(value) => value.known().expect("nothing is unknown").to_string(),
        Err(problems) => show(&problems),
    };
    for (condition, expected) in [
        ("On", "true"),
        (" #{On} ", "true"),
        ("Off", "false"),
        ("Zero", "false"),
        ("Spaced", "true"),
        ("Nothing", "false"),
        ("List", "false"),
        ("False", "false"),
        ("#{Nothing}#{Zero}", "false"),
    ] {
        assert_eq!(holds(condition), expected, "{condition}");
    }
    assert_snapshot!(holds("Onn") + &holds("On == \"yes\"") + &holds("a | b") + &holds("#{Missing}"), @"
    wharf.yaml:1:1 `Onn` unresolved-variable: there is no variable `Onn`
      did you mean `On`?
    truewharf.yaml:1:1 `a | b` unknown-filter: there is no filter `b`
    wharf.yaml:1:1 `#{Missing}` unresolved-variable: there is no variable `Missing`
      add it under `variables:`, or give it with `--variable 'Missing=…'`
    ");
}

#[test]
fn get_answers_text_for_scalars_and_json_for_the_rest() {
    let mut variables = in_dev(&[
        define("Port", plain("8080")),
        define("Ports", list(&[plain("80"), plain("1.10")])),
        define_scoped("Elsewhere", &[("Production", plain("x"))]),
        define("Broken", plain("#{Missing}")),
    ]);
    variables.declare_output("a", "a", None);
    let get = |name: &str| variables.get(name).map(|value| value.map(Evaluated::known));
    assert_eq!(get("PORT"), Ok(Some(Some(json!("8080")))));
    assert_eq!(get("Ports"), Ok(Some(Some(json!([80, "1.10"])))));
    assert_eq!(get("Ports[1]"), Ok(Some(Some(json!("1.10")))));
    assert_eq!(get("Elsewhere"), Ok(None));
    assert_eq!(get("Missing"), Ok(None));
    assert_eq!(get("Step[a].Output.x"), Ok(Some(None)));
    assert_snapshot!(show(&variables.get("Broken").expect_err("it refers to nothing")), @"
    wharf.yaml:1:1 `#{Missing}` unresolved-variable: there is no variable `Missing`
      add it under `variables:`, or give it with `--variable 'Missing=…'`
    ");
    assert_eq!(variables.names(), ["Broken", "Port", "Ports"]);
}

#[test]
fn steps_read_only_what_they_may_and_leniency_echoes_only_what_is_missing() {
    let variables = in_dev(&[
        define("Site.Url", plain("#{Hidden}/x")),
        define("Hidden", plain("h")),
        define("Site.Broken", plain("#{Missing}")),
    ]);
    let access: &dyn VariableAccess = &variables;
    let allowed = |name: &str| name.to_lowercase().starts_with("site.");
    let evaluate = |template: &str, lenient| match access.evaluate(template, lenient, &allowed) {
        Ok(rendered) => rendered.value,
        Err(error) => format!("error: {error}"),
    };
    assert_eq!(evaluate("a #{Site.Url}", false), "a h/x");
    assert_eq!(evaluate("#{Site.Missing} #{oops #{Site.Url}", true), "#{Site.Missing} #{oops h/x");
    let refused = [
        evaluate("#{Hidden}", true),
        evaluate("#{Site[#{Hidden}]}", true),
        evaluate("#{Site.Missing} #{Site.Missing}", false),
        evaluate("#{Site.Broken}", true),
        evaluate("#{if Site.Url}x#{/if}", true),
    ];
    assert_snapshot!(refused.join("\n"), @"
    error: variable `Hidden` is outside of what the step may read
    error: variable `Hidden` is outside of what the step may read
    error: there is no variable `Site.Missing` (add it under `variables:`, or give it with `--variable 'Site.Missing=…'`)
    #{Missing}
    x
    ");
    assert_snapshot!(evaluate("first\n  at #{Site.Url}\n  not #{Site.Uri}\n", false), @"error: line 3, column 7: there is no variable `Site.Uri` (did you mean `Site.Url`?)");
    let lenient = variables.clone().lenient(true);
    let access: &dyn VariableAccess = &lenient;
    assert_eq!(
        access.evaluate("#{Site.Missing}", false, &allowed).map(|rendered| rendered.value),
        Ok("#{Site.Missing}".into())
    );
}

#[test]
fn problems_of_the_variables_themselves_are_found_without_using_them() {
    let given = [
        command_line_value("Wharf.Run.Id", "1"),
        command_line_value("Databse.Host", "x"),
        command_line_value("Token", "open"),
    ];
    let definitions = [
        define("Database.Host", plain("y")),
        define("a$b", plain("y")),
        define("Wharf.Mine", plain("y")),
        define_scoped("Tied", &[("", plain("1")), ("", plain("2"))]),
        secret("Token"),
    ];
    let sets = [set(VariableOrigin::CommandLine, &given), set(VariableOrigin::ProcessFile, &definitions)];
    let variables = Variables::new(sets, Scopes::new());
    assert_snapshot!(show(&variables.problems()), @"
    wharf.yaml:1:1 `2` ambiguous-variable: variable `Tied` has 2 values that hold here and are equally specific
      they stand at wharf.yaml:1:1, wharf.yaml:1:1; scope all but one of them more narrowly
    --variable:1:14 `1` reserved-name: `Wharf.Run.Id` is a name of Wharf's own variables
      choose another name
    --variable:1:14 `x` undefined-override: --variable gives `Databse.Host`, which the process does not define
      did you mean `Database.Host`?
    wharf.yaml:1:1 `a$b` variable-name: `a$b` is no name that a template could refer to
      names have letters, digits, blanks and `_-:/~()@`, in parts joined by `.` or followed by `[index]`
    wharf.yaml:1:1 `Wharf.Mine` reserved-name: `Wharf.Mine` is a name of Wharf's own variables
      choose another name
    ");
}
