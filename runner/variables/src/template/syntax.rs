use std::ops::Range;

/// A part of a template. All parts stand in one list; the bodies of a block follow it, so nothing is nested in memory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece<'t> {
    /// What it is.
    pub kind: Kind<'t>,
    /// The bytes of the template that it was read from; of a block that is closed the whole block.
    pub range: Range<usize>,
    /// The number of the piece behind it and all that is in it.
    pub next: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind<'t> {
    /// Text that is taken as it is; escapes are resolved, since each of them is a slice of what was written.
    Text(&'t str),
    /// `#{symbol | filter …}`.
    Token {
        expression: Expression<'t>,
        /// The word of the block that was meant but has no end: Octostache takes `#{if X}` without `#{/if}` for a
        /// variable called `if X`.
        unclosed: Option<&'static str>,
    },
    /// `#{if}` with its `#{elseif}`s, or `#{unless}`.
    If(Box<If<'t>>),
    /// `#{each}`.
    Each(Box<Each<'t>>),
    /// `#{calc}`.
    Calculation(Box<Calculation<'t>>),
    /// `#{else}` or `#{elseif}` of a block: where its next body begins. Never evaluated.
    Turn(Option<Box<Condition<'t>>>),
    /// A stretch that cannot be read.
    Broken,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct If<'t> {
    /// Whether it is `#{unless}`.
    pub unless: bool,
    /// Conditions and the numbers of the pieces that hold if they are the first to be true.
    pub branches: Vec<(Condition<'t>, Range<usize>)>,
    /// The pieces of `#{else}`.
    pub otherwise: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Each<'t> {
    /// The name of the item.
    pub name: &'t str,
    /// What is gone through.
    pub collection: Symbol<'t>,
    /// The numbers of the pieces that are repeated.
    pub body: Range<usize>,
}

/// A condition: an expression that is tested for truth, or a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition<'t> {
    /// The left side; of `"text" == a` it is `a`, as Octostache has it.
    pub left: Expression<'t>,
    /// Whether both sides must be equal (else unequal), and the other side.
    pub comparison: Option<(bool, Operand<'t>)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand<'t> {
    Text(&'t str),
    Expression(Expression<'t>),
}

/// A symbol and the filters behind it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression<'t> {
    /// None in `#{ | NowDate}`.
    pub symbol: Option<Symbol<'t>>,
    pub filters: Vec<Filter<'t>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter<'t> {
    pub name: &'t str,
    pub arguments: Vec<Argument<'t>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Argument<'t> {
    Text(&'t str),
    /// A `#{…}` with all that is in it.
    Pieces(Vec<Piece<'t>>),
}

/// What a template refers to: an identifier, then `.identifier` and `[index]` steps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Symbol<'t> {
    pub steps: Vec<Step<'t>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step<'t> {
    /// `.name`, or the first one.
    Name(&'t str),
    /// `[text]`; `*` is the first item.
    Index(&'t str),
    /// `[#{symbol}]`, evaluated first.
    Symbol(Symbol<'t>),
}

/// What `#{calc}` calculates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Calculation<'t> {
    Number(f64),
    Symbol(Symbol<'t>),
    Operation(Box<Calculation<'t>>, Operator, Box<Calculation<'t>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Operator {
    pub fn sign(self) -> char {
        match self {
            Operator::Add => '+',
            Operator::Subtract => '-',
            Operator::Multiply => '*',
            Operator::Divide => '/',
            Operator::Modulo => '%',
        }
    }
}
