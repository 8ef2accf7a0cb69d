//! Inputs of steps against the schemas of steps.

use insta::assert_snapshot;
use serde_json::{Value, json};
use wharf_model::{SpannedValue, StepDescription, ValueKind};
use wharf_project::{UnknownInput, complete_inputs};

use crate::write::*;

fn step(inputs: Value) -> StepDescription {
    let description = json!({"name": "write-file", "version": "1.0.0", "summary": "Writes.", "inputs": inputs});
    StepDescription::parse(&description.to_string()).expect("the description is valid")
}

/// The JSON of the inputs, or what is wrong with them.
fn complete(schema: &Value, with: &str) -> String {
    complete_value(schema, &value(with))
}

fn complete_value(schema: &Value, with: &SpannedValue) -> String {
    let place = value("uses: write-file").span;
    match complete_inputs(&step(schema.clone()), Some(with), &place) {
        Ok(inputs) => inputs.json.to_string(),
        Err(problems) => show(&problems),
    }
}

/// A schema as `schemars` makes it of a struct.
fn typical() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Inputs",
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "The file to write. Its folders are made.", "x-power": "write"},
            "content": {"type": ["string", "null"], "default": null},
            "port": {"type": "integer", "format": "uint16", "minimum": 0, "maximum": 65535, "default": 80},
            "ratio": {"type": "number"},
            "force": {"type": "boolean", "default": false},
            "mode": {"$ref": "#/$defs/Mode"},
            "expect": {"anyOf": [{"$ref": "#/$defs/Expect"}, {"type": "null"}]},
            "status": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "values": {"type": "object", "additionalProperties": true},
            "anything": {},
            "names": {"type": "array", "items": {"type": "string"}, "minItems": 1}
        },
        "required": ["path"],
        "additionalProperties": false,
        "$defs": {
            "Mode": {"oneOf": [{"const": "replace", "description": "Replaces."}, {"const": "append", "description": "Appends."}]},
            "Expect": {
                "type": "object",
                "properties": {"status": {"type": "integer", "default": 200}, "body": {"type": "string"}},
                "required": ["body"],
                "additionalProperties": false
            }
        }
    })
}

