use wharf_model::{Diagnostic, VariableOrigin, nearest};

use crate::choose::{Choice, choose};
use crate::path::key_of;
use crate::written::Group;
use crate::{Variables, message};

impl Variables {
    /// Variables for which several equally specific values of one set hold here: an error each.
    pub fn unresolved_scope_ties(&self) -> Vec<Diagnostic> {
        let written = &self.written;
        let tie = |group: &Group| match choose(written, group, &self.scopes) {
            Choice::Tie(tied) => Some(message::tie(written.name(group), &tied)),
            _ => None,
        };
        written.groups().iter().filter_map(tie).collect()
    }

    /// All that is wrong with the variables themselves: ties, names that no template can refer to or that belong to
    /// Wharf, and (as warnings) values given on the command line for variables that nobody defines.
    pub fn problems(&self) -> Vec<Diagnostic> {
        let mut problems = self.unresolved_scope_ties();
        for group in self.written.groups() {
            self.problems_of(group, &mut problems);
        }
        problems
    }

    fn problems_of(&self, group: &Group, problems: &mut Vec<Diagnostic>) {
        let written = &self.written;
        for (set, definition) in written.definitions(group) {
            let given = written.sets()[set].origin == VariableOrigin::CommandLine;
            let place = match definition.candidates.first() {
                Some(candidate) if given => &candidate.span,
                _ => &definition.span,
            };
            if let Some(problem) = name_problem(&definition.name) {
                problems.push(problem.at(place));
                continue;
            }
            if !given {
                continue;
            }
            let mut sets = written.definitions(group).map(|(set, _)| written.sets()[set].origin);
            if sets.all(|origin| origin == VariableOrigin::CommandLine) {
                let (origin, name) = (&place.file.name, &definition.name);
                let message = format!("{origin} gives `{name}`, which the process does not define");
                let mut problem = Diagnostic::warning("undefined-override", message);
                problem.help.extend(self.nearest_defined(name).map(|near| format!("did you mean `{near}`?")));
                problems.push(problem.at(place));
            }
        }
    }

    fn nearest_defined(&self, name: &str) -> Option<String> {
        let sets = self.written.sets().iter().filter(|set| set.origin != VariableOrigin::CommandLine);
        nearest(name, sets.flat_map(|set| &set.definitions).map(|definition| definition.name.as_str()))
            .map(str::to_owned)
    }
}

/// Whether a key belongs to Wharf itself.
fn is_reserved(key: &str) -> bool {
    key == "wharf" || key.starts_with("wharf.")
}

fn name_problem(name: &str) -> Option<Diagnostic> {
    if is_reserved(&key_of(name)) {
        let message = format!("`{name}` is a name of Wharf's own variables");
        return Some(Diagnostic::error("reserved-name", message).help("choose another name"));
    }
    if crate::template::read_name(name).is_none() {
        let message = format!("`{name}` is no name that a template could refer to");
        return Some(Diagnostic::error("variable-name", message).help(
            "names have letters, digits, blanks and `_-:/~()@`, in parts joined by `.` or followed by `[index]`",
        ));
    }
    None
}
