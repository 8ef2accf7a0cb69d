//! Process files from a few lines, and results as text.

use std::path::PathBuf;
use std::sync::Arc;

use wharf_model::{Diagnostic, Process, SourceFile, SpannedValue};
use wharf_project::{parse, parse_value};

pub fn file(text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile { name: "wharf.yaml".into(), text: text.into() })
}

/// The process of a file without problems.
pub fn process(text: &str) -> Process {
    let parsed = parse(file(text), PathBuf::from("/home/me/supportflow"));
    assert!(parsed.diagnostics.is_empty(), "{}", show(&parsed.diagnostics));
    parsed.process.expect("there are no problems")
}

/// The problems of a file, as text.
pub fn problems(text: &str) -> String {
    let parsed = parse(file(text), PathBuf::from("/home/me/supportflow"));
    assert_eq!(parsed.process.is_none(), parsed.diagnostics.iter().any(Diagnostic::is_error));
    show(&parsed.diagnostics)
}

/// The problems of a file that is this behind a valid beginning; lines count from 1 in it.
pub fn problems_of_step(step: &str) -> String {
    let lines: String = step.lines().map(|line| format!("    {line}\n")).collect();
    problems(&format!("wharf: 1\nsteps:\n  -\n{lines}"))
}

/// A value without problems.
pub fn value(text: &str) -> SpannedValue {
    parse_value(file(text)).unwrap_or_else(|problems| panic!("{}", show(&problems)))
}

pub fn show(problems: &[Diagnostic]) -> String {
    let mut text = String::new();
    for problem in problems {
        let place = problem.span.as_ref().map(|span| format!("{span} ")).unwrap_or_default();
        let quoted =
            problem.span.as_ref().map(|span| format!("\n  > {}", span.text().lines().next().unwrap_or_default()));
        text.push_str(&format!("{place}{}: {}{}\n", problem.code, problem.message, quoted.unwrap_or_default()));
        for help in &problem.help {
            text.push_str(&format!("  {help}\n"));
        }
    }
    text
}
