//! What single characters mean.

/// Whether a name may hold it between its first and last character, or be it.
pub(super) fn is_identifier(c: char) -> bool {
    is_word(c) || c.is_whitespace()
}

/// Whether a name of a filter, or an argument without quotes, may hold it.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '/' | '~' | '(' | ')' | '@')
}

/// The byte behind the blanks at `at`.
pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

/// Whether the word stands at `at`, and the byte behind it; case does not matter.
pub(super) fn keyword(text: &str, at: usize, word: &str) -> Option<usize> {
    let end = at + word.len();
    let found = text.as_bytes().get(at..end)?;
    found.eq_ignore_ascii_case(word.as_bytes()).then_some(end)
}

/// How many bytes two texts have in common at their beginnings.
pub(super) fn common_prefix(left: &str, right: &str) -> usize {
    left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count()
}
