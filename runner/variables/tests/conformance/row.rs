use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};
use wharf_model::{
    Scalar, ScalarStyle, Scope, SourceFile, Span, SpannedValue, ValueKind, VariableCandidate, VariableDefinition,
    VariableOrigin, VariableSet, VariableValue,
};
use wharf_variables::{Evaluated, Scopes, Template, Variables};

/// One case; the fields are told of in the README beside the data.
#[derive(Deserialize)]
pub struct Row {
    pub name: String,
    op: String,
    #[serde(default)]
    template: String,
    #[serde(default)]
    args: Vec<Value>,
    #[serde(default)]
    variables: Map<String, Value>,
    halt_on_error: Option<bool>,
    #[serde(default)]
    expected: Value,
    expected_one_of: Option<Vec<String>>,
    expected_contains: Option<Vec<String>>,
    expected_not_contains: Option<Vec<String>>,
    expected_count: Option<usize>,
    #[serde(default, deserialize_with = "present")]
    error: Option<Option<String>>,
    throws: Option<Value>,
    post: Option<Vec<Vec<String>>>,
}

/// A field that may be there and be null.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// What an operation answered, and the error that it told of.
struct Answer {
    value: Value,
    error: Option<String>,
}

impl Row {
    /// Tries the case; the error is what was wrong.
    pub fn run(&self) -> Result<(), String> {
        let answer = match (self.answer(), self.throws()) {
            (Err(_), true) => return Ok(()),
            (Ok(answer), true) => return Err(format!("should fail, but is {}", answer.value)),
            (Err(problem), false) => return Err(problem),
            (Ok(answer), false) => answer,
        };
        self.compare(&answer)
    }

    fn throws(&self) -> bool {
        self.throws.as_ref().is_some_and(|throws| !matches!(throws, Value::Null | Value::Bool(false)))
    }

    fn answer(&self) -> Result<Answer, String> {
        let variables = variables(&self.variables).lenient(true).halt_on_error(self.halt_on_error.unwrap_or(true));
        let name = || self.args[0].as_str().unwrap_or_default();
        let plain = |value: Value| Ok(Answer { value, error: None });
        let problems = |problems: Vec<wharf_model::Diagnostic>| {
            problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ")
        };
        match self.op.as_str() {
            "evaluate" => {
                let rendition = variables.evaluate(&self.template, None).map_err(problems)?;
                let error = rendition.error();
                let value = match rendition.value {
                    Some(Evaluated::Known(text)) => Value::String(text),
                    Some(Evaluated::Unknown(names)) => return Err(format!("waits for {names:?}")),
                    None => Value::Null,
                };
                Ok(Answer { value, error })
            }
            "evaluate_truthy" => {
                let holds = variables.condition(&self.template, None).map_err(problems)?;
                plain(holds.known().map_or(Value::Null, Value::Bool))
            }
            "get" => {
                let value = variables.get(name()).map_err(problems)?;
                plain(value.and_then(Evaluated::known).or(self.args.get(1).cloned()).unwrap_or(Value::Null))
            }
            "get_raw" => plain(variables.get_raw(name()).map_or(Value::Null, Value::String)),
            "get_flag" => {
                let otherwise = self.args.get(1).and_then(Value::as_bool).unwrap_or(false);
                plain(Value::Bool(variables.get_flag(name(), otherwise).map_err(problems)?))
            }
            "get_int" => plain(variables.get_int(name()).map_err(problems)?.map_or(Value::Null, Value::from)),
            "get_indexes" => plain(variables.get_indexes(name()).into()),
            "argument_names" => plain(Template::parse(&self.template).argument_names().into()),
            other => Err(format!("the operation `{other}` is not known")),
        }
    }

