use std::rc::Rc;

use wharf_model::SpannedValue;

use super::value::Value;

/// Where a symbol leads, before anything is evaluated there.
#[derive(Debug, Clone)]
pub(crate) enum Binding<'v> {
    /// Nodes of the names: what users wrote, and system variables and outputs.
    Nodes(Nodes),
    /// A part of a value as it was written. Literal: its texts are no templates.
    Written { value: &'v SpannedValue, literal: bool },
    /// An evaluated value.
    Evaluated(Value),
    /// A text that came out of a value: an item of JSON or of a list with commas. It is a template unless literal.
    Text { text: Rc<str>, literal: bool },
    /// An entry of a map: itself its key, with `.Key` and `.Value`.
    Entry { key: Rc<str>, value: Rc<Binding<'v>> },
}

/// The same name among what users wrote, and among system variables and outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nodes {
    pub written: Option<u32>,
    pub literal: Option<u32>,
}

/// The item of a loop, and the loop around it.
pub(crate) struct Local<'c, 'v> {
    pub around: Context<'c, 'v>,
    pub name: &'c str,
    pub item: Binding<'v>,
    /// The number of the item, and how many there are.
    pub index: usize,
    pub count: usize,
    /// How many loops are around it.
    pub depth: usize,
}

/// The innermost loop in which an evaluation takes place, if any.
pub(crate) type Context<'c, 'v> = Option<&'c Local<'c, 'v>>;

/// Where a token stands: the text of its template, the span of that text, and the token's bytes.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    pub text: &'p str,
    pub span: Option<&'p wharf_model::Span>,
    pub token: &'p std::ops::Range<usize>,
}

impl<'p> Place<'p> {
    /// The token as it was written.
    pub fn written(&self) -> &'p str {
        &self.text[self.token.clone()]
    }
}
