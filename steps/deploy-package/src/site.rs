use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use wharf_step::prelude::*;

use crate::cut;
use crate::state::State;

const RELEASES: &str = "releases";
const CURRENT: &str = "current";
const PRIVATE: &str = ".wharf";

/// A directory into which packages are deployed:
///
/// ```text
/// current -> releases/1.0.78
/// releases/1.0.77/
/// releases/1.0.78/
/// .wharf/deploy.json
/// ```
pub struct Site {
    into: PathBuf,
    pub state: State,
}

impl Site {
    /// Looks at the directory, which may not exist yet.
    pub fn open(into: &str) -> Result<Self> {
        let into = PathBuf::from(into);
        let mut state = State::read(&into.join(PRIVATE).join("deploy.json"))?;
        // A power cut may come between writing the state and making the directory, or while one is removed.
        state.releases.retain(|name, _| into.join(RELEASES).join(name).is_dir());
        Ok(Self { into, state })
    }

    pub fn save(&mut self) -> Result {
        self.state.write(&self.into.join(PRIVATE).join("deploy.json"))?;
        cut::here();
        Ok(())
    }

    /// The directory of a release.
    pub fn release(&self, name: &str) -> PathBuf {
        self.into.join(RELEASES).join(name)
    }

    /// The link to the live release.
    pub fn current(&self) -> PathBuf {
        self.into.join(CURRENT)
    }

    /// The directory in which a release is put together.
    pub fn temporary(&self, name: &str) -> PathBuf {
        self.release(&format!(".{name}.tmp"))
    }

    /// The name of the live release.
    pub fn live(&self) -> Result<Option<String>> {
        let current = self.current();
        let metadata = match fs::symlink_metadata(&current) {
            Ok(metadata) => metadata,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot look at {}", current.display())),
        };
        let foreign = |what: String| {
            Error::failed(format!("{} {what}", current.display()))
                .with_help("move it out of the way, or deploy into another directory")
        };
        if !metadata.is_symlink() {
            return Err(foreign("is no link: something else than this step made it".into()));
        }
        let target = fs::read_link(&current).with_context(|| format!("cannot read the link {}", current.display()))?;
        let inside = target.strip_prefix(&self.into).unwrap_or(&target);
        let name = inside.strip_prefix(RELEASES).ok().and_then(Path::to_str).filter(|name| !name.contains('/'));
        match name {
            Some(name) => Ok(Some(name.to_owned())),
            None => Err(foreign(format!("points to {}, which is none of its releases", target.display()))),
        }
    }

    /// Makes a release the live one, in one go.
    pub fn switch(&self, name: &str) -> Result {
        cut::here();
        files::link(&format!("{RELEASES}/{name}"), self.current())?;
        cut::here();
        Ok(())
    }

    /// A name for a new release of this version: the version itself, or with `_1`, `_2`, …
    pub fn free_name(&self, version: &str) -> Result<String> {
        let plain = !version.is_empty() && !version.starts_with('.') && !version.contains(['/', '\\', '\0']);
        if !plain {
            return Err(Error::invalid(format!("the version `{version}` cannot be the name of a directory")));
        }
        let names = std::iter::once(version.to_owned()).chain((1_u32..).map(|n| format!("{version}_{n}")));
        let mut free = names.filter(|name| fs::symlink_metadata(self.release(name)).is_err());
        free.next().context("there are too many releases of this version")
    }

    /// Puts a release that is complete under its name.
    pub fn publish(&self, name: &str) -> Result {
        cut::here();
        let (from, to) = (self.temporary(name), self.release(name));
        fs::rename(from, &to).with_context(|| format!("cannot move the release to {}", to.display()))?;
        cut::here();
        Ok(())
    }

    /// Removes a release. Under its own name it is whole or gone.
    pub fn remove(&self, name: &str) -> Result {
        let doing = || format!("cannot remove the release {name}");
        let aside = self.temporary(name);
        remove_all(&aside).with_context(doing)?;
        fs::rename(self.release(name), &aside).with_context(doing)?;
        cut::here();
        remove_all(&aside).with_context(doing)
    }

    /// Removes what a run that was cut off has left.
    pub fn clean_leftovers(&self) -> Result {
        for name in names_in(&self.into.join(RELEASES))? {
            if name.starts_with('.') && name.ends_with(".tmp") {
                debug!("removing {name}, which an earlier run has left");
                let path = self.release(&name);
                remove_all(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        Ok(())
    }

    /// Removes what this step did not make; answers how much.
    pub fn purge(&self) -> Result<usize> {
        let made = |name: &String| matches!(name.as_str(), RELEASES | CURRENT | PRIVATE);
        let beside = names_in(&self.into)?.into_iter().filter(|name| !made(name)).map(|name| self.into.join(name));
        let unknown = names_in(&self.into.join(RELEASES))?;
        let unknown = unknown.into_iter().filter(|name| !self.state.releases.contains_key(name));
        let paths: Vec<PathBuf> = beside.chain(unknown.map(|name| self.release(&name))).collect();
        for path in &paths {
            info!("removing {}, which this step did not make", path.display());
            remove_all(path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Ok(paths.len())
    }
}

/// The names in a directory, sorted; none if there is no such directory.
fn names_in(directory: &Path) -> Result<Vec<String>> {
    let doing = || format!("cannot list {}", directory.display());
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(doing),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.with_context(doing)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Removes a file, a link or a directory with all that is in it; nothing there is fine.
fn remove_all(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
