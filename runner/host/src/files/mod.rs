//! The power over files: an own `wasi:filesystem` over directories that were opened once, when the step began.
//!
//! [`Files`] is the one door: the WASI functions, package extraction, artifacts and programs' directories all go
//! through it, by handle and never by a path string. It decides what a path means, checks the grant, counts the quota
//! and remembers what changes. Whether an operation then meets the machine or a plan's overlay is the business of
//! [`dir::Dir`] alone.

mod changes;
mod destination;
mod dir;
mod error;
mod held;
mod metadata;
mod mount;
mod names;
mod open;
mod operations;
mod overlay;
mod path;
mod quota;
mod resolve;
mod streams;
mod wasi;
mod wasi_error;
mod work;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wharf_model::{Change, FileAccess, FileGrant, Limit, Limits, PlannedEffects, TouchedPath};

pub(crate) use self::dir::Ground;
pub use self::error::FileError;
pub(crate) use self::open::OpenRequest;
pub(crate) use self::operations::{Entry, below_root};
pub(crate) use self::overlay::Overlay;
pub(crate) use self::wasi::{FilesView, LastStat, add_to_linker};

use self::changes::ChangeLog;
use self::dir::Dir;
use self::held::{HeldFile, OpenInodes};
use self::mount::Mount;
use self::path::{RelativePath, WORK, guest_path};
use self::quota::Quota;
use self::resolve::Place;
use self::work::WorkDirectory;

/// What a step can do with files.
pub struct Files {
    mounts: Vec<Mount>,
    /// The private directory, made when it is first needed.
    work: Option<WorkDirectory>,
    ledger: Ledger,
    refused: Vec<(PathBuf, FileAccess)>,
    /// Whether nothing of this reaches the machine.
    is_plan: bool,
}

/// What is counted and remembered while files change.
pub(crate) struct Ledger {
    changes: ChangeLog,
    /// What a plan showed, if nothing else may be changed.
    planned: Option<Arc<dyn PlannedEffects>>,
    /// The last path that was refused because a plan did not show it.
    unplanned: Option<PathBuf>,
    quota: Quota,
    open: OpenInodes,
}

/// An open directory of a guest.
#[derive(Clone)]
pub struct Directory {
    path: PathBuf,
    /// None for a directory above grants.
    open: Option<(usize, Dir)>,
}

/// An open file of a guest.
#[derive(Clone)]
pub struct OpenFile {
    file: Arc<HeldFile>,
    readable: bool,
    writable: bool,
    /// Counted against the quota of `/work`.
    private: bool,
}

/// What a descriptor of `wasi:filesystem` is.
#[derive(Clone)]
pub enum Handle {
    Directory(Directory),
    File(OpenFile),
}

/// A place in a directory of the machine, for one operation.
pub(crate) struct At<'a> {
    pub(crate) dir: &'a Dir,
    /// Below `dir`.
    pub(crate) relative: &'a Path,
    /// The absolute guest path.
    pub(crate) path: &'a Path,
    pub(crate) private: bool,
    pub(crate) ledger: &'a mut Ledger,
}

impl At<'_> {
    /// To be called before anything at this place changes.
    ///
    /// # Errors
    /// If the run goes by a plan that did not show it.
    pub(crate) fn touch(&mut self) -> Result<(), FileError> {
        if self.private { Ok(()) } else { self.ledger.touch(self.path, self.dir, self.relative) }
    }
}

impl Ledger {
    /// Remembers what stands at a path that is about to change.
    pub(crate) fn touch(&mut self, path: &Path, dir: &Dir, relative: &Path) -> Result<(), FileError> {
        if let Some(planned) = &self.planned
            && planned.refuses()
            && !planned.allows_path(&path.to_string_lossy())
        {
            self.unplanned = Some(path.to_owned());
            return Err(FileError::Unplanned(path.to_owned()));
        }
        self.changes.touch(path, dir, relative);
        Ok(())
    }
}

