use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{env, io};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use wharf_model::CancelToken;

use crate::command::{SecretCommand, SecretCommandError, run_secret_command};

/// What time it is.
pub type Clock = Arc<dyn Fn() -> Zoned + Send + Sync>;

/// How far the downloads before a run are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Downloading {
    /// They go on.
    Going {
        /// Bytes that are here.
        done: u64,
        /// Bytes of all packages of which the size is known.
        total: u64,
    },
    /// They have ended, well or not.
    Ended,
}

/// What the engine asks of the machine on which a process runs.
pub trait Machine: Send + Sync {
    /// Where the program of this name is found; an absolute path is answered if there is a program.
    fn program(&self, name: &str) -> Option<PathBuf>;
    /// The value of an environment variable of Wharf itself.
    fn environment_variable(&self, name: &str) -> Option<String>;
    /// The user's home directory.
    fn home(&self) -> Option<PathBuf>;
    /// A clock that stands still at the moment of this call, in the machine's own time zone: in a plan and a run it is
    /// the same time everywhere. Making it costs next to nothing; the time zone is looked up when it is first asked.
    fn clock(&self) -> Clock;
    /// The folder that keeps packages which were downloaded; none if there is no place for such things.
    fn package_cache(&self) -> Option<PathBuf>;
    /// Hears now and then how far the downloads before a run are, and once that they have ended.
    fn downloading(&self, _progress: Downloading) {}
    /// Runs a program that writes a secret, or another short text, to its standard output, and answers what it wrote. Ends with the token's
    /// cancel.
    fn run_secret_command(
        &self,
        command: &SecretCommand<'_>,
        cancel: &CancelToken,
    ) -> Result<Vec<u8>, SecretCommandError>;
    /// Whether there is somebody who can be asked.
    fn can_ask(&self) -> bool;
    /// Asks for a secret, which nobody sees while it is typed. `label` is the question, such as `Database.Password`.
    /// Only called if [`can_ask`](Self::can_ask) said yes; none if the answer is refused.
    fn ask_secret(&self, label: &str) -> io::Result<Option<String>>;
}

/// The machine on which this program runs. There is nobody who can be asked.
#[derive(Debug, Default, Clone, Copy)]
pub struct ThisMachine;

impl Machine for ThisMachine {
    fn program(&self, name: &str) -> Option<PathBuf> {
        find_program(name, env::var_os("PATH").as_deref().map(env::split_paths).into_iter().flatten())
    }

    fn environment_variable(&self, name: &str) -> Option<String> {
        env::var(name).ok()
    }

    fn home(&self) -> Option<PathBuf> {
        env::home_dir().filter(|home| home.is_absolute())
    }

    fn package_cache(&self) -> Option<PathBuf> {
        None
    }

    fn clock(&self) -> Clock {
        let now = Timestamp::now();
        let zoned = OnceLock::new();
        Arc::new(move || zoned.get_or_init(|| now.to_zoned(TimeZone::system())).clone())
    }

    fn run_secret_command(
        &self,
        command: &SecretCommand<'_>,
        cancel: &CancelToken,
    ) -> Result<Vec<u8>, SecretCommandError> {
        run_secret_command(command, cancel)
    }

    fn can_ask(&self) -> bool {
        false
    }

    fn ask_secret(&self, _: &str) -> io::Result<Option<String>> {
        Ok(None)
    }
}

/// The first of `folders` that has the program. Only absolute folders count: what a relative one means depends on where
/// Wharf was started.
fn find_program(name: &str, folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let path = Path::new(name);
    if path.is_absolute() {
        return candidates(path).into_iter().find(|candidate| is_program(candidate));
    }
    if name.is_empty() || path.components().count() != 1 || name.contains(['/', '\\']) {
        return None;
    }
    folders
        .filter(|folder| folder.is_absolute())
        .flat_map(|folder| candidates(&folder.join(name)))
        .find(|candidate| is_program(candidate))
}

/// On Windows a name without extension stands for those of `PATHEXT`.
fn candidates(path: &Path) -> Vec<PathBuf> {
    if !cfg!(windows) || path.extension().is_some() {
        return vec![path.to_owned()];
    }
    let extensions = env::var("PATHEXT").unwrap_or_else(|_| ".COM;.EXE;.BAT;.CMD".into());
    extensions.split(';').map(|extension| path.with_extension(extension.trim_start_matches('.'))).collect()
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_first_folder_with_an_executable_file_wins() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = |name: &str| root.path().join(name);
        for (file, mode) in [("a/tool", 0o644), ("b/tool", 0o755), ("c/tool", 0o755)] {
            fs::create_dir_all(folder(file).parent().expect("it has one")).expect("a folder");
            fs::write(folder(file), "").expect("a file");
            fs::set_permissions(folder(file), fs::Permissions::from_mode(mode)).expect("permissions");
        }
        let find = |name: &str| {
            let folders = ["a", "b", "c"].map(folder).into_iter().chain([PathBuf::from("relative")]);
            find_program(name, folders)
        };
        assert_eq!(find("tool"), Some(folder("b/tool")));
        assert_eq!(find("other"), None);
        assert_eq!(find("../b/tool"), None);
        assert_eq!(find(""), None);
        assert_eq!(find(folder("c/tool").to_str().expect("UTF-8")), Some(folder("c/tool")));
        assert_eq!(find(folder("a/tool").to_str().expect("UTF-8")), None);
    }
}
