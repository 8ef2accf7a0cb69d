use super::header::{BLOCK_BYTES, header};
use crate::pack::tree::{Tree, TreeReader};
use crate::{ArchiveProblem, EntryKind};

/// A tar of a tree, of which any part can be made.
pub(super) struct TarStream<'a> {
    tree: &'a Tree,
    seconds: u64,
    places: Vec<Place>,
    bytes: u64,
    files: u64,
    content_bytes: u64,
}

/// Where an entry is in the stream.
struct Place {
    start: u64,
    header_bytes: u64,
    content_bytes: u64,
    /// Files, and bytes of files, of the entries before.
    files_before: u64,
    bytes_before: u64,
}

impl<'a> TarStream<'a> {
    pub(super) fn new(tree: &'a Tree, seconds: u64) -> Self {
        let mut places = Vec::with_capacity(tree.files().len());
        let (mut start, mut files_before, mut bytes_before) = (0, 0, 0);
        for file in tree.files() {
            let header_bytes = header(file, seconds).len() as u64;
            let is_file = file.kind == EntryKind::File;
            let content_bytes = if is_file { file.size } else { 0 };
            places.push(Place { start, header_bytes, content_bytes, files_before, bytes_before });
            start += header_bytes + content_bytes.next_multiple_of(BLOCK_BYTES);
            files_before += u64::from(is_file);
            bytes_before += content_bytes;
        }
        // Two empty blocks are the end.
        let bytes = start + 2 * BLOCK_BYTES;
        Self { tree, seconds, places, bytes, files: files_before, content_bytes: bytes_before }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whole files, and bytes of files, before a place in the stream.
    pub(super) fn content_before(&self, at: u64) -> (u64, u64) {
        let number = self.places.partition_point(|place| place.start < at);
        let Some(place) = number.checked_sub(1).map(|last| &self.places[last]) else { return (0, 0) };
        let read = at.saturating_sub(place.start + place.header_bytes).min(place.content_bytes);
        let (files, bytes) = match self.places.get(number) {
            Some(next) => (next.files_before, next.bytes_before),
            None => (self.files, self.content_bytes),
        };
        if read == place.content_bytes { (files, bytes) } else { (place.files_before, place.bytes_before + read) }
    }

    /// Appends a part of the stream.
    pub(super) fn append(
        &self,
        reader: &mut TreeReader<'_>,
        offset: u64,
        bytes: u64,
        into: &mut Vec<u8>,
    ) -> Result<(), ArchiveProblem> {
        let end = offset + bytes;
        let mut at = offset;
        let mut number = self.places.partition_point(|place| place.start <= at).saturating_sub(1);
        while at < end {
            let Some(place) = self.places.get(number) else { break };
            let content = place.start + place.header_bytes;
            let padding = content + place.content_bytes;
            if at < content {
                let header = header(&self.tree.files()[number], self.seconds);
                // All within the header.
                let (from, to) = ((at - place.start) as usize, (end.min(content) - place.start) as usize);
                into.extend(&header[from..to]);
                at = end.min(content);
            }
            if at < end && at < padding {
                reader.append(number, at - content, end.min(padding) - at, into)?;
                at = end.min(padding);
            }
            number += 1;
            let next = self.places.get(number).map_or(self.bytes, |next| next.start);
            if at < end {
                // At most one piece.
                into.resize(into.len() + (end.min(next) - at) as usize, 0);
                at = end.min(next);
            }
        }
        Ok(())
    }
}
