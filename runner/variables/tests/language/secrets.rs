//! Secrets: references in their place, and secrets that are derived from them.

use crate::write::*;
use insta::assert_snapshot;
use wharf_model::{Secret, VariableAccess};
use wharf_variables::{Evaluated, Variables};

const REFERENCE: &str = "secret:0123456789abcdef0123456789abcdef";

fn variables() -> Variables {
    let variables = in_dev(&[
        secret("Password"),
        define("Connection", plain("User=u;Password=#{Password}")),
        define("Encoded", plain("<#{Connection | ToBase64}>")),
        define("Json", plain("{\"user\": \"u\", \"secret\": \"#{Password}\"}")),
        define("List", list(&[plain("#{Password}"), plain("open")])),
        define("Name", plain("n")),
    ]);
    variables.with_secrets([("password".to_owned(), REFERENCE.to_owned())])
}

fn known(value: &str) -> Secret {
    Secret {
        reference: REFERENCE.into(),
        name: "Password".into(),
        value: value.into(),
        sources: vec!["Password".into()],
    }
}

/// What the template becomes, with the values of secrets put in.
fn resolved(variables: &Variables, template: &str, password: &str) -> String {
    let text = evaluate(variables, template);
    assert!(!text.contains(password), "{template}: {text}");
    let mut secrets = vec![known(password)];
    match variables.clone().with_secret_values(&secrets).derive() {
        Ok(derived) => secrets.extend(derived),
        Err(problems) => return show(&problems),
    }
    Secret::resolve(&secrets, &text).into_owned()
}

