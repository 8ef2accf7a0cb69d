use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wharf_model::CancelToken;
use wharf_report::sanitize;

use crate::ui::{Ui, stderr_width};

/// What is done sooner needs no bar.
const PATIENCE: Duration = Duration::from_millis(150);
/// Narrower terminals have no room for a bar.
const LEAST_WIDTH: usize = 50;

/// How far a command is: a bar on standard error while it works, if that is a terminal. It vanishes with this.
pub struct Progress {
    what: String,
    style: Option<ProgressStyle>,
    begun: Instant,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// Of something that counts bytes. `what` stands before the bar.
    pub fn of_bytes(what: &str, ui: &Ui) -> Self {
        let is_wide = stderr_width().is_none_or(|width| width >= LEAST_WIDTH);
        Self::new(
            what,
            ui,
            match (is_wide, ui.err.color) {
                (false, _) => "{msg} {percent}%",
                (true, false) => "{msg} {wide_bar} {percent:>3}% {binary_bytes}/{binary_total_bytes}",
                (true, true) => "{msg} {wide_bar:.cyan} {percent:>3}% {binary_bytes}/{binary_total_bytes}",
            },
        )
    }

    /// Of something that counts things.
    pub fn of_things(what: &str, ui: &Ui) -> Self {
        Self::new(what, ui, "{msg} {pos}/{len}")
    }

    fn new(what: &str, ui: &Ui, template: &str) -> Self {
        let is_unicode = ui.err == wharf_report::Style::new(ui.err.color, true);
        let characters = if is_unicode { "█▉▊▋▌▍▎▏ " } else { "=> " };
        // The templates are those above.
        let style = ProgressStyle::with_template(template).ok().map(|style| style.progress_chars(characters));
        Self {
            what: sanitize(what).into_owned(),
            style: style.filter(|_| !ui.quiet && stderr_width().is_some()),
            begun: Instant::now(),
            bar: OnceLock::new(),
        }
    }

    /// Tells how far it is.
    pub fn set(&self, done: u64, total: u64) {
        if let Some(bar) = self.bar() {
            bar.set_length(total);
            bar.set_position(done);
        }
    }

    /// The bar, as soon as there is a reason for one.
    fn bar(&self) -> Option<&ProgressBar> {
        let style = self.style.as_ref()?;
        if self.bar.get().is_none() && self.begun.elapsed() < PATIENCE {
            return None;
        }
        Some(self.bar.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(style.clone());
            bar.with_message(self.what.clone())
        }))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

/// What a function that may stop its caller answers.
pub fn unless_cancelled(cancel: &CancelToken) -> ControlFlow<()> {
    if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
