use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::FolderProblem;

/// Where an extraction goes until it is complete: a hidden folder that nobody else may enter, on the same file system as
/// the folder that is to get everything. Unless it is [finished](Self::finish), it vanishes with all that is in it.
pub(super) struct Staging {
    hidden: TempDir,
    /// Gets the mode that new folders have, which the hidden one has not.
    root: PathBuf,
    target: Target,
}

enum Target {
    /// It is made by renaming.
    New(PathBuf),
    /// It is there and empty, and stays the same folder: it may be where the caller is, or the root of a file system.
    Empty(PathBuf),
}

impl Staging {
    /// A place beside a folder that is not there, or in one that is empty.
    pub(super) fn new(folder: &Path) -> Result<Self, FolderProblem> {
        let (within, target) = match fs::read_dir(folder) {
            Ok(mut entries) => {
                if let Some(entry) = entries.next().transpose()? {
                    return Err(FolderProblem::NotEmpty(entry.file_name().to_string_lossy().into_owned()));
                }
                (folder, Target::Empty(folder.to_owned()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(folder).is_err() => {
                let within = folder.ancestors().skip(1).find(|ancestor| is_there(ancestor));
                (within.unwrap_or(Path::new("/")), Target::New(folder.to_owned()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(FolderProblem::NotAFolder),
            Err(error) => return Err(error.into()),
        };
        let within = if within.as_os_str().is_empty() { Path::new(".") } else { within };
        let hidden = tempfile::Builder::new().prefix(".wharf-").suffix(".partial").tempdir_in(within)?;
        let root = hidden.path().join("root");
        fs::create_dir(&root)?;
        Ok(Self { hidden, root, target })
    }

    /// Where to write.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Brings everything to its place.
    pub(super) fn finish(self) -> io::Result<()> {
        match &self.target {
            Target::New(folder) => {
                if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                    fs::create_dir_all(parent)?;
                }
                fs::rename(&self.root, folder)?;
            }
            Target::Empty(folder) => {
                let mut moved = Vec::new();
                if let Err(error) = move_all(&self.root, folder, &mut moved) {
                    // Back to where they vanish with the rest.
                    for path in moved {
                        if let Some(name) = path.file_name() {
                            let _ = fs::rename(&path, self.root.join(name));
                        }
                    }
                    return Err(error);
                }
            }
        }
        self.hidden.close()
    }
}

fn move_all(from: &Path, to: &Path, moved: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        // Nothing is replaced that has come into being meanwhile.
        if fs::symlink_metadata(&place).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(entry.path(), &place)?;
        moved.push(place);
    }
    Ok(())
}

fn is_there(path: &Path) -> bool {
    path.as_os_str().is_empty() || path.is_dir()
}
