//! Streams over open files. Files are always ready, so every call is done inline, on the step's own thread.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{InputStream, OutputStream, StreamError, StreamResult};

use super::held::HeldFile;

/// The most bytes that one call reads.
pub(crate) const MAX_READ: usize = 256 * 1024;
/// The most bytes that one call writes.
const MAX_WRITE: usize = 1024 * 1024;

/// Reads at a place of a file, which the system's own position does not matter for.
#[cfg(unix)]
pub(crate) fn read_at(file: &std::fs::File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    use std::os::unix::fs::FileExt as _;
    retry(|| file.read_at(buffer, offset))
}

/// Writes at a place of a file.
#[cfg(unix)]
pub(crate) fn write_at(file: &std::fs::File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    use std::os::unix::fs::FileExt as _;
    retry(|| file.write_at(buffer, offset))
}

#[cfg(windows)]
pub(crate) fn read_at(file: &std::fs::File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    use std::os::windows::fs::FileExt as _;
    retry(|| file.seek_read(buffer, offset))
}

#[cfg(windows)]
pub(crate) fn write_at(file: &std::fs::File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    use std::os::windows::fs::FileExt as _;
    retry(|| file.seek_write(buffer, offset))
}

fn retry(mut operation: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Reads a file from an offset on.
pub(crate) struct FileInput {
    file: Arc<HeldFile>,
    position: u64,
}

impl FileInput {
    pub(crate) fn new(file: Arc<HeldFile>, position: u64) -> Self {
        Self { file, position }
    }
}

#[async_trait::async_trait]
impl Pollable for FileInput {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl InputStream for FileInput {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        let mut buffer = BytesMut::zeroed(size.min(MAX_READ));
        match self.file.with(|file| read_at(file, &mut buffer, self.position)) {
            Ok(0) => Err(StreamError::Closed),
            Ok(count) => {
                buffer.truncate(count);
                self.position += count as u64;
                Ok(buffer.freeze())
            }
            Err(error) => Err(StreamError::LastOperationFailed(error.into())),
        }
    }
}

/// Where the next bytes of a [`FileOutput`] go.
#[derive(Clone, Copy)]
pub(crate) enum Position {
    At(u64),
    End,
}

/// Told before bytes are written: the file, and the byte behind the last one. It may refuse.
pub(crate) type BeforeWrite = Box<dyn FnMut(&std::fs::File, u64) -> io::Result<()> + Send>;

/// Writes into a file.
pub(crate) struct FileOutput {
    file: Arc<HeldFile>,
    position: Position,
    before_write: Option<BeforeWrite>,
}

impl FileOutput {
    pub(crate) fn new(file: Arc<HeldFile>, position: Position, before_write: Option<BeforeWrite>) -> Self {
        Self { file, position, before_write }
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let mut at = match self.position {
            Position::At(at) => at,
            Position::End => self.file.metadata()?.size,
        };
        if let Some(before_write) = &mut self.before_write {
            self.file.with(|file| before_write(file, at.saturating_add(bytes.len() as u64)))?;
        }
        while !bytes.is_empty() {
            let count = self.file.with(|file| write_at(file, bytes, at))?;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[count..];
            at += count as u64;
        }
        if let Position::At(position) = &mut self.position {
            *position = at;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Pollable for FileOutput {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl OutputStream for FileOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.write_all(&bytes).map_err(|error| StreamError::LastOperationFailed(error.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_WRITE)
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.write(bytes)
    }
}
