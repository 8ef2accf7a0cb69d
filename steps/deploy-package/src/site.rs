use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use std::time::Duration;

use wharf_step::prelude::*;

use crate::cut;
use crate::lock::{self, Lock, older_than};
use crate::manifest::Manifest;
use crate::state::{Release, State};
use crate::temporary::Temporary;

pub const RELEASES: &str = "releases";
pub const CURRENT: &str = "current";
pub const PRIVATE: &str = ".wharf";
/// What was not touched for so long belongs to no run that still goes on.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A directory into which packages are deployed:
///
/// ```text
/// current -> releases/1.0.78
/// releases/1.0.77/
/// releases/1.0.78/
/// .wharf/deploy.json
/// .wharf/manifests/1.0.78.json
/// ```
///
/// Several runs may work in it at once: each puts its release together under a name of its own, and only who has the
/// [`Lock`] gives it its final name, switches the link and writes the state.
pub struct Site {
    pub into: PathBuf,
    pub state: State,
}

impl Site {
    /// Looks at the directory, which may not exist yet.
    pub fn open(into: &str) -> Result<Self> {
        let mut site = Self { into: PathBuf::from(into), state: State::default() };
        site.read(true)?;
        Ok(site)
    }

    /// Looks again: another run may have changed it.
    pub fn reload(&mut self) -> Result {
        self.read(false)
    }

    fn read(&mut self, aloud: bool) -> Result {
        self.state = State::read(&self.private().join("deploy.json"), aloud)?;
        let releases = self.into.join(RELEASES);
        // A power cut may come between writing the state and making the directory, or while one is removed.
        self.state.releases.retain(|name, _| releases.join(name).is_dir());
        Ok(())
    }

    /// Waits until no other run switches releases here.
    pub fn lock(&self) -> Result<Lock> {
        let lock = Lock::take(&self.private())?;
        cut::here();
        Ok(lock)
    }

    /// Writes the state. Only who has the lock may.
    pub fn save(&mut self, _lock: &Lock) -> Result {
        self.state.write(&self.private().join("deploy.json"))?;
        cut::here();
        Ok(())
    }

    fn private(&self) -> PathBuf {
        self.into.join(PRIVATE)
    }

    /// The file that says what the files of a release were like.
    pub fn manifest(&self, name: &str) -> PathBuf {
        self.private().join("manifests").join(format!("{name}.json"))
    }

    /// The names of the releases of the same package, version and content.
    pub fn same(&self, wanted: &Release) -> Vec<String> {
        let same = |release: &Release| release.version == wanted.version && release.digest == wanted.digest;
        self.state.releases.iter().filter(|(_, release)| same(release)).map(|(name, _)| name.clone()).collect()
    }

    /// The directory of a release.
    pub fn release(&self, name: &str) -> PathBuf {
        self.into.join(RELEASES).join(name)
    }

    /// The link to the live release.
    pub fn current(&self) -> PathBuf {
        self.into.join(CURRENT)
    }

    /// A directory for what is put together or taken apart: of this run alone.
    pub fn temporary(&self, name: &str) -> Temporary {
        Temporary::new(self.release(&format!(".{name}{}", own_end())))
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

    /// Puts a release that is complete under a free name, and writes that it is there.
    pub fn publish(
        &mut self,
        complete: &Temporary,
        manifest: &Manifest,
        release: &Release,
        lock: &Lock,
    ) -> Result<String> {
        loop {
            let name = self.free_name(&release.version)?;
            manifest.write(&self.manifest(&name))?;
            self.state.releases.insert(name.clone(), release.clone());
            self.save(lock)?;
            let to = self.release(&name);
            match fs::rename(complete.path(), &to) {
                Ok(()) => {
                    cut::here();
                    return Ok(name);
                }
                // Something else than this step made it just now.
                Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty) => {
                    self.state.releases.remove(&name);
                }
                Err(error) => {
                    return Err(error).with_context(|| {
                        format!("cannot move the release from {} to {}", complete.path().display(), to.display())
                    });
                }
            }
        }
    }

    /// Takes a release away: under its own name it is whole or gone. It is removed when the answer is dropped, or
    /// [`removed`](Temporary::remove).
    pub fn take_away(&self, name: &str) -> Result<Temporary> {
        let (from, aside) = (self.release(name), self.temporary(name));
        aside.remove_now()?;
        fs::rename(&from, aside.path()).with_context(|| format!("cannot remove the release {}", from.display()))?;
        cut::here();
        // Without its release it means nothing; the next release of that name overwrites it.
        let _ = fs::remove_file(self.manifest(name));
        Ok(aside)
    }

    /// Removes what an attempt of this run that was cut off has left, and what no run can still need. What other runs are
    /// working on stays.
    pub fn clean_leftovers(&self) {
        let private = self.private();
        if lock::is_own(&private) {
            // Only who has the lock writes these.
            for folder in [&self.into, &private, &private.join("manifests")] {
                for name in names_in(folder).unwrap_or_default() {
                    if name.starts_with('.') && name.ends_with(".wharf-tmp") {
                        let _ = remove_all(&folder.join(name));
                    }
                }
            }
            lock::remove_own(&private);
        }
        for name in names_in(&self.into.join(RELEASES)).unwrap_or_default() {
            let path = self.release(&name);
            if is_temporary(&name) && (name.ends_with(&own_end()) || older_than(&path, DAY)) {
                debug!("removing {name}, which an earlier run has left");
                if let Err(error) = remove_all(&path) {
                    warn!("cannot remove {}, which an earlier run has left: {error}", path.display());
                }
            }
        }
    }
}

/// How the names of this run's temporary directories end.
fn own_end() -> String {
    format!(".{}.tmp", context::idempotency_key())
}

/// Whether a name in `releases/` is one of a temporary directory.
pub fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".tmp")
}

/// The names in a directory, sorted; none if there is no such directory.
pub fn names_in(directory: &Path) -> Result<Vec<String>> {
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
pub fn remove_all(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(()),
        other => other,
    }
}
