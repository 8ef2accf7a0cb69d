use clap::CommandFactory as _;
use clap_complete::Shell;
use wharf_model::ExitCode;

use crate::error::CommandError;
use crate::ui::write_stdout;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::arguments::Arguments::command(), "wharf", &mut script);
    write_stdout(&String::from_utf8_lossy(&script));
    Ok(ExitCode::Done)
}
