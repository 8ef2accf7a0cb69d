use std::path::Path;

use serde_json::Value;
use url::Url;
use wharf_model::{
    Component, Diagnostic, Failure, FailureCode, FileAccess, Grants, HttpDecision, InputPower, MissingGrant, PowerKind,
    Step, Uses, ValueKind,
};
use wharf_project::Inputs;

use super::derive::{holds_home, is_metadata};
use super::inputs::{program_of, texts_of};

/// A power that an input needs and that is not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    input: String,
    message: String,
    help: Option<String>,
    /// The lines to add; none if nothing could grant it.
    add: Option<String>,
    /// What they grant, if it is known which pattern is meant.
    grant: Option<(PowerKind, String)>,
}

impl Missing {
    /// As a message at the input's place.
    pub(super) fn into_diagnostic(self, step: &Step) -> Diagnostic {
        let value = step.with.as_ref().and_then(|with| with.get(&self.input));
        let span = value.map_or(&step.uses_span, |value| &value.span);
        let diagnostic = match self.add {
            Some(add) => Diagnostic::error("missing-grant", self.message).with_grant(add),
            None => Diagnostic::error("bad-input", self.message),
        };
        let diagnostic = diagnostic.at(span);
        let diagnostic = match self.grant {
            Some((kind, pattern)) => diagnostic.granting(MissingGrant { step: step.id.clone(), kind, pattern }),
            None => diagnostic,
        };
        self.help.into_iter().fold(diagnostic, Diagnostic::help)
    }

    /// As the failure of a step that was about to run.
    pub(super) fn into_failure(self) -> Failure {
        let code = if self.add.is_some() { FailureCode::Denied } else { FailureCode::Invalid };
        let mut failure = Failure::new(code, self.message);
        failure.help = self.help;
        failure.add = self.add;
        failure.input = Some(format!("/{}", self.input));
        failure
    }
}

/// The powers that inputs need and the step does not have.
pub(super) fn missing_grants(
    step: &Step,
    component: &Component,
    inputs: &Inputs,
    grants: &Grants,
    home: Option<&Path>,
) -> Vec<Missing> {
    let mut missing = Vec::new();
    for (input, _) in component.description.input_schemas() {
        let kinds = component.description.input_powers(input).into_iter().filter_map(kind_of);
        for need in kinds.map(|kind| Need { step, input, kind }) {
            missing.extend(need.missing_of(inputs, grants, home));
        }
    }
    missing
}

/// The kind of power that an input with this power needs for its value.
fn kind_of(power: InputPower) -> Option<PowerKind> {
    match power {
        InputPower::Read => Some(PowerKind::Read),
        InputPower::Write => Some(PowerKind::Write),
        InputPower::Http => Some(PowerKind::Http),
        InputPower::Package => Some(PowerKind::Packages),
        InputPower::Run => Some(PowerKind::Run),
        InputPower::Step | InputPower::Variables => None,
    }
}

/// Whether an input, or a part of it, is known only in the run.
pub(super) fn is_unknown(inputs: &Inputs, input: &str) -> bool {
    waits_for(inputs, input).next().is_some()
}

