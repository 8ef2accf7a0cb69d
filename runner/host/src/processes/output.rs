use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use wharf_model::{Failure, Limit};

use super::line::{Line, LineCutter, Source};
use super::log::ProgramLog;
use super::order::EndOrder;
use super::state::State;

/// How long the pipes may be silent when the program has ended, before its output counts as over. What the program
/// itself has written is in the pipe by then; only those that it started can write more, and they may live for ever.
const SILENCE: Duration = Duration::from_millis(200);

/// How long one waits for such writers altogether.
const LINGER: Duration = Duration::from_secs(2);

/// How many bytes one takes from such writers: more than any pipe holds.
const LEFT_BEHIND: u64 = 1024 * 1024;

/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

/// Who gets the lines.
pub(super) enum Delivery {
    /// The log.
    Log(ProgramLog),
    /// The step, through this queue.
    Lines(mpsc::Sender<Line>),
    /// Nobody.
    Nobody,
}

/// Carries the output of one program to whom it belongs.
pub(super) struct Output {
    pub(super) program: String,
    pub(super) delivery: Delivery,
    pub(super) limit: u64,
    pub(super) state: Arc<State>,
    pub(super) order: EndOrder,
    /// Set when the step ends: then nobody takes lines from the queue any more.
    pub(super) ending: watch::Receiver<bool>,
}

/// Says that the output is over, also if delivering it panicked.
struct Over(Arc<State>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.output_over();
    }
}

impl Output {
    /// Reads both streams to their end, in the order in which they arrive.
    pub(super) async fn carry(mut self, stdout: Option<ChildStdout>, stderr: Option<ChildStderr>) {
        let mut over = Some(Over(Arc::clone(&self.state)));
        let mut stdout = Stream::new(stdout, Source::Stdout);
        let mut stderr = Stream::new(stderr, Source::Stderr);
        let mut bytes = 0;
        let mut left_behind = LeftBehind::default();
        let state = Arc::clone(&self.state);
        let exited = state.exited();
        tokio::pin!(exited);
        let mut ending = self.ending.clone();
        let mut has_exited = false;
        while stdout.is_open() || stderr.is_open() {
            let patience = left_behind.patience(has_exited && over.is_some());
            if patience == Some(Duration::ZERO) {
                self.end_for_the_step(&mut over);
                continue;
            }
            let asked = Instant::now();
            let lines = tokio::select! {
                biased;
                () = &mut exited, if !has_exited => {
                    has_exited = true;
                    continue;
                }
                () = step_ends(&mut ending), if over.is_none() => break,
                read = stdout.read(), if stdout.is_open() => read,
                read = stderr.read(), if stderr.is_open() => read,
                () = tokio::time::sleep(patience.unwrap_or_default()), if patience.is_some() => {
                    self.deliver(stdout.cutter.finish().into_iter().chain(stderr.cutter.finish())).await;
                    self.end_for_the_step(&mut over);
                    continue;
                }
            };
            bytes += lines.bytes;
            if bytes > self.limit {
                self.stop_flood();
                break;
            }
            if has_exited && over.is_some() {
                left_behind.waited += asked.elapsed();
                left_behind.bytes += lines.bytes;
            }
            self.deliver(lines.lines).await;
            // One stream must not keep the other, nor the rest of the runtime, from its turn.
            std::mem::swap(&mut stdout, &mut stderr);
        }
    }

    /// From now on only the log hears of what comes.
    fn end_for_the_step(&mut self, over: &mut Option<Over>) {
        if matches!(self.delivery, Delivery::Lines(_)) {
            self.delivery = Delivery::Nobody;
        }
        over.take();
    }

    /// Too much was printed: the program is ended, and its pipes are closed.
    fn stop_flood(&self) {
        let what = format!("`{}` printed too much", self.program);
        self.state.failed(Failure::limit(Limit::ProgramOutput, self.limit, what));
        self.order.give(Duration::ZERO);
    }

    async fn deliver(&mut self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            match &mut self.delivery {
                Delivery::Log(log) => log.line(line),
                Delivery::Lines(queue) => {
                    let mut ending = self.ending.clone();
                    let taken = tokio::select! {
                        sent = queue.send(line) => sent.is_ok(),
                        () = step_ends(&mut ending) => false,
                    };
                    if !taken {
                        self.delivery = Delivery::Nobody;
                    }
                }
                Delivery::Nobody => {}
            }
        }
    }
}

/// Waits for the end of the step.
async fn step_ends(ending: &mut watch::Receiver<bool>) {
    // Without a sender it has ended, too.
    let _ = ending.wait_for(|ending| *ending).await;
}

/// What came, and for how long one waited, after the program's own end.
#[derive(Default)]
struct LeftBehind {
    waited: Duration,
    bytes: u64,
}

impl LeftBehind {
    fn patience(&self, counts: bool) -> Option<Duration> {
        if !counts {
            return None;
        }
        if self.bytes > LEFT_BEHIND {
            return Some(Duration::ZERO);
        }
        Some(SILENCE.min(LINGER.saturating_sub(self.waited)))
    }
}

/// One of the two streams.
struct Stream {
    reader: Option<Box<dyn AsyncRead + Send + Unpin>>,
    cutter: LineCutter,
    buffer: Vec<u8>,
}

struct Read {
    bytes: u64,
    lines: Vec<Line>,
}

impl Stream {
    fn new(reader: Option<impl AsyncRead + Send + Unpin + 'static>, source: Source) -> Self {
        let reader = reader.map(|reader| Box::new(reader) as Box<dyn AsyncRead + Send + Unpin>);
        Self { reader, cutter: LineCutter::new(source), buffer: vec![0; PIECE] }
    }

    fn is_open(&self) -> bool {
        self.reader.is_some()
    }

    async fn read(&mut self) -> Read {
        let Some(reader) = &mut self.reader else { return Read { bytes: 0, lines: Vec::new() } };
        match reader.read(&mut self.buffer).await {
            Ok(length @ 1..) => Read { bytes: length as u64, lines: self.cutter.push(&self.buffer[..length]) },
            // A pipe that cannot be read has ended.
            Ok(0) | Err(_) => {
                self.reader = None;
                Read { bytes: 0, lines: self.cutter.finish().into_iter().collect() }
            }
        }
    }
}
