//! The published schema and the reader know the same file.

use std::path::PathBuf;

use jsonschema::{Draft, Validator};
use serde_json::Value;
use wharf_model::{Limit, PowerKind};
use wharf_project::{json_schema, parse, starter};

use crate::reading::WHOLE;
use crate::variables::FORMS;
use crate::write::*;

fn validator() -> Validator {
    jsonschema::options().with_draft(Draft::Draft202012).build(&json_schema()).expect("the schema is a schema")
}

/// The keys that the schema knows at a place.
fn keys(pointer: &str) -> Vec<String> {
    let schema = json_schema();
    let properties = schema.pointer(pointer).and_then(|place| place.get("properties")).and_then(Value::as_object);
    properties.unwrap_or_else(|| panic!("there are keys at {pointer}")).keys().cloned().collect()
}

/// A file with a key in every place that the schema describes, and the places.
fn file_with(place: &str, key: &str) -> String {
    let entry = format!("{key}: x");
    let step = |extra: &str| format!("wharf: 1\nsteps: [ {{ {extra} }} ]");
    match place {
        "" => format!("wharf: 1\n{entry}"),
        "/$defs/process" => format!("wharf: 1\nprocesses: {{ p: {{ {entry} }} }}"),
        "/$defs/environment" => format!("wharf: 1\nenvironments: {{ Dev: {{ {entry} }} }}"),
        "/$defs/feed" => format!("wharf: 1\nfeeds: {{ F: {{ {entry} }} }}"),
        "/$defs/feedLimits" => format!("wharf: 1\nfeeds: {{ F: {{ folder: x, limits: {{ {entry} }} }} }}"),
        "/$defs/s3" => format!("wharf: 1\nfeeds: {{ F: {{ s3: {{ {entry} }} }} }}"),
        "/$defs/feedSecret" => format!("wharf: 1\nfeeds: {{ F: {{ nuget: x, key: {{ {entry} }} }} }}"),
        "/$defs/gitVersion" => format!("wharf: 1\npackages: {{ P: {{ from: x, version: {{ {entry} }} }} }}"),
        "/$defs/package" => format!("wharf: 1\npackages: {{ P: {{ {entry} }} }}"),
        "/$defs/scopedValue" => format!("wharf: 1\nvariables: {{ v: {{ scoped: [ {{ {entry} }} ] }} }}"),
        "/$defs/secretPrompt" => {
            format!("wharf: 1\nvariables: {{ v: {{ secret: {{ prompt: {{ {entry} }} }} }} }}")
        }
        "/$defs/promptSettings" => format!("wharf: 1\nvariables: {{ v: {{ prompt: {{ {entry} }} }} }}"),
        "/$defs/secret" => format!("wharf: 1\nvariables: {{ v: {{ secret: {{ {entry} }} }} }}"),
        "/$defs/defaults" => format!("wharf: 1\ndefaults: {{ {entry} }}"),
        "/$defs/step" => step(&entry),
        "/$defs/retry" => step(&format!("uses: x, retry: {{ {entry} }}")),
        "/$defs/allow" => step(&format!("uses: x, allow: {{ {entry} }}")),
        "/$defs/allowInPlan" => step(&format!("uses: x, allow: {{ plan: {{ {entry} }} }}")),
        "/$defs/limits" => step(&format!("uses: x, limits: {{ {entry} }}")),
        other => panic!("{other} is a new kind of map: say here where it stands"),
    }
}

/// The codes by which the reader refuses a key.
const UNKNOWN: [&str; 4] = ["unknown-key", "unknown-limit", "unknown-power", "not-supported-yet"];

#[test]
fn every_key_of_the_schema_is_one_that_the_reader_knows_and_the_other_way_round() {
    let schema = json_schema();
    let mut places = vec![String::new()];
    let closed =
        |(name, part): (&String, &Value)| (part["additionalProperties"] == false).then(|| format!("/$defs/{name}"));
    places.extend(schema["$defs"].as_object().into_iter().flatten().filter_map(closed));
    for place in &places {
        let known = keys(place);
        for key in &known {
            let problems = parse(file(&file_with(place, key)), PathBuf::from(".")).diagnostics;
            let refused = problems.iter().find(|problem| UNKNOWN.contains(&problem.code));
            assert!(refused.is_none(), "the schema has `{key}` at {place}, but: {refused:?}");
        }
        // What the reader answers to a key that it does not know names all that it does, if they are few.
        let answer = parse(file(&file_with(place, "qqqqqqqqqqqqqqq")), PathBuf::from(".")).diagnostics;
        let unknown = answer.iter().find(|problem| UNKNOWN.contains(&problem.code)).expect("it is unknown");
        let named = unknown.help.first().unwrap_or_else(|| panic!("{place} says which keys there are"));
        let mut named: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
        named.sort_unstable();
        known.sort_unstable();
        assert_eq!(named, known, "at {place}");
    }
    assert_eq!(places.len(), 19);
    assert_eq!(keys("/$defs/limits"), Limit::ALL.map(Limit::name));
    let powers: Vec<&str> = PowerKind::ALL.into_iter().map(PowerKind::as_str).chain(["plan"]).collect();
    assert_eq!(keys("/$defs/allow"), powers);
}

