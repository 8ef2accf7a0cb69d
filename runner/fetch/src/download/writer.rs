use std::fs::File;
use std::io::{self, Write as _};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::run::Guard;

/// Chunks between the network and the disk.
const WAITING: usize = 16;

/// Where the bytes go: hashed and written on a thread of their own, so that the network need not wait for either.
pub(super) struct Target {
    pub(super) file: File,
    pub(super) hasher: Sha256,
    /// Bytes in the file.
    pub(super) length: u64,
}

pub(super) struct Writer {
    sender: mpsc::Sender<Bytes>,
    done: JoinHandle<(Target, io::Result<()>)>,
}

impl Writer {
    /// Begins to write behind what is there. The guard lives as long as something may be written.
    pub(super) fn start(mut target: Target, guard: Guard) -> Self {
        let (sender, mut receiver) = mpsc::channel::<Bytes>(WAITING);
        let done = tokio::task::spawn_blocking(move || {
            let _guard = guard;
            while let Some(chunk) = receiver.blocking_recv() {
                if let Err(error) = target.file.write_all(&chunk) {
                    return (target, Err(error));
                }
                target.hasher.update(&chunk);
                target.length += chunk.len() as u64;
            }
            (target, Ok(()))
        });
        Self { sender, done }
    }

    /// Hands over a chunk; false if nothing can be written any more.
    pub(super) async fn write(&self, chunk: Bytes) -> bool {
        self.sender.send(chunk).await.is_ok()
    }

    /// Waits until all is written.
    pub(super) async fn finish(self) -> io::Result<Target> {
        drop(self.sender);
        let (target, written) = self.done.await.map_err(io::Error::other)?;
        written.map(|()| target)
    }
}