#[test]
fn what_looks_into_a_secret_is_a_secret_of_its_own() {
    let templates = [
        "#{Password}",
        "#{Connection}",
        "a #{Password | ToUpper} b",
        "#{Encoded}",
        "#{if Password != \"p\"}other#{/if} #{if Password}set#{else}unset#{/if}",
        "#{each c in Connection}[#{c}]#{/each}",
        "#{Json.user} #{Json.secret}",
        "#{List[1]} #{List[0]}",
        "#{each item in List}#{item | ToUpper} #{/each}",
        "#{Missing | Default #{Password}}",
        "#{Missing | Append #{Encoded}}",
        "#{each x in Name}#{if Connection}#{x}#{/if}#{/each}",
    ];
    let table: String = templates
        .iter()
        .map(|template| {
            let variables = variables();
            let result = resolved(&variables, template, "p#{Name},y");
            let names: Vec<_> = variables.derived().into_iter().map(|derived| derived.token).collect();
            format!("{template} => {result}   {names:?}\n")
        })
        .collect();
    assert_snapshot!(table, @r##"
    #{Password} => p#{Name},y   []
    #{Connection} => User=u;Password=p#{Name},y   []
    a #{Password | ToUpper} b => a P#{NAME},Y b   ["#{Password | ToUpper}"]
    #{Encoded} => <VXNlcj11O1Bhc3N3b3JkPXAje05hbWV9LHk=>   ["#{Connection | ToBase64}"]
    #{if Password != "p"}other#{/if} #{if Password}set#{else}unset#{/if} => other set   ["#{if Password != \"p\"}other#{/if}", "#{if Password}set#{else}unset#{/if}"]
    #{each c in Connection}[#{c}]#{/each} => [User=u;Password=p#{Name}][y]   ["#{each c in Connection}[#{c}]#{/each}"]
    #{Json.user} #{Json.secret} => u p#{Name},y   ["#{Json.user}", "#{Json.secret}"]
    #{List[1]} #{List[0]} => open p#{Name},y   []
    #{each item in List}#{item | ToUpper} #{/each} => P#{NAME},Y OPEN    ["#{each item in List}#{item | ToUpper} #{/each}"]
    #{Missing | Default #{Password}} => p#{Name},y   ["#{Missing | Default #{Password}}"]
    #{Missing | Append #{Encoded}} => <VXNlcj11O1Bhc3N3b3JkPXAje05hbWV9LHk=>   ["#{Connection | ToBase64}", "#{Missing | Append #{Encoded}}"]
    #{each x in Name}#{if Connection}#{x}#{/if}#{/each} => n   ["#{each x in Name}#{if Connection}#{x}#{/if}#{/each}"]
    "##);
}

#[test]
fn references_are_the_same_for_the_same_and_tell_of_their_sources() {
    let variables = variables();
    let first = evaluate(&variables, "#{Encoded}");
    assert_eq!(first, evaluate(&variables.clone(), "#{Encoded}"));
    assert_ne!(first, evaluate(&variables.clone().in_scope("step", "web"), "#{Encoded}"));
    let derived = variables.derived();
    assert_eq!(derived.len(), 2, "clones share what they derive");
    assert_eq!(derived[0].sources, ["Password"]);
    assert_eq!(derived[0].reference.len(), REFERENCE.len());
    assert_eq!(first, format!("<{}>", derived[0].reference));
}

#[test]
fn a_step_gets_what_was_derived_with_its_value() {
    let variables = variables().with_secret_values(&[known("geheim")]);
    let rendered =
        VariableAccess::evaluate(&variables, "#{Password | ToUpper}", false, &|_| true).expect("it has a value");
    assert_eq!(rendered.derived.len(), 1);
    let secret = &rendered.derived[0];
    assert_eq!((secret.value.as_str(), secret.name.as_str()), ("GEHEIM", "#{Password | ToUpper}"));
    assert_eq!(
        (rendered.value.as_str(), secret.sources.as_slice()),
        (secret.reference.as_str(), &["Password".to_owned()][..])
    );
    let read = VariableAccess::get(&variables, "Connection").expect("it has a value").expect("it exists");
    assert!(read.derived.is_empty() && read.value.as_str().is_some_and(|text| text.ends_with(REFERENCE)));
}

#[test]
fn no_diagnostic_shows_a_value_and_conditions_do_not_look_into_secrets() {
    let variables = variables();
    let failures: String = ["#{Password | Substring 90 1}", "#{Name[#{Password}]}", "#{calc Password+1}"]
        .iter()
        .map(|template| resolved(&self::variables(), template, "geheim"))
        .collect();
    assert!(!failures.contains("geheim"));
    assert_snapshot!(failures, @"
    derived-secret: `#{Password | Substring 90 1}` cannot be worked out with the values of its secrets: a filter has no value for its input
    derived-secret: `#{Name[#{Password}]}` cannot be worked out with the values of its secrets: a variable or a part of one does not exist
    derived-secret: `#{calc Password+1}` cannot be worked out with the values of its secrets: something to calculate with is no number
    ");
    let condition =
        |text: &str| show(&variables.condition(text, Some(&span(text))).expect_err("it looks into a secret"));
    assert_snapshot!(condition("Password == \"x\"") + &condition("#{Password}") + &condition("#{if Password}x#{/if}"), @r#"
    wharf.yaml:1:1 `Password == "x"` secret-in-condition: the condition `Password == "x"` looks into a secret
      whether a step runs is shown in plans and logs: decide by a variable that is no secret
    wharf.yaml:1:1 `#{Password}` secret-in-condition: the condition `#{Password}` looks into a secret
      whether a step runs is shown in plans and logs: decide by a variable that is no secret
    wharf.yaml:1:1 `#{if Password}x#{/if}` secret-in-condition: the condition `#{if Password}x#{/if}` looks into a secret
      whether a step runs is shown in plans and logs: decide by a variable that is no secret
    "#);
    assert_snapshot!(evaluate(&variables, "#{Password | ToUper}"), @"
    wharf.yaml:1:1 `#{Password | ToUper}` unknown-filter: there is no filter `ToUper`
      did you mean `ToUpper`?
    ");
}

#[test]
fn what_waits_for_the_run_is_not_derived_before() {
    let mut variables = variables();
    variables.declare_output("s", "s", None);
    let template = "#{if Password}#{Step[s].Output.o}#{/if}";
    assert_eq!(evaluate(&variables, template), "unknown: Step[s].Output.o");
    assert!(variables.derived().is_empty());
    variables.set_output("s", "s", "o", &serde_json::json!("x"));
    assert_eq!(resolved(&variables, template, "geheim"), "x");
    let prompted = in_dev(&[prompt("Asked"), define("Uses", plain("a#{Asked}"))]);
    assert_eq!(evaluate(&prompted, "#{Uses}"), "unknown: Asked");
    let names: Vec<_> = prompted.prompts().iter().map(|prompt| prompt.name).collect();
    assert_eq!(names, ["Asked"]);
    let answered = prompted.with_answers([("asked".to_owned(), "b#{Uses2 | Default c}".to_owned())]);
    assert!(answered.prompts().is_empty());
    assert_eq!(answered.evaluate_text("#{Uses}", None), Ok(Evaluated::Known("abc".into())));
}
