use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::feed::Feed;
use super::plan::{Plan, PlannedDirectory};
use super::run::{FILE_MODE, PROGRESS_BYTES, refused};
use super::staging::Staging;
use super::{ExtractError, ExtractProgress, Extracted};
use crate::content::{Content, ContentError};
use crate::{Archive, ArchiveError, Entry, EntryPatterns, workers};

const BUFFER_BYTES: usize = 256 * 1024;

impl Archive {
    /// Extracts the entries that `patterns` take into a folder, on all cores. The folder must be empty or missing, and
    /// stays so unless everything succeeds. Files get their modes as far as the umask lets them, and their times.
    /// `progress` hears of each file before it is extracted, and again from time to time; it may stop the extraction.
    pub fn extract_into(
        &self,
        folder: &Path,
        patterns: &EntryPatterns,
        progress: &mut (dyn FnMut(&ExtractProgress<'_>) -> ControlFlow<()> + Send),
    ) -> Result<Extracted, ExtractError> {
        let unusable = |problem| ExtractError::Folder { folder: folder.to_owned(), problem };
        let staging = Staging::new(folder).map_err(unusable)?;
        let plan = Plan::new(self, patterns);
        let writer = Writer { archive: self, root: staging.root(), told: Told::new(&plan, progress) };
        writer.directories(&plan.directories)?;
        match self.reads_in_any_order() {
            true => writer.files_on_all_cores(&plan.files)?,
            false => writer.files_in_order(&plan.files)?,
        }
        for &number in &plan.symlinks {
            writer.symlink(&self.entries()[number])?;
        }
        writer.times_of_directories(&plan.directories)?;
        staging.finish().map_err(|problem| unusable(problem.into()))?;
        Ok(plan.total)
    }
}

/// Writes into a folder that is new and that nobody else can enter: what is there, this wrote, and no part of a path is a
/// symlink, because those are made last.
struct Writer<'a> {
    archive: &'a Archive,
    root: &'a Path,
    told: Told<'a>,
}

/// What one thread needs to write files.
struct Tools {
    content: Content,
    buffer: Vec<u8>,
}

impl Tools {
    fn new() -> Self {
        Self { content: Content::new(), buffer: vec![0; BUFFER_BYTES] }
    }
}

impl Writer<'_> {
    fn directories(&self, directories: &[PlannedDirectory<'_>]) -> Result<(), ExtractError> {
        for directory in directories {
            let path = self.root.join(directory.path);
            make_directory(&path, directory.mode).map_err(|error| refused(directory.path, error.into()))?;
        }
        Ok(())
    }

    /// The largest come first, so that no core is left with one of them in the end.
    fn files_on_all_cores(&self, numbers: &[usize]) -> Result<(), ExtractError> {
        let entries = self.archive.entries();
        let mut numbers = numbers.to_vec();
        numbers.sort_by_key(|&number| std::cmp::Reverse(entries[number].size));
        let bytes = numbers.iter().map(|&number| entries[number].size).sum();
        workers::for_each(&numbers, workers::count(numbers.len(), bytes), Tools::new, |tools, &number| {
            self.told.next(&entries[number])?;
            let Tools { content, buffer } = tools;
            self.archive.begin(content, number).map_err(|error| self.broken(number, error))?;
            self.file(number, buffer, |buffer| content.read_most(buffer))
        })
    }

    fn files_in_order(&self, numbers: &[usize]) -> Result<(), ExtractError> {
        let mut buffer = vec![0; BUFFER_BYTES];
        Feed::run(self.archive, numbers, |feed| {
            for (at, &number) in numbers.iter().enumerate() {
                self.told.next(&self.archive.entries()[number])?;
                feed.begin(at).map_err(|error| self.broken(number, error))?;
                self.file(number, &mut buffer, |buffer| feed.read_most(buffer))?;
            }
            Ok(())
        })
    }

    /// Writes a file of what `read` fills the buffer with, as far as there is something.
    fn file(
        &self,
        number: usize,
        buffer: &mut [u8],
        mut read: impl FnMut(&mut [u8]) -> Result<usize, ContentError>,
    ) -> Result<(), ExtractError> {
        let entry = &self.archive.entries()[number];
        let unwritable = |error: io::Error| refused(&entry.path, error.into());
        let mut file = None;
        let (mut written, mut untold) = (0, 0);
        // What is damaged within its first bytes is not begun to be written.
        loop {
            let filled = read(buffer).map_err(|error| self.broken(number, error))?;
            let file = match &mut file {
                Some(file) => file,
                none => {
                    let mode = entry.permissions.unwrap_or(FILE_MODE);
                    none.insert(new_file(&self.root.join(&entry.path), mode).map_err(unwritable)?)
                }
            };
            file.write_all(&buffer[..filled]).map_err(unwritable)?;
            written += filled as u64;
            untold += filled as u64;
            if written >= entry.size {
                if let Some(modified) = entry.modified {
                    set_modified(file, modified).map_err(unwritable)?;
                }
                self.told.done(untold);
                return Ok(());
            }
            if untold >= PROGRESS_BYTES {
                self.told.bytes(entry, untold)?;
                untold = 0;
            }
        }
    }

    fn symlink(&self, entry: &Entry) -> Result<(), ExtractError> {
        self.told.next(entry)?;
        let target = entry.link.as_deref().unwrap_or_default();
        make_symlink(target, &self.root.join(&entry.path)).map_err(|error| refused(&entry.path, error.into()))?;
        self.told.done(0);
        Ok(())
    }

    /// When nothing is made in them any more.
    fn times_of_directories(&self, directories: &[PlannedDirectory<'_>]) -> Result<(), ExtractError> {
        for directory in directories {
            if let Some(modified) = directory.modified {
                set_modified_of_directory(&self.root.join(directory.path), modified)
                    .map_err(|error| refused(directory.path, error.into()))?;
            }
        }
        Ok(())
    }

    fn broken(&self, number: usize, error: ContentError) -> ExtractError {
        ArchiveError::new(self.archive.path(), error.of(&self.archive.entries()[number].path)).into()
    }
}

/// How far all threads are together, and who hears of it.
struct Told<'a> {
    state: Mutex<State<'a>>,
    total: Extracted,
}

struct State<'a> {
    progress: &'a mut (dyn FnMut(&ExtractProgress<'_>) -> ControlFlow<()> + Send),
    done: Extracted,
}

