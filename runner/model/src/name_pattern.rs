use std::fmt;

/// A pattern of variable or secret names: `*` stands for any text; names are compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    written: String,
    parts: Vec<String>,
}

impl NamePattern {
    /// The pattern of this text. Every text is a pattern.
    pub fn new(written: impl Into<String>) -> Self {
        let written = written.into();
        let parts = written.to_lowercase().split('*').map(str::to_owned).collect();
        Self { written, parts }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether the name matches.
    pub fn matches(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_none_or(|only| *only == name);
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            let Some(at) = rest.find(part.as_str()) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last.as_str())
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_text_and_case_does_not_matter() {
        assert!(NamePattern::new("Site.*").matches("site.Url"));
        assert!(!NamePattern::new("Site.*").matches("Database.Site.Url"));
        assert!(NamePattern::new("*").matches(""));
        assert!(NamePattern::new("a*b*c").matches("a-b-b-c"));
        assert!(!NamePattern::new("ab*ba").matches("aba"));
        assert!(NamePattern::new("Exact").matches("exact"));
        assert!(!NamePattern::new("Exact").matches("exactly"));
    }
}
