/// How far evaluation may go. [`Bounds::default`] is generous; [`crate::Variables::with_bounds`] sets others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many variables may refer to each other in a chain.
    pub chain: usize,
    /// How many levels a value may be nested after evaluation, those of the variables on the way included.
    pub depth: usize,
    /// How many bytes one evaluation may produce, those of variables on the way included.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { chain: 64, depth: 256, bytes: 64 * 1024 * 1024 }
    }
}
