use wharf_model::PackageSummary;

use crate::{Line, Role, Style, sanitize};

/// What a run is about, kept for its end.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) project: String,
    pub(crate) process: String,
    pub(crate) environment: Option<String>,
    pub(crate) packages: Vec<PackageSummary>,
}

impl Head {
    /// The project, with the version of the package that has its name or is the only one.
    pub(super) fn subject(&self) -> String {
        let project = sanitize(&self.project);
        match self.main_package() {
            Some(package) => format!("{project} {}", sanitize(&package.version)),
            None => project.into_owned(),
        }
    }

    fn main_package(&self) -> Option<&PackageSummary> {
        self.packages.iter().find(|package| package.id.eq_ignore_ascii_case(&self.project)).or(
            match self.packages.as_slice() {
                [only] => Some(only),
                _ => None,
            },
        )
    }

    /// `SupportFlow 1.0.78 → Dev`, and the other packages.
    pub(crate) fn line(&self, style: &Style) -> Line {
        let mut line = Line::new().with(Role::Strong, self.subject());
        if self.process != "deploy" {
            line.push(Role::Text, format!(" {}", sanitize(&self.process)));
        }
        if let Some(environment) = &self.environment {
            line.push(Role::Faint, format!(" {} ", style.symbols.arrow));
            line.push(Role::Strong, sanitize(environment));
        }
        let main = self.main_package().map(|package| package.reference.as_str());
        let others: Vec<String> = self
            .packages
            .iter()
            .filter(|package| {
                Some(package.reference.as_str()) != main || !package.id.eq_ignore_ascii_case(&self.project)
            })
            .map(|package| format!("{} {}", sanitize(&package.id), sanitize(&package.version)))
            .collect();
        if !others.is_empty() {
            line.push(Role::Faint, format!("  {}", others.join(", ")));
        }
        line
    }
}
