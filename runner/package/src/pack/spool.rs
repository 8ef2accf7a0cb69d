use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::digest;

/// Archives up to this size are made in memory: if the same bytes are there already, nothing at all is written.
const IN_MEMORY_BYTES: usize = 4 * 1024 * 1024;
/// Bytes are hashed and written in pieces of this size.
const PIECE_BYTES: usize = 256 * 1024;

/// How temporary files are called.
const TEMPORARY_PREFIX: &str = ".wharf-pack-";
const TEMPORARY_SUFFIX: &str = ".tmp";
/// A temporary file that is older belongs to a packing that was killed: none takes so long.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes temporary files that were left behind. What cannot be removed stays: it is in nobody's way.
pub(super) fn remove_stale(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours =
            name.to_str().is_some_and(|name| name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX));
        let age = || entry.metadata().ok().filter(|found| found.is_file())?.modified().ok()?.elapsed().ok();
        if is_ours && age().is_some_and(|age| age > STALE) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Collects an archive's bytes with their digest: in memory, and from some size on in a file beside its place.
pub(super) struct Spool<'a> {
    hash: Sha256,
    bytes: u64,
    buffer: Vec<u8>,
    file: Option<NamedTempFile>,
    place: Place<'a>,
}

/// Where the bytes go that do not stay in memory.
enum Place<'a> {
    Folder(&'a Path),
    Nowhere,
}

/// An archive's bytes.
pub(super) struct Spooled {
    pub(super) digest: String,
    pub(super) bytes: u64,
    buffer: Vec<u8>,
    file: Option<NamedTempFile>,
}

impl<'a> Spool<'a> {
    /// Keeps the bytes, if need be in a temporary file in `folder`.
    pub(super) fn into_folder(folder: &'a Path) -> Self {
        Self::new(Place::Folder(folder))
    }

    /// Keeps nothing but the digest.
    pub(super) fn digest_only() -> Self {
        Self::new(Place::Nowhere)
    }

    fn new(place: Place<'a>) -> Self {
        Self { hash: Sha256::new(), bytes: 0, buffer: Vec::new(), file: None, place }
    }

    pub(super) fn finish(mut self) -> io::Result<Spooled> {
        if self.file.is_some() || matches!(self.place, Place::Nowhere) {
            self.drain()?;
        } else {
            self.hash.update(&self.buffer);
        }
        let Self { hash, bytes, buffer, file, .. } = self;
        Ok(Spooled { digest: digest::shown(hash), bytes, buffer, file })
    }

    fn drain(&mut self) -> io::Result<()> {
        self.hash.update(&self.buffer);
        if let Place::Folder(folder) = self.place {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(new_file(folder)?),
            };
            file.write_all(&self.buffer)?;
        }
        self.buffer.clear();
        Ok(())
    }
}

impl Write for Spool<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        self.bytes += bytes.len() as u64;
        let stays_in_memory = self.file.is_none() && matches!(self.place, Place::Folder(_));
        if self.buffer.len() >= if stays_in_memory { IN_MEMORY_BYTES } else { PIECE_BYTES } {
            self.drain()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Spooled {
    /// Whether a file has exactly these bytes; what cannot be read has not.
    pub(super) fn equals(&self, path: &Path) -> bool {
        let same = || -> io::Result<bool> {
            let mut there = File::open(path)?;
            if there.metadata()?.len() != self.bytes {
                return Ok(false);
            }
            match &self.file {
                None => equal_streams(&mut there, &mut self.buffer.as_slice()),
                Some(file) => equal_streams(&mut there, &mut file.reopen()?),
            }
        };
        same().unwrap_or(false)
    }

    /// Writes the bytes to their place, at once. `replace` says whether a file that is there may go.
    pub(super) fn persist(self, path: &Path, replace: bool) -> io::Result<()> {
        let file = match self.file {
            Some(file) => file,
            None => {
                let mut file = new_file(path.parent().unwrap_or(Path::new(".")))?;
                file.write_all(&self.buffer)?;
                file
            }
        };
        let persisted = if replace { file.persist(path) } else { file.persist_noclobber(path) };
        persisted.map(drop).map_err(|error| error.error)
    }
}

fn equal_streams(left: &mut impl Read, right: &mut impl Read) -> io::Result<bool> {
    let (mut left_piece, mut right_piece) = (vec![0; PIECE_BYTES], vec![0; PIECE_BYTES]);
    loop {
        let (left_read, right_read) = (read_piece(left, &mut left_piece)?, read_piece(right, &mut right_piece)?);
        if left_piece[..left_read] != right_piece[..right_read] {
            return Ok(false);
        }
        if left_read == 0 {
            return Ok(true);
        }
    }
}

fn read_piece(reader: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < piece.len() {
        match reader.read(&mut piece[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A temporary file that becomes a package: readable by whom the umask lets read, as other files are.
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666)).tempfile_in(folder)
    }
    #[cfg(not(unix))]
    builder.tempfile_in(folder)
}
