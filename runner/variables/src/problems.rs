use wharf_model::{Diagnostic, VariableValue, nearest};

use crate::choose::{Choice, choose};
use crate::lookup::is_reserved;
use crate::path::key_of;
use crate::{Variables, message};

impl Variables {
    /// Variables for which several equally specific values hold here: an error each.
    pub fn unresolved_scope_ties(&self) -> Vec<Diagnostic> {
        let tie = |definition| match choose(definition, &self.scopes) {
            Choice::Tie(tied) => Some(message::tie(definition, &tied)),
            _ => None,
        };
        let given = |name: &str| self.written.override_by_key.contains_key(&key_of(name));
        self.written.definitions.iter().filter(|definition| !given(&definition.name)).filter_map(tie).collect()
    }

    /// All that is wrong with the variables themselves: ties, names that no template can refer to or that belong to
    /// Wharf, and (as warnings) values given from outside for variables that nobody defines.
    pub fn problems(&self) -> Vec<Diagnostic> {
        let mut problems = self.unresolved_scope_ties();
        let written = &self.written;
        for definition in &written.definitions {
            problems.extend(name_problem(&definition.name).map(|problem| problem.at(&definition.span)));
        }
        for given in &written.overrides {
            let at_origin = |problem: Diagnostic| problem.at(&given.value.span);
            if let Some(problem) = name_problem(&given.name) {
                problems.push(at_origin(problem));
                continue;
            }
            let Some(&definition) = written.definition_by_key.get(&key_of(&given.name)) else {
                let message = format!("{} gives `{}`, which the process does not define", given.origin, given.name);
                let names = written.definitions.iter().map(|definition| definition.name.as_str());
                let help = nearest(&given.name, names).map(|near| format!("did you mean `{near}`?"));
                let mut problem = Diagnostic::warning("undefined-override", message);
                problem.help.extend(help);
                problems.push(at_origin(problem));
                continue;
            };
            let definition = &written.definitions[definition];
            if definition.candidates.iter().any(|candidate| matches!(candidate.value, VariableValue::Secret(_))) {
                let message = format!("{} gives a plain value for the secret `{}`", given.origin, given.name);
                let problem = Diagnostic::warning("secret-in-the-open", message);
                problems.push(at_origin(problem.help("it is neither masked nor kept out of the step's inputs")));
            }
        }
        problems
    }
}

fn name_problem(name: &str) -> Option<Diagnostic> {
    if is_reserved(&key_of(name)) {
        let message = format!("`{name}` is a name of Wharf's own variables");
        return Some(Diagnostic::error("reserved-name", message).help("choose another name"));
    }
    if crate::symbol::parse_name(name).is_none() {
        let message = format!("`{name}` is no name that a template could refer to");
        return Some(Diagnostic::error("variable-name", message).help(
            "names have letters, digits, blanks and `_-:/~()@`, in parts joined by `.` or followed by `[index]`",
        ));
    }
    None
}
