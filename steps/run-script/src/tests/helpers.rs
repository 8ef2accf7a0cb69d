use super::*;

/// Values that shells, JSON and XML all have their trouble with.
const HARD: [&str; 9] = [
    "it's \"quoted\" `here` $HOME $(id) \\n",
    "two\nlines\n\nand a tab\t|",
    "ünïcödé €",
    "-n",
    "",
    "]##octopus[x]",
    "!history %d %s *",
    " spaces around ",
    "'",
];

fn with_variables() -> Host {
    let host =
        HARD.iter().enumerate().fold(machine(), |host, (index, value)| host.variable(&format!("Hard.{index}"), value));
    host.variable("My Odd'Name[1]", "odd")
        .variable("Count", 3)
        .variable("Key", "secret:00ff")
        .secret("secret:00ff", "s3cr3t")
}

/// Each value comes back through `set`, byte for byte.
fn comes_back(shell: &str, script: &str) {
    let host = with_variables();
    host.run::<RunScript>(json!({"shell": shell, "script": script})).expect("the script succeeds");
    for (index, value) in HARD.iter().enumerate() {
        assert_eq!(host.output(&format!("back{index}")), Some(json!(value)), "{shell}: {value:?}");
    }
    assert_eq!(host.output("odd"), Some(json!("odd")), "{shell}");
    assert_eq!(host.output("key"), Some(json!("s3cr3t")), "{shell}");
    assert!(host.is_sensitive("key") && !host.is_sensitive("odd"), "{shell}");
    assert_eq!(host.artifact("report.txt").as_deref(), Some(&b"all well"[..]), "{shell}");
    let last = host.progress().pop().expect("there was progress");
    assert_eq!((last.done, last.total, last.note.as_str()), (50, Some(100), "half 'way'"), "{shell}");
    assert_eq!(
        host.log_text(),
        "debug: the script asked for the variable `No such`, which does not exist\n\
         debug: very detailed\nhighlight: look here\ninfo: waiting\nwarn: careful now\ninfo: none:\ninfo: 3\n",
        "{shell}"
    );
}

