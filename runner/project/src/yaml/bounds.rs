use std::sync::Arc;

use wharf_model::{Diagnostic, SourceFile, Span};

/// How large a file may be. [`FileBounds::default`] is far beyond what people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileBounds {
    /// Bytes of the file.
    pub bytes: usize,
    /// Levels of lists and maps.
    pub depth: usize,
    /// Values, lists, maps and keys together.
    pub entries: usize,
}

impl Default for FileBounds {
    fn default() -> Self {
        Self { bytes: 4 * 1024 * 1024, depth: 64, entries: 200_000 }
    }
}

impl FileBounds {
    pub(crate) fn check_size(&self, file: &Arc<SourceFile>) -> Result<(), Diagnostic> {
        if file.text.len() <= self.bytes {
            return Ok(());
        }
        let message = format!("the file has {} bytes; the limit is {}", file.text.len(), self.bytes);
        Err(Diagnostic::error("file-too-large", message)
            .at(&Span::new(file.clone(), 0, 0))
            .help("keep data in files of their own and name them in the process file"))
    }

    pub(crate) fn too_deep(&self, span: &Span) -> Diagnostic {
        let message = format!("lists and maps are nested deeper than {} levels", self.depth);
        Diagnostic::error("nested-too-deep", message).at(span)
    }

    pub(crate) fn too_many(&self, span: &Span) -> Diagnostic {
        let message = format!("the file has more than {} entries", self.entries);
        Diagnostic::error("too-many-entries", message)
            .at(span)
            .help("keep data in files of their own and name them in the process file")
    }
}