impl Files {
    /// Opens every grant. A grant of a path that does not exist holds its nearest existing directory.
    ///
    /// # Errors
    /// If a granted path, or the directory above it, cannot be opened: the path with the system's reason.
    pub(crate) fn new(grants: &[FileGrant], limits: &Limits, ground: &Ground) -> Result<Self, (PathBuf, io::Error)> {
        let writable: Vec<PathBuf> = grants
            .iter()
            .filter(|grant| grant.access == FileAccess::Write)
            .map(|grant| guest_path(&grant.path))
            .collect();
        let mounts = grants
            .iter()
            .map(|grant| Mount::open(grant, &writable, ground).map_err(|error| (grant.path.clone(), error)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            mounts,
            work: None,
            ledger: Ledger {
                changes: ChangeLog::default(),
                planned: None,
                unplanned: None,
                quota: Quota::new(limits),
                open: OpenInodes::default(),
            },
            refused: Vec::new(),
            is_plan: matches!(ground, Ground::Plan(_)),
        })
    }

    /// The same, where nothing but what a plan showed may be changed.
    pub(crate) fn by_plan(mut self, planned: Option<Arc<dyn PlannedEffects>>) -> Self {
        self.ledger.planned = planned;
        self
    }

    /// What was touched so far, and whether that is all.
    pub(crate) fn touched(&self) -> (Vec<TouchedPath>, bool) {
        let touched = self.ledger.changes.touched().filter_map(|(path, is_new)| {
            let mount = self.mount_of(path)?;
            let machine = mount.machine(path);
            Some(TouchedPath { path: path.to_string_lossy().into_owned(), machine, is_new })
        });
        (touched.collect(), self.ledger.changes.is_whole())
    }

    /// The path that was refused because a plan did not show it, the last one.
    pub(crate) fn unplanned(&self) -> Option<&Path> {
        self.ledger.unplanned.as_deref()
    }

    /// The root of all that is granted.
    pub(crate) fn root(&self) -> Directory {
        Directory { path: PathBuf::from("/"), open: None }
    }

    /// The limit of `/work` that was hit, with its value.
    pub(crate) fn limit_hit(&self) -> Option<(Limit, u64)> {
        self.ledger.quota.hit()
    }

    /// Where the private directory is on the machine, if there is one.
    pub(crate) fn work_path(&self) -> Option<&Path> {
        self.work.as_ref().map(WorkDirectory::path)
    }

    /// What was refused for want of a grant, in order.
    pub(crate) fn refused(&self) -> &[(PathBuf, FileAccess)] {
        &self.refused
    }

    /// Ends the step's use of files: removes `/work` and answers what changed elsewhere.
    pub(crate) fn finish(&mut self) -> Vec<Change> {
        let changes = std::mem::take(&mut self.ledger.changes);
        let has_digests = self.is_plan || self.ledger.planned.is_some();
        let changes = changes.finish(has_digests, |path| {
            let mount = self.mount_of(path)?;
            Some((&mount.anchor, mount.relative(path), mount.machine(path)))
        });
        self.work = None;
        changes
    }

    /// The innermost grant that holds a path.
    fn mount_of(&self, path: &Path) -> Option<&Mount> {
        let holding = self.mounts.iter().filter(|mount| !mount.private && path.starts_with(&mount.anchor_path));
        holding.max_by_key(|mount| mount.anchor_path.components().count())
    }

    fn make_work(&mut self, path: &Path) -> io::Result<()> {
        if self.work.is_none() && path.starts_with(WORK) {
            let directory = WorkDirectory::new()?;
            self.mounts.push(Mount::private(directory.path(), Path::new(WORK))?);
            self.work = Some(directory);
        }
        Ok(())
    }

