//! What `describe` answers, as a whole.

use std::collections::BTreeMap;

use wharf_step::prelude::*;
use wharf_step::testing::Host;

#[inputs]
struct Everything {
    /// Where it is
    /// written.
    ///
    /// - a list
    /// - keeps its lines
    #[input(power = "write")]
    path: String,
    /// How it looks.
    #[input(default = Style::Plain)]
    style: Style,
    /// A file with tokens.
    #[input(power = ["read", "variables"])]
    template: Option<String>,
    /// More of it.
    #[input(default)]
    nested: Nested,
    /// Names and values.
    #[input(default)]
    headers: BTreeMap<String, String>,
    /// The key.
    key: Option<Secret>,
    /// At least one.
    #[input(default = 3)]
    #[schemars(range(min = 1))]
    keep: u32,
    /// The method.
    #[input(default = "GET")]
    method: String,
}

#[inputs]
#[derive(Debug, PartialEq)]
enum Style {
    /// Nothing special.
    Plain,
    VeryColourful,
}

#[inputs]
#[derive(Default)]
struct Nested {
    /// Its size.
    size: Option<u8>,
}

#[outputs]
struct Made {
    /// Where.
    at: String,
    /// How often.
    times: Option<u32>,
    /// The key.
    #[output(sensitive)]
    new_key: String,
}

/// Makes everything
/// at once.
///
/// And more.
#[step(name = "everything", version = "1.2.3", powers(run), idempotent)]
fn run(input: Everything) -> Result<Made> {
    let Everything { path, style, template, nested, headers, key, keep, method } = input;
    info!("made"; style = format!("{style:?}"), keep = keep, method = method, headers = headers.len());
    debug!("{}", nested.size.unwrap_or_default());
    Ok(Made { at: path, times: template.map(|_| 1), new_key: key.map_or(String::new(), |key| key.to_string()) })
}

#[test]
fn everything_is_described() {
    let description: serde_json::Value =
        serde_json::from_str(&wharf_step::describe::<Everything>()).expect("the description is JSON");
    insta::assert_snapshot!(serde_json::to_string_pretty(&description).expect("it is JSON"), @r#"
    {
      "name": "everything",
      "version": "1.2.3",
      "summary": "Makes everything at once.",
      "description": "And more.",
      "powers": [
        "run",
        "write",
        "read",
        "variables",
        "secrets"
      ],
      "idempotent": true,
      "destructive": false,
      "inputs": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "path": {
            "type": "string",
            "description": "Where it is written.\n\n- a list\n- keeps its lines",
            "x-power": "write"
          },
          "style": {
            "oneOf": [
              {
                "type": "string",
                "enum": [
                  "very-colourful"
                ]
              },
              {
                "type": "string",
                "const": "plain",
                "description": "Nothing special."
              }
            ],
            "description": "How it looks.",
            "default": "plain"
          },
          "template": {
            "type": "string",
            "description": "A file with tokens.",
            "x-power": [
              "read",
              "variables"
            ]
          },
          "nested": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "size": {
                "type": "integer",
                "description": "Its size.",
                "minimum": 0,
                "maximum": 255
              }
            },
            "description": "More of it.",
            "default": {}
          },
          "headers": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            },
            "description": "Names and values.",
            "default": {}
          },
          "key": {
            "type": "string",
            "x-secret": true,
            "description": "The key."
          },
          "keep": {
            "type": "integer",
            "default": 3,
            "minimum": 1,
            "description": "At least one."
          },
          "method": {
            "type": "string",
            "description": "The method.",
            "default": "GET"
          }
        },
        "required": [
          "path"
        ]
      },
      "outputs": {
        "type": "object",
        "properties": {
          "at": {
            "type": "string",
            "description": "Where."
          },
          "times": {
            "type": "integer",
            "description": "How often.",
            "minimum": 0
          },
          "new-key": {
            "type": "string",
            "description": "The key."
          }
        },
        "required": [
          "at",
          "new-key"
        ]
      }
    }
    "#);
}

#[test]
fn defaults_are_filled_in_and_unknown_inputs_refused() {
    let host = Host::new();
    host.run::<Everything>(json!({"path": "/srv/a", "style": "very-colourful"})).expect("the step succeeds");
    insta::assert_snapshot!(host.log_text(), @"
    info: made style=VeryColourful keep=3 method=GET headers=0
    debug: 0
    ");
    insta::assert_snapshot!(format!("{:?}", host.outputs()), @r#"{"at": String("/srv/a"), "new-key": String("")}"#);
    assert!(host.is_sensitive("new-key"));
    let error = host.run::<Everything>(json!({"path": "/srv/a", "pth": 1})).expect_err("it is refused");
    insta::assert_snapshot!(format!("{error:?}"), @"Invalid: the inputs do not fit: unknown field `pth`, expected one of `path`, `style`, `template`, `nested`, `headers`, `key`, `keep`, `method`");
}
