use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use wharf_model::{Diagnostic, Secret};

use crate::evaluate::{Evaluator, Place, Stop, Value};
use crate::literals::Literals;
use crate::references::PREFIX;
use crate::template::{Piece, Template};
use crate::{Scopes, Variables, message};

/// A secret that came into being because a template looks into others: `#{Password | ToBase64}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedSecret {
    /// What stands in its place.
    pub reference: String,
    /// The token or block whose result it is, as written.
    pub token: String,
    /// The names of the secret variables that may go into it, sorted.
    pub sources: Vec<String>,
}

/// All secrets that were derived, shared by clones of [`Variables`].
#[derive(Debug, Default)]
pub(crate) struct Store {
    entries: Vec<Entry>,
    by_reference: HashMap<String, usize>,
}

#[derive(Debug, Clone)]
struct Entry {
    secret: DerivedSecret,
    scopes: Scopes,
    literals: Arc<Literals>,
    lenient: bool,
}

/// The most secrets that may be derived.
const MOST: usize = 10_000;

impl Variables {
    /// The secrets that evaluations derived so far, from these variables or clones of them.
    pub fn derived(&self) -> Vec<DerivedSecret> {
        self.store().entries.iter().map(|entry| entry.secret.clone()).collect()
    }

    /// The same, with the values of secrets: now what is derived from them can be worked out. The references must be
    /// those of [`Variables::with_secrets`].
    pub fn with_secret_values(mut self, secrets: &[Secret]) -> Self {
        let values = secrets.iter().map(|secret| (secret.reference.clone(), secret.clone()));
        self.values = Some(Arc::new(values.collect()));
        self
    }

    /// Works out every secret that was derived so far. Diagnostics show no values.
    pub fn derive(&self) -> Result<Vec<Secret>, Vec<Diagnostic>> {
        let references: Vec<String> = self.store().entries.iter().map(|entry| entry.secret.reference.clone()).collect();
        self.derive_these(&references)
    }

    /// Works out some of the secrets that were derived so far, by their references. What is none of them is left out.
    /// Diagnostics show no values.
    pub fn derive_these(&self, references: &[String]) -> Result<Vec<Secret>, Vec<Diagnostic>> {
        let mut secrets = Vec::with_capacity(references.len());
        let mut problems = Vec::new();
        for reference in references {
            let entry = {
                let store = self.store();
                store.by_reference.get(reference).map(|&at| store.entries[at].clone())
            };
            let Some(entry) = entry else { continue };
            match self.work_out(&entry) {
                Ok(secret) => secrets.push(secret),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(secrets) } else { Err(problems) }
    }

    fn work_out(&self, entry: &Entry) -> Result<Secret, Diagnostic> {
        let token = &entry.secret.token;
        let variables = Self {
            scopes: entry.scopes.clone(),
            literals: entry.literals.clone(),
            lenient: entry.lenient,
            ..self.clone()
        };
        let nothing = HashMap::new();
        let mut evaluator = Evaluator::new(&variables);
        evaluator.real = Some(self.values.as_deref().unwrap_or(&nothing));
        let result = evaluator.template(&Template::parse(token), None, None);
        let touched = std::mem::take(&mut evaluator.touched);
        let output = evaluator.finish(result).map_err(|problems| failure(token, &problems))?;
        if !output.unknown.is_empty() {
            let names = output.unknown.join("`, `");
            let message = format!("`{token}` cannot be worked out yet: it waits for `{names}`");
            return Err(Diagnostic::error("derived-secret", message));
        }
        let sources: BTreeSet<String> = entry.secret.sources.iter().cloned().chain(touched).collect();
        let (reference, name) = (entry.secret.reference.clone(), token.clone());
        Ok(Secret { reference, name, value: output.text, sources: sources.into_iter().collect() })
    }

    /// Whether a text holds the reference of a secret.
    pub(crate) fn has_reference(&self, text: &str) -> bool {
        if self.secrets.is_empty() || !text.contains(PREFIX) {
            return false;
        }
        let store = self.store();
        !self.secrets.places(text, |reference| store.by_reference.contains_key(reference)).is_empty()
    }

    /// The text with asterisks in the place of references.
    pub(crate) fn masked(&self, text: &str) -> String {
        let places = {
            let store = self.store();
            self.secrets.places(text, |reference| store.by_reference.contains_key(reference))
        };
        let mut masked = String::new();
        let mut from = 0;
        for place in places {
            masked.push_str(&text[from..place.start]);
            masked.push_str("********");
            from = place.end;
        }
        masked + &text[from..]
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Evaluator<'_> {
    /// A token or block that looks into secrets becomes a secret itself, of which the reference is the value.
    pub(crate) fn derive(&mut self, pieces: &[Piece<'_>], number: usize, place: Place<'_>) -> Result<Value, Stop> {
        let mentions = self.variables.mentions(&pieces[number..pieces[number].next]);
        if let Some((filter, suggestion)) = mentions.unknown_filters.first() {
            let mut diagnostic = Diagnostic::error("unknown-filter", format!("there is no filter `{filter}`"));
            diagnostic.help.extend(suggestion.map(|near| format!("did you mean `{near}`?")));
            return self.report(diagnostic, place);
        }
        if !mentions.unknown.is_empty() {
            return Ok(Value::Unknown(mentions.unknown.into_iter().collect()));
        }
        let token = place.written();
        let sources: Vec<String> = mentions.secrets.into_iter().collect();
        let reference = self.variables.derived_reference(token, &sources, self.lenient);
        let variables = self.variables;
        let mut store = variables.store();
        if !store.by_reference.contains_key(&reference) {
            if store.entries.len() >= MOST {
                drop(store);
                let message = format!("more than {MOST} secrets are derived from others");
                return self.report(Diagnostic::error("too-many-secrets", message), place);
            }
            let at = store.entries.len();
            store.by_reference.insert(reference.clone(), at);
            store.entries.push(Entry {
                secret: DerivedSecret { reference: reference.clone(), token: token.to_owned(), sources },
                scopes: variables.scopes.clone(),
                literals: variables.literals.clone(),
                lenient: self.lenient,
            });
        }
        drop(store);
        if !self.derived.contains(&reference) {
            self.derived.push(reference.clone());
        }
        Ok(Value::text(reference, true))
    }
}

impl Variables {
    /// The same for the same token of the same secrets in the same place and with the same outputs.
    fn derived_reference(&self, token: &str, sources: &[String], lenient: bool) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        for name in sources {
            add(self.secrets.by_key.get(&crate::path::key_of(name)).map_or("", String::as_str));
        }
        add(token);
        add(if lenient { "lenient" } else { "strict" });
        for (kind, names) in self.scopes.kinds() {
            add(kind);
            names.iter().for_each(|name| add(name));
        }
        for literal in self.literals.iter() {
            add(&literal.name);
            add(&literal.value.to_json().to_string());
        }
        let digest = hash.finalize();
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("{PREFIX}{hex}")
    }
}

/// Why a derived secret cannot be worked out, without anything of a value.
fn failure(token: &str, problems: &[Diagnostic]) -> Diagnostic {
    let mut reasons: Vec<&str> = problems.iter().map(|problem| message::reason(problem.code)).collect();
    reasons.dedup();
    let message = format!("`{token}` cannot be worked out with the values of its secrets: {}", reasons.join(", "));
    Diagnostic::error("derived-secret", message)
}
