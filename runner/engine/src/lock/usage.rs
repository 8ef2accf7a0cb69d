use wharf_model::{Diagnostic, Lock};

/// What the lock means for a run.
#[derive(Debug, Clone, Copy)]
pub struct LockUse<'a> {
    /// What was recorded; none if there is no lock.
    pub lock: Option<&'a Lock>,
    /// The name of its file, for messages.
    pub file_name: &'a str,
    /// Whether what is not recorded is refused.
    pub is_strict: bool,
    /// Whether no feed is asked: packages come from the cache.
    pub is_offline: bool,
}

impl Default for LockUse<'_> {
    fn default() -> Self {
        Self { lock: None, file_name: "wharf.lock", is_strict: false, is_offline: false }
    }
}

impl LockUse<'_> {
    /// That there is no lock though only what is recorded may be used.
    pub(crate) fn missing(&self) -> Option<Diagnostic> {
        if !self.is_strict || self.lock.is_some() {
            return None;
        }
        let message = format!("there is no {}, and only what it records may be used", self.file_name);
        let problem = Diagnostic::error("not-locked", message);
        Some(
            problem
                .help("`wharf lock` writes it: commit it beside the process file")
                .help("`--locked` asks for it, and so does the variable `CI`; `--no-locked` goes on without"),
        )
    }
}
