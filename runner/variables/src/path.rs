/// A symbol whose indexes are evaluated: the name of a variable, or of something inside its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pub steps: Vec<PathStep>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathStep {
    /// `.name`, or the first name.
    Name(String),
    /// `[text]`.
    Index(String),
    /// `[*]`: the first item.
    First,
}

impl Path {
    /// The key under which a variable of this name is kept, for the first `length` steps.
    pub fn key(&self, length: usize) -> String {
        self.written(length).to_lowercase()
    }

    /// The name as it would be written, for the first `length` steps.
    pub fn written(&self, length: usize) -> String {
        let mut text = String::new();
        for step in &self.steps[..length] {
            match step {
                PathStep::Name(name) if text.is_empty() => text.push_str(name),
                PathStep::Name(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                PathStep::Index(index) => {
                    text.push('[');
                    text.push_str(index);
                    text.push(']');
                }
                PathStep::First => text.push_str("[*]"),
            }
        }
        text
    }

    /// The whole name.
    pub fn name(&self) -> String {
        self.written(self.steps.len())
    }
}

/// The key of a name as the user wrote it: names differ neither by case nor by blanks around them.
pub(crate) fn key_of(name: &str) -> String {
    match crate::symbol::parse_name(name) {
        Some(path) => path.key(path.steps.len()),
        // Not reachable from a template; kept so that `get` finds it.
        None => name.trim().to_lowercase(),
    }
}
