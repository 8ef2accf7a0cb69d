use std::sync::Arc;

use wharf_model::{Level, MaskStream, StepEvent, StepObserver};

use super::line::{Line, Source};

/// The log as a program's output goes to it.
pub(super) struct ProgramLog {
    observer: Arc<dyn StepObserver>,
    stdout: LongLine,
    stderr: LongLine,
}

/// Masks a line that is cut into several, so that a secret across a cut is masked. None between such lines.
type LongLine = Option<MaskStream>;

impl ProgramLog {
    pub(super) fn new(observer: Arc<dyn StepObserver>) -> Self {
        Self { observer, stdout: None, stderr: None }
    }

    pub(super) fn line(&mut self, line: Line) {
        let (level, long) = match line.source {
            Source::Stdout => (Level::Info, &mut self.stdout),
            Source::Stderr => (Level::Warn, &mut self.stderr),
        };
        let is_part = line.goes_on || long.is_some();
        let message = if is_part {
            let stream = long.get_or_insert_default();
            self.observer.mask_part(stream, &line.text, !line.goes_on)
        } else {
            line.text
        };
        if !line.goes_on {
            *long = None;
        }
        if !is_part || !message.is_empty() {
            self.observer.event(StepEvent::Log { level, message, fields: Vec::new() });
        }
    }
}
