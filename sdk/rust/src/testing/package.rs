use std::hash::{DefaultHasher, Hash, Hasher};

/// A package that the double holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestPackage {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl TestPackage {
    /// A digest in the right form, different for different content. It is no SHA-256.
    pub fn digest(&self) -> String {
        let mut hasher = DefaultHasher::new();
        (&self.id, &self.version, &self.files).hash(&mut hasher);
        format!("sha256:{:064x}", hasher.finish())
    }
}
