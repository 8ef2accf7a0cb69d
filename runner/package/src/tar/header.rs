use tar::Header;

use crate::{EntryKind, EntryProblem};

pub(super) const BLOCK_BYTES: usize = 512;

/// What a header block is.
pub(super) enum Block {
    /// An entry, of which the name may be elsewhere.
    Entry(EntryKind),
    /// A sparse file (GNU), of which the map follows.
    Sparse,
    /// Another name of an entry before it.
    HardLink,
    /// The name of the next entry (GNU).
    LongName,
    /// The link target of the next entry (GNU).
    LongLink,
    /// Extended attributes of the next entry.
    Pax,
    /// Extended attributes of all entries that follow.
    Global,
    /// Nothing that matters here: a volume's label.
    Ignored,
}

/// What a header block is, if packages may hold it.
pub(super) fn block_of(header: &Header) -> Result<Block, EntryProblem> {
    Ok(match header.entry_type().as_byte() {
        // Before POSIX a directory was a file whose name ends in `/`.
        b'0' | b'\0' | b'7' if header.path_bytes().ends_with(b"/") => Block::Entry(EntryKind::Directory),
        b'0' | b'\0' | b'7' => Block::Entry(EntryKind::File),
        b'2' => Block::Entry(EntryKind::Symlink),
        b'5' => Block::Entry(EntryKind::Directory),
        b'L' => Block::LongName,
        b'K' => Block::LongLink,
        b'x' | b'X' => Block::Pax,
        b'g' => Block::Global,
        b'V' => Block::Ignored,
        b'S' => Block::Sparse,
        b'1' => Block::HardLink,
        b'3' | b'4' => return Err(EntryProblem::Device),
        b'6' => return Err(EntryProblem::Fifo),
        other => return Err(EntryProblem::UnknownType(char::from(other).escape_default().to_string())),
    })
}

/// Whether the block's checksum is right: the sum of its bytes, with blanks in the checksum's place.
pub(super) fn checksum_is_right(header: &Header) -> bool {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let sum: u32 = header
        .as_bytes()
        .iter()
        .enumerate()
        .map(|(at, &byte)| if CHECKSUM.contains(&at) { u32::from(b' ') } else { u32::from(byte) })
        .sum();
    header.cksum().is_ok_and(|declared| declared == sum)
}
