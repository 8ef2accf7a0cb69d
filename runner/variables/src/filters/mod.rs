//! The filters of the `#{…}` language: `#{Name | ToLower}`, as Octostache has them.

/// What filters may know of the world.
pub(crate) struct Surroundings<'a> {
    /// The time with its zone, asked only by filters that need it.
    pub now: &'a dyn Fn() -> jiff::Zoned,
    /// The most bytes that a filter may make.
    pub most_bytes: usize,
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

/// Applies the filter of this name (ignore-case). There is no input if the symbol has no value or there is no symbol,
/// as in `#{ | NowDate}`.
pub(crate) fn apply(
    name: &str,
    input: Option<&str>,
    arguments: &[&str],
    around: &Surroundings<'_>,
) -> Result<Filtered, FilterError> {
    let _ = (name, input, arguments, around.now, around.most_bytes);
    Err(FilterError::Unknown { suggestion: None })
}

/// The names of all filters, in their usual spelling.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    std::iter::empty()
}