/// The file as an editor would see it, where plain numbers and booleans are such.
fn as_json(text: &str) -> Value {
    value(text).to_json()
}

#[test]
fn what_is_read_satisfies_the_schema() {
    let validator = validator();
    for text in [
        WHOLE,
        FORMS,
        &starter("SupportFlow"),
        "wharf: 1\nsteps: [ { uses: x } ]",
        "wharf: 1\nprocesses: { p: { steps: [] } }",
    ] {
        process(text);
        let problems: Vec<String> =
            validator.iter_errors(&as_json(text)).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

#[test]
fn what_the_schema_refuses_is_refused_by_the_reader_as_well() {
    let validator = validator();
    for text in [
        "wharf: 2\nsteps: []",
        "wharf: 1",
        "wharf: 1\nsteps: [ { name: x } ]",
        "wharf: 1\nsteps: [ { uses: Not A Name } ]",
        "wharf: 1\nsteps: [ { uses: x, timeout: 30 } ]",
        "wharf: 1\nsteps: [ { uses: x, timeout: 30x } ]",
        "wharf: 1\nsteps: [ { uses: x, limits: { memory: 5 } } ]",
        "wharf: 1\nsteps: [ { uses: x, when: never } ]",
        "wharf: 1\nsteps: [ { uses: x, retry: { backoff: 1s } } ]",
        "wharf: 1\npackages: { A: { from: x } }\nsteps: []",
        "wharf: 1\npackages: { A: { file: x, version: y } }\nsteps: []",
        "wharf: 1\nvariables: { a: { secret: x } }\nsteps: []",
        "wharf: 1\nvariables: { a: { scoped: [ {} ] } }\nsteps: []",
        "wharf: 1\nvariables: { a: { scoped: [ { value: 1, secret: { env: X } } ] } }\nsteps: []",
        "wharf: 1\nvariables: { a: { scoped: [ { value: 1, steps: [] } ] } }\nsteps: []",
        "wharf: 1\nvariables: { a: { scoped: [ { value: 1, target: web } ] } }\nsteps: []",
        "wharf: 1\nvariables: { a: { secret: { env: A, file: B } } }\nsteps: []",
        "wharf: 1\nvariables: { a: { secret: { allow-short: true } } }\nsteps: []",
        "wharf: 1\nvariables: { a: { secret: { run: op read x } } }\nsteps: []",
        "wharf: 1\nvariables: { a: { secret: { run: [] } } }\nsteps: []",
        "wharf: 1\nvariables: { a: { prompt: false } }\nsteps: []",
        "wharf: 1\nvariables: { a: { prompt: [x] } }\nsteps: []",
        "wharf: 1\nvariables: { a: { prompt: { required: perhaps } } }\nsteps: []",
        "wharf: 1\nvariables: { a: { prompt: { choices: [] } } }\nsteps: []",
        "wharf: 1\nvariable-sets: { a: b }\nsteps: []",
        "wharf: 1\nenvironments: { Dev: { variables: { a: { scoped: [] } } } }\nsteps: []",
        "wharf: 1\nprocesses: { Deploy: { steps: [] } }",
        "wharf: 1\nfeeds: { a: {} }\nsteps: []",
        "wharf: 1\nfeeds: { a: { folder: x, http: y } }\nsteps: []",
        "wharf: 1\nfeeds: { a: { nuget: x, user: y } }\nsteps: []",
        "wharf: 1\nfeeds: { a: { nuget: x, key: y } }\nsteps: []",
        "wharf: 1\nfeeds: { a: { s3: { region: x } } }\nsteps: []",
        "wharf: 1\nfeeds: { a: { folder: x, key: { secret: { env: X } } } }\nsteps: []",
        "wharf: 1\npackages: { A: { from: x, version: { git: branch } } }\nsteps: []",
        "wharf: 1\nfeeds: { f: { folder: x } }\npackages: { A: { feed: f, version: { git: tag } } }\nsteps: []",
        "wharf: 1\nfeeds: { f: { folder: x } }\npackages: { A: { file: x, id: y } }\nsteps: []",
        "wharf: 1\nfeeds: { f: { folder: x } }\npackages: { A: { feed: f, file: y } }\nsteps: []",
    ] {
        assert!(!validator.is_valid(&as_json(text)), "the schema takes {text}");
        assert!(parse(file(text), PathBuf::from(".")).process.is_none(), "the reader takes {text}");
    }
}
