use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// A machine whose `bash` prints this, whatever it is told.
fn printing(stdout: String, stderr: &'static str) -> Host {
    Host::new().program("bash", move |_| Printed::stdout(stdout.clone()).with_stderr(stderr))
}

fn message(name: &str, properties: &[(&str, &str)]) -> String {
    let properties = properties.iter().map(|(name, value)| format!(" {name}='{}'", STANDARD.encode(value)));
    format!("##octopus[{name}{}]\n", properties.collect::<String>())
}

#[test]
fn levels_are_switched_until_the_next_switch() {
    let stdout = "a\n##octopus[stdout-verbose]\nb\nc\n##octopus[stdout-warning]\nd\n##octopus[stdout-error]\ne\n\
                  ##octopus[stdout-highlight]\nf\n##octopus[stdout-wait]\ng\n##octopus[stdout-ignore]\nh\n\
                  ##octopus[stdout-default]\ni\n";
    let stderr = "a\n##octopus[stderr-progress]\nb\n##octopus[stderr-ignore]\nc\n##octopus[stderr-default]\nd\n";
    assert_snapshot!(run(&printing(stdout.into(), stderr), json!({"script": ""})), @r#"
    error: a
    info: b
    error: d
    info: a
    debug: b
    debug: c
    warn: d
    error: e
    highlight: f
    info: g
    info: i
    {"exit-code":0}
    "#);
}

#[test]
fn messages_reach_the_host() {
    let stdout = message("setVariable", &[("name", "Url"), ("value", "http://x")])
        + &message("setVariable", &[("name", "Key"), ("value", "k"), ("sensitive", "True")])
        + &message("mask", &[("value", "hide me")])
        + &message("progress", &[("percentage", "130"), ("message", "more than all")])
        + &message("createKubernetesTarget", &[("name", "x")])
        + &message("setVariable", &[("name", "Url")])
        + "##octopus[setVariable name='no base64'";
    let host = printing(stdout, "");
    assert_snapshot!(run(&host, json!({"script": ""})), @r#"
    debug: the service message `createKubernetesTarget` has no meaning here
    warn: the service message `setVariable` is incomplete and has no effect
    info: ##octopus[setVariable name='no base64'
    {"Key":"k","Url":"http://x","exit-code":0}
    "#);
    assert!(host.is_sensitive("Key") && host.is_masked("hide me"));
    assert_eq!(host.progress().pop().map(|progress| progress.done), Some(100));
}

#[test]
fn an_artifact_that_cannot_be_kept_fails_the_step() {
    let stdout = message("createArtifact", &[("path", "/no/such/file"), ("name", "log")]) + "going on\n";
    assert_snapshot!(run(&printing(stdout, ""), json!({"script": ""})), @r#"
    error: cannot keep the artifact `log`: cannot keep /no/such/file: no such file or directory
    info: going on
    NotFound: cannot keep the artifact `log`: cannot keep /no/such/file: no such file or directory
    {"exit-code":0}
    "#);
}
