use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use wharf_model::Event;

use crate::JournalError;

/// How much of a file's end is looked at for its last line.
const PIECE: u64 = 64 * 1024;

/// The events of a journal, in order. One at a time is in memory.
pub struct Events {
    path: PathBuf,
    reader: BufReader<File>,
    line: String,
    number: usize,
    recovered: Recovered,
}

/// What was found at the end of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Bytes of a last line that is not whole: the process ended while it was written.
    pub torn_bytes: usize,
}

/// Reads a journal from its beginning. A last line that is not whole is left out.
///
/// # Errors
/// When the file cannot be opened.
pub fn read_events(path: &Path) -> Result<Events, JournalError> {
    let file = File::open(path).map_err(JournalError::io("open", path))?;
    let reader = BufReader::with_capacity(256 * 1024, file);
    Ok(Events { path: path.to_owned(), reader, line: String::new(), number: 0, recovered: Recovered::default() })
}

impl Events {
    /// What was found at the end, once all events were read.
    pub fn recovered(&self) -> Recovered {
        self.recovered
    }
}

impl Iterator for Events {
    type Item = Result<Event, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line.clear();
        self.number += 1;
        match self.reader.read_line(&mut self.line) {
            Ok(0) => None,
            Ok(_) if self.line.ends_with('\n') => Some(serde_json::from_str(&self.line).map_err(|error| {
                JournalError::NoEvent { path: self.path.clone(), line: self.number, reason: error.to_string() }
            })),
            Ok(bytes) => {
                self.recovered.torn_bytes = bytes;
                None
            }
            // A character may be torn too.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                self.recovered.torn_bytes = 1;
                None
            }
            Err(error) => Some(Err(JournalError::io("read", &self.path)(error))),
        }
    }
}

/// Bytes up to the end of the last whole line.
pub(crate) fn whole_length(path: &Path) -> Result<u64, JournalError> {
    let mut file = File::open(path).map_err(JournalError::io("open", path))?;
    let read = |file: &mut File| -> io::Result<u64> {
        let mut end = file.seek(SeekFrom::End(0))?;
        while end > 0 {
            let from = end.saturating_sub(PIECE);
            file.seek(SeekFrom::Start(from))?;
            let mut piece = Vec::new();
            file.by_ref().take(end - from).read_to_end(&mut piece)?;
            if let Some(at) = piece.iter().rposition(|byte| *byte == b'\n') {
                return Ok(from + at as u64 + 1);
            }
            end = from;
        }
        Ok(0)
    };
    read(&mut file).map_err(JournalError::io("read", path))
}

/// The last whole line of a journal, as an event; none if there is none.
pub(crate) fn last_event(path: &Path) -> Option<Event> {
    let end = whole_length(path).ok()?;
    let mut file = File::open(path).ok()?;
    let mut from = end;
    let mut bytes = Vec::new();
    while from > 0 {
        let start = from.saturating_sub(PIECE);
        file.seek(SeekFrom::Start(start)).ok()?;
        let mut piece = Vec::new();
        file.by_ref().take(from - start).read_to_end(&mut piece).ok()?;
        piece.append(&mut bytes);
        bytes = piece;
        let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        if let Some(at) = line.iter().rposition(|byte| *byte == b'\n') {
            return serde_json::from_slice(&line[at + 1..]).ok();
        }
        from = start;
    }
    serde_json::from_slice(&bytes).ok()
}
