use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{Error, Result, schema, sys};

/// What a step says of itself beside its inputs and outputs.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// What it is called in `uses`.
    pub name: &'static str,
    /// Its own version.
    pub version: &'static str,
    /// Its documentation: the first paragraph is the summary.
    pub documentation: &'static str,
    /// The kinds of power that it asks for beyond those of its inputs.
    pub powers: &'static [&'static str],
    /// A second run with the same inputs changes nothing.
    pub idempotent: bool,
    /// It may delete what it did not make.
    pub destructive: bool,
}

/// A step, implemented by the type of its inputs. `#[step]` writes this.
pub trait Step: DeserializeOwned + JsonSchema {
    /// What it sets.
    type Outputs: Outputs;

    /// What it says of itself.
    const ABOUT: About;

    /// Does the work, and sets the outputs.
    fn run(self) -> Result;
}

/// What a step sets: nothing, or a struct with `#[outputs]`.
pub trait Outputs {
    /// The JSON Schema of the outputs, one property each; none if there is nothing to say.
    fn schema() -> Option<Value>;

    /// Sets the outputs. What a step returns is set for it; one that has outputs to set before its end calls this, and
    /// says `outputs = …` in `#[step]`.
    fn set(&self) -> Result;
}

impl Outputs for () {
    fn schema() -> Option<Value> {
        None
    }

    fn set(&self) -> Result {
        Ok(())
    }
}

/// What a step's function answers, for `#[step]`.
#[doc(hidden)]
pub trait Answer {
    /// Its outputs.
    type Outputs: Outputs;
}

impl<T: Outputs> Answer for Result<T> {
    type Outputs = T;
}

/// The schema of the outputs, for `#[outputs]`.
#[doc(hidden)]
pub fn schema_of_outputs<T: JsonSchema>() -> Option<Value> {
    Some(schema::of::<T>())
}

/// Sets one output per field, for `#[outputs]`. What is `None` is not set.
#[doc(hidden)]
pub fn set_outputs(outputs: &impl Serialize, sensitive: &[&str]) -> Result {
    let no_json = |error| Error::other(format!("the outputs are no JSON: {error}"));
    let fields: Map<String, Value> = serde_json::to_value(outputs).and_then(serde_json::from_value).map_err(no_json)?;
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_null()) {
        sys::output(&name, &value.to_string(), sensitive.contains(&name.as_str()))?;
    }
    Ok(())
}

/// What `describe` answers: an object of `wit/schemas/description.schema.json`.
///
/// ```
/// use wharf_step::prelude::*;
///
/// /// Greets someone.
/// #[inputs]
/// struct Greet {
///     /// Who.
///     name: String,
/// }
///
/// /// Says hello.
/// #[step(name = "hello")]
/// fn run(input: Greet) -> Result {
///     info!("hello, {}", input.name);
///     Ok(())
/// }
///
/// let description: serde_json::Value = serde_json::from_str(&wharf_step::describe::<Greet>())?;
/// assert_eq!(description["summary"], "Says hello.");
/// assert_eq!(description["inputs"]["properties"]["name"]["description"], "Who.");
/// # Ok::<(), Error>(())
/// ```
pub fn describe<S: Step>() -> String {
    let about = S::ABOUT;
    let mut inputs = schema::of::<S>();
    if let Some(schema) = inputs.as_object_mut() {
        schema.insert("type".into(), json!("object"));
        schema.remove("description");
        schema.entry("properties").or_insert_with(|| json!({}));
    }
    let documentation = schema::flowing(about.documentation);
    let (summary, more) = documentation.split_once("\n\n").unwrap_or((&documentation, ""));
    let mut description = json!({
        "name": about.name,
        "version": about.version,
        "summary": summary.trim().chars().take(200).collect::<String>(),
    });
    let mut put = |key: &str, value: Value| drop(description.as_object_mut().map(|map| map.insert(key.into(), value)));
    if !more.trim().is_empty() {
        put("description", json!(more.trim()));
    }
    put("powers", json!(powers(&about, &inputs)));
    put("idempotent", json!(about.idempotent));
    put("destructive", json!(about.destructive));
    put("inputs", inputs);
    if let Some(outputs) = <S::Outputs as Outputs>::schema() {
        put("outputs", outputs);
    }
    description.to_string()
}

/// The kinds of power, `run` first, then as the host lists them.
fn powers(about: &About, inputs: &Value) -> Vec<&'static str> {
    const KINDS: [&str; 8] = ["run", "write", "read", "http", "env", "variables", "secrets", "packages"];
    let mut asked: BTreeSet<&str> = about.powers.iter().copied().collect();
    collect(inputs, &mut asked);
    KINDS.into_iter().filter(|kind| asked.contains(kind)).collect()
}

fn collect(schema: &Value, asked: &mut BTreeSet<&str>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| collect(item, asked)),
        Value::Object(entries) => {
            let words = match entries.get("x-power") {
                Some(Value::Array(words)) => words.as_slice(),
                Some(word) => std::slice::from_ref(word),
                None => &[],
            };
            asked.extend(words.iter().filter_map(|word| match word.as_str()? {
                "read" => Some("read"),
                "write" => Some("write"),
                "http" => Some("http"),
                "package" => Some("packages"),
                "run" => Some("run"),
                "step" | "variables" => Some("variables"),
                _ => None,
            }));
            if entries.get("x-secret") == Some(&Value::Bool(true)) {
                asked.insert("secrets");
            }
            entries.values().for_each(|value| collect(value, asked));
        }
        _ => {}
    }
}

/// Runs a step from the JSON of its inputs, and sets what it returns.
#[doc(hidden)]
pub fn run<S: Step>(inputs: &str) -> Result {
    let inputs: S = serde_json::from_str(inputs).map_err(|error| {
        // The inputs were a value before: lines and columns of their JSON tell nobody anything.
        let text = error.to_string();
        Error::invalid(format!("the inputs do not fit: {}", text.split(" at line ").next().unwrap_or_default()))
    })?;
    inputs.run()
}
