use std::io::IsTerminal as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wharf_engine::{Machine as _, StandardSteps as _, ThisMachine};
use wharf_host::Host;
use wharf_model::{ExitCode, StepRunner as _};
use wharf_report::{Line, Role, Table};

use crate::arguments::Output;
use crate::embedded::{EMBEDDED, Embedded};
use crate::error::CommandError;
use crate::places::{CACHE_VARIABLE, cache_folder};
use crate::sandbox::host;
use crate::ui::{Ui, stdout_width};

#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Odd,
    Bad,
}

struct Finding {
    verdict: Verdict,
    what: &'static str,
    detail: String,
}

pub fn run(_: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let mut findings = vec![
        Finding {
            verdict: Verdict::Good,
            what: "wharf",
            detail: format!("{} on {} {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH),
        },
        cache(),
    ];
    findings.extend(sandbox_and_steps(ui));
    findings.push(programs());
    findings.push(terminal(ui));
    match ui.output {
        Output::Text => ui.text(&table(&findings, ui).render(&ui.out, 0, stdout_width())),
        Output::Json | Output::Ndjson => ui.json(&findings.iter().map(document).collect()),
    }
    let is_bad = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
    Ok(if is_bad { ExitCode::Failed } else { ExitCode::Done })
}

fn cache() -> Finding {
    let finding = |verdict, detail| Finding { verdict, what: "cache", detail };
    let Some(folder) = cache_folder() else {
        return finding(
            Verdict::Odd,
            format!("no folder for it: HOME is not set; {CACHE_VARIABLE} names one; steps are compiled each time"),
        );
    };
    let written = std::fs::create_dir_all(&folder).and_then(|()| tempfile::tempfile_in(&folder));
    match written {
        Ok(_) => finding(Verdict::Good, folder.display().to_string()),
        Err(error) => finding(
            Verdict::Odd,
            format!("{} cannot be written: {error}; steps are compiled each time", folder.display()),
        ),
    }
}

/// The engine starts, and each standard step is what was built and describes itself.
fn sandbox_and_steps(ui: &Ui) -> Vec<Finding> {
    let host = match host(ui) {
        Ok(host) => host,
        Err(error) => return vec![Finding { verdict: Verdict::Bad, what: "sandbox", detail: error.to_string() }],
    };
    let mut findings = vec![Finding {
        verdict: Verdict::Good,
        what: "sandbox",
        detail: format!("wasmtime {}", Host::engine_version()),
    }];
    if let Some(absence) = Embedded.absence() {
        findings.push(Finding { verdict: Verdict::Bad, what: "steps", detail: absence.to_owned() });
    }
    for step in EMBEDDED {
        let digest =
            Sha256::digest(step.bytes).iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"));
        if digest != step.digest {
            let detail = format!("{}: its bytes are not what was built: {digest}", step.name);
            findings.push(Finding { verdict: Verdict::Bad, what: "step", detail });
            continue;
        }
        let loaded = Embedded.find(step.name).map(|source| host.load(&source));
        let (verdict, detail) = match loaded {
            Some(Ok(component)) if component.description.name == step.name => {
                (Verdict::Good, format!("{} {}", step.name, component.description.version))
            }
            Some(Ok(component)) => (Verdict::Bad, format!("{} calls itself {}", step.name, component.description.name)),
            Some(Err(error)) => (Verdict::Bad, error.to_string()),
            None => (Verdict::Bad, format!("{} is not there", step.name)),
        };
        findings.push(Finding { verdict, what: "step", detail });
    }
    findings
}

/// The programs that the script steps start.
fn programs() -> Finding {
    let names = ["bash", "sh", "pwsh", "python3", "node", "git"];
    let (found, missing): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| ThisMachine.program(name).is_some());
    let mut detail = if found.is_empty() { "none".to_owned() } else { found.join(" ") };
    if !missing.is_empty() {
        detail.push_str(&format!(" (not here: {})", missing.join(" ")));
    }
    Finding { verdict: if found.is_empty() { Verdict::Odd } else { Verdict::Good }, what: "programs", detail }
}

fn terminal(ui: &Ui) -> Finding {
    let width =
        stdout_width().map_or_else(|| "none, plain lines are written".to_owned(), |width| format!("{width} columns"));
    let colors = if ui.out.color { "colours" } else { "no colours" };
    let symbols = if ui.out == wharf_report::Style::new(ui.out.color, true) { "Unicode" } else { "ASCII only" };
    let verdict = if std::io::stdout().is_terminal() && symbols != "Unicode" { Verdict::Odd } else { Verdict::Good };
    Finding { verdict, what: "terminal", detail: format!("{width}, {colors}, {symbols}") }
}

fn table(findings: &[Finding], ui: &Ui) -> Table {
    let mut table = Table::new(&[]);
    for finding in findings {
        let (role, sign) = match finding.verdict {
            Verdict::Good => (Role::Good, ui.out.symbols.done),
            Verdict::Odd => (Role::Warn, ui.out.symbols.cancelled),
            Verdict::Bad => (Role::Bad, ui.out.symbols.failed),
        };
        table.row(vec![
            Line::new().with(role, sign),
            Line::new().with(Role::Strong, finding.what),
            Line::new().with(Role::Text, &finding.detail),
        ]);
    }
    table
}

fn document(finding: &Finding) -> Value {
    let verdict = match finding.verdict {
        Verdict::Good => "good",
        Verdict::Odd => "odd",
        Verdict::Bad => "bad",
    };
    json!({ "what": finding.what, "verdict": verdict, "detail": finding.detail })
}
