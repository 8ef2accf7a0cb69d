use wharf_model::{
    Allow, Component, ComponentPin, InputPower, LockedComponent, LockedPower, LockedStep, PowerKind, Process,
    SpannedValue, Step, Uses, ValueKind, VariableDefinition, VariableOrigin, VariableSet, VariableValue,
};

/// A component as it is recorded. A file of the project changes with it: of it only the powers are.
pub(crate) fn locked_component(uses: &Uses, component: &Component) -> LockedComponent {
    let asks_for = |kind: &PowerKind| component.description.powers.contains(kind);
    LockedComponent {
        uses: uses.to_string(),
        pin: matches!(uses, Uses::Standard(_)).then(|| ComponentPin {
            version: component.description.version.clone(),
            digest: component.digest.clone(),
            world: component.world(),
        }),
        powers: PowerKind::ALL.iter().filter(|kind| asks_for(kind)).map(|kind| kind.as_str().to_owned()).collect(),
    }
}

/// The powers of a step as they are recorded: as the process file writes them, with their variables, so that they are
/// the same in every environment and on every machine.
pub(crate) fn locked_step(process: &str, step: &Step, component: &Component, secrets: &Definitions<'_>) -> LockedStep {
    let mut powers: Vec<LockedPower> = Vec::new();
    for Allow { kind, patterns, in_plan, .. } in &step.allow {
        let power = if *in_plan { format!("plan-{kind}") } else { kind.to_string() };
        powers.extend(patterns.iter().map(|pattern| power_of(&power, pattern.text.clone())));
    }
    if matches!(step.uses, Uses::Standard(_)) {
        powers.extend(derived(step, component));
    }
    powers.extend(marked_secrets(step, component, secrets));
    let mut seen = std::collections::HashSet::new();
    powers.retain(|power| seen.insert(power.clone()));
    powers.sort_by_key(|power| LockedPower::WORDS.iter().position(|word| *word == power.power));
    LockedStep { process: process.to_owned(), id: step.id.clone(), uses: step.uses.to_string(), powers }
}

fn power_of(power: &str, pattern: String) -> LockedPower {
    LockedPower { power: power.to_owned(), pattern }
}

/// What follows from the inputs of a standard step.
fn derived(step: &Step, component: &Component) -> Vec<LockedPower> {
    let mut powers = Vec::new();
    for (input, schema) in component.description.input_schemas() {
        let texts = match given(step, input) {
            Some(value) => texts(value),
            None => schema.get("default").and_then(|text| text.as_str()).map(str::to_owned).into_iter().collect(),
        };
        for power in component.description.input_powers(input) {
            let word = match power {
                InputPower::Read => "read",
                InputPower::Write => "write",
                InputPower::Package => "packages",
                InputPower::Step => "step",
                InputPower::Http => {
                    powers.extend(texts.iter().map(|text| power_of("http", origin_as_written(text))));
                    continue;
                }
                InputPower::Variables => {
                    if given(step, input).is_some() {
                        powers.extend(["variables", "secrets"].map(|word| power_of(word, "*".into())));
                    }
                    continue;
                }
                // Never follows from an input.
                InputPower::Run => continue,
            };
            powers.extend(texts.iter().map(|text| power_of(word, text.clone())));
        }
    }
    powers
}

/// An input that is marked as a secret grants the secrets in it.
fn marked_secrets(step: &Step, component: &Component, secrets: &Definitions<'_>) -> Vec<LockedPower> {
    let marked =
        component.description.input_schemas().filter(|(_, schema)| schema.get("x-secret") == Some(&true.into()));
    let texts = marked.filter_map(|(input, _)| given(step, input)).flat_map(texts);
    texts.filter(|text| secrets.reach_secret(text)).map(|text| power_of("secrets", text)).collect()
}

/// The variables that are written down: those of the process file and of the sets that it includes.
pub(crate) struct Definitions<'a>(Vec<(String, &'a VariableDefinition)>);

impl<'a> Definitions<'a> {
    pub(crate) fn of(process: &'a Process, sets: &'a [VariableSet]) -> Self {
        let included = sets.iter().filter(|set| set.origin == VariableOrigin::IncludedSet);
        let all = process.variables.iter().chain(included.flat_map(|set| &set.definitions));
        Self(all.map(|definition| (definition.name.to_lowercase(), definition)).collect())
    }

    /// Whether a text names a secret, or a variable through which one is reached, in any environment. A name inside of
    /// another counts too: rather one power too many is recorded than one too few.
    fn reach_secret(&self, text: &str) -> bool {
        let mut seen = vec![false; self.0.len()];
        let mut texts_left = vec![text.to_lowercase()];
        while let Some(text) = texts_left.pop() {
            if !text.contains("#{") {
                continue;
            }
            for (at, (name, definition)) in self.0.iter().enumerate() {
                if seen[at] || !text.contains(name.as_str()) {
                    continue;
                }
                seen[at] = true;
                for candidate in &definition.candidates {
                    match &candidate.value {
                        VariableValue::Secret(_) => return true,
                        VariableValue::Plain(value) => {
                            texts_left.extend(texts(value).iter().map(|text| text.to_lowercase()));
                        }
                        VariableValue::Prompt(_) => {}
                    }
                }
            }
        }
        false
    }
}

fn given<'a>(step: &'a Step, input: &str) -> Option<&'a SpannedValue> {
    step.with.as_ref()?.get(input).filter(|value| value.kind != ValueKind::Null)
}

/// All texts of a value that are not empty.
fn texts(value: &SpannedValue) -> Vec<String> {
    match &value.kind {
        ValueKind::List(items) => items.iter().flat_map(texts).collect(),
        ValueKind::Map(entries) => entries.iter().flat_map(|(_, value)| texts(value)).collect(),
        _ => value.as_text().filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect(),
    }
}

/// An address as it is written, without its path: what follows from it is its origin alone. One that begins with a
/// variable stands for that variable.
pub(crate) fn origin_as_written(address: &str) -> String {
    let host = match address.strip_prefix("#{") {
        Some(rest) => rest.find('}').map_or(address.len(), |end| end + 3),
        None => address.find("://").map_or(0, |at| at + 3),
    };
    let mut depth = 0_usize;
    let end = address[host..].char_indices().find(|(_, character)| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(character, '/' | '?') || *character == '#' && !address[host..].contains("#{")
    });
    end.map_or(address, |(at, _)| &address[..host + at]).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_the_origin_is_recorded_as_it_is_written() {
        for (address, origin) in [
            ("https://chat.example.com/a/b?c#d", "https://chat.example.com"),
            ("https://chat.example.com:8443", "https://chat.example.com:8443"),
            ("https://chat.example.com#part", "https://chat.example.com"),
            ("#{Site.Url}/health", "#{Site.Url}"),
            ("#{Site.Url}:8080/health", "#{Site.Url}:8080"),
            ("http://#{Host}.example.com/#{Path}", "http://#{Host}.example.com"),
            ("http://#{Host | Replace a/b c}/x", "http://#{Host | Replace a/b c}"),
            ("#{Open", "#{Open"),
            ("", ""),
        ] {
            assert_eq!(origin_as_written(address), origin, "{address}");
        }
    }
}
