use std::fmt;

/// A text that no log, error or debug print ever shows: a password, a token, a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Shorter texts occur by chance in any message.
const SHORTEST_HIDDEN: usize = 4;

impl Secret {
    /// Takes the text into hiding.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// `text` without this secret: a server may answer with what it was sent.
    pub(crate) fn hide_in(&self, text: &str) -> String {
        if self.0.len() < SHORTEST_HIDDEN { text.to_owned() } else { text.replace(&self.0, wharf_model::MASK) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(wharf_model::MASK)
    }
}
