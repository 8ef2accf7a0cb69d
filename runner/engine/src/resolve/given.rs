use std::collections::HashMap;
use std::sync::Arc;

use wharf_model::{
    Diagnostic, MASK, SecretSource, SecretSpec, SourceFile, Span, VariableDefinition, VariableOrigin, VariableSet,
    VariableValue,
};

/// Values that the command line and variable files give for secrets. They are secrets like any other: masked, and behind
/// references. Nothing that is shown holds them.
#[derive(Debug, Clone, Default)]
pub(super) struct GivenSecrets {
    values: HashMap<Place, Given>,
}

/// A value that was given for a secret.
#[derive(Clone)]
struct Given {
    value: String,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASK)
    }
}

/// A place by which one value is told from all others: each text that was read is in memory once.
pub(super) type Place = (usize, usize);

/// The place of a span.
pub(super) fn place_of(span: &Span) -> Place {
    (Arc::as_ptr(&span.file) as usize, span.start)
}

impl GivenSecrets {
    /// The value that was given where a secret stands, if one was.
    pub(super) fn value(&self, span: &Span) -> Option<&str> {
        self.values.get(&place_of(span)).map(|given| given.value.as_str())
    }

    /// Takes the plain texts that are given for secrets out of a set. `secrets` has the names of secrets, in lower case,
    /// with whether they may be short.
    pub(super) fn take_from(
        &mut self,
        set: &mut VariableSet,
        secrets: &HashMap<String, bool>,
        problems: &mut Vec<Diagnostic>,
    ) {
        let is_given = matches!(set.origin, VariableOrigin::CommandLine | VariableOrigin::VariableFile);
        if !is_given || secrets.is_empty() {
            return;
        }
        let mut hidden = HiddenTexts::default();
        let secret = |definition: &VariableDefinition| secrets.get(&definition.name.trim().to_lowercase()).copied();
        for definition in set.definitions.iter().filter(|definition| secret(definition).is_some()) {
            for candidate in &definition.candidates {
                if let VariableValue::Plain(value) = &candidate.value {
                    hidden.hide(&value.span);
                }
            }
        }
        let hidden = hidden.texts();
        for definition in &mut set.definitions {
            let Some(allow_short) = secret(definition) else { continue };
            let name = &definition.name;
            for candidate in &mut definition.candidates {
                let VariableValue::Plain(value) = &candidate.value else { continue };
                candidate.span = hidden.span(&value.span);
                match value.as_text() {
                    Some(text) => {
                        self.values.insert(place_of(&candidate.span), Given { value: text.to_owned() });
                    }
                    None => {
                        let problem = Diagnostic::error("wrong-value", format!("the secret `{name}` must be text"));
                        problems.push(problem.at(&candidate.span));
                    }
                }
                if set.origin == VariableOrigin::CommandLine {
                    let message = format!("the value of the secret `{name}` stands on the command line");
                    let help =
                        "others may see it there, and in the shell's history; it is masked in all that Wharf shows";
                    problems.push(Diagnostic::warning("secret-in-the-open", message).help(help));
                }
                // Where it would be fetched from does not matter: it is there.
                let source = SecretSource::Prompt(None);
                candidate.value = VariableValue::Secret(SecretSpec { source, allow_short });
            }
            definition.span = hidden.span(&definition.span);
        }
    }
}

/// Stretches of texts that must not be shown, by the text.
#[derive(Default)]
struct HiddenTexts {
    files: HashMap<usize, HiddenText>,
}

struct HiddenText {
    file: Arc<SourceFile>,
    hidden: Vec<(usize, usize)>,
}

/// Texts with a mask in the place of each stretch, by the text that they stand for.
struct MaskedTexts(HashMap<usize, MaskedText>);

struct MaskedText {
    file: Arc<SourceFile>,
    /// The stretches in the old text, in order.
    hidden: Vec<(usize, usize)>,
}

impl HiddenTexts {
    fn hide(&mut self, span: &Span) {
        let key = Arc::as_ptr(&span.file) as usize;
        let text = self.files.entry(key);
        let text = text.or_insert_with(|| HiddenText { file: Arc::clone(&span.file), hidden: Vec::new() });
        text.hidden.push((span.start, span.end));
    }

    fn texts(self) -> MaskedTexts {
        let masked = |HiddenText { file, mut hidden }| {
            hidden.sort_unstable();
            let mut text = String::new();
            let mut copied = 0;
            for (start, end) in &hidden {
                text.push_str(file.text.get(copied..*start).unwrap_or_default());
                text.push_str(MASK);
                copied = *end;
            }
            text.push_str(file.text.get(copied..).unwrap_or_default());
            MaskedText { file: Arc::new(SourceFile { name: file.name.clone(), text }), hidden }
        };
        MaskedTexts(self.files.into_iter().map(|(key, file)| (key, masked(file))).collect())
    }
}

impl MaskedTexts {
    /// The same place in the masked text.
    fn span(&self, span: &Span) -> Span {
        let Some(masked) = self.0.get(&(Arc::as_ptr(&span.file) as usize)) else { return span.clone() };
        let moved = |at: usize| {
            let before = masked.hidden.iter().take_while(|(_, end)| *end <= at);
            before.fold(at, |at, (start, end)| at + MASK.len() - (end - start))
        };
        let start = moved(span.start);
        let is_hidden = masked.hidden.contains(&(span.start, span.end));
        let end = if is_hidden { start + MASK.len() } else { start + (span.end - span.start) };
        Span::new(Arc::clone(&masked.file), start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_move_with_the_mask() {
        let text = "{ A: hunter2, B: x, C: a longer secret }\nD: 1\n";
        let file = Arc::new(SourceFile { name: "variables.yaml".into(), text: text.into() });
        let span_of = |part: &str| {
            let start = text.find(part).expect("it is there");
            Span::new(Arc::clone(&file), start, start + part.len())
        };
        let mut hidden = HiddenTexts::default();
        for secret in ["a longer secret", "hunter2"] {
            hidden.hide(&span_of(secret));
        }
        let masked = hidden.texts();
        let shown = |part: &str| {
            let span = masked.span(&span_of(part));
            (span.text().to_owned(), span.line_and_column())
        };
        assert_eq!(masked.span(&span_of("A")).file.text, "{ A: ********, B: x, C: ******** }\nD: 1\n");
        assert_eq!(shown("hunter2"), ("********".into(), (1, 6)));
        assert_eq!(shown("x"), ("x".into(), (1, 19)));
        assert_eq!(shown("a longer secret"), ("********".into(), (1, 25)));
        assert_eq!(shown("D"), ("D".into(), (2, 1)));
    }
}
