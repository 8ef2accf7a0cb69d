use wharf_model::{PromptSpec, SecretSpec, Span, VariableCandidate, VariableValue};

use crate::Variables;
use crate::choose::{Choice, choose};

/// A secret variable that holds in a scope.
#[derive(Debug, Clone, Copy)]
pub struct ChosenSecret<'a> {
    /// The variable's name.
    pub name: &'a str,
    /// Where its value is fetched from, and whether it may be short.
    pub secret: &'a SecretSpec,
    /// Where it stands.
    pub span: &'a Span,
}

/// A prompted variable that holds in a scope and is not answered.
#[derive(Debug, Clone, Copy)]
pub struct ChosenPrompt<'a> {
    /// The variable's name.
    pub name: &'a str,
    /// How it is asked for.
    pub prompt: &'a PromptSpec,
    /// Where it stands.
    pub span: &'a Span,
}

impl Variables {
    /// The secret variables that hold here and are not given from outside, in the order written.
    pub fn secrets(&self) -> Vec<ChosenSecret<'_>> {
        let chosen = self.chosen().filter_map(|(name, candidate)| match &candidate.value {
            VariableValue::Secret(secret) => Some(ChosenSecret { name, secret, span: &candidate.span }),
            VariableValue::Plain(_) | VariableValue::Prompt(_) => None,
        });
        chosen.collect()
    }

    /// The prompted variables that hold here and are not answered, in the order written.
    pub fn prompts(&self) -> Vec<ChosenPrompt<'_>> {
        let chosen = self.chosen().filter_map(|(name, candidate)| match &candidate.value {
            VariableValue::Prompt(prompt) => Some(ChosenPrompt { name, prompt, span: &candidate.span }),
            VariableValue::Plain(_) | VariableValue::Secret(_) => None,
        });
        chosen.collect()
    }

    fn chosen(&self) -> impl Iterator<Item = (&str, &VariableCandidate)> {
        let written = &self.written;
        written.groups().iter().filter_map(|group| match choose(written, group, &self.scopes) {
            Choice::One(candidate) => Some((written.name(group), candidate)),
            Choice::None | Choice::Tie(_) => None,
        })
    }
}
