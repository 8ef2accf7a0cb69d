use clap::{Args, Parser, Subcommand, ValueEnum};
use wharf_model::ExitCode;
use wharf_report::{ColorChoice, Verbosity};

use crate::commands::{
    allow, check, completions, doctor, fmt, init, lock, log, pack, package, plan, push, replay, resume, run, runs,
    schema, show, step, unlock, update, variable,
};
use crate::ui::{write_stderr, write_stdout};

/// Runs deployment processes whose steps are sandboxed WebAssembly components.
#[derive(Debug, Parser)]
#[command(name = "wharf", version, after_help = "Without a command, wharf tells what is here and what to do next.")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub global: Global,
    #[command(flatten)]
    pub file: FileArgument,
}

/// What holds for every command.
#[derive(Debug, Args)]
pub struct Global {
    /// The form of the output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORM", help_heading = "Output")]
    pub output: Form,
    /// When to use colours; `auto` obeys NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", help_heading = "Output")]
    pub color: Color,
    /// Show warnings, failures and the end only
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Show more: -v debug lines, differences and outputs, -vv everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
}

impl Global {
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, 1) => Verbosity::Verbose,
            (false, _) => Verbosity::Trace,
        }
    }
}

/// Which process file.
#[derive(Debug, Clone, Args)]
pub struct FileArgument {
    /// The process file; `wharf.yaml` here or in a folder above if none is named
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<std::path::PathBuf>,
}

/// Values of variables.
#[derive(Debug, Clone, Args)]
pub struct VariableArguments {
    /// Give a variable a value: `name=value`, or `name:value` where there is no `=`
    #[arg(long = "variable", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Give variables the values of a JSON or YAML file, a map of names and values; of several the last wins
    #[arg(long = "variable-file", value_name = "FILE")]
    pub files: Vec<std::path::PathBuf>,
}

/// Tokens without a value.
#[derive(Debug, Clone, Copy, Args)]
pub struct LenientArgument {
    /// Echo tokens that have no value instead of refusing them
    #[arg(long)]
    pub lenient: bool,
}

/// What may be asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// One JSON object per line, as things happen
    Ndjson,
    /// For a pull request; `wharf plan` only
    Markdown,
}

/// What commands write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// One JSON object per line, as things happen
    Ndjson,
}

impl From<Form> for Output {
    fn from(form: Form) -> Self {
        match form {
            // What is said beside it is for people.
            Form::Text | Form::Markdown => Output::Text,
            Form::Json => Output::Json,
            Form::Ndjson => Output::Ndjson,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal that has them
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a process file to begin with
    Init(init::Arguments),
    /// Find what is wrong with a process, in every environment, without running anything
    Check(check::Arguments),
    /// Bring process files into their usual form
    Fmt(fmt::Arguments),
    /// Show what a run would do, without doing it
    Plan(plan::Arguments),
    /// Run a process
    Run(run::Arguments),
    /// Go on with a run that failed, was cancelled or was cut off
    Resume(resume::Arguments),
    /// Show a run that has been: its steps, and how each ended
    Show(show::Arguments),
    /// Print the log of a run, or of one step of it
    Log(log::Arguments),
    /// Tell a run again, as it was told when it ran
    Replay(replay::Arguments),
    /// Look at the runs of this project, and remove old ones
    #[command(subcommand)]
    Runs(runs::Command),
    /// Take the lock of an environment from a run that hangs
    Unlock(unlock::Arguments),
    /// Write the powers that a step needs and does not have into the process file
    Allow(allow::Arguments),
    /// Record which components, powers and versions a process uses, in wharf.lock
    Lock(lock::RecordArguments),
    /// Record them anew, with the newest versions that feeds have
    Update(update::Arguments),
    /// Make a package of a folder
    Pack(Box<pack::Arguments>),
    /// Look at packages, and open them
    #[command(subcommand)]
    Package(package::Command),
    /// Send packages to a feed
    Push(push::Arguments),
    /// Look at steps
    #[command(subcommand)]
    Step(step::Command),
    /// Look at variables and evaluate templates
    #[command(subcommand)]
    Variable(variable::Command),
    /// Print the JSON Schema of a format of Wharf
    Schema(schema::Arguments),
    /// Print the completions for a shell
    Completions(completions::Arguments),
    /// Look whether everything that Wharf needs is in order
    Doctor(doctor::Arguments),
}

impl Command {
    /// Whether what it writes may be Markdown.
    pub fn has_markdown(&self) -> bool {
        match self {
            Command::Plan(_) => true,
            Command::Run(arguments) => arguments.is_plan(),
            _ => false,
        }
    }
}

/// Reads the command line. What is wrong with it, or the help that was asked for, has been written.
pub fn parse() -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| {
        let styled = error.render();
        if error.use_stderr() {
            write_stderr(&styled.to_string());
            ExitCode::Usage
        } else {
            write_stdout(&styled.to_string());
            ExitCode::Done
        }
    })
}
