use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use wharf_model::ExitCode;
use wharf_report::{Line, Role};

use crate::error::CommandError;
use crate::process_file::FILE_NAME;
use crate::shell::quoted;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder for the process file; it is created if it is missing
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
    /// The name of the project; the folder's name if none is given
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let path = arguments.folder.join(FILE_NAME);
    let shown = path.strip_prefix(".").unwrap_or(&path).display().to_string();
    let failed = |error: std::io::Error| CommandError::usage(format!("{shown} cannot be written: {error}"));
    fs::create_dir_all(&arguments.folder).map_err(failed)?;
    let project = match &arguments.project {
        Some(project) => project.clone(),
        None => {
            let folder = arguments.folder.canonicalize().map_err(failed)?;
            folder.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned())
        }
    };
    // A file that is there is never overwritten, also not one that appears at this moment.
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                CommandError::usage(format!("{shown} is there already")).hint("`wharf check` looks at it")
            }
            _ => failed(error),
        })?;
    file.write_all(wharf_project::starter(&project).as_bytes()).map_err(failed)?;
    ui.say(
        Line::new().with(Role::Good, format!("{} ", ui.err.symbols.done)).with(Role::Text, format!("wrote {shown}")),
    );
    let elsewhere = arguments.folder.as_os_str() != ".";
    let option = if elsewhere { format!(" -f {}", quoted(&shown)) } else { String::new() };
    ui.say(Line::new().with(Role::Faint, "  next: ").with(Role::Accent, format!("wharf run{option}")));
    Ok(ExitCode::Done)
}
