use std::collections::HashMap;
use std::fmt::Write;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use rawzip::{FileReader, RangeReader};
use sha2::{Digest, Sha256};

use crate::content::{Content, ContentError};
use crate::{Archive, ArchiveError, workers};

const BUFFER_BYTES: usize = 256 * 1024;

/// `sha256:` and 64 hexadecimal digits.
pub(crate) fn shown(hash: Sha256) -> String {
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    for byte in hash.finalize() {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The digest of a whole file.
pub(crate) fn of_file(file: &Arc<FileReader>, file_bytes: u64) -> io::Result<String> {
    let mut range = RangeReader::new(file, 0..file_bytes);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match range.read(&mut buffer) {
            Ok(0) => return Ok(shown(hash)),
            Ok(read) => hash.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl Archive {
    /// The digests of the contents of files, which are given by their numbers; on all cores where the archive can be read
    /// in any order.
    pub(crate) fn content_digests(&self, numbers: &[usize]) -> Result<HashMap<usize, String>, ArchiveError> {
        let mut numbers = numbers.to_vec();
        self.sort_for_reading(&mut numbers);
        let bytes = numbers.iter().map(|&number| self.entries()[number].size).sum();
        let threads = if self.reads_in_any_order() { workers::count(numbers.len(), bytes) } else { 1 };
        let digests: Mutex<HashMap<usize, String>> = Mutex::new(HashMap::new());
        let tools = || (Content::new(), vec![0; BUFFER_BYTES], None);
        workers::for_each(&numbers, threads, tools, |(content, buffer, last), &number| {
            // Names of the same file in an archive that cannot be read again for each of them.
            let known: Option<String> = last
                .as_ref()
                .filter(|(other, _)| self.is_same_content(*other, number))
                .map(|(_, digest): &(usize, String)| digest.clone());
            let digest = match known {
                Some(digest) => digest,
                None => {
                    let broken =
                        |error: ContentError| ArchiveError::new(self.path(), error.of(&self.entries()[number].path));
                    self.begin(content, number).map_err(broken)?;
                    of_content(content, buffer).map_err(broken)?
                }
            };
            *last = Some((number, digest.clone()));
            digests.lock().unwrap_or_else(PoisonError::into_inner).insert(number, digest);
            Ok(())
        })?;
        Ok(digests.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

fn of_content(content: &mut Content, buffer: &mut [u8]) -> Result<String, ContentError> {
    let mut hash = Sha256::new();
    loop {
        match content.read_most(buffer)? {
            0 => return Ok(shown(hash)),
            read => hash.update(&buffer[..read]),
        }
    }
}
