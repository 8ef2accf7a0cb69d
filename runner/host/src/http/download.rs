use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::Error;

use super::connection::Connection;
use super::fault::response_body_error;
use super::pool::{Place, Pool};
use super::upload::UploadState;

/// A response's body on its way to the step. It counts as a request under way until it is read or dropped.
pub(super) struct Download {
    pub(super) body: Incoming,
    pub(super) limit: u64,
    pub(super) received: u64,
    /// Told when the limit is passed.
    pub(super) too_long: Box<dyn FnOnce() + Send>,
    pub(super) patience: Patience,
    /// Ends when the run is cancelled.
    pub(super) cancelled: Pin<Box<dyn Future<Output = ()> + Send>>,
    pub(super) lease: Option<Lease>,
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

/// How long the server may be silent between two pieces. Time in which the step does not ask does not count.
pub(super) struct Patience {
    limit: Duration,
    timer: Pin<Box<Sleep>>,
    waiting: bool,
}

/// The connection, to be kept for the next request when the body is over.
pub(super) struct Lease {
    pub(super) connection: Connection,
    pub(super) place: Place,
    pub(super) pool: Pool,
    pub(super) upload: UploadState,
}

impl Patience {
    /// Needs a runtime around it.
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, timer: Box::pin(tokio::time::sleep(limit)), waiting: false }
    }

    fn poll_exhausted(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.waiting {
            self.waiting = true;
            match Instant::now().checked_add(self.limit) {
                Some(due) => self.timer.as_mut().reset(due),
                None => return Poll::Pending,
            }
        }
        self.timer.as_mut().poll(cx)
    }
}

impl Download {
    fn end(&mut self) {
        self.permit = None;
        if let Some(lease) = self.lease.take()
            && lease.upload.is_complete()
        {
            lease.pool.put(lease.place, lease.connection);
        }
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.permit = None;
        self.lease = None;
        Poll::Ready(Some(Err(error)))
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.cancelled.as_mut().poll(cx).is_ready() {
            return self.fail(Error::ConnectionTerminated);
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.patience.waiting = false;
                self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                if self.received > self.limit {
                    let limit = self.limit;
                    std::mem::replace(&mut self.too_long, Box::new(|| ()))();
                    return self.fail(Error::HttpResponseBodySize(Some(limit)));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                let error = response_body_error(&error);
                self.fail(error)
            }
            Poll::Ready(None) => {
                self.end();
                Poll::Ready(None)
            }
            Poll::Pending => match self.patience.poll_exhausted(cx) {
                Poll::Ready(()) => self.fail(Error::ConnectionReadTimeout),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        // A body without content is often dropped unread.
        if self.body.is_end_stream() {
            self.end();
        }
    }
}
