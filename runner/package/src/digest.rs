use std::fmt::Write;
use std::io::{self, Read};
use std::sync::Arc;

use rawzip::{FileReader, RangeReader};
use sha2::{Digest, Sha256};

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
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match range.read(&mut buffer) {
            Ok(0) => return Ok(shown(hash)),
            Ok(read) => hash.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
