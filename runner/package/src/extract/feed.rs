use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::shared::SharedContent;
use crate::content::{Content, ContentError};
use crate::{Archive, workers};

/// Small enough that the allocator keeps it, large enough that few of them pass.
const CHUNK_BYTES: usize = 64 * 1024;
/// How many chunks a thread may be ahead.
const CHUNKS_AHEAD: usize = 16;

/// The contents of files, one after the other in their order. They are decompressed ahead by other threads, if there is
/// enough to do for them.
pub(super) enum Feed<'a> {
    /// On this thread.
    Here { content: Box<Content>, shared: SharedContent<'a>, numbers: &'a [usize] },
    /// On other threads, which take turns.
    Ahead { threads: Vec<Receiver<Part>>, current: Current },
}

/// What a thread tells of its files.
pub(super) enum Part {
    Bytes(Vec<u8>),
    Broken(ContentError),
    End,
}

/// The file that is read.
#[derive(Default)]
pub(super) struct Current {
    /// Whose it is.
    thread: usize,
    chunk: Vec<u8>,
    /// How much of the chunk was read.
    read: usize,
    /// Whether more of the file is to come.
    goes_on: bool,
}

impl<'a> Feed<'a> {
    /// Lets `consume` have the contents of these files.
    pub(super) fn run<R>(archive: &'a Archive, numbers: &'a [usize], consume: impl FnOnce(&mut Self) -> R) -> R {
        let bytes = numbers.iter().map(|&number| archive.entries()[number].size).sum();
        let useful = workers::count(numbers.len().max(2), bytes);
        let count = match useful {
            0 | 1 => 0,
            _ if archive.reads_in_any_order() => useful.min(numbers.len()),
            _ => 1,
        };
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for turn in 0..count {
                let (sender, receiver) = sync_channel(CHUNKS_AHEAD);
                let work = move || send(archive, numbers, turn, count, &sender);
                if thread::Builder::new().name("wharf-package".to_owned()).spawn_scoped(scope, work).is_err() {
                    threads.clear();
                    break;
                }
                threads.push(receiver);
            }
            // Threads that cannot send any more end: when this is dropped, and before the scope waits for them.
            let mut feed = match threads.is_empty() {
                true => Self::Here { content: Box::new(Content::new()), shared: SharedContent::new(archive), numbers },
                false => Self::Ahead { threads, current: Current::default() },
            };
            consume(&mut feed)
        })
    }

    /// Begins the next file: the one at this place in the order.
    pub(super) fn begin(&mut self, at: usize) -> Result<(), ContentError> {
        match self {
            Self::Here { content, shared, numbers } => shared.begin(content, numbers[at], numbers.get(at + 1).copied()),
            Self::Ahead { threads, current } => {
                while current.goes_on {
                    // Whatever is wrong with what nobody wants to read.
                    let _ = current.next(threads);
                }
                *current = Current { thread: at % threads.len(), goes_on: true, ..Current::default() };
                current.next(threads)
            }
        }
    }

    /// Reads into `buffer`; 0 means the end of the file.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ContentError> {
        match self {
            Self::Here { content, .. } => content.read(buffer),
            Self::Ahead { threads, current } => {
                while !buffer.is_empty() && current.read == current.chunk.len() && current.goes_on {
                    current.next(threads)?;
                }
                let chunk = &current.chunk[current.read..];
                let length = chunk.len().min(buffer.len());
                buffer[..length].copy_from_slice(&chunk[..length]);
                current.read += length;
                Ok(length)
            }
        }
    }

    /// Fills the buffer, or less of it at the end of the file; answers how much.
    pub(super) fn read_most(&mut self, buffer: &mut [u8]) -> Result<usize, ContentError> {
        let mut filled = 0;
        loop {
            match self.read(&mut buffer[filled..])? {
                0 => return Ok(filled),
                read => filled += read,
            }
        }
    }
}

impl Current {
    /// The next chunk of the file, or its end.
    fn next(&mut self, threads: &[Receiver<Part>]) -> Result<(), ContentError> {
        self.read = 0;
        self.chunk.clear();
        match threads[self.thread].recv() {
            Ok(Part::Bytes(chunk)) => self.chunk = chunk,
            Ok(Part::End) => self.goes_on = false,
            Ok(Part::Broken(error)) => {
                self.goes_on = false;
                return Err(error);
            }
            // It has panicked, which the scope tells.
            Err(_) => {
                self.goes_on = false;
                return Err(ContentError::Io(std::io::Error::other("a thread has ended")));
            }
        }
        Ok(())
    }
}

/// Sends the contents of every `count`th file, until all are sent or nobody wants them any more.
fn send(archive: &Archive, numbers: &[usize], turn: usize, count: usize, to: &SyncSender<Part>) {
    let (mut content, mut shared) = (Content::new(), SharedContent::new(archive));
    let mut mine = numbers.iter().copied().skip(turn).step_by(count).peekable();
    while let Some(number) = mine.next() {
        let mut unread = archive.entries()[number].size;
        let mut part = shared.begin(&mut content, number, mine.peek().copied());
        while part.is_ok() && unread > 0 {
            // At most the chunk's size.
            let mut chunk = vec![0; unread.min(CHUNK_BYTES as u64) as usize];
            part = content.read_full(&mut chunk);
            if part.is_ok() {
                unread -= chunk.len() as u64;
                if to.send(Part::Bytes(chunk)).is_err() {
                    return;
                }
            }
        }
        // An empty file has an end to be checked, too.
        let end = match part.and_then(|()| content.read(&mut [])) {
            Ok(_) => Part::End,
            Err(error) => Part::Broken(error),
        };
        if to.send(end).is_err() {
            return;
        }
    }
}
