use std::io::Read;

/// Why a destination refuses something. [`std::io::Error`] becomes one by `?`; a destination's own error can be had
/// back by downcasting what [`ExtractError::Destination`](crate::ExtractError::Destination) holds.
pub type DestinationError = Box<dyn std::error::Error + Send + Sync>;

/// Where an archive is extracted to: a directory, or whatever stands for one.
///
/// Paths are relative to it, with `/` between their parts, and checked: no `.`, no `..`, nothing beneath a symlink.
/// Directories come before what is in them, also those that the archive does not list; symlinks come last.
pub trait Destination {
    /// Makes a directory; it may exist.
    fn create_dir(&mut self, path: &str, mode: u32) -> Result<(), DestinationError>;

    /// Makes a file of all that `content` has. `mode` is at most `0o777`.
    fn write_file(&mut self, path: &str, mode: u32, content: &mut dyn Read) -> Result<(), DestinationError>;

    /// Makes a symlink. The target is as written in the archive, and does not leave the destination.
    fn symlink(&mut self, path: &str, target: &str) -> Result<(), DestinationError>;
}