impl<'a> Told<'a> {
    fn new(plan: &Plan<'_>, progress: &'a mut (dyn FnMut(&ExtractProgress<'_>) -> ControlFlow<()> + Send)) -> Self {
        Self { state: Mutex::new(State { progress, done: Extracted::default() }), total: plan.total }
    }

    /// This entry is next.
    fn next(&self, entry: &Entry) -> Result<(), ExtractError> {
        self.bytes(entry, 0)
    }

    /// So many bytes more of this entry.
    fn bytes(&self, entry: &Entry, bytes: u64) -> Result<(), ExtractError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done.bytes += bytes;
        let Extracted { files, bytes } = state.done;
        let (total_files, total_bytes) = (self.total.files, self.total.bytes);
        match (state.progress)(&ExtractProgress { path: &entry.path, files, bytes, total_files, total_bytes }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ExtractError::Cancelled),
        }
    }

    /// One entry is done, with so many bytes that were not told yet.
    fn done(&self, bytes: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done.files += 1;
        state.done.bytes += bytes;
    }
}

fn new_file(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}

fn make_directory(path: &Path, mode: u32) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    #[cfg(not(unix))]
    let _ = mode;
    builder.create(path)
}

#[cfg(unix)]
fn make_symlink(target: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Windows must be told whether it is a directory that the link leads to.
#[cfg(windows)]
fn make_symlink(target: &str, path: &Path) -> io::Result<()> {
    let is_directory = path.parent().is_some_and(|parent| parent.join(target).is_dir());
    let target = target.replace('/', "\\");
    if is_directory {
        std::os::windows::fs::symlink_dir(target, path)
    } else {
        std::os::windows::fs::symlink_file(target, path)
    }
}

/// A time that the file system cannot hold is as good as none.
fn set_modified(file: &File, modified: SystemTime) -> io::Result<()> {
    match file.set_modified(modified) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

#[cfg(unix)]
fn set_modified_of_directory(path: &Path, modified: SystemTime) -> io::Result<()> {
    set_modified(&File::open(path)?, modified)
}

/// Windows opens directories only by other means.
#[cfg(not(unix))]
fn set_modified_of_directory(_path: &Path, _modified: SystemTime) -> io::Result<()> {
    Ok(())
}
