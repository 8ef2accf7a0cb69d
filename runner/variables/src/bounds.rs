/// How far evaluation may go. [`Bounds::default`] is generous; [`crate::Variables::with_bounds`] sets others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many variables may refer to each other in a chain.
    pub chain: usize,
    /// How many levels a value may be nested after evaluation, those of variables and blocks on the way included.
    pub depth: usize,
    /// How many bytes one evaluation may produce, those of variables on the way included, the text around the tokens of
    /// what is evaluated not.
    pub bytes: usize,
    /// How many steps loops may take: bodies, items and what they are made of.
    pub steps: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { chain: 64, depth: 256, bytes: 64 * 1024 * 1024, steps: 5_000_000 }
    }
}
