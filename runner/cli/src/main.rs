//! `wharf`: runs deployment processes whose steps are sandboxed WebAssembly components.
//!
//! Only arguments, exit codes and wiring are here; what a command does is in the crates below.

mod again;
mod arguments;
mod ask;
mod commands;
mod embedded;
mod environment;
mod error;
mod lock_file;
mod places;
mod process_file;
mod progress;
mod prompts;
mod run_arguments;
mod run_journal;
mod run_lock;
mod sandbox;
mod saved_plan;
mod schedule;
mod shell;
mod signals;
mod terminal_machine;
mod ui;
mod variables;
mod write_file;

use std::process::ExitCode;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        // A panic inside a step is that step's failure and is told there.
        ui::write_stderr(&format!("a bug in wharf: {panic}\n"));
    }));
    let code = match arguments::parse() {
        Ok(arguments) => commands::run(arguments),
        Err(code) => code,
    };
    ExitCode::from(ui::after_output(code) as u8)
}
