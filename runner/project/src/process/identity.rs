use std::collections::HashMap;

use wharf_model::{Diagnostic, Span, SpannedValue};

use crate::process::problems::Problems;
use crate::process::texts::literal;

/// The most characters of an id.
const MAX_LENGTH: usize = 100;

/// The ids of one process; they are compared without regard to case.
#[derive(Default)]
pub(crate) struct Identities {
    taken: HashMap<String, Span>,
}

/// Where the id of a step comes from.
pub(crate) enum IdSource<'a> {
    /// `id`.
    Given(&'a SpannedValue),
    /// The slug of `name`, which stands at this place.
    Name(&'a str, &'a Span),
    /// The slug of `uses`, numbered if it is taken.
    Uses(&'a str, &'a Span),
}

impl Identities {
    /// Takes an id, or reports why it cannot be taken.
    pub fn take(&mut self, source: &IdSource<'_>, problems: &mut Problems) -> Option<String> {
        let (id, span) = match source {
            IdSource::Given(value) => {
                let id = literal(value, "`id`", problems)?;
                if !id.chars().all(is_id_char) || id.chars().count() > MAX_LENGTH {
                    let message = format!("`{id}` is no id");
                    let help = format!("an id has letters, digits, `-` and `_`, at most {MAX_LENGTH} of them");
                    problems.wrong_value(message, &value.span, help);
                    return None;
                }
                (id.to_owned(), &value.span)
            }
            IdSource::Name(name, span) | IdSource::Uses(name, span) => (slug(name), *span),
        };
        if id.is_empty() {
            problems.wrong_value("this name has no letter or digit to make an id of", span, "give the step an `id`");
            return None;
        }
        let id = match source {
            IdSource::Uses(..) => self.numbered(id),
            _ => id,
        };
        if let Some(first) = self.taken.get(&id.to_lowercase()) {
            let line = first.line_and_column().0;
            let diagnostic = Diagnostic::error("duplicate-id", format!("two steps have the id `{id}`")).at(span);
            problems.add(match source {
                IdSource::Given(_) => diagnostic.help(format!("the other one is at line {line}")),
                _ => diagnostic
                    .help(format!("the other one is at line {line}; give one of them another `name` or an `id`")),
            });
            return None;
        }
        self.taken.insert(id.to_lowercase(), span.clone());
        Some(id)
    }

    fn numbered(&self, id: String) -> String {
        let free = |id: &String| !self.taken.contains_key(&id.to_lowercase());
        if free(&id) {
            return id;
        }
        (2usize..).map(|number| format!("{id}-{number}")).find(free).unwrap_or(id)
    }
}

fn is_id_char(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

/// The id that follows from a name: lower case, with `-` for everything that is no letter or digit.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || c == '_' {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.chars().take(MAX_LENGTH).collect::<String>().trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_keep_letters_and_digits() {
        assert_eq!(slug("Deploy web site"), "deploy-web-site");
        assert_eq!(slug("  (Überprüfen) & fertig! "), "überprüfen-fertig");
        assert_eq!(slug("#!"), "");
        assert_eq!(slug(&"a b".repeat(100)).chars().count(), MAX_LENGTH);
    }
}
