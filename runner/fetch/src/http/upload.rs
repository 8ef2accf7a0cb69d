use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::mpsc;

/// How much of a file is read at once.
const CHUNK: usize = 128 * 1024;
/// Chunks that are read ahead.
const AHEAD: usize = 4;

/// What a request carries. It can be sent again, after a redirect or a failure.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Nothing,
    Bytes(Bytes),
    File(Upload),
}

/// A part of a file between two texts.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) path: PathBuf,
    pub(crate) from: u64,
    pub(crate) length: u64,
    pub(crate) before: Bytes,
    pub(crate) after: Bytes,
}

impl Upload {
    /// A whole file.
    pub(crate) fn whole(path: PathBuf, length: u64) -> Self {
        Self { path, from: 0, length, before: Bytes::new(), after: Bytes::new() }
    }

    /// Bytes of the body.
    pub(crate) fn total(&self) -> u64 {
        self.length + (self.before.len() + self.after.len()) as u64
    }

    /// The body; `sent` grows as it is taken.
    pub(crate) fn stream(&self, sent: Arc<AtomicU64>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let upload = self.clone();
        tokio::task::spawn_blocking(move || {
            // The receiver goes away with the request: then nobody is interested any more.
            if let Err(error) = upload.read(&sender) {
                let _ = sender.blocking_send(Err(error));
            }
        });
        stream::unfold((receiver, sent), |(mut receiver, sent)| async move {
            let chunk: io::Result<Bytes> = receiver.recv().await?;
            if let Ok(chunk) = &chunk {
                sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            }
            Some((chunk, (receiver, sent)))
        })
    }

    fn read(&self, sender: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
        let send = |bytes: Bytes| bytes.is_empty() || sender.blocking_send(Ok(bytes)).is_ok();
        if !send(self.before.clone()) {
            return Ok(());
        }
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.from))?;
        let mut left = self.length;
        while left > 0 {
            let mut buffer = vec![0; CHUNK.min(usize::try_from(left).unwrap_or(CHUNK))];
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was sent"));
            }
            buffer.truncate(count);
            left -= count as u64;
            if !send(buffer.into()) {
                return Ok(());
            }
        }
        send(self.after.clone());
        Ok(())
    }
}
