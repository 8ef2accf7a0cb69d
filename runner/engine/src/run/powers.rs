use wharf_model::{FileAccess, FileGrant, GrantOrigin, Grants, PowerKind, PowerSummary, ProgramGrant, Span, Step};

use crate::lock::origin_as_written;

/// The powers as a plan lists them, the programs first: they are outside the sandbox.
pub(super) fn powers_of(grants: &Grants, step: &Step) -> Vec<PowerSummary> {
    let written = Written { step };
    let named = |kind: PowerKind| move |value: String| PowerSummary { kind, value, written: None, input: None };
    let program = |program: &ProgramGrant| {
        let place = program.path.as_ref().map(|path| path.display().to_string());
        let value = place.unwrap_or_else(|| program.name.clone());
        written.power(PowerKind::Run, value, &program.origin)
    };
    let file = |grant: &FileGrant| {
        let kind = if grant.access == FileAccess::Write { PowerKind::Write } else { PowerKind::Read };
        written.power(kind, grant.path.display().to_string(), &grant.origin)
    };
    let programs = grants.programs.iter().map(program);
    let files = grants.files.iter().map(file);
    let http = grants.http.granted().map(|(pattern, origin)| {
        let power = written.power(PowerKind::Http, pattern.to_string(), origin);
        PowerSummary {
            written: power.written.as_deref().map(origin_as_written).filter(|text| text.contains("#{")),
            ..power
        }
    });
    let env = grants.env.iter().cloned().map(named(PowerKind::Env));
    let variables = grants.variables.iter().map(ToString::to_string).map(named(PowerKind::Variables));
    let secrets = grants.secrets.iter().map(ToString::to_string).map(named(PowerKind::Secrets));
    let packages = grants.packages.iter().cloned().map(named(PowerKind::Packages));
    let all = programs.chain(files).chain(http).chain(env).chain(variables).chain(secrets).chain(packages);
    let mut powers: Vec<PowerSummary> = Vec::new();
    for power in all {
        if !powers.contains(&power) {
            powers.push(power);
        }
    }
    powers
}

/// How the process file writes what is granted.
#[derive(Clone, Copy)]
struct Written<'a> {
    step: &'a Step,
}

impl Written<'_> {
    fn power(&self, kind: PowerKind, value: String, origin: &GrantOrigin) -> PowerSummary {
        let (written, input) = match origin {
            GrantOrigin::Allowed(span) => (self.at(span), None),
            GrantOrigin::Input(pointer) => (self.input(pointer), Some(pointer.clone())),
            GrantOrigin::Host => (None, None),
        };
        PowerSummary { kind, value, written: written.filter(|text| text.contains("#{")), input }
    }

    /// The pattern at a place below `allow`.
    fn at(&self, span: &Span) -> Option<String> {
        let mut patterns = self.step.allow.iter().flat_map(|allow| &allow.patterns);
        patterns.find(|pattern| pattern.span == *span).map(|pattern| pattern.text.clone())
    }

    /// The input that a pointer names, if it is one text.
    fn input(&self, pointer: &str) -> Option<String> {
        let name = pointer.strip_prefix('/')?.replace("~1", "/").replace("~0", "~");
        self.step.with.as_ref()?.get(&name)?.as_text().map(str::to_owned)
    }
}
