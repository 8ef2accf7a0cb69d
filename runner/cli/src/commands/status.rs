use wharf_model::{ExitCode, PackageSource, PackedVersion, Process};
use wharf_report::{Line, Role, Table, sanitize};

use crate::arguments::{FileArgument, Output};
use crate::error::CommandError;
use crate::process_file::{FILE_NAME, find, read_process};
use crate::shell::quoted;
use crate::ui::{Ui, stdout_width};

/// Plain `wharf`: what is here, and the next useful command.
pub fn run(argument: &FileArgument, ui: &Ui) -> Result<ExitCode, CommandError> {
    let Some(path) = find(argument)? else {
        if ui.output != Output::Text {
            ui.json(&serde_json::json!({ "file": null }));
            return Ok(ExitCode::Done);
        }
        ui.text(&format!("There is no {FILE_NAME} here or in a folder above.\n"));
        let next = Line::new().with(Role::Faint, "next: ").with(Role::Accent, "wharf init");
        ui.text(&format!("  {}\n", ui.out.render(&next)));
        return Ok(ExitCode::Done);
    };
    let (process, warnings) = read_process(&path)?;
    ui.diagnostics(&warnings);
    if ui.output != Output::Text {
        ui.json(&document(&process));
        return Ok(ExitCode::Done);
    }
    let title = Line::new()
        .with(Role::Strong, sanitize(&process.project))
        .with(Role::Faint, format!("  {}", process.file.name));
    ui.text(&format!("{}\n", ui.out.render(&title)));
    ui.text(&table(&process).render(&ui.out, 2, stdout_width()));
    let option =
        argument.file.as_ref().map(|file| format!(" -f {}", quoted(&file.display().to_string()))).unwrap_or_default();
    let environment = process.environments.first();
    let environment = environment.map(|environment| format!(" -e {}", quoted(&environment.name))).unwrap_or_default();
    let next = Line::new()
        .with(Role::Faint, "next: ")
        .with(Role::Accent, format!("wharf plan{option}{environment}"))
        .with(Role::Faint, ", then ")
        .with(Role::Accent, format!("wharf run{option}{environment}"));
    ui.text(&format!("\n  {}\n", ui.out.render(&next)));
    Ok(ExitCode::Done)
}

fn table(process: &Process) -> Table {
    let mut table = Table::new(&[]);
    let label = |text: &str| Line::new().with(Role::Faint, text);
    let text = |text: String| Line::new().with(Role::Text, sanitize(&text));
    if !process.environments.is_empty() {
        let names: Vec<&str> = process.environments.iter().map(|environment| environment.name.as_str()).collect();
        table.row(vec![label("environments"), text(names.join(", "))]);
    }
    for (index, package) in process.packages.iter().enumerate() {
        let from = match &package.source {
            PackageSource::Folder { from, version } => format!(
                "{} {} from {}",
                package.reference,
                match version {
                    PackedVersion::Text(version) => version.as_text().unwrap_or_default(),
                    PackedVersion::GitTag(_) => "(git tag)",
                },
                from.as_text().unwrap_or_default()
            ),
            PackageSource::Feed { feed, version, .. } => {
                let version = version.as_ref().and_then(|version| version.as_text()).unwrap_or("(newest)");
                format!("{} {version} from feed {feed}", package.reference)
            }
            PackageSource::File { file } => {
                format!("{} from {}", package.reference, file.as_text().unwrap_or_default())
            }
        };
        table.row(vec![label(if index == 0 { "packages" } else { "" }), text(from)]);
    }
    for (index, step) in process.deploy.steps.iter().enumerate() {
        let mut cell = text(step.name.clone()).with(Role::Faint, format!("  {}", step.uses));
        if step.disabled {
            cell.push(Role::Faint, "  disabled");
        }
        table.row(vec![label(if index == 0 { "steps" } else { "" }), cell]);
    }
    for (index, named) in process.processes.iter().enumerate() {
        let cell = text(named.name.clone()).with(
            Role::Faint,
            format!("  {} {}", named.steps.len(), if named.steps.len() == 1 { "step" } else { "steps" }),
        );
        table.row(vec![label(if index == 0 { "processes" } else { "" }), cell]);
    }
    table
}

fn document(process: &Process) -> serde_json::Value {
    let steps = |steps: &[wharf_model::Step]| -> serde_json::Value {
        steps
            .iter()
            .map(|step| serde_json::json!({ "id": step.id, "name": step.name, "uses": step.uses.to_string() }))
            .collect()
    };
    let environments: Vec<&str> = process.environments.iter().map(|environment| environment.name.as_str()).collect();
    let packages: Vec<&str> = process.packages.iter().map(|package| package.reference.as_str()).collect();
    let processes: serde_json::Map<String, serde_json::Value> =
        process.processes.iter().map(|named| (named.name.clone(), steps(&named.steps))).collect();
    serde_json::json!({
        "file": process.file.name,
        "project": process.project,
        "environments": environments,
        "packages": packages,
        "steps": steps(&process.deploy.steps),
        "processes": processes,
    })
}
