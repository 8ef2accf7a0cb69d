use std::fs;
use std::io::Write as _;
use std::path::Path;

/// Replaces a file as a whole, so that it is never half written; its permissions stay, and a link stays a link. One that
/// is not there is made.
pub fn write_file(path: &Path, text: &str) -> std::io::Result<()> {
    let path = match path.canonicalize() {
        Ok(path) => path,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => std::path::absolute(path)?,
        Err(error) => return Err(error),
    };
    let folder = path.parent().ok_or_else(|| std::io::Error::other("it lies nowhere"))?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    // What the process's mask says is taken away from it.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(metadata) = fs::metadata(&path) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    file.persist(&path)?;
    Ok(())
}

/// Makes a file that only its owner may read. One that somebody else makes at the same time wins.
pub fn write_private_file(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().ok_or_else(|| std::io::Error::other("it lies nowhere"))?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}
