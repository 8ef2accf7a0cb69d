use wharf_model::{Diagnostic, VariableValue};

use crate::choose::{Choice, choose};
use crate::path::key_of;
use crate::template::read_name;
use crate::tree::Tree;
use crate::{Evaluated, Variables};

impl Variables {
    /// A variable's value as it was written, if one holds here; nothing for secrets and prompts, and lists and maps as
    /// JSON.
    pub fn get_raw(&self, name: &str) -> Option<String> {
        let written = &self.written;
        let group = &written.groups()[written.find(&key_of(name))?];
        match choose(written, group, &self.scopes) {
            Choice::One(candidate) => match &candidate.value {
                VariableValue::Plain(value) => Some(crate::json::to_text(value)),
                VariableValue::Secret(_) | VariableValue::Prompt(_) => None,
            },
            Choice::None | Choice::Tie(_) => None,
        }
    }

    /// Whether a variable's evaluated value is `true` or `false`, in any case; else what is given for that.
    pub fn get_flag(&self, name: &str, otherwise: bool) -> Result<bool, Vec<Diagnostic>> {
        Ok(match self.known_text(name)?.map(|text| text.trim().to_lowercase()).as_deref() {
            Some("true") => true,
            Some("false") => false,
            _ => otherwise,
        })
    }

    /// A variable's evaluated value as a whole number, if it is one.
    pub fn get_int(&self, name: &str) -> Result<Option<i32>, Vec<Diagnostic>> {
        Ok(self.known_text(name)?.and_then(|text| text.trim().parse().ok()))
    }

    /// The indexes that variables have under a name, in the order written: of `Action[a].Name` and `Action[b].Name` that
    /// of `Action` are `a` and `b`.
    pub fn get_indexes(&self, name: &str) -> Vec<String> {
        let Some(symbol) = read_name(name) else { return Vec::new() };
        let mut indexes: Vec<String> = Vec::new();
        for tree in [self.written.tree(), &self.literals.tree] {
            for label in tree.find(&symbol).map(|node| labels(tree, node)).into_iter().flatten() {
                if !indexes.iter().any(|known| known.to_lowercase() == label.to_lowercase()) {
                    indexes.push(label);
                }
            }
        }
        indexes
    }

    fn known_text(&self, name: &str) -> Result<Option<String>, Vec<Diagnostic>> {
        Ok(match self.get(name)? {
            Some(Evaluated::Known(serde_json::Value::String(text))) => Some(text),
            Some(Evaluated::Known(other)) => Some(other.to_string()),
            Some(Evaluated::Unknown(_)) | None => None,
        })
    }
}

fn labels(tree: &Tree, node: u32) -> Vec<String> {
    tree.node(node).indexed.iter().map(|&child| tree.node(child).label.to_string()).collect()
}
