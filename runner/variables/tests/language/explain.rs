//! Why a variable has the value that it has.

use crate::write::*;
use insta::assert_snapshot;
use wharf_model::VariableOrigin::{CommandLine, IncludedSet, ProcessFile};
use wharf_variables::{ExplainedValue, Explanation, Scopes, Variables, command_line_value};

fn text(explanation: &Explanation) -> String {
    let value = |value: &ExplainedValue| match value {
        ExplainedValue::Known(text) => format!("`{text}`"),
        ExplainedValue::Failed(problems) => format!("failed {}", show(problems)),
        other => format!("{other:?}"),
    };
    let mut shown = format!("{} = {}\n", explanation.name, value(&explanation.result));
    for candidate in &explanation.candidates {
        let verdict = format!("{:?}", candidate.verdict);
        shown.push_str(&format!(
            "  {} ({:?}, {}): {verdict}\n",
            candidate.written, candidate.origin, candidate.specificity
        ));
    }
    for step in &explanation.trail {
        let indent = "  ".repeat(step.depth + 1);
        shown.push_str(&format!("{indent}{} -> {} -> {}\n", step.token, step.written, value(&step.value)));
    }
    shown
}

#[test]
fn every_candidate_has_its_verdict_and_the_trail_shows_no_secret() {
    let sets = [
        set(
            ProcessFile,
            &[
                define_scoped(
                    "Url",
                    &[
                        ("", plain("http://#{Host | ToLower}")),
                        ("Dev", plain("http://#{Host}:#{Port}/#{Token}")),
                        ("Production", plain("x")),
                    ],
                ),
                define("Host", plain("#{Name}.local")),
                define("Name", plain("Web")),
                secret("Token"),
                prompt("Port"),
            ],
        ),
        set(IncludedSet, &[define_scoped("url", &[("Dev,Test", plain("http://included"))])]),
    ];
    let variables = Variables::new(sets.clone(), Scopes::new().with("environment", ["Dev"]));
    let explained = |variables: &Variables, name: &str| match variables.explain(name) {
        Ok(explanation) => text(&explanation),
        Err(problems) => show(&problems),
    };
    let given = set(CommandLine, &[command_line_value("Port", "80")]);
    let given = Variables::new(sets.into_iter().chain([given]), Scopes::new().with("environment", ["Dev"]));
    assert_snapshot!(explained(&variables, "URL") + &explained(&given, "URL") + &explained(&variables, "Token") + &explained(&variables, "Hosts"), @r#"
    Url = Unknown(["Port"])
      http://#{Host}:#{Port}/#{Token} (ProcessFile, 8): Holds
      http://included (IncludedSet, 8): WeakerOrigin
      http://#{Host | ToLower} (ProcessFile, 0): LessSpecific
      x (ProcessFile, 8): OutOfScope { kind: "environment", here: ["Dev"] }
      Url -> http://#{Host}:#{Port}/#{Token} -> Unknown(["Port"])
        #{Host} -> #{Name}.local -> `Web.local`
          #{Name} -> Web -> `Web`
        #{Port} -> asked for when the run begins -> Unknown(["Port"])
        #{Token} -> secret from the environment variable X -> Secret
    Url = `http://Web.local:80/********`
      http://#{Host}:#{Port}/#{Token} (ProcessFile, 8): Holds
      http://included (IncludedSet, 8): WeakerOrigin
      http://#{Host | ToLower} (ProcessFile, 0): LessSpecific
      x (ProcessFile, 8): OutOfScope { kind: "environment", here: ["Dev"] }
      Url -> http://#{Host}:#{Port}/#{Token} -> `http://Web.local:80/********`
        #{Host} -> #{Name}.local -> `Web.local`
          #{Name} -> Web -> `Web`
        #{Port} -> 80 -> `80`
        #{Token} -> secret from the environment variable X -> Secret
    Token = Secret
      secret from the environment variable X (ProcessFile, 0): Holds
      Token -> secret from the environment variable X -> Secret
    unresolved-variable: there is no variable `Hosts`
      did you mean `Host`?
    "#);
    assert!(variables.derived().is_empty());
}
