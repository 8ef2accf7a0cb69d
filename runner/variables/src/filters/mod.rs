//! The filters of the `#{…}` language: `#{Name | ToLower}`. They are those of Octostache, and do what they do there, with
//! the invariant culture; `docs/filters.md` says for users what each does and where it differs.

mod affix;
mod base64;
mod call;
mod case;
mod compare;
mod cut;
mod date;
mod encoding;
mod escape;
mod format;
mod hash;
mod indent;
mod markdown;
mod number;
mod regular_expression;
mod table;
mod uri;
mod version;

#[cfg(test)]
mod tests;

pub(crate) use regular_expression::Expressions;
pub(crate) use table::{apply, names};

/// What filters may know of the world.
pub(crate) struct Surroundings<'a> {
    /// The time with its zone, asked only by filters that need it.
    pub now: &'a dyn Fn() -> jiff::Zoned,
    /// The most bytes that a filter may make.
    pub most_bytes: usize,
    /// The regular expressions that were used before.
    pub expressions: &'a Expressions,
}

/// What a filter made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filtered {
    /// Text, the input of the next filter or the value of the token.
    Text(String),
    /// `#{ | null }`: the whole evaluation has no value.
    Null,
}

/// Why a filter made nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FilterError {
    /// No filter has this name.
    Unknown {
        /// The filter that was perhaps meant.
        suggestion: Option<&'static str>,
    },
    /// Wrong number or kind of arguments: the end of a sentence that begins with the filter's name and says what is right.
    Arguments(String),
    /// The symbol has no value and this filter needs one.
    NoInput,
    /// The filter has no value for this input; says why.
    NoValue(String),
    /// A construct of .NET that is not imitated, named.
    NotSupported(String),
    /// The result would have more bytes than may be; the most that may be.
    TooLarge(usize),
}
