use super::{FilterError, Surroundings};

/// One use of a filter: what it is given.
pub(super) struct Call<'a> {
    pub input: Option<&'a str>,
    pub arguments: &'a [&'a str],
    pub around: &'a Surroundings<'a>,
}

/// What a filter makes, or why it makes nothing.
pub(super) type Made = Result<String, FilterError>;

impl<'a> Call<'a> {
    /// The input of a filter that needs one.
    pub fn input(&self) -> Result<&'a str, FilterError> {
        self.input.ok_or(FilterError::NoInput)
    }

    /// The input of a filter that takes no arguments.
    pub fn only_input(&self) -> Result<&'a str, FilterError> {
        if self.arguments.is_empty() { self.input() } else { Err(wrong("takes no arguments")) }
    }

    /// The input and the argument of a filter that takes exactly one; `takes` says what.
    pub fn input_and_argument(&self, takes: &str) -> Result<(&'a str, &'a str), FilterError> {
        let [argument] = self.arguments else { return Err(wrong(takes)) };
        Ok((self.input()?, argument))
    }

    /// An error if a text of that many bytes would be too large to make.
    pub fn bound(&self, bytes: usize) -> Result<(), FilterError> {
        if bytes > self.around.most_bytes { Err(FilterError::TooLarge(self.around.most_bytes)) } else { Ok(()) }
    }

    /// The parts, one after the other.
    pub fn concatenate<'p>(&self, parts: impl Iterator<Item = &'p str> + Clone) -> Made {
        self.bound(parts.clone().fold(0, |sum: usize, part| sum.saturating_add(part.len())))?;
        Ok(parts.collect())
    }

    /// The input with every character replaced by what `write` writes for it.
    pub fn map_characters(&self, input: &str, mut write: impl FnMut(&mut String, usize, char)) -> Made {
        let mut made = String::with_capacity(input.len().min(self.around.most_bytes));
        for (at, c) in input.char_indices() {
            write(&mut made, at, c);
            self.bound(made.len())?;
        }
        Ok(made)
    }
}

/// Wrong arguments; says what the filter takes.
pub(super) fn wrong(takes: &str) -> FilterError {
    FilterError::Arguments(takes.to_owned())
}

/// A whole number as `int.TryParse` of .NET reads it: 32 bits, with an optional sign and blanks around it.
pub(super) fn whole_number(text: &str) -> Option<i32> {
    text.trim_matches(is_number_blank).parse().ok()
}

/// The blanks that .NET allows around numbers.
pub(super) fn is_number_blank(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}
