use wharf_model::{SecretSource, Span, VariableValue};

use crate::Variables;
use crate::choose::{Choice, choose};
use crate::path::key_of;

/// A secret variable that holds in a scope.
#[derive(Debug, Clone, Copy)]
pub struct ChosenSecret<'a> {
    /// The variable's name.
    pub name: &'a str,
    /// Where its value is fetched from.
    pub source: &'a SecretSource,
    /// Where it stands.
    pub span: &'a Span,
}

impl Variables {
    /// The secret variables that hold here and are not given from outside, in the order written.
    pub fn secrets(&self) -> Vec<ChosenSecret<'_>> {
        let written = &self.written;
        let definitions = written.definitions.iter();
        definitions
            .filter(|definition| !written.override_by_key.contains_key(&key_of(&definition.name)))
            .filter_map(|definition| match choose(definition, &self.scopes) {
                Choice::One(candidate) => match &candidate.value {
                    VariableValue::Secret(source) => {
                        Some(ChosenSecret { name: &definition.name, source, span: &candidate.span })
                    }
                    VariableValue::Plain(_) => None,
                },
                Choice::None | Choice::Tie(_) => None,
            })
            .collect()
    }
}