fn waits_for<'a>(inputs: &'a Inputs, input: &str) -> impl Iterator<Item = &'a str> {
    let pointer = format!("/{}", input.replace('~', "~0").replace('/', "~1"));
    inputs
        .unknown
        .iter()
        .filter(move |unknown| {
            // The whole object may be unknown too.
            unknown.pointer.is_empty()
                || unknown.pointer.strip_prefix(&pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .flat_map(|unknown| unknown.waits_for.iter().map(String::as_str))
}

/// An input that needs a power.
struct Need<'a> {
    step: &'a Step,
    input: &'a str,
    kind: PowerKind,
}

impl Need<'_> {
    fn missing_of(&self, inputs: &Inputs, grants: &Grants, home: Option<&Path>) -> Vec<Missing> {
        if is_unknown(inputs, self.input) {
            return self.unknown(inputs, grants).into_iter().collect();
        }
        let Some(value) = inputs.json.get(self.input) else { return Vec::new() };
        let texts = if self.kind == PowerKind::Run { program_of(value).into_iter().collect() } else { texts_of(value) };
        texts.into_iter().filter_map(|text| self.of(text, grants, home)).collect()
    }

    /// What is missing for a value, if something is.
    fn of(&self, text: &str, grants: &Grants, home: Option<&Path>) -> Option<Missing> {
        let name = &self.step.name;
        let is_standard = matches!(self.step.uses, Uses::Standard(_));
        match self.kind {
            PowerKind::Read | PowerKind::Write => {
                let path = Path::new(text);
                let needs_write = self.kind == PowerKind::Write;
                let covered = grants
                    .files
                    .iter()
                    .any(|grant| path.starts_with(&grant.path) && (!needs_write || grant.access == FileAccess::Write));
                if covered {
                    return None;
                }
                let verb = if needs_write { "write" } else { "read" };
                let help = (is_standard && holds_home(path, home))
                    .then(|| "a root or home directory is never granted by an input alone".to_owned());
                self.missing(format!("`{name}` may not {verb} {text}"), help, &self.as_written(text))
            }
            PowerKind::Http => {
                // What is no address is the step's to refuse: nothing can be sent to it.
                let url = Url::parse(text).ok()?;
                if !matches!(url.scheme(), "http" | "https") {
                    let message = format!("`{}` of `{name}` is no http:// or https:// address: {text}", self.input);
                    return Some(Missing { input: self.input.to_owned(), message, help: None, add: None, grant: None });
                }
                let HttpDecision::Denied { add } = grants.http.check(&url) else { return None };
                let help = (is_standard && is_metadata(&url))
                    .then(|| "the address of a metadata service is never granted by an input alone".to_owned());
                self.missing(format!("`{name}` may not send requests to {add}"), help, &self.leading_variable(add))
            }
            PowerKind::Packages => {
                let covered = grants.packages.iter().any(|package| package == text);
                let message = format!("`{name}` may not open the package `{text}`");
                (!covered).then(|| self.missing(message, None, text)).flatten()
            }
            PowerKind::Run => {
                let covered = grants.program(text).is_some();
                let help = "a program runs outside the sandbox, with all your rights: it is never granted by an input";
                let written = self.written_program().unwrap_or(text);
                let message = format!("`{name}` may not run `{written}`");
                (!covered).then(|| self.missing(message, Some(help.into()), written)).flatten()
            }
            PowerKind::Env | PowerKind::Variables | PowerKind::Secrets => None,
        }
    }

    /// What is missing for a value that only the run will know: some grant of the kind must be written.
    fn unknown(&self, inputs: &Inputs, grants: &Grants) -> Option<Missing> {
        let (is_granted, example) = match self.kind {
            PowerKind::Read | PowerKind::Write => (!grants.files.is_empty(), "the folder in which it lies"),
            PowerKind::Http => (!grants.http.patterns().is_empty(), "https://host.example.com"),
            PowerKind::Packages => (!grants.packages.is_empty(), "its reference"),
            PowerKind::Run => (!grants.programs.is_empty(), "its name"),
            PowerKind::Env | PowerKind::Variables | PowerKind::Secrets => return None,
        };
        if is_granted {
            return None;
        }
        let waits: Vec<String> = waits_for(inputs, self.input).map(|name| format!("`{name}`")).collect();
        let message =
            format!("`{}` needs a grant for `{}`, which waits for {}", self.step.name, self.input, waits.join(", "));
        let help = "what only the run will know is never granted by an input: name what it may be".to_owned();
        self.missing(message, Some(help), example).map(|missing| Missing { grant: None, ..missing })
    }

    fn missing(&self, message: String, help: Option<String>, pattern: &str) -> Option<Missing> {
        let add = Some(grant_lines(self.step, self.kind, pattern));
        let grant = Some((self.kind, pattern.to_owned()));
        Some(Missing { input: self.input.to_owned(), message, help, add, grant })
    }

    /// The input as the user wrote it, with its variables: right in every environment.
    fn as_written(&self, value: &str) -> String {
        self.written().map_or_else(|| value.to_owned(), str::to_owned)
    }

    /// The variable with which the input begins, if it does: it holds the address.
    fn leading_variable(&self, origin: String) -> String {
        let Some(written) = self.written().filter(|written| written.starts_with("#{")) else { return origin };
        match written.split_once('}') {
            Some((variable, rest)) if rest.is_empty() || rest.starts_with('/') => format!("{variable}}}"),
            _ => origin,
        }
    }

    /// The program as the user wrote it: the input, or the first item of its list.
    fn written_program(&self) -> Option<&str> {
        let value = self.step.with.as_ref()?.get(self.input)?;
        match &value.kind {
            ValueKind::List(items) => items.first()?.as_text(),
            _ => value.as_text(),
        }
    }

    fn written(&self) -> Option<&str> {
        self.step.with.as_ref()?.get(self.input)?.as_text()
    }
}

/// The lines that grant a pattern to a step, with what is granted of the kind already.
pub(super) fn grant_lines(step: &Step, kind: PowerKind, pattern: &str) -> String {
    let granted = step.allow.iter().filter(|allow| allow.kind == kind).flat_map(|allow| &allow.patterns);
    let patterns: Vec<Value> =
        granted.map(|pattern| pattern.text.as_str()).chain([pattern]).map(|text| Value::String(text.into())).collect();
    let list: Vec<String> = patterns.iter().map(Value::to_string).collect();
    format!("allow:\n  {kind}: [{}]", list.join(", "))
}
