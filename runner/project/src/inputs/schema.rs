use serde_json::Value;

/// The most `$ref` and combinator levels that are followed at one place.
const MAX_HOPS: usize = 32;
/// The most alternatives that are considered for one value.
const MAX_LEAVES: usize = 256;

/// A schema document, for following its references.
#[derive(Clone, Copy)]
pub(crate) struct Schema<'a> {
    pub root: &'a Value,
}

impl<'a> Schema<'a> {
    /// What a reference points at. Only places in the same document are; others are never fetched.
    pub fn target(&self, reference: &str) -> Option<&'a Value> {
        let pointer = reference.strip_prefix('#')?;
        self.root.pointer(pointer)
    }

    /// The alternatives behind references and combinators: what a value may be, as far as conversion needs to know.
    pub fn leaves(&self, schemas: &[&'a Value]) -> Vec<&'a Value> {
        let mut leaves = Vec::new();
        for schema in schemas {
            self.collect(schema, false, 0, &mut leaves);
        }
        leaves
    }

    /// Adds the alternatives of a schema. If the type is `known` from around it, parts that name none add nothing.
    fn collect(&self, schema: &'a Value, known: bool, hops: usize, leaves: &mut Vec<&'a Value>) {
        if hops > MAX_HOPS || leaves.len() >= MAX_LEAVES {
            return;
        }
        let Some(object) = schema.as_object() else {
            if !known && schema.as_bool() == Some(true) {
                leaves.push(schema);
            }
            return;
        };
        let typed = ["type", "enum", "const", "properties", "items", "prefixItems", "additionalProperties"]
            .iter()
            .any(|keyword| object.contains_key(*keyword));
        let mut combined = false;
        let inside = known || typed;
        if let Some(target) = object.get("$ref").and_then(Value::as_str).and_then(|reference| self.target(reference)) {
            combined = true;
            self.collect(target, inside, hops + 1, leaves);
        }
        for (combinator, conjunction) in [("anyOf", false), ("oneOf", false), ("allOf", true)] {
            for part in object.get(combinator).and_then(Value::as_array).into_iter().flatten() {
                combined = true;
                self.collect(part, inside || conjunction, hops + 1, leaves);
            }
        }
        if typed || !(combined || known) {
            leaves.push(schema);
        }
    }
}

/// The kinds of value that JSON knows, as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Types {
    pub text: bool,
    pub integer: bool,
    pub number: bool,
    pub boolean: bool,
    pub null: bool,
    pub list: bool,
    pub map: bool,
    /// Anything goes.
    pub any: bool,
}

impl Types {
    /// What these alternatives allow.
    pub fn of(leaves: &[&Value]) -> Self {
        let mut types = Self { any: leaves.is_empty(), ..Self::default() };
        for leaf in leaves {
            match (leaf.get("type"), leaf.get("const"), leaf.get("enum")) {
                (Some(Value::String(name)), _, _) => types.add(name),
                (Some(Value::Array(names)), _, _) => {
                    names.iter().filter_map(Value::as_str).for_each(|name| types.add(name))
                }
                (None, Some(value), _) => types.add_value(value),
                (None, None, Some(Value::Array(values))) => values.iter().for_each(|value| types.add_value(value)),
                _ if leaf.get("properties").is_some() => types.map = true,
                _ if leaf.get("items").is_some() || leaf.get("prefixItems").is_some() => types.list = true,
                _ => types.any = true,
            }
        }
        types
    }

    fn add(&mut self, name: &str) {
        match name {
            "string" => self.text = true,
            "integer" => self.integer = true,
            "number" => self.number = true,
            "boolean" => self.boolean = true,
            "null" => self.null = true,
            "array" => self.list = true,
            "object" => self.map = true,
            _ => self.any = true,
        }
    }

    fn add_value(&mut self, value: &Value) {
        match value {
            Value::String(_) => self.text = true,
            Value::Number(number) if number.is_f64() => self.number = true,
            Value::Number(_) => self.integer = true,
            Value::Bool(_) => self.boolean = true,
            Value::Null => self.null = true,
            Value::Array(_) => self.list = true,
            Value::Object(_) => self.map = true,
        }
    }
}
