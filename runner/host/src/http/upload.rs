use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::Instant;
use wasmtime_wasi_http::{Error, WasiBody};

/// A request's body on its way: counts its bytes, and knows whether the step or the server is to move next.
pub(super) struct Upload {
    body: WasiBody,
    limit: u64,
    sent: u64,
    turn: watch::Sender<Turn>,
}

/// Who is to move next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Turn {
    /// The step, which has not written more.
    Step,
    /// The server, since then: it has not taken more.
    Server(Instant),
    /// The server, since then: it has everything.
    Answer(Instant),
    /// The body was longer than the limit.
    TooLong,
    /// The step gave its body up.
    GivenUp,
}

/// What the other side of an [`Upload`] sees of it.
#[derive(Clone)]
pub(super) struct UploadState {
    turn: watch::Receiver<Turn>,
}

impl Upload {
    /// At most `limit` bytes of `body`.
    pub(super) fn new(body: WasiBody, limit: u64) -> (Self, UploadState) {
        let now = Instant::now();
        let (turn, state) = watch::channel(if body.is_end_stream() { Turn::Answer(now) } else { Turn::Server(now) });
        (Self { body, limit, sent: 0, turn }, UploadState { turn: state })
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut next = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &next {
            self.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
            if self.sent > self.limit {
                next = Poll::Ready(Some(Err(Error::HttpRequestBodySize(Some(self.limit)))));
            }
        }
        let turn = match &next {
            Poll::Pending => Turn::Step,
            Poll::Ready(Some(Ok(_))) if self.body.is_end_stream() => Turn::Answer(Instant::now()),
            Poll::Ready(Some(Ok(_))) => Turn::Server(Instant::now()),
            Poll::Ready(None) => Turn::Answer(Instant::now()),
            Poll::Ready(Some(Err(_))) if self.sent > self.limit => Turn::TooLong,
            Poll::Ready(Some(Err(_))) => Turn::GivenUp,
        };
        self.turn.send_replace(turn);
        next
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // The server did not want the rest: the answer is due.
        self.turn.send_if_modified(|turn| {
            let unfinished = *turn == Turn::Step;
            if unfinished {
                *turn = Turn::Server(Instant::now());
            }
            unfinished
        });
    }
}

impl UploadState {
    /// Whether the whole body was taken, so that the connection is free when the response is over.
    pub(super) fn is_complete(&self) -> bool {
        matches!(*self.turn.borrow(), Turn::Answer(_))
    }

    pub(super) fn is_too_long(&self) -> bool {
        *self.turn.borrow() == Turn::TooLong
    }

    pub(super) fn is_given_up(&self) -> bool {
        *self.turn.borrow() == Turn::GivenUp
    }

    /// Ends when the server has let `patience` pass without moving, while it was its turn: a long upload is no late
    /// answer.
    pub(super) async fn server_is_late(&self, patience: Duration) {
        let mut turn = self.turn.clone();
        loop {
            let since = match *turn.borrow_and_update() {
                Turn::Server(since) | Turn::Answer(since) => Some(since),
                Turn::Step | Turn::TooLong | Turn::GivenUp => None,
            };
            let late = async {
                match since {
                    Some(since) => match since.checked_add(patience) {
                        Some(due) => tokio::time::sleep_until(due).await,
                        None => std::future::pending().await,
                    },
                    None => std::future::pending().await,
                }
            };
            tokio::pin!(late);
            tokio::select! {
                () = &mut late => return,
                changed = turn.changed() => {
                    if changed.is_err() {
                        // Nothing will change any more.
                        late.await;
                        return;
                    }
                }
            }
        }
    }
}
