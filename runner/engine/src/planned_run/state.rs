use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::PlanKey;

/// What stands at a path of the machine, as a digest: its kind, its mode, and the content of a file or a link. None if
/// it cannot be read.
pub(super) fn state_of(path: &Path, key: &PlanKey) -> Option<String> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Some(key.digest(&["missing"]));
        }
        Err(_) => return None,
    };
    let mode = mode_of(&metadata).to_le_bytes();
    let kind = metadata.file_type();
    Some(if kind.is_symlink() {
        let target = fs::read_link(path).ok()?;
        key.digest(&["link".as_bytes(), target.as_os_str().as_encoded_bytes()])
    } else if kind.is_dir() {
        key.digest(&["directory".as_bytes(), &mode])
    } else if kind.is_file() {
        key.digest(&["file".as_bytes(), &mode, &content_of(path).ok()?])
    } else {
        key.digest(&["special"])
    })
}

fn content_of(path: &Path) -> io::Result<Vec<u8>> {
    let (mut file, mut hasher) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().to_vec()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

#[cfg(unix)]
fn mode_of(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions())
}

#[cfg(not(unix))]
fn mode_of(metadata: &fs::Metadata) -> u32 {
    u32::from(metadata.permissions().readonly())
}