/// `$(…)` takes line ends away at its end, so that the shells put a mark behind each value.
const SHELL: &str = r#"
i=0
while [ $i -lt 9 ]; do
    value=$(get_octopusvariable "hard.$i"; printf x)
    value=${value%x}
    value=${value%"
"}
    set_octopusvariable "back$i" "$value"
    i=$((i + 1))
done
set_octopusvariable odd "$(get_octopusvariable "MY odd'name[1]")"
set_octopusvariable key "$(get_octopusvariable Key)" -sensitive
printf 'all well' > report.txt
new_octopusartifact report.txt
update_progress 50 "half 'way'"
write_verbose very detailed
write_highlight look here
write_wait "waiting"
write_warning "careful now"
echo "none:$(get_octopusvariable "No such")"
"#;

#[test]
fn bash() {
    comes_back("bash", &format!("set -eu\n{SHELL}\necho \"${{octopus_parameters[Count]}}\""));
}

#[test]
fn sh() {
    comes_back("sh", &format!("set -eu\n{SHELL}\nget_octopusvariable count"));
}

#[test]
fn python() {
    let script = r#"
import sys
for i in range(9):
    set_octopusvariable("back%d" % i, get_octopusvariable("hard.%d" % i))
set_octopusvariable("odd", octopusvariables["My Odd'Name[1]"])
set_octopusvariable("key", get_octopusvariable("key"), sensitive=True)
with open("report.txt", "w") as report:
    report.write("all well")
createartifact("report.txt")
updateprogress(50, "half 'way'")
printverbose("very detailed")
write_highlight("look here")
write_wait("waiting")
printwarning("careful now")
print("none:" if get_octopusvariable("No such") is None else "some")
print(get_octopusvariable("Count"))
assert __name__ == "__main__" and sys.argv == [__file__]
"#;
    if is_there("python3") {
        comes_back("python3", script);
    }
}

#[test]
fn node() {
    let script = r#"
const fs = require("fs");
for (let i = 0; i < 9; i++) setOctopusVariable(`back${i}`, getOctopusVariable(`HARD.${i}`));
setOctopusVariable("odd", octopusVariables["My Odd'Name[1]"]);
setOctopusVariable("key", getOctopusVariable("Key"), true);
fs.writeFileSync("report.txt", "all well");
newOctopusArtifact("report.txt");
updateProgress(50, "half 'way'");
writeVerbose("very detailed");
writeHighlight("look here");
writeWait("waiting");
writeWarning("careful now");
console.log(getOctopusVariable("No such") === undefined ? "none:" : "some");
console.log(getOctopusVariable("Count"));
"#;
    if is_there("node") {
        comes_back("node", script);
    }
}

#[test]
fn fail_step_says_why() {
    for (shell, script) in [
        ("bash", "fail_step 'the disk is full'; echo never"),
        ("sh", "fail_step 'the disk is full'; echo never"),
        ("python3", "fail_step('the disk is full'); print('never')"),
        ("node", "failStep('the disk is full'); console.log('never')"),
    ] {
        if shell != "sh" && !is_there(shell) {
            continue;
        }
        let host = machine();
        let error = host.run::<RunScript>(json!({"shell": shell, "script": script})).expect_err("it fails");
        assert_eq!((error.code(), error.message()), (ErrorCode::Failed, "the disk is full"), "{shell}");
        assert_eq!(host.log_text(), "", "{shell}");
        assert_eq!(host.output("exit-code"), Some(json!(1)), "{shell}");
    }
}

#[test]
fn only_the_named_variables_are_handed_over() {
    let script = "echo \"${!octopus_parameters[@]}\"";
    let inputs = json!({"script": script, "variables": ["count", "Hard.1"]});
    let said = run(&with_variables(), inputs);
    assert!(said.starts_with("info: Count Hard.1\n") || said.starts_with("info: Hard.1 Count\n"), "{said}");
}

#[test]
fn a_variable_that_may_not_be_read_is_named() {
    for (shell, script) in [
        ("bash", "for i in 1 2; do x=$(get_octopusvariable Secret.Url); done; get_octopusvariable Count"),
        (
            "sh",
            "get_octopusvariable secret.url >/dev/null; get_octopusvariable Secret.Url >/dev/null; get_octopusvariable Count",
        ),
        ("python3", "get_octopusvariable('Secret.Url'); print(get_octopusvariable('Count'))"),
        ("node", "getOctopusVariable('Secret.Url'); console.log(getOctopusVariable('Count'))"),
    ] {
        if shell != "sh" && !is_there(shell) {
            continue;
        }
        let host = machine().variable("Count", 3).denied_variable("Secret.Url");
        host.run::<RunScript>(json!({"shell": shell, "script": script})).expect("the script succeeds");
        let name = if shell == "sh" { "secret.url" } else { "Secret.Url" };
        let log = host.log_text().replace(name, "<name>");
        assert_eq!(
            log,
            "warn: the script asked for the variable `<name>` and got nothing: the step may not read the variable \
             `<name>`: add `allow: { variables: [\"<name>\"] }`\ninfo: 3\n",
            "{shell}"
        );
    }
}

#[test]
fn a_variable_that_was_not_asked_for_does_not_matter() {
    let host = || machine().variable("Count", 3).variable("Other", 4).variable("Broken", "").denied_variable("Broken");
    assert_snapshot!(run(&host(), json!({"script": "get_octopusvariable Count"})), @r#"
    debug: the variable `Broken` is not handed over to the script: the step may not read the variable `Broken`
    info: 3
    {"exit-code":0}
    "#);
    let script = "get_octopusvariable Broken; get_octopusvariable Other";
    assert_snapshot!(run(&host(), json!({"script": script, "variables": ["Count"]})), @r#"
    warn: the script asked for the variable `Broken` and got nothing: the step may not read the variable `Broken`: add `allow: { variables: ["Broken"] }`
    warn: the script asked for the variable `Other`, which was not handed over: the input `variables` does not name it
    info: 
    info: 
    {"exit-code":0}
    "#);
}

#[test]
fn an_output_that_cannot_be_set_is_named() {
    assert_snapshot!(run(&machine(), json!({"script": "set_octopusvariable 'Sp ace[x]' v"})), @"
    Invalid: cannot set the output `Sp ace[x]`: the name of an output is 1 to 200 letters, digits, `-`, `_` or `.`
    {}
    ");
}
