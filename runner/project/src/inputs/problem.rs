use serde_json::Value;
use wharf_model::Diagnostic;

use crate::inputs::place::Node;
use crate::inputs::schema::Types;

/// A problem with how deep in the inputs it is, so that the nearest alternative can be told.
pub(crate) struct Problem {
    pub diagnostic: Diagnostic,
    pub depth: usize,
    /// Whether the value is of another kind altogether.
    pub other_kind: bool,
}

impl Problem {
    pub fn new(code: &'static str, message: String, node: &Node<'_>) -> Self {
        let diagnostic = Diagnostic::error(code, message).at(node.span);
        Self { diagnostic, depth: node.name.depth(), other_kind: false }
    }

    pub fn help(mut self, help: Option<String>) -> Self {
        self.diagnostic.help.extend(help);
        self
    }
}

/// The value as the subject of a sentence.
pub(crate) fn subject(node: &Node<'_>) -> String {
    if node.name.is_root() { "`with`".to_owned() } else { format!("`{}`", node.name) }
}

/// A value of another type than the schema allows.
pub(crate) fn wrong_type(node: &Node<'_>, types: Types) -> Problem {
    let message = format!("{} must be {}, but {}", subject(node), wanted(types), found(node.json));
    let mut problem = Problem::new("wrong-type", message, node);
    problem.other_kind = true;
    problem
}

/// The allowed types in words.
fn wanted(types: Types) -> String {
    let words = [
        (types.text, "text"),
        (types.integer && !types.number, "a whole number"),
        (types.number, "a number"),
        (types.boolean, "`true` or `false`"),
        (types.list, "a list"),
        (types.map, "a map"),
    ];
    let words: Vec<&str> = words.into_iter().filter(|(allowed, _)| *allowed).map(|(_, word)| word).collect();
    if words.is_empty() { "empty".to_owned() } else { words.join(" or ") }
}

/// What a value is, as the end of a sentence.
fn found(json: &Value) -> String {
    match json {
        Value::Null => "nothing stands there".to_owned(),
        Value::Bool(_) | Value::Number(_) => format!("it is `{json}`"),
        Value::String(text) if text.is_empty() => "it is empty text".to_owned(),
        Value::String(text) => format!("it is the text `{}`", short(text)),
        Value::Array(_) => "it is a list".to_owned(),
        Value::Object(_) => "it is a map".to_owned(),
    }
}

/// A text for a message: one line, not too long.
pub(crate) fn short(text: &str) -> String {
    let line: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.len() < text.len() { format!("{line}…") } else { line }
}

/// The first sentence of a description, without its full stop.
pub(crate) fn first_sentence(schema: &Value) -> Option<String> {
    let description = schema.get("description")?.as_str()?.trim();
    let paragraph = description.split("\n\n").next().unwrap_or_default().replace(['\n', '\r'], " ");
    let sentence = paragraph.split(". ").next().unwrap_or_default().trim().trim_end_matches('.');
    (!sentence.is_empty()).then(|| sentence.chars().take(200).collect())
}