#[test]
fn values_become_what_the_schema_asks_for() {
    let with = "
path: 1.10
content: 8080
port: '8080'
ratio: 2
force: \"true\"
mode: append
expect: { body: true }
status: [200, '201']
headers: { X-Number: 007, X-Flag: yes }
values: { a: 1, b: 1.10, c: '1', d: true, e: }
anything: [1, x, { y: false }]
names: [a, 1]
";
    assert_snapshot!(complete(&typical(), with), @r#"{"path":"1.10","content":"8080","port":8080,"ratio":2,"force":true,"mode":"append","expect":{"body":"true","status":200},"status":[200,201],"headers":{"X-Number":"007","X-Flag":"yes"},"values":{"a":1,"b":"1.10","c":"1","d":true,"e":null},"anything":[1,"x",{"y":false}],"names":["a","1"]}"#);
}

#[test]
fn defaults_are_filled_in() {
    assert_snapshot!(complete(&typical(), "path: x"), @r#"{"path":"x","content":null,"port":80,"force":false}"#);
}

#[test]
fn problems_stand_at_their_values() {
    let with = "
pth: x
port: many
ratio: []
force: maybe
mode: apend
expect: { stats: 1, status: x }
status: none
headers: { A: [1] }
names: []
content: { a: 1 }
";
    assert_snapshot!(complete(&typical(), with), @"
    wharf.yaml:1:1 missing-input: the step `write-file` needs the input `path`: The file to write
      > uses: write-file
      add `path:` under `with:`
    wharf.yaml:2:1 unknown-input: the step `write-file` has no input `pth`
      > pth
      did you mean `path`?
    wharf.yaml:3:7 wrong-type: `port` must be a whole number, but it is the text `many`
      > many
    wharf.yaml:4:8 wrong-type: `ratio` must be a number, but it is a list
      > []
    wharf.yaml:5:8 wrong-type: `force` must be `true` or `false`, but it is the text `maybe`
      > maybe
    wharf.yaml:6:7 not-one-of: `mode` must be `replace` or `append`, but it is `apend`
      > apend
      did you mean `append`?
    wharf.yaml:7:9 missing-input: `expect` needs `body`
      > { stats: 1, status: x }
      add `body:` to it
    wharf.yaml:7:11 unknown-input: `expect` has no entry `stats`
      > stats
      did you mean `status`?
    wharf.yaml:7:29 wrong-type: `expect.status` must be a whole number, but it is the text `x`
      > x
    wharf.yaml:8:9 wrong-type: `status` must be a whole number or a list, but it is the text `none`
      > none
    wharf.yaml:9:15 wrong-type: `headers.A` must be text, but it is a list
      > [1]
    wharf.yaml:10:8 out-of-bounds: `names` must have at least 1 item, but it has 0
      > []
    wharf.yaml:11:10 wrong-type: `content` must be text, but it is a map
      > { a: 1 }
    ");
    assert_snapshot!(complete(&typical(), "path:\nport: 70000\nexpect: 5\nheaders: "), @"
    wharf.yaml:1:5 wrong-type: `path` must be text, but nothing stands there
      > 
    wharf.yaml:2:7 out-of-bounds: `port` must be at most 65535, but it is 70000
      > 70000
    wharf.yaml:3:9 wrong-type: `expect` must be a map, but it is the text `5`
      > 5
    wharf.yaml:4:8 wrong-type: `headers` must be a map, but nothing stands there
      >
    ");
}

#[test]
fn no_inputs_at_all_are_an_empty_map() {
    let place = value("uses: x").span;
    let nothing = complete_inputs(&step(json!({"type": "object"})), None, &place).expect("nothing is needed");
    assert_eq!(nothing.json, json!({}));
    let problems = complete_inputs(&step(typical()), None, &place).expect_err("a path is needed");
    assert_snapshot!(show(&problems), @"
    wharf.yaml:1:1 missing-input: the step `write-file` needs the input `path`: The file to write
      > uses: x
      add `path:` under `with:`
    ");
}

#[test]
fn what_is_unknown_is_not_checked_and_the_rest_is() {
    let mut with = value("path: later\nport: many\nheaders: { A: later }\nstatus: later");
    fn forget(value: &mut SpannedValue) {
        match &mut value.kind {
            ValueKind::Scalar(scalar) if scalar.text == "later" => {
                value.kind = ValueKind::Unknown(vec!["Step[a].Output.b".into()]);
            }
            ValueKind::Map(entries) => entries.iter_mut().for_each(|(_, value)| forget(value)),
            _ => {}
        }
    }
    forget(&mut with);
    assert_snapshot!(complete_value(&typical(), &with), @"
    wharf.yaml:2:7 wrong-type: `port` must be a whole number, but it is the text `many`
      > many
    ");
    let ValueKind::Map(entries) = &mut with.kind else { panic!("it is a map") };
    entries.retain(|((key, _), _)| key != "port");
    let inputs = complete_inputs(&step(typical()), Some(&with), &with.span).expect("all that is known is right");
    let waits_for = vec!["Step[a].Output.b".to_owned()];
    let unknown = |pointer: &str| UnknownInput { pointer: pointer.into(), waits_for: waits_for.clone() };
    assert_eq!(inputs.unknown, [unknown("/path"), unknown("/headers/A"), unknown("/status")]);
    assert_eq!(inputs.json["path"], json!(null));
}

#[test]
fn rarer_keywords_are_checked_by_the_library() {
    let schema = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z]+$"},
            "list": {"type": "array", "uniqueItems": true},
            "number": {"type": "integer", "multipleOf": 5},
            "either": {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}]}
        },
        "dependentRequired": {"name": ["number"]}
    });
    assert_eq!(
        complete(&schema, "{ name: abc, number: 10, list: [1, 2], either: { a: 1 } }"),
        r#"{"name":"abc","number":10,"list":[1,2],"either":{"a":1}}"#
    );
    assert_snapshot!(complete(&schema, "{ name: ABC, list: [1, 1], either: { a: 1, b: 1 } }") + &complete(&schema, "number: 7"), @r#"
    wharf.yaml:1:1 bad-input: `with`: "number" is a required property
      > { name: ABC, list: [1, 1], either: { a: 1, b: 1 } }
    wharf.yaml:1:9 bad-input: `name`: "ABC" does not match "^[a-z]+$"
      > ABC
    wharf.yaml:1:20 bad-input: `list`: [1,1] has non-unique elements
      > [1, 1]
    wharf.yaml:1:36 bad-input: `either`: {"a":1,"b":1} is valid under more than one of the schemas listed in the 'oneOf' keyword
      > { a: 1, b: 1 }
    wharf.yaml:1:9 bad-input: `number`: 7 is not a multiple of 5
      > 7
    "#);
}

#[test]
fn a_form_is_told_in_the_words_of_the_schema() {
    let schema = json!({
        "type": "object",
        "properties": {
            "time": {"type": "string", "pattern": "^[0-9]+(s|m)$", "description": "How long to wait. Never too long."},
            "mode": {"type": "string", "pattern": "^0[0-7]{3}$", "examples": ["0644", "0755"]},
            "plain": {"type": "string", "pattern": "^[a-z]+$"}
        }
    });
    assert_snapshot!(complete(&schema, "{ time: '5', mode: '9', plain: A }"), @r#"
    wharf.yaml:1:9 bad-input: `time` does not have the form that it must have: it is `5`
      > '5'
      How long to wait
    wharf.yaml:1:20 bad-input: `mode` does not have the form that it must have, such as `0644` or `0755`: it is `9`
      > '9'
    wharf.yaml:1:32 bad-input: `plain`: "A" does not match "^[a-z]+$"
      > A
    "#);
}

#[test]
fn a_variant_is_told_by_its_tag() {
    let variant = |kind: &str, key: &str| json!({"type": "object", "properties": {"kind": {"const": kind}, key: {"type": "integer"}}, "required": ["kind", key]});
    let schema = json!({"type": "object", "properties": {"target": {"anyOf": [variant("port", "number"), variant("pid", "id")]}}});
    assert_eq!(complete(&schema, "target: { kind: pid, id: '7' }"), r#"{"target":{"kind":"pid","id":7}}"#);
    assert_snapshot!(complete(&schema, "target: { kind: pid, id: x }"), @"
    wharf.yaml:1:26 wrong-type: `target.id` must be a whole number, but it is the text `x`
      > x
    ");
}

#[test]
fn hostile_schemas_are_refused_and_never_hang() {
    let in_property = |schema: Value| json!({"type": "object", "properties": {"a": schema}});
    let defs = |defs: Value| json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/x0"}}, "$defs": defs});
    let doubling: serde_json::Map<String, Value> = (0..63)
        .map(|n| {
            (
                format!("x{n}"),
                json!({"allOf": [{"$ref": format!("#/$defs/x{}", n + 1)}, {"$ref": format!("#/$defs/x{}", n + 1)}]}),
            )
        })
        .chain([("x63".to_owned(), json!({"type": "string"}))])
        .collect();
    let recursive =
        json!({"type": "object", "properties": {"a": {"$ref": "#"}}, "allOf": [{"properties": {"a": {"$ref": "#"}}}]});
    let nested = (0..40).fold("1".to_owned(), |inner, _| format!("{{ a: {inner} }}"));
    let cases = [
        (in_property(json!({"$ref": "#/properties/a"})), "a: 1"),
        (
            in_property(json!({"anyOf": [{"$ref": "#/properties/a"}, {"$ref": "#/properties/a"}], "pattern": "x"})),
            "a: 1",
        ),
        (defs(doubling.clone().into()), "a: 1"),
        (recursive, &nested),
        (
            in_property(json!({"type": "string", "pattern": "^(a+)+$"})),
            "a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
        ),
        (in_property(json!({"type": "string", "pattern": "((((a{1,100}){1,100}){1,100}){1,100}){1,100}"})), "a: b"),
        (in_property(json!({"type": "string", "pattern": "("})), "a: b"),
        (in_property(json!({"$ref": "https://example.com/schema.json"})), "a: 1"),
        (in_property(json!({"$dynamicRef": "#x"})), "a: 1"),
        (in_property(json!({"$id": "https://example.com/", "type": "string"})), "a: 1"),
        (in_property(json!({"$ref": "#/nowhere", "uniqueItems": true})), "a: 1"),
        (in_property(json!({"type": "strnig", "uniqueItems": true})), "a: 1"),
        (in_property(json!(false)), "a: 1"),
    ];
    let mut all = String::new();
    for (schema, with) in cases {
        all.push_str(&complete(&schema, with));
    }
    assert_snapshot!(all, @r#"
    wharf.yaml:1:1 schema-too-complex: the schema of the step `write-file` is too complex to be checked
      > uses: write-file
      more than 200000 comparisons or 200 levels would be needed; this is for the step's author
    wharf.yaml:1:1 schema-too-complex: the schema of the step `write-file` is too complex to be checked
      > uses: write-file
      more than 200000 comparisons or 200 levels would be needed; this is for the step's author
    wharf.yaml:1:1 schema-too-complex: the schema of the step `write-file` is too complex to be checked
      > uses: write-file
      more than 200000 comparisons or 200 levels would be needed; this is for the step's author
    wharf.yaml:1:1 schema-too-complex: the schema of the step `write-file` is too complex to be checked
      > uses: write-file
      more than 200000 comparisons or 200 levels would be needed; this is for the step's author
    wharf.yaml:1:4 bad-input: `a`: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab" does not match "^(a+)+$"
      > aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab
    wharf.yaml:1:1 bad-schema: the step `write-file` has a schema that cannot be used: "((((a{1,100}){1,100}){1,100}){1,100}){1,100}" is not a "regex"
      > uses: write-file
      this is for the step's author
    wharf.yaml:1:1 bad-schema: the step `write-file` has a schema that cannot be used: "(" is not a "regex"
      > uses: write-file
      this is for the step's author
    wharf.yaml:1:1 bad-schema: the step `write-file` has a schema that cannot be used: `$ref` to "https://example.com/schema.json": only places in the same schema can be meant
      > uses: write-file
      this is for the step's author
    wharf.yaml:1:1 bad-schema: the step `write-file` has a schema that cannot be used: `$dynamicRef`
      > uses: write-file
      this is for the step's author
    wharf.yaml:1:1 bad-schema: the step `write-file` has a schema that cannot be used: `$id` inside of the schema
      > uses: write-file
      this is for the step's author
    wharf.yaml:1:1 bad-schema: the step `write-file` has a schema that cannot be used: Pointer '/nowhere' does not exist
      > uses: write-file
      this is for the step's author
    wharf.yaml:1:1 bad-schema: the step `write-file` has a schema that cannot be used: "strnig" is not valid under any of the schemas listed in the 'anyOf' keyword
      > uses: write-file
      this is for the step's author
    wharf.yaml:1:4 unknown-input: `a` is not allowed here
      > 1
    "#);
    // What is not asked about may be as large as it likes.
    let properties = json!({"b": {"type": "string", "pattern": "x"}, "c": {"$ref": "#/$defs/x0"}});
    let unused = json!({"type": "object", "properties": properties, "$defs": doubling});
    assert_eq!(complete(&unused, "b: x"), r#"{"b":"x"}"#);
}