    fn compare(&self, answer: &Answer) -> Result<(), String> {
        let value = self.after(&answer.value)?;
        if let Some(expected) = &self.error {
            let fits = match (expected.as_deref(), &answer.error) {
                (None, None) => true,
                (Some("<any>"), found) => found.is_some(),
                (expected, found) => expected == found.as_deref(),
            };
            if !fits {
                return Err(format!("tells of {:?} instead of {expected:?}", answer.error));
            }
        }
        let texts = || match &value {
            Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Value::String(text) => vec![text.clone()],
            _ => Vec::<String>::new(),
        };
        let contains = |wanted: &String| match &value {
            Value::String(text) => text.contains(wanted.as_str()),
            _ => texts().contains(wanted),
        };
        let mut is_checked = false;
        if let Some(one_of) = &self.expected_one_of {
            is_checked = true;
            if !one_of.iter().any(|wanted| Some(wanted.as_str()) == value.as_str()) {
                return Err(format!("is {value}, not one of {one_of:?}"));
            }
        }
        for wanted in self.expected_contains.iter().flatten() {
            is_checked = true;
            if !contains(wanted) {
                return Err(format!("{value} does not contain `{wanted}`"));
            }
        }
        for unwanted in self.expected_not_contains.iter().flatten() {
            is_checked = true;
            if contains(unwanted) {
                return Err(format!("{value} contains `{unwanted}`"));
            }
        }
        if let Some(count) = self.expected_count {
            is_checked = true;
            let found = texts().len();
            if found != count {
                return Err(format!("{found} instead of {count}: {value}"));
            }
        }
        if !is_checked && value != self.expected {
            return Err(format!("is {value} instead of {}", self.expected));
        }
        Ok(())
    }

    /// The value after the operations that come before it is compared.
    fn after(&self, value: &Value) -> Result<Value, String> {
        let mut value = value.clone();
        for operation in self.post.iter().flatten() {
            let text = value.as_str().ok_or("only text can be operated on")?;
            let operation: Vec<&str> = operation.iter().map(String::as_str).collect();
            value = Value::String(match operation.as_slice() {
                ["Replace", from, to] => text.replace(from, to),
                ["Trim"] => text.trim().to_owned(),
                ["YamlGet", key] => yaml_value(text, key).ok_or_else(|| format!("no YAML: {text}"))?,
                other => return Err(format!("the operation {other:?} is not known")),
            });
        }
        Ok(value)
    }
}

/// The value of a quoted scalar in `key: "value"` or `key: 'value'`: all the YAML that the cases have.
fn yaml_value(text: &str, key: &str) -> Option<String> {
    let scalar = text.trim().strip_prefix(key)?.trim_start().strip_prefix(':')?.trim();
    if let Some(inside) = scalar.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Some(folded(&inside.replace("''", "'")));
    }
    let inside = scalar.strip_prefix('"')?.strip_suffix('"')?;
    // The escapes that the filter makes are those of JSON.
    serde_json::from_str(&format!("\"{}\"", folded(inside))).ok()
}

/// Line breaks in a quoted scalar: one is a blank, an empty line is a line break.
fn folded(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
    if lines.len() == 1 {
        return text.to_owned();
    }
    let mut folded = lines[0].to_owned();
    let mut empty = 0;
    for (number, line) in lines.iter().enumerate().skip(1) {
        if line.is_empty() && number + 1 < lines.len() {
            empty += 1;
            continue;
        }
        folded.push_str(&if empty == 0 { " ".to_owned() } else { "\n".repeat(empty) });
        folded.push_str(line);
        empty = 0;
    }
    folded
}

fn variables(values: &Map<String, Value>) -> Variables {
    let definitions = values.iter().map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned);
        let file = Arc::new(SourceFile { name: "variables.json".into(), text: text.clone() });
        let span = Span::new(file, 0, text.len());
        let kind = ValueKind::Scalar(Scalar { text, style: ScalarStyle::Quoted });
        let value = VariableValue::Plain(SpannedValue { kind, span: span.clone() });
        let candidates = vec![VariableCandidate { value, scope: Scope::default(), span: span.clone() }];
        VariableDefinition { name: name.clone(), span, candidates }
    });
    let set = VariableSet { origin: VariableOrigin::VariableFile, definitions: definitions.collect() };
    Variables::new([set], Scopes::new()).with_clock(Arc::new(jiff::Zoned::now))
}
