//! Standard output and error of a guest: lines of its log. Nothing of the machine's own streams is granted.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{OutputStream, StreamError, StreamResult};
use wharf_model::{Level, MaskStream};

use crate::report::Report;

/// A line longer than this is cut into several.
const MAX_LINE: usize = 64 * 1024;
/// How many of the last lines are kept.
const LAST_LINES: usize = 8;
/// How many characters of each of the last lines are told.
const LAST_LINE_LENGTH: usize = 500;

/// One of the two streams: collects bytes into lines.
#[derive(Clone)]
pub(crate) struct LogStream {
    level: Level,
    shared: Arc<Mutex<Pending>>,
    report: Arc<Report>,
}

#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// Masks a line that is cut into several, so that a secret across a cut is masked. None between such lines.
    long: Option<MaskStream>,
    /// The last lines, for telling why a guest trapped.
    last: VecDeque<String>,
}

impl LogStream {
    pub(crate) fn new(level: Level, report: Arc<Report>) -> Self {
        Self { level, shared: Arc::default(), report }
    }

    fn take(&self, bytes: &[u8]) -> wasmtime::Result<()> {
        let mut pending = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(mut part) = parts.next() {
            while pending.bytes.len() + part.len() > MAX_LINE {
                let (now, later) = part.split_at(cut(part, MAX_LINE - pending.bytes.len()));
                pending.bytes.extend_from_slice(now);
                part = later;
                self.emit(&mut pending, true)?;
            }
            pending.bytes.extend_from_slice(part);
            if parts.peek().is_some() {
                self.emit(&mut pending, false)?;
            }
        }
        Ok(())
    }

    /// Emits what is left without a line end.
    pub(crate) fn finish(&self) -> wasmtime::Result<()> {
        let mut pending = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.bytes.is_empty() { Ok(()) } else { self.emit(&mut pending, false) }
    }

    /// The last lines that were written, cut where they are long.
    pub(crate) fn last_lines(&self) -> Vec<String> {
        let mut pending = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = pending.last.make_contiguous().join("\n");
        drop(pending);
        // A secret across a cut would not be masked any more.
        let masked = self.report.observer().mask_part(&mut MaskStream::default(), &lines, true);
        masked.lines().map(|line| line.chars().take(LAST_LINE_LENGTH).collect()).collect()
    }

    fn emit(&self, pending: &mut Pending, goes_on: bool) -> wasmtime::Result<()> {
        let mut text = String::from_utf8_lossy(&pending.bytes).trim_end_matches('\r').to_owned();
        pending.bytes.clear();
        if goes_on || pending.long.is_some() {
            text = self.report.observer().mask_part(pending.long.get_or_insert_default(), &text, !goes_on);
            if !goes_on {
                pending.long = None;
            }
            if text.is_empty() {
                return Ok(());
            }
        }
        if pending.last.len() == LAST_LINES {
            pending.last.pop_front();
        }
        pending.last.push_back(text.clone());
        self.report.log(self.level, text, Vec::new())
    }
}

/// Where to cut bytes that are too long: at `most`, or a little before it where a character would be cut.
fn cut(bytes: &[u8], most: usize) -> usize {
    let is_start = |at: &usize| bytes.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (most.saturating_sub(3)..=most).rev().find(is_start).unwrap_or(most)
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for LogStream {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl OutputStream for LogStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.take(&bytes).map_err(StreamError::Trap)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_LINE)
    }
}

impl AsyncWrite for LogStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Poll::Ready(self.take(bytes).map(|()| bytes.len()).map_err(std::io::Error::other))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
