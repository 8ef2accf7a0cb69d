use wharf_engine::{Prompt, Request, World, prompts};
use wharf_model::{Diagnostic, VariableDefinition, VariableOrigin, VariableSet};
use wharf_report::{Line, Role, sanitize};
use wharf_variables::command_line_value;

use crate::ask::{TRIES, answer, can_ask, choices, chosen, question};
use crate::error::CommandError;
use crate::shell::quoted;
use crate::ui::Ui;

/// Asks for the variables that a run needs and nobody gave, and adds the answers to the request. Where nobody can be
/// asked, those without a default that are required are an error.
pub fn ask(request: &mut Request<'_>, world: World<'_>, ui: &Ui) -> Result<(), CommandError> {
    let prompts = prompts(request, world)?;
    if !can_ask() {
        let missing: Vec<_> =
            prompts.iter().filter(|prompt| prompt.spec.required && prompt.spec.default.is_none()).collect();
        return if missing.is_empty() { Ok(()) } else { Err(unanswered(&missing).into()) };
    }
    let answers = prompts.iter().filter_map(|prompt| ask_one(prompt, ui).transpose());
    let definitions = answers.collect::<Result<Vec<VariableDefinition>, CommandError>>()?;
    request.variable_sets.insert(0, VariableSet { origin: VariableOrigin::CommandLine, definitions });
    Ok(())
}

/// All of them in one error, with what to write.
fn unanswered(missing: &[&Prompt]) -> Diagnostic {
    let names: Vec<String> = missing.iter().map(|prompt| format!("`{}`", prompt.name)).collect();
    let message = match names.as_slice() {
        [name] => format!("the variable {name} is asked for, and nobody can be asked here"),
        names => format!("the variables {} are asked for, and nobody can be asked here", names.join(", ")),
    };
    let diagnostic = Diagnostic::error("unanswered-prompt", message).at(&missing[0].span);
    missing.iter().fold(diagnostic, |diagnostic, prompt| {
        let value = prompt.spec.choices.first().map_or("…", String::as_str);
        let mut help = format!("give it: `--variable {}`", quoted(&format!("{}={value}", prompt.name)));
        if let Some(label) = &prompt.spec.label {
            help.push_str(&format!(" ({label})"));
        }
        if prompt.spec.choices.len() > 1 {
            help.push_str(&format!(", one of {}", prompt.spec.choices.join(", ")));
        }
        diagnostic.help(help)
    })
}

/// Asks for one variable; no answer leaves it at its default.
fn ask_one(prompt: &Prompt, ui: &Ui) -> Result<Option<VariableDefinition>, CommandError> {
    let spec = &prompt.spec;
    let label = spec.label.as_deref().unwrap_or(&prompt.name);
    let mut line = Line::new().with(Role::Strong, sanitize(label));
    if label != prompt.name {
        line.push(Role::Faint, format!("  {}", sanitize(&prompt.name)));
    }
    question(&line, ui);
    for line in spec.description.iter().flat_map(|description| description.lines()) {
        question(&Line::new().with(Role::Text, format!("  {}", sanitize(line))), ui);
    }
    choices(&spec.choices, ui);
    let written = spec.default.as_ref().and_then(|default| default.as_text());
    let default = prompt.default.as_deref().or(written).filter(|text| !text.is_empty());
    let what = if spec.choices.is_empty() { "answer" } else { "name or number" };
    let invitation = match default {
        Some(default) => format!("{what} [{}]: ", sanitize(default)),
        None => format!("{what}: "),
    };
    for _ in 0..TRIES {
        let text = answer(&invitation, ui)?;
        let accepted = match text.as_str() {
            "" if spec.default.is_some() => return Ok(None),
            "" if spec.required => None,
            "" => return Ok(None),
            text if spec.choices.is_empty() => Some(text),
            text => chosen(text, &spec.choices).map(String::as_str),
        };
        if let Some(text) = accepted {
            return Ok(Some(command_line_value(&prompt.name, text)));
        }
        let refusal = if text.is_empty() { "an answer is needed" } else { "that is none of them" };
        question(&Line::new().with(Role::Warn, format!("  {refusal}")), ui);
    }
    let error =
        CommandError::usage(format!("there is no answer for the variable `{}`; nothing was changed", prompt.name));
    Err(error.hint(format!("`--variable {}` gives it", quoted(&format!("{}=…", prompt.name)))))
}
