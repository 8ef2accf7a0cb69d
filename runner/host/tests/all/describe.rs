//! Components that describe themselves badly, or try to use the moment.

use insta::assert_snapshot;
use wharf_host::{Host, HostOptions};
use wharf_model::{ComponentSource, StepRunner as _};

use crate::support::{Bench, guest, host};
use crate::wat::{Text, refused};

fn described(description: &str) -> String {
    refused(Text { description: description.as_bytes(), ..Text::default() }.load())
}

#[test]
fn a_description_must_be_what_the_contract_says() {
    assert_snapshot!(described("not JSON"), @"text.wasm is refused: its description is not what `wharf:step` asks for: expected ident at line 1 column 2");
    assert_snapshot!(described(""), @"text.wasm is refused: its description is not what `wharf:step` asks for: EOF while parsing a value at line 1 column 0");
    assert_snapshot!(described("[1, 2]"), @"text.wasm is refused: its description is not what `wharf:step` asks for: invalid type: integer `1`, expected a string");
    assert_snapshot!(described(r#"{"name":"x","version":"1"}"#), @"text.wasm is refused: its description is not what `wharf:step` asks for: missing field `summary`");
    assert_snapshot!(described(r#"{"name":"x","version":"1","summary":"","inputs":[]}"#), @r#"text.wasm is refused: its description is not what `wharf:step` asks for: `inputs` must be a JSON Schema with `"type": "object"`"#);
    assert_snapshot!(described(r#"{"name":"../x","version":"1","summary":"","inputs":{"type":"object"}}"#), @"text.wasm is refused: its name `../x` must be lower-case letters, digits and `-`, beginning with a letter, at most 64 characters");
    assert_snapshot!(described(r#"{"name":"x","version":"1","summary":"","inputs":{"type":"object"},"powers":["root"]}"#), @"text.wasm is refused: its description is not what `wharf:step` asks for: unknown variant `root`, expected one of `run`, `write`, `read`, `http`, `env`, `variables`, `secrets`, `packages`");
}

#[test]
fn a_description_must_be_text() {
    let description = b"{\"name\":\"\xff\xfe\"}";
    assert_snapshot!(refused(Text { description, ..Text::default() }.load()), @"text.wasm does not describe itself: the step trapped: invalid utf-8 sequence of 1 bytes from index 9");
}

#[test]
fn a_description_that_is_too_large_or_too_deep() {
    let schema =
        |inner: &str| format!(r#"{{"name":"x","version":"1","summary":"","inputs":{{"type":"object","a":{inner}}}}}"#);
    assert_snapshot!(described(&schema(&format!("\"{}\"", "x".repeat(1_100_000)))), @"text.wasm is refused: its description is 1100073 bytes long; the limit is 1048576");
    assert_snapshot!(described(&schema(&format!("\"{}\"", "x".repeat(5_000_000)))), @"
    text.wasm does not describe itself: one call into the host is too large: the limit `call-bytes` is 2MiB
    help: a step describes itself in no time, from what it knows when it is built
    ");
    assert_snapshot!(described(&schema(&format!("{}1{}", "[".repeat(100), "]".repeat(100)))), @"text.wasm is refused: its description is nested deeper than 64 levels");
    assert_snapshot!(described(&schema(&format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)))), @"text.wasm is refused: its description is not what `wharf:step` asks for: recursion limit exceeded at line 1 column 195");
}

#[test]
fn a_describe_that_never_ends() {
    assert_snapshot!(refused(Text { describe: "(loop $again (br $again))", ..Text::default() }.load()), @"
    text.wasm does not describe itself: it used up its processor time: the limit `cpu-time` is 5s
    help: a step describes itself in no time, from what it knows when it is built
    ");
}

#[test]
fn a_describe_that_traps() {
    assert_snapshot!(refused(Text { describe: "unreachable", ..Text::default() }.load()), @"text.wasm does not describe itself: the step trapped: it panicked or aborted");
    let describe = "(i32.store (i32.const -4) (i32.const 0))";
    assert_snapshot!(refused(Text { describe, ..Text::default() }.load()), @"text.wasm does not describe itself: the step trapped: it reached outside its memory, as it does when its recursion is too deep");
    // An answer that points outside the memory.
    let describe =
        "(i32.store (i32.const 48) (i32.const -16)) (i32.store (i32.const 52) (i32.const 100)) (return (i32.const 48))";
    assert_snapshot!(refused(Text { describe, ..Text::default() }.load()), @"text.wasm does not describe itself: the step trapped: string pointer/length out of bounds of memory");
    Bench::new("noop").run().succeeded();
}

/// The answer is kept, so it must not depend on anything: there is no power to ask with.
#[test]
pub(crate) fn describe_with_powers() {
    // A cache of its own: what another build of the host heard is no answer of this one.
    let cache = tempfile::tempdir().expect("a folder");
    let options = HostOptions { cache: Some(cache.path().to_owned()), ..HostOptions::default() };
    let host = Host::new(&options).expect("the host starts");
    let component = host.load(&guest("describe-with-powers")).unwrap_or_else(|error| panic!("{error}"));
    assert_snapshot!(component.description.description, @r#"
    ERROR Permission denied (os error 2)
    ERROR Permission denied (os error 2)
    ERROR environment variable not found
    ERROR denied: the program `/bin/sh` is not granted {"help":"programs run outside the sandbox: grant only those that you would start by hand","add":"allow: { run: [/bin/sh] }"}
    ERROR notfound: there is no secret with this reference
    ERROR denied: the step may not read the variable `Site.Url` {"add":"allow: { variables: [\"Site.Url\"] }"}
    ERROR notfound: there is no package `App`
    ERROR denied: the step may not read /etc {"add":"allow: { read: [\"/etc\"] }"}
    ERROR denied: the step may not read /etc/hostname {"add":"allow: { read: [\"/etc/hostname\"] }"}
    "#);
    assert!(component.description.summary.contains("Plan"));
    assert!(!std::path::Path::new("/tmp/described").exists());
}

#[test]
fn a_component_that_is_not_there() {
    let load = |path: &std::path::Path| refused(host().load(&ComponentSource::File(path.to_owned())));
    assert_snapshot!(load(std::path::Path::new("/no/such/step.wasm")), @"/no/such/step.wasm does not exist");
    assert_snapshot!(load(std::path::Path::new("/etc")), @"/etc is not a file");
    assert_snapshot!(load(std::path::Path::new("/dev/zero")), @"/dev/zero is not a file");
}
