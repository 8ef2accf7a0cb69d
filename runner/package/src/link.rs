use crate::entry_path::has_drive;
use crate::listing::Listing;
use crate::{ArchiveLimits, EntryProblem};

/// Refuses a symlink that could lead out of the archive's root.
///
/// No entry lies beneath a symlink, so a link's directory is what its path says, and going up from there is plain. Behind
/// another link it is not: `up/../x` is wherever `up` points, and above. Such targets are refused; then, as every link
/// stays inside on its own, chains of them do too.
pub(crate) fn check_link(
    path: &str,
    target: &str,
    listing: &Listing,
    limits: &ArchiveLimits,
) -> Result<(), EntryProblem> {
    const SEPARATORS: [char; 2] = ['/', '\\'];
    if target.is_empty() || target.len() > limits.path_bytes || target.contains('\0') {
        return Err(EntryProblem::LinkUnusable);
    }
    if target.starts_with(SEPARATORS) || has_drive(target) {
        return Err(EntryProblem::LinkAbsolute(target.to_owned()));
    }
    let mut at: Vec<&str> = path.split('/').collect();
    at.pop();
    let mut through: Option<String> = None;
    for part in target.split(SEPARATORS) {
        match part {
            "" | "." => continue,
            ".." => {
                if let Some(through) = through {
                    return Err(EntryProblem::LinkThroughLink { target: target.to_owned(), through });
                }
                if at.pop().is_none() {
                    return Err(EntryProblem::LinkEscapes(target.to_owned()));
                }
            }
            _ => {
                at.push(part);
                if through.is_none() {
                    through = listing.symlink_at(&at.join("/")).map(|link| link.path.clone());
                }
            }
        }
    }
    Ok(())
}