    /// The place of `path` below `base`: the quick way where nothing on it can be a surprise, else by walking.
    fn find(
        &mut self,
        base: &Directory,
        path: &RelativePath<'_>,
        follow: bool,
        access: FileAccess,
    ) -> Result<(Place, bool), FileError> {
        let mut lexical = base.path.clone();
        lexical.extend(&path.parts);
        self.make_work(&lexical)?;
        if !path.has_parent
            && let Ok(place) = self.place(lexical, access)
        {
            match &place {
                Place::Granted { mount, .. } if self.mounts[*mount].is_whole_directory() => return Ok((place, true)),
                Place::Above { between: None, .. } => return Ok((place, false)),
                _ => {}
            }
        }
        self.walk_noting(base, path, follow, access).map(|place| (place, false))
    }

    fn walk_noting(
        &mut self,
        base: &Directory,
        path: &RelativePath<'_>,
        follow: bool,
        access: FileAccess,
    ) -> Result<Place, FileError> {
        let mut walked = self.walk(&base.path, &path.parts, follow, access);
        // A link leads to the private directory before anything else has.
        if let Err(FileError::NotGranted { path: refused, .. }) = &walked
            && self.work.is_none()
            && refused.starts_with(WORK)
        {
            self.make_work(&refused.clone())?;
            walked = self.walk(&base.path, &path.parts, follow, access);
        }
        if let Err(FileError::NotGranted { path, access }) = &walked
            && self.refused.len() < 100
        {
            self.refused.push((path.clone(), *access));
        }
        walked
    }

    /// Does `operation` at the place of `path` below `base`. If the system finds a link there that leaves the granted
    /// directory, the path is walked and the operation is done once more, where the link leads.
    pub(crate) fn at<T>(
        &mut self,
        base: &Directory,
        path: &str,
        follow: bool,
        access: FileAccess,
        mut operation: impl FnMut(&mut At<'_>) -> Result<T, FileError>,
    ) -> Result<Reached<T>, FileError> {
        let parsed = RelativePath::parse(path)?;
        let (place, quick) = self.find(base, &parsed, follow, access)?;
        let held = if quick { base.open.as_ref() } else { None };
        match self.do_at(place, held.map(|(mount, dir)| (*mount, dir, &parsed)), &mut operation) {
            Err(FileError::Io(error)) if quick && leaves_the_grant(&error) => {
                let place = self.walk_noting(base, &parsed, follow, access)?;
                self.do_at(place, None, &mut operation)
            }
            result => result,
        }
    }

    /// Does `operation` at a place: relative to the guest's own open directory `held` if that is in the same grant, so
    /// that a directory that was renamed meanwhile is still the same one.
    fn do_at<T>(
        &mut self,
        place: Place,
        held: Option<(usize, &Dir, &RelativePath<'_>)>,
        operation: &mut impl FnMut(&mut At<'_>) -> Result<T, FileError>,
    ) -> Result<Reached<T>, FileError> {
        let (mount, path) = match place {
            Place::Above { between, path } => return Ok(Reached::Above { between, path }),
            Place::Granted { mount, path } => (mount, path),
        };
        let grant = &self.mounts[mount];
        let (dir, relative) = match held {
            Some((same, dir, parsed)) if same == mount => (dir, parsed.to_path()),
            _ => (&grant.anchor, grant.relative(&path)),
        };
        let private = grant.private;
        let mut at = At { dir, relative: &relative, path: &path, private, ledger: &mut self.ledger };
        let value = operation(&mut at)?;
        Ok(Reached::Granted { value, mount, path })
    }
}

/// Where an operation ended up.
pub(crate) enum Reached<T> {
    /// In a grant, with what the operation answered.
    Granted { value: T, mount: usize, path: PathBuf },
    /// In a directory above grants; the operation was not tried.
    Above { between: Option<usize>, path: PathBuf },
}

/// How cap-std says that a link leaves the directory: an error of its own, without a number of the system.
fn leaves_the_grant(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none()
}

impl OpenFile {
    /// A handle of the system's own, for what the host does with the file itself.
    pub(crate) fn try_clone(&self) -> io::Result<std::fs::File> {
        self.file.try_clone()
    }
}
