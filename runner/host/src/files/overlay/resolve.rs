use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::node::{Node, NodeId};
use super::tree::{Found, ROOT, Tree};
use crate::files::metadata::Kind;

/// The most symbolic links on one path, as on Linux.
const MAX_LINKS: usize = 40;

/// How far links may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Not out of the directory at which the path begins.
    Below,
    /// Anywhere on the machine.
    Machine,
}

/// Where a path leads.
pub(super) enum Spot {
    /// To a directory that it names by no name of its own, such as `.`.
    Directory(NodeId),
    /// To a name in a directory.
    Name { parent: NodeId, name: OsString, found: Found },
}

impl Tree {
    /// Where `path` leads from a directory; a link as its last part is followed if `follow` is set.
    pub(super) fn resolve(&mut self, start: NodeId, path: &Path, follow: bool, reach: Reach) -> io::Result<Spot> {
        let mut stack = vec![start];
        let mut rest: VecDeque<OsString> = VecDeque::new();
        unroll(path, &mut rest, &mut stack, reach)?;
        let mut links = 0;
        while let Some(part) = rest.pop_front() {
            if part == ".." {
                stack.pop();
                if stack.is_empty() {
                    match reach {
                        Reach::Below => return Err(leaves()),
                        Reach::Machine => stack.push(ROOT),
                    }
                }
                continue;
            }
            let parent = *stack.last().unwrap_or(&start);
            let found = self.look_up(parent, &part)?;
            let is_last = rest.is_empty();
            if (!is_last || follow)
                && let Some(target) = self.link_target(&found)?
            {
                links += 1;
                if links > MAX_LINKS {
                    return Err(too_many_links());
                }
                unroll(&target, &mut rest, &mut stack, reach)?;
                continue;
            }
            if is_last {
                return Ok(Spot::Name { parent, name: part, found });
            }
            match found {
                Found::Node(id) if matches!(self.node(id), Node::Directory(_)) => stack.push(id),
                Found::Nothing => return Err(io::ErrorKind::NotFound.into()),
                Found::Node(_) | Found::Lower(..) => return Err(io::ErrorKind::NotADirectory.into()),
            }
        }
        Ok(Spot::Directory(*stack.last().unwrap_or(&start)))
    }

    /// The directory at a path.
    pub(super) fn directory(&mut self, start: NodeId, path: &Path, reach: Reach) -> io::Result<NodeId> {
        match self.resolve(start, path, true, reach)? {
            Spot::Directory(id) => Ok(id),
            Spot::Name { found: Found::Node(id), .. } if matches!(self.node(id), Node::Directory(_)) => Ok(id),
            Spot::Name { found: Found::Nothing, .. } => Err(io::ErrorKind::NotFound.into()),
            Spot::Name { .. } => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Where a link points; none if it is no link.
    pub(super) fn link_target(&self, found: &Found) -> io::Result<Option<PathBuf>> {
        match found {
            Found::Lower(path, metadata) if metadata.kind == Kind::Symlink => std::fs::read_link(path).map(Some),
            Found::Node(id) => match self.node(*id) {
                Node::Symlink { target, .. } => Ok(Some(target.clone())),
                _ => Ok(None),
            },
            Found::Lower(..) | Found::Nothing => Ok(None),
        }
    }
}

/// Puts the parts of a path before those that are left.
fn unroll(path: &Path, rest: &mut VecDeque<OsString>, stack: &mut Vec<NodeId>, reach: Reach) -> io::Result<()> {
    if path.has_root() {
        if reach == Reach::Below {
            return Err(leaves());
        }
        stack.truncate(0);
        stack.push(ROOT);
    }
    for component in path.components().rev() {
        match component {
            Component::Normal(name) => rest.push_front(name.to_owned()),
            Component::ParentDir => rest.push_front("..".into()),
            Component::Prefix(prefix) => rest.push_front(prefix.as_os_str().to_owned()),
            Component::CurDir | Component::RootDir => {}
        }
    }
    Ok(())
}

/// As cap-std says that a link leaves the directory: without a number of the system.
fn leaves() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "a path led outside of the filesystem")
}

#[cfg(unix)]
fn too_many_links() -> io::Error {
    rustix::io::Errno::LOOP.into()
}

#[cfg(not(unix))]
fn too_many_links() -> io::Error {
    io::Error::other("too many symbolic links")
}
