//! One file per command.

pub mod allow;
pub mod check;
pub mod completions;
pub mod doctor;
pub mod fmt;
pub mod init;
pub mod lock;
pub mod log;
pub mod pack;
pub mod package;
pub mod plan;
pub mod push;
pub mod replay;
pub mod resume;
pub mod run;
pub mod runs;
pub mod schema;
pub mod show;
pub mod status;
pub mod step;
pub mod unlock;
pub mod update;
pub mod variable;

use wharf_model::ExitCode;

use crate::arguments::{Arguments, Command, Form};
use crate::error::CommandError;
use crate::ui::Ui;

/// Does what the command line says, and answers the exit code.
pub fn run(arguments: Arguments) -> ExitCode {
    let ui = Ui::new(&arguments.global);
    let misplaced = arguments.command.is_some() && arguments.file.file.is_some();
    let result = match arguments.command {
        Some(_) if misplaced => Err(CommandError::usage("`--file` stands before the command, where it says nothing")
            .hint("put it behind: `wharf run --file FILE`")),
        Some(ref command) if arguments.global.output == Form::Markdown && !command.has_markdown() => {
            Err(CommandError::usage("only `wharf plan` is written as Markdown").hint("`--output json` is for programs"))
        }
        None => status::run(&arguments.file, &ui),
        Some(Command::Init(arguments)) => init::run(&arguments, &ui),
        Some(Command::Check(arguments)) => check::run(&arguments, &ui),
        Some(Command::Fmt(arguments)) => fmt::run(&arguments, &ui),
        Some(Command::Plan(command)) => plan::run(&command, &arguments.global, &ui),
        Some(Command::Run(command)) => run::run(&command, &arguments.global, &ui),
        Some(Command::Resume(command)) => resume::run(&command, &arguments.global, &ui),
        Some(Command::Show(command)) => show::run(&command, &ui),
        Some(Command::Log(command)) => log::run(&command, &arguments.global, &ui),
        Some(Command::Replay(command)) => replay::run(&command, &arguments.global, &ui),
        Some(Command::Unlock(arguments)) => unlock::run(&arguments, &ui),
        Some(Command::Runs(command)) => runs::run(&command, &ui),
        Some(Command::Allow(arguments)) => allow::run(&arguments, &ui),
        Some(Command::Lock(arguments)) => lock::run(&arguments, &ui),
        Some(Command::Update(arguments)) => update::run(&arguments, &ui),
        Some(Command::Pack(arguments)) => pack::run(&arguments, &ui),
        Some(Command::Package(command)) => package::run(&command, &ui),
        Some(Command::Push(arguments)) => push::run(&arguments, &ui),
        Some(Command::Step(command)) => step::run(&command, &ui),
        Some(Command::Variable(command)) => variable::run(&command, &ui),
        Some(Command::Schema(arguments)) => schema::run(&arguments, &ui),
        Some(Command::Completions(arguments)) => completions::run(&arguments),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments, &ui),
    };
    result.unwrap_or_else(|error| {
        match &error {
            CommandError::Diagnostics(diagnostics) => ui.diagnostics(diagnostics),
            CommandError::Failed { message, hints, .. } => ui.error(message, hints),
        }
        error.exit_code()
    })
}
