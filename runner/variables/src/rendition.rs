/// What a template became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// The text, or the names that it waits for; none if it is `#{ | null }`.
    pub value: Option<crate::Evaluated<String>>,
    /// Tokens that could not be evaluated and were echoed, as they were echoed, each once, in order. Only where one is
    /// lenient.
    pub unresolved: Vec<String>,
    /// Why the template could not be read and was left as it is. Only where one is lenient.
    pub unreadable: Option<String>,
}

impl Rendition {
    /// What was wrong, in Octostache's words.
    pub fn error(&self) -> Option<String> {
        if let Some(reason) = &self.unreadable {
            return Some(reason.clone());
        }
        if self.unresolved.is_empty() {
            return None;
        }
        let tokens: Vec<_> = self.unresolved.iter().map(|token| format!("'{token}'")).collect();
        Some(format!("The following tokens were unable to be evaluated: {}", tokens.join(", ")))
    }
}
