use std::path::{Path, PathBuf};
use std::sync::Arc;

use wharf_model::{Defaults, Diagnostic, NamedProcess, Process, SourceFile, Span, SpannedValue, ValueKind};

use crate::process::environments::environments;
use crate::process::feeds::feeds;
use crate::process::fields::{Fields, entries};
use crate::process::identity::Identities;
use crate::process::keys::{DEFAULTS, NAMED_PROCESS, PROCESS_FILE};
use crate::process::limits::limits;
use crate::process::packages::packages;
use crate::process::problems::Problems;
use crate::process::scope::ScopeNames;
use crate::process::step::steps;
use crate::process::texts::{duration, literal, one_or_more_of};
use crate::process::variables::variables;
use crate::yaml::{FileBounds, read};

/// A process file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The process; none if a diagnostic is an error.
    pub process: Option<Process>,
    /// What is wrong with the file, in its order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a process file within the default bounds. `folder` is where the file lies; nothing is looked for there.
pub fn parse(file: Arc<SourceFile>, folder: PathBuf) -> Parsed {
    parse_within(file, folder, &FileBounds::default())
}

/// Reads a process file within these bounds.
pub fn parse_within(file: Arc<SourceFile>, folder: PathBuf, bounds: &FileBounds) -> Parsed {
    let document = read(file.clone(), bounds);
    let mut problems = Problems { diagnostics: document.diagnostics };
    let process = document.value.and_then(|value| process(&value, file, folder, &mut problems));
    let diagnostics = problems.into_sorted();
    let failed = diagnostics.iter().any(Diagnostic::is_error);
    Parsed { process: process.filter(|_| !failed), diagnostics }
}

fn process(root: &SpannedValue, file: Arc<SourceFile>, folder: PathBuf, problems: &mut Problems) -> Option<Process> {
    if root.kind == ValueKind::Null {
        let diagnostic = Diagnostic::error("empty-file", "the process file is empty").at(&root.span);
        problems.add(diagnostic.help("`wharf init` writes one to begin with"));
        return None;
    }
    let fields = Fields::of(root, &PROCESS_FILE, problems)?;
    format_version(root, &fields, problems);
    let project = match fields.get("project") {
        Some(value) => literal(value, "`project`", problems).map(|name| name.trim().to_owned()),
        None => Some(folder_name(&folder)),
    };
    let environments = fields.get_filled("environments").map(|value| environments(value, problems)).unwrap_or_default();
    let before = problems.diagnostics.len();
    let named = fields.get_filled("processes");
    let deploy = named_process("deploy", &fields, root, problems);
    if deploy.steps.is_empty() && named.is_none() && fields.get_filled("steps").is_none() {
        let help = "add `steps:` with a list of steps";
        problems.wrong_value("the process has no steps", &root_place(root), help);
    }
    let processes = named.map(|value| processes(value, problems)).unwrap_or_default();
    let has_all_steps = problems.diagnostics.len() == before;
    let names = ScopeNames::new(&environments.list, std::iter::once(&deploy).chain(&processes), has_all_steps);
    let written = fields.get_filled("variables");
    let written = written.map(|value| variables(value, "`variables`", Some(&names), problems));
    let mut variables = written.unwrap_or_default();
    variables.add_of_environments(&environments.variables, problems);
    let before = problems.diagnostics.len();
    let feeds = fields.get_filled("feeds").map(|value| feeds(value, problems)).unwrap_or_default();
    let known_feeds = (problems.diagnostics.len() == before).then_some(feeds.as_slice());
    let packages = fields.get_filled("packages").map(|value| packages(value, known_feeds, problems));
    let variable_sets = fields.get_filled("variable-sets").map(|value| variable_sets(value, problems));
    Some(Process {
        project: project?,
        environments: environments.list,
        packages: packages.unwrap_or_default(),
        feeds,
        variables: variables.list,
        variable_sets: variable_sets.unwrap_or_default(),
        defaults: fields.get_filled("defaults").map(|value| defaults(value, problems)).unwrap_or_default(),
        deploy,
        processes,
        file,
        folder,
    })
}

fn variable_sets(value: &SpannedValue, problems: &mut Problems) -> Vec<(PathBuf, Span)> {
    const WHAT: &str = "a set of variables";
    let path = |item, problems: &mut Problems| literal(item, WHAT, problems).map(PathBuf::from);
    let items = one_or_more_of(value, "`variable-sets`", problems).iter();
    items.filter_map(|item| path(item, problems).map(|path| (path, item.span.clone()))).collect()
}

fn format_version(root: &SpannedValue, fields: &Fields<'_>, problems: &mut Problems) {
    let Some(value) = fields.get("wharf") else {
        let help = "begin it with `wharf: 1`, the version of its format";
        problems.wrong_value("the process file does not say which format it has", &root_place(root), help);
        return;
    };
    match literal(value, "`wharf`", problems) {
        Some("1") | None => {}
        Some(other) => {
            let help = "this version of Wharf reads `wharf: 1`";
            problems.wrong_value(format!("the process file has the unknown format `{other}`"), &value.span, help);
        }
    }
}

/// The first key of the file.
fn root_place(root: &SpannedValue) -> Span {
    match &root.kind {
        ValueKind::Map(entries) => entries.first().map_or(root.span.clone(), |((_, span), _)| span.clone()),
        _ => root.span.clone(),
    }
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The steps of one process; ids are unique among all of them.
fn named_process(name: &str, fields: &Fields<'_>, whole: &SpannedValue, problems: &mut Problems) -> NamedProcess {
    let mut ids = Identities::default();
    let span = fields.get("steps").map_or(&whole.span, |value| &value.span).clone();
    let mut list = |key: &str| {
        let value = fields.get_filled(key);
        value.map(|value| steps(value, &format!("`{key}`"), &mut ids, problems)).unwrap_or_default()
    };
    NamedProcess { name: name.to_owned(), span, steps: list("steps"), on_failure: list("on-failure") }
}

fn processes(value: &SpannedValue, problems: &mut Problems) -> Vec<NamedProcess> {
    let mut list = Vec::new();
    for ((name, span), value) in entries(value, "`processes`", problems).unwrap_or_default() {
        if name.eq_ignore_ascii_case("deploy") {
            let help = "the steps at the top of the file are the process `deploy`; move these there";
            problems.wrong_value("`deploy` cannot stand under `processes`", span, help);
            continue;
        }
        if !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) {
            let help = "use letters, digits, `-` and `_`: it is written on the command line";
            problems.wrong_value(format!("`{name}` cannot be the name of a process"), span, help);
            continue;
        }
        let Some(fields) = Fields::of(value, &NAMED_PROCESS, problems) else { continue };
        if fields.get_filled("steps").is_none() {
            problems.wrong_value(
                format!("the process `{name}` has no steps"),
                span,
                "add `steps:` with a list of steps",
            );
        }
        list.push(NamedProcess { span: span.clone(), ..named_process(name, &fields, value, problems) });
    }
    list
}

fn defaults(value: &SpannedValue, problems: &mut Problems) -> Defaults {
    let Some(fields) = Fields::of(value, &DEFAULTS, problems) else { return Defaults::default() };
    Defaults {
        timeout: fields.get("timeout").and_then(|value| duration(value, "`timeout`", problems)),
        limits: fields.get_filled("limits").map(|value| limits(value, problems)).unwrap_or_default(),
    }
}
