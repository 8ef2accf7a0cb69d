use std::io::{self, Read, Write};

use cap_fs_ext::DirExt;
use cap_std::fs::{Dir, DirBuilder, OpenOptions};

use super::{Destination, DestinationError};

const BUFFER_BYTES: usize = 256 * 1024;

/// A directory as a [`Destination`], at native speed. Nothing in it that is a symlink is followed, and what exists is
/// left alone: a file or symlink that is there already is an error. Modes are kept as far as the process's umask lets them.
pub struct DirDestination {
    root: Dir,
    /// The directories from the root to where the last file was made.
    open: Vec<(String, Dir)>,
    buffer: Vec<u8>,
}

impl DirDestination {
    /// Extracts into this directory.
    pub fn new(root: Dir) -> Self {
        Self { root, open: Vec::new(), buffer: vec![0; BUFFER_BYTES] }
    }

    /// The directory in which a path lies, and its name there.
    fn parent<'a>(&mut self, path: &'a str) -> io::Result<(&Dir, &'a str)> {
        let (parents, name) = match path.rsplit_once('/') {
            Some((parents, name)) => (parents, name),
            None => return Ok((&self.root, path)),
        };
        let kept = self.open.iter().zip(parents.split('/')).take_while(|((open, _), part)| open == part).count();
        self.open.truncate(kept);
        for part in parents.split('/').skip(kept) {
            let above = self.open.last().map_or(&self.root, |(_, dir)| dir);
            let dir = above.open_dir_nofollow(part)?;
            self.open.push((part.to_owned(), dir));
        }
        Ok((self.open.last().map_or(&self.root, |(_, dir)| dir), name))
    }
}

impl Destination for DirDestination {
    fn create_dir(&mut self, path: &str, mode: u32) -> Result<(), DestinationError> {
        let (parent, name) = self.parent(path)?;
        match parent.create_dir_with(name, &directory_builder(mode)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if parent.symlink_metadata(name)?.is_dir() {
                    Ok(())
                } else {
                    Err(error.into())
                }
            }
            result => Ok(result?),
        }
    }

    fn write_file(&mut self, path: &str, mode: u32, content: &mut dyn Read) -> Result<(), DestinationError> {
        let (parent, name) = self.parent(path)?;
        let mut file = parent.open_with(name, &new_file(mode))?;
        loop {
            match content.read(&mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => file.write_all(&self.buffer[..read])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn symlink(&mut self, path: &str, target: &str) -> Result<(), DestinationError> {
        let (parent, name) = self.parent(path)?;
        Ok(DirExt::symlink(parent, target, name)?)
    }
}

/// A file that must not be there yet, so that no symlink in its place is followed either.
fn new_file(mode: u32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    cap_std::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options
}

fn directory_builder(mode: u32) -> DirBuilder {
    #[cfg(unix)]
    {
        let mut builder = DirBuilder::new();
        cap_std::fs::DirBuilderExt::mode(&mut builder, mode);
        builder
    }
    #[cfg(not(unix))]
    {
        let _ = mode;
        DirBuilder::new()
    }
}
