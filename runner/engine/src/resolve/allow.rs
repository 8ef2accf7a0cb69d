use std::path::Path;

use wharf_model::{
    AllowPattern, Component, Diagnostic, FileAccess, FileGrant, GrantOrigin, Grants, HttpPattern, HttpReadRule,
    NamePattern, PowerKind, ProgramGrant, Step, did_you_mean,
};
use wharf_variables::Variables;

use super::path::absolute;
use super::pattern::{PatternKind, Unfilled, fill_pattern, problem};
use crate::Machine;

/// What the grants of a step are made with.
pub(super) struct GrantContext<'a> {
    pub(super) variables: &'a Variables,
    pub(super) folder: &'a Path,
    pub(super) machine: &'a dyn Machine,
    /// The references of the process's packages.
    pub(super) packages: &'a [&'a str],
}

/// The powers that `allow` of a step grants: those of a kind that its component asks for. A pattern that waits for what is
/// asked for before the run grants nothing yet: `waits` gets its names.
pub(super) fn allowed_grants(
    step: &Step,
    component: &Component,
    context: &GrantContext<'_>,
    waits: &mut Vec<String>,
    problems: &mut Vec<Diagnostic>,
) -> Grants {
    let mut grants = Grants::default();
    for allow in &step.allow {
        if !component.description.powers.contains(&allow.kind) {
            let message = format!("`{}` does not ask for the power `{}`", component.description.name, allow.kind);
            problems.push(Diagnostic::warning("unused-grant", message).at(&allow.span).help("the grant has no effect"));
            continue;
        }
        for pattern in &allow.patterns {
            let granted = match allow.in_plan {
                true => grant_in_plan(&mut grants, allow.kind, pattern, context),
                false => grant(&mut grants, allow.kind, pattern, context),
            };
            match granted {
                Ok(()) => {}
                Err(Unfilled::WaitsFor(names)) => waits.extend(names),
                Err(Unfilled::Wrong(found)) => problems.extend(found),
            }
        }
    }
    grants
}

/// What is allowed in a plan too.
fn grant_in_plan(
    grants: &mut Grants,
    kind: PowerKind,
    pattern: &AllowPattern,
    context: &GrantContext<'_>,
) -> Result<(), Unfilled> {
    if kind == PowerKind::Http {
        let wrong = |reason: String| vec![problem(pattern, reason)];
        let parts = HttpReadRule::split(&pattern.text).map_err(|error| wrong(error.to_string()))?;
        let address = AllowPattern { text: parts.address.to_owned(), span: pattern.span.clone() };
        let address = fill_pattern(&address, PatternKind::Http, context.variables)?;
        let address = HttpPattern::parse(&address).map_err(|error| wrong(error.to_string()))?;
        grants.http.allow_in_plan(HttpReadRule::new(parts.method, address, parts.fields));
        return Ok(());
    }
    let text = fill_pattern(pattern, PatternKind::Name, context.variables)?;
    let mut words = text.split_whitespace().map(str::to_owned);
    if let Some(name) = words.next() {
        grants.programs_in_plan.push((program_name(name, context.folder), words.collect()));
    }
    Ok(())
}

/// A program as it is named in a grant: a path is one from the folder of the process file.
fn program_name(name: String, folder: &Path) -> String {
    if name.contains(['/', '\\']) { absolute(folder, Path::new(&name)).to_string_lossy().into_owned() } else { name }
}

fn grant(
    grants: &mut Grants,
    kind: PowerKind,
    pattern: &AllowPattern,
    context: &GrantContext<'_>,
) -> Result<(), Unfilled> {
    let fill = |form| fill_pattern(pattern, form, context.variables);
    let origin = GrantOrigin::Allowed(pattern.span.clone());
    match kind {
        PowerKind::Read | PowerKind::Write => {
            let access = if kind == PowerKind::Write { FileAccess::Write } else { FileAccess::Read };
            let text = fill(PatternKind::Path)?;
            if text.contains('*') {
                let problem =
                    problem(pattern, format!("`{text}` has a `*`, which means nothing in the name of a file"));
                return Err(vec![problem.help("name the folder: it grants everything below")].into());
            }
            let path = absolute(context.folder, Path::new(&text));
            grants.files.push(FileGrant { path, access, origin });
        }
        PowerKind::Http => {
            let text = fill(PatternKind::Http)?;
            let http = HttpPattern::parse(&text).map_err(|error| vec![problem(pattern, error.to_string())])?;
            grants.http.allow(http, origin);
        }
        PowerKind::Run => {
            let name = program_name(fill(PatternKind::Name)?, context.folder);
            let path = context.machine.program(&name);
            grants.programs.push(ProgramGrant { name, path, origin });
        }
        PowerKind::Env => grants.env.push(fill(PatternKind::Name)?),
        PowerKind::Variables => grants.variables.push(NamePattern::new(fill(PatternKind::Name)?)),
        PowerKind::Secrets => grants.secrets.push(NamePattern::new(fill(PatternKind::Name)?)),
        PowerKind::Packages => {
            let reference = fill(PatternKind::Name)?;
            match context.packages.iter().find(|known| known.eq_ignore_ascii_case(&reference)) {
                Some(known) => grants.packages.push((*known).to_owned()),
                None => return Err(vec![unknown_package(&reference, context.packages).at(&pattern.span)].into()),
            }
        }
    }
    Ok(())
}

/// The process names no such package.
pub(super) fn unknown_package(reference: &str, packages: &[&str]) -> Diagnostic {
    let problem = Diagnostic::error("unknown-package", format!("the process has no package `{reference}`"));
    let help = did_you_mean(reference, packages.iter().copied()).unwrap_or_else(|| {
        format!(
            "name it under `packages:`, such as `packages: {{ {reference}: {{ from: app/, version: \"1.0.0\" }} }}`"
        )
    });
    problem.help(help)
}
