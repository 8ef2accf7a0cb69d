use wharf_model::{Diagnostic, Environment, NamedProcess, Scope, Span, SpannedValue, ValueKind, did_you_mean, nearest};

use crate::process::fields::Fields;
use crate::process::problems::Problems;
use crate::process::texts::{literal, one_or_more_of};

/// What scopes can refer to: the names of a process file.
pub(crate) struct ScopeNames<'a> {
    environments: Vec<&'a str>,
    processes: Vec<&'a str>,
    /// Id and name of each step; none if not all of them are known, because some could not be read.
    steps: Option<Vec<(&'a str, &'a str)>>,
    /// Whether the file is not this process's alone: then another name may be one of another process.
    is_shared: bool,
}

impl<'a> ScopeNames<'a> {
    pub fn new(
        environments: &'a [Environment],
        processes: impl Iterator<Item = &'a NamedProcess>,
        has_all_steps: bool,
    ) -> Self {
        let mut names = Self {
            environments: environments.iter().map(|environment| environment.name.as_str()).collect(),
            processes: Vec::new(),
            steps: has_all_steps.then(Vec::new),
            is_shared: false,
        };
        for process in processes {
            names.processes.push(&process.name);
            names.steps.iter_mut().for_each(|all| all.extend(process.all_steps().map(|step| (&*step.id, &*step.name))));
        }
        names
    }

    /// The same names, for a file that other processes may use too.
    pub fn shared(self) -> Self {
        Self { is_shared: true, ..self }
    }

    /// The names by which the model knows what is called so: a step by its ids. None if there is no such thing.
    fn find(&self, kind: Kind, name: &str) -> Option<Vec<String>> {
        let is_same = |known: &str| known.to_lowercase() == name.to_lowercase();
        let known = match kind {
            Kind::Environment => &self.environments,
            Kind::Process => &self.processes,
            Kind::Step => {
                let Some(steps) = &self.steps else { return Some(vec![name.to_owned()]) };
                let by_id = steps.iter().find(|(id, _)| is_same(id)).map(|(id, _)| vec![(*id).to_owned()]);
                let by_name = || steps.iter().filter(|(_, name)| is_same(name)).map(|(id, _)| (*id).to_owned());
                return by_id.or_else(|| Some(by_name().collect())).filter(|found| !found.is_empty());
            }
        };
        known.iter().find(|known| is_same(known)).map(|known| vec![(*known).to_owned()])
    }

    /// What is to be said of a name that is none of these. One of another process is nothing to speak of.
    fn unknown(&self, kind: Kind, name: &str, span: &Span) -> Option<Diagnostic> {
        let (known, help): (Vec<&str>, _) = match kind {
            Kind::Environment => (self.environments.clone(), "add it under `environments:`"),
            Kind::Process => (self.processes.clone(), "add it under `processes:`"),
            Kind::Step => {
                let mut names: Vec<&str> = self.steps.iter().flatten().flat_map(|(id, name)| [*id, *name]).collect();
                names.dedup();
                (names, "a step is named by its `id` or its `name`")
            }
        };
        let message = format!("there is no {} `{name}`", kind.key());
        if self.is_shared {
            let near = nearest(name, known)?;
            let warning = Diagnostic::warning(kind.unknown_code(), format!("{message} in this process")).at(span);
            return Some(warning.help(format!("did you mean `{near}`?")));
        }
        let suggestion = did_you_mean(name, known.iter().copied()).unwrap_or_else(|| help.to_owned());
        Some(Diagnostic::error(kind.unknown_code(), message).at(span).help(suggestion))
    }
}

/// The kinds of scope that a file can name.
#[derive(Clone, Copy)]
enum Kind {
    Environment,
    Step,
    Process,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Environment, Kind::Step, Kind::Process];

    /// Its key in a scoped value, and its name in the model.
    fn key(self) -> &'static str {
        match self {
            Kind::Environment => "environment",
            Kind::Step => "step",
            Kind::Process => "process",
        }
    }

    fn plural(self) -> &'static str {
        match self {
            Kind::Environment => "environments",
            Kind::Step => "steps",
            Kind::Process => "processes",
        }
    }

    fn unknown_code(self) -> &'static str {
        match self {
            Kind::Environment => "unknown-environment",
            Kind::Step => "unknown-step",
            Kind::Process => "unknown-process",
        }
    }
}

/// Reads the keys of a scoped value that say where it holds. Without `names`, any name may stand there.
pub(crate) fn scope(fields: &Fields<'_>, names: Option<&ScopeNames<'_>>, problems: &mut Problems) -> Scope {
    let mut scope = Scope::default();
    for kind in Kind::ALL {
        let mut found: Vec<String> = Vec::new();
        for key in [kind.key(), kind.plural()] {
            let Some(value) = fields.get(key) else { continue };
            for name in alternatives(key, value, kind, names, problems) {
                if !found.contains(&name) {
                    found.push(name);
                }
            }
        }
        if !found.is_empty() {
            scope.kinds.push((kind.key().to_owned(), found));
        }
    }
    scope
}

fn alternatives(
    key: &str,
    value: &SpannedValue,
    kind: Kind,
    names: Option<&ScopeNames<'_>>,
    problems: &mut Problems,
) -> Vec<String> {
    let what = format!("`{key}`");
    let written = one_or_more_of(value, &what, problems);
    if written.is_empty() && matches!(value.kind, ValueKind::List(_)) {
        let help = "name one, or leave the key out";
        problems.wrong_value(
            format!("{what} is empty, so that it is not clear where this value holds"),
            &value.span,
            help,
        );
    }
    let mut found = Vec::new();
    for item in written {
        let Some(name) = literal(item, &what, problems).map(str::trim) else { continue };
        match names {
            None => found.push(name.to_owned()),
            Some(names) => match names.find(kind, name) {
                Some(known) => found.extend(known),
                None => {
                    names.unknown(kind, name, &item.span).into_iter().for_each(|problem| problems.add(problem));
                    // It holds where that name is known.
                    found.push(name.to_owned());
                }
            },
        }
    }
    found
}
