/// The process file with which `wharf init` begins: commented, valid, and it runs at once without a network.
pub fn starter(project_name: &str) -> String {
    STARTER.replace("PROJECT", &quoted(project_name))
}

const STARTER: &str = include_str!("starter.yaml");

/// A name as a YAML scalar in double quotes.
fn quoted(name: &str) -> String {
    let mut text = String::from("\"");
    for c in name.replace("#{", "# {").chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use wharf_model::{SourceFile, Uses};

    use super::*;
    use crate::{format, parse};

    fn file(text: String) -> Arc<SourceFile> {
        Arc::new(SourceFile { name: "wharf.yaml".into(), text })
    }

    #[test]
    fn the_starter_is_a_valid_process_in_the_form_of_the_formatter() {
        let text = starter("SupportFlow");
        let parsed = parse(file(text.clone()), PathBuf::from("."));
        assert_eq!(parsed.diagnostics, []);
        let process = parsed.process.expect("it is valid");
        assert_eq!(process.project, "SupportFlow");
        assert!(process.deploy.steps.iter().all(|step| step.uses == Uses::Standard("write-file".into())));
        assert_eq!(format(file(text.clone())), Ok(text));
    }

    #[test]
    fn any_name_of_a_project_makes_a_valid_file() {
        for name in ["a \"quoted\" \\ name", "#{x}", "- [", "line\nbreak", "", " "] {
            let diagnostics = parse(file(starter(name)), PathBuf::from(".")).diagnostics;
            let empty = name.trim().is_empty();
            assert_eq!(diagnostics.is_empty(), !empty, "{name}: {diagnostics:?}");
        }
    }
}
