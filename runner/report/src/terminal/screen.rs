use std::io::Write;

use crate::{Line, Style};

/// What is written to: lines that stay, and a block below them that is painted anew each time.
pub(super) struct Screen {
    out: Option<Box<dyn Write + Send>>,
    style: Style,
    /// Lines that stay and are not written yet.
    pending: String,
    /// The columns of each line of the block that is on the screen.
    drawn: Vec<usize>,
}

impl Screen {
    pub(super) fn new(out: Box<dyn Write + Send>, style: Style) -> Self {
        Self { out: Some(out), style, pending: String::new(), drawn: Vec::new() }
    }

    /// Adds a line that stays.
    pub(super) fn add(&mut self, line: &Line) {
        self.pending.push_str(self.style.render(line).trim_end_matches(' '));
        self.pending.push('\n');
    }

    /// Bytes that wait to be written.
    pub(super) fn pending_bytes(&self) -> usize {
        self.pending.len()
    }

    /// Writes what waits, and `block` below it in the place of the block before. `width` is the screen's, in columns.
    pub(super) fn paint(&mut self, block: &[Line], width: Option<usize>) {
        if self.pending.is_empty() && self.drawn.is_empty() && block.is_empty() {
            return;
        }
        let mut text = String::new();
        // A line that was drawn on a wider screen takes several rows of a narrower one.
        let rows: usize = self.drawn.iter().map(|drawn| drawn.div_ceil(width.unwrap_or(usize::MAX)).max(1)).sum();
        if rows > 0 {
            text.push_str(&format!("\x1b[{rows}A\r\x1b[J"));
        }
        text.push_str(&self.pending);
        self.pending.clear();
        self.drawn.clear();
        for line in block {
            text.push_str(&self.style.render(line));
            text.push('\n');
            self.drawn.push(line.width());
        }
        let written = self.out.as_mut().map(|out| out.write_all(text.as_bytes()).and_then(|()| out.flush()));
        // Nobody reads any more: the run goes on, silently.
        if let Some(Err(_)) = written {
            self.out = None;
        }
    }
}
