use serde_json::json;
use wharf_engine::StandardSteps as _;
use wharf_model::{ExitCode, PowerKind, StepRunner as _};
use wharf_report::{Line, Role, Table, sanitize};

use crate::arguments::Output;
use crate::embedded::Embedded;
use crate::error::CommandError;
use crate::sandbox::host;
use crate::ui::{Ui, stdout_width};

pub fn run(ui: &Ui) -> Result<ExitCode, CommandError> {
    if let Some(absence) = Embedded.absence() {
        return Err(CommandError::usage("there are no standard steps").hint(absence));
    }
    let host = host(ui)?;
    let mut table = Table::new(&["step", "version", "powers", "what it does"]);
    let mut items = Vec::new();
    let mut broken = Vec::new();
    for source in Embedded.names().into_iter().filter_map(|name| Embedded.find(name)) {
        let component = match host.load(&source) {
            Ok(component) => component,
            Err(error) => {
                broken.push(error.to_string());
                continue;
            }
        };
        let description = &component.description;
        let powers: Vec<&str> = description.powers.iter().copied().map(PowerKind::as_str).collect();
        table.row(vec![
            Line::new().with(Role::Strong, sanitize(&description.name)),
            Line::new().with(Role::Text, sanitize(&description.version)),
            Line::new().with(Role::Text, powers.join(" ")),
            Line::new().with(Role::Text, sanitize(&description.summary)),
        ]);
        items.push(json!({
            "name": description.name, "version": description.version, "summary": description.summary,
            "powers": powers, "digest": component.digest,
        }));
    }
    match ui.output {
        Output::Text => ui.text(&table.render(&ui.out, 0, stdout_width())),
        Output::Json | Output::Ndjson => ui.json(&items.into()),
    }
    match broken.as_slice() {
        [] => Ok(ExitCode::Done),
        broken => Err(CommandError::failed(broken.join("; ")).hint("`wharf doctor` looks for the cause")),
    }
}
