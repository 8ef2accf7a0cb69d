use wharf_model::{Diagnostic, Process, did_you_mean};

/// In which environment a process is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentChoice {
    /// The process has none.
    None,
    /// This one, in the process file's spelling.
    One(String),
    /// The user has to say: these are there.
    Ask(Vec<String>),
}

/// The environment for a run: the given one if the process has it, the only one if none is given.
pub fn choose_environment(process: &Process, given: Option<&str>) -> Result<EnvironmentChoice, Diagnostic> {
    let names: Vec<String> = process.environments.iter().map(|environment| environment.name.clone()).collect();
    let Some(given) = given else {
        return Ok(match names.len() {
            0 => EnvironmentChoice::None,
            1 => EnvironmentChoice::One(names[0].clone()),
            _ => EnvironmentChoice::Ask(names),
        });
    };
    if let Some(name) = names.iter().find(|name| name.to_lowercase() == given.to_lowercase()) {
        return Ok(EnvironmentChoice::One(name.clone()));
    }
    let diagnostic = Diagnostic::error("unknown-environment", format!("the process has no environment `{given}`"));
    Err(match did_you_mean(given, names.iter().map(String::as_str)) {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help("it has no `environments` at all: leave `-e` out, or add them to the process file"),
    })
}
