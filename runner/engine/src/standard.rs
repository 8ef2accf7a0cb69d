use wharf_model::ComponentSource;

/// The steps that come with the program.
pub trait StandardSteps: Send + Sync {
    /// Their names, sorted.
    fn names(&self) -> Vec<&str>;
    /// The component of one of them.
    fn find(&self, name: &str) -> Option<ComponentSource>;
    /// Why there are none at all, as a sentence of help, if there are none.
    fn absence(&self) -> Option<&str>;
}
