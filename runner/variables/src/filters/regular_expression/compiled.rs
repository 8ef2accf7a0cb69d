use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use fancy_regex::Regex;

use super::translate::Translated;

/// How many expressions are kept; one more, and all are compiled anew.
const MOST_KEPT: usize = 16;

/// An expression that is ready to be matched.
pub(super) struct Compiled {
    pub regex: Regex,
    pub translated: Translated,
}

/// The last regular expressions of one evaluation: compiling one takes a millisecond, and loops use the same again.
#[derive(Default)]
pub(crate) struct Expressions(RefCell<HashMap<String, Rc<Compiled>>>);

impl Expressions {
    /// The expression that was kept, else the one that `compile` makes.
    pub(super) fn get<E>(
        &self,
        pattern: &str,
        compile: impl FnOnce(&str) -> Result<Compiled, E>,
    ) -> Result<Rc<Compiled>, E> {
        if let Some(kept) = self.0.borrow().get(pattern) {
            return Ok(kept.clone());
        }
        let made = Rc::new(compile(pattern)?);
        let mut kept = self.0.borrow_mut();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(pattern.to_owned(), made.clone());
        Ok(made)
    }
}
