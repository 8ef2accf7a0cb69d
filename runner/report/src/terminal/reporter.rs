use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wharf_model::{Event, EventKind, EventSink, Level, RunStatus};

use super::head::Head;
use super::item::{
    artifact_line, attempt_line, first_line, is_shown, log_lines, output_line, program_line, request_line,
    revealed_line, unplanned_line,
};
use super::live::live_lines;
use super::screen::Screen;
use super::step::{Ending, Progress, StepView, time_of};
use super::summary::{Gathered, summary_lines};
use super::{Surface, TerminalOptions, Verbosity};
use crate::{Line, Role, format_duration};

/// How often the live block is painted.
const FRAME: Duration = Duration::from_millis(80);
/// Bytes that may wait for the next frame.
const MOST_PENDING: usize = 64 * 1024;
/// Lines of a step that may wait for its end; then its header is written and its lines stay as they come.
const MOST_LINES: usize = 200;
/// The widest that lines with something at their right edge become.
const MOST_COLUMNS: usize = 120;

/// Shows a run to people.
pub struct TerminalReporter {
    shared: Arc<Shared>,
    painter: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TerminalReporter {
    /// A reporter that writes to `out`.
    pub fn new(options: TerminalOptions, out: Box<dyn Write + Send>) -> Self {
        let state = State {
            screen: Screen::new(out, options.style),
            options,
            head: Head::default(),
            steps: Vec::new(),
            by_id: HashMap::new(),
            running: Vec::new(),
            gathered: Gathered::default(),
            is_over: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), ended: Condvar::new() });
        Self { shared, painter: Mutex::new(None) }
    }

    /// Writes a line of Wharf's own, above the live block.
    pub fn notice(&self, line: Line) {
        let mut state = self.shared.lock();
        state.emit(line, 0);
        state.paint();
    }

    /// Paints what is there now. Tests call this; otherwise time does.
    pub fn paint(&self) {
        self.shared.lock().paint();
    }

    /// Takes the live block away and writes what waits, as if the run had ended.
    pub fn close(&self) {
        self.shared.lock().end();
        self.shared.ended.notify_all();
        let painter = self.painter.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(painter) = painter {
            // Its only work is to paint: if that has panicked, there is nothing to add.
            let _ = painter.join();
        }
    }

    fn start_painter(&self) {
        let shared = Arc::clone(&self.shared);
        let painter = std::thread::Builder::new().name("wharf-screen".into()).spawn(move || {
            let mut state = shared.lock();
            while !state.is_over {
                state = shared.ended.wait_timeout(state, FRAME).unwrap_or_else(PoisonError::into_inner).0;
                state.paint();
            }
        });
        // Without a thread lines are written when many wait, and at the end.
        *self.painter.lock().unwrap_or_else(PoisonError::into_inner) = painter.ok();
    }
}

impl Drop for TerminalReporter {
    fn drop(&mut self) {
        self.close();
    }
}

/// The columns that the name of a step has at least.
const LEAST_NAME: usize = 8;

impl EventSink for TerminalReporter {
    fn event(&self, event: &Event) {
        let mut state = self.shared.lock();
        state.apply(&event.kind);
        if state.screen.pending_bytes() > MOST_PENDING {
            state.paint();
        }
        drop(state);
        match event.kind {
            EventKind::RunStarted { .. } => self.start_painter(),
            EventKind::RunFinished { .. } => self.close(),
            _ => {}
        }
    }
}

struct State {
    options: TerminalOptions,
    screen: Screen,
    head: Head,
    steps: Vec<StepView>,
    by_id: HashMap<String, usize>,
    /// Which steps run, since when.
    running: Vec<(usize, Instant)>,
    gathered: Gathered,
    is_over: bool,
}

impl State {
    fn apply(&mut self, event: &EventKind) {
        match event {
            EventKind::RunStarted { project, process, environment, steps, packages, .. } => {
                // One that goes on is told anew.
                self.gathered = Gathered::default();
                self.head = Head {
                    project: project.clone(),
                    process: process.clone(),
                    environment: environment.clone(),
                    packages: packages.clone(),
                };
                self.by_id = steps.iter().enumerate().map(|(index, step)| (step.id.clone(), index)).collect();
                self.steps = steps.iter().cloned().map(StepView::new).collect();
                if self.options.verbosity > Verbosity::Quiet {
                    self.emit(self.head.line(&self.options.style), 0);
                    self.emit(Line::new(), 0);
                }
            }
            // Plans are shown when they are whole.
            EventKind::Granted { .. } | EventKind::StepPlanned { .. } | EventKind::PlanFinished { .. } => {}
            EventKind::StepStarted { step, .. } => self.start(step),
            EventKind::StepKept { step } => self.kept(step),
            EventKind::Log { step, level, message, fields } => {
                match level {
                    Level::Highlight => self.gathered.highlight(message),
                    Level::Warn => self.gathered.warnings += 1,
                    _ => {}
                }
                if is_shown(*level, self.options.verbosity) {
                    let lines = log_lines(*level, message, fields, &self.options.style);
                    match step {
                        Some(step) => lines.into_iter().for_each(|line| self.step_line(step, line)),
                        None => lines.into_iter().for_each(|line| self.emit(line, 0)),
                    }
                }
            }
            EventKind::Progress { step, done, total, note } => {
                let progress = Progress { done: *done, total: *total, note: note.clone() };
                if let Some(view) = self.view(step) {
                    view.progress = Some(progress);
                }
            }
            EventKind::Change { step, change } => {
                let verbosity = self.options.verbosity;
                if let Some(view) = self.view(step) {
                    view.add_change(change, verbosity);
                }
            }
            EventKind::Output { step, name, value, .. } => {
                self.step_line_from(Verbosity::Verbose, step, output_line(name, value));
            }
            EventKind::Artifact { step, name, bytes } => {
                self.step_line_from(Verbosity::Normal, step, artifact_line(name, *bytes));
            }
            EventKind::Request { step, method, url, status, error } => {
                self.reaches_out(step);
                let line = request_line(method, url, *status, error.as_deref(), &self.options.style);
                self.step_line_from(Verbosity::Normal, step, line);
            }
            EventKind::Program { step, path, args } => {
                self.reaches_out(step);
                self.step_line_from(Verbosity::Normal, step, program_line(path, args));
            }
            EventKind::Revealed { step, name } => {
                self.step_line_from(Verbosity::Normal, step, revealed_line(name));
            }
            EventKind::Unplanned { step, kind, target, otherwise } => {
                self.gathered.unplanned += 1;
                let line = unplanned_line(*kind, target, *otherwise, &self.options.folder);
                self.step_line_from(Verbosity::Quiet, step, line);
            }
            EventKind::AttemptFailed { step, attempt, attempts, failure, retry_in } => {
                let line = attempt_line(*attempt, *attempts, failure, *retry_in);
                self.step_line_from(Verbosity::Normal, step, line);
            }
            EventKind::StepFinished { step, status, attempts, failure, reason, changes, duration } => {
                let ending = Ending {
                    status: *status,
                    attempts: *attempts,
                    failure: failure.as_ref(),
                    reason: reason.as_deref(),
                    changes: *changes,
                    duration: Duration::from_micros(*duration),
                };
                self.finish(step, &ending);
            }
            EventKind::RunFinished { status, counts, duration } => {
                let duration = Duration::from_micros(*duration);
                let is_quiet = self.options.verbosity == Verbosity::Quiet;
                let lines = summary_lines(&self.head, &self.gathered, *status, counts, duration, &self.options);
                if !is_quiet {
                    self.emit(Line::new(), 0);
                }
                let most = if is_quiet && *status == RunStatus::Succeeded { 1 } else { usize::MAX };
                lines.into_iter().take(most).for_each(|line| self.emit(line, 4));
            }
        }
    }

    fn view(&mut self, step: &str) -> Option<&mut StepView> {
        self.by_id.get(step).map(|index| &mut self.steps[*index])
    }

    fn reaches_out(&mut self, step: &str) {
        if let Some(view) = self.view(step) {
            view.reaches_out();
        }
    }

    /// A step that does not run again.
    fn kept(&mut self, step: &str) {
        let Some(&index) = self.by_id.get(step) else { return };
        if self.options.verbosity > Verbosity::Quiet {
            let mut line = match self.options.surface {
                Surface::Plain => Line::new().with(Role::Faint, format!("[{}/{}] ", index + 1, self.steps.len())),
                Surface::Terminal { .. } => Line::new(),
            };
            line.push(Role::Good, format!("{} ", self.options.style.symbols.done));
            line.append(self.steps[index].title());
            self.emit(line.with(Role::Faint, "  done before"), 2);
        }
    }

    fn start(&mut self, step: &str) {
        let Some(&index) = self.by_id.get(step) else { return };
        self.steps[index].progress = None;
        if self.running.iter().any(|(running, _)| *running == index) {
            return;
        }
        self.running.push((index, Instant::now()));
        if self.options.surface == Surface::Plain && self.options.verbosity > Verbosity::Quiet {
            self.open(index);
        }
    }

    /// Writes the header of a step and what has gathered; from now on its lines are written as they come.
    fn open(&mut self, index: usize) {
        let mut header = match self.options.surface {
            Surface::Plain => Line::new().with(Role::Faint, format!("[{}/{}] ", index + 1, self.steps.len())),
            Surface::Terminal { .. } => Line::new().with(Role::Accent, format!("{} ", self.options.style.symbols.open)),
        };
        header.append(self.steps[index].title());
        self.emit(header, 2);
        self.steps[index].is_open = true;
        let lines = self.steps[index].take_lines(&self.options);
        lines.into_iter().for_each(|line| self.emit(line.indented(2), 4));
    }

    fn step_line_from(&mut self, least: Verbosity, step: &str, line: Line) {
        if self.options.verbosity >= least {
            self.step_line(step, line);
        }
    }

    fn step_line(&mut self, step: &str, line: Line) {
        let Some(&index) = self.by_id.get(step) else { return };
        if self.steps[index].is_open {
            self.emit(line.indented(2), 4);
            return;
        }
        self.steps[index].add_line(line);
        if self.steps[index].lines.len() > MOST_LINES {
            self.open(index);
        }
    }

    fn finish(&mut self, step: &str, ending: &Ending<'_>) {
        let Some(&index) = self.by_id.get(step) else { return };
        self.running.retain(|(running, _)| *running != index);
        if let Some(failure) = ending.failure {
            let name = self.steps[index].summary.name.clone();
            self.gathered.failures.push((name, first_line(&failure.message)));
        }
        let is_open = self.steps[index].is_open;
        let is_worth_it = self.options.verbosity > Verbosity::Quiet
            || ending.failure.is_some()
            || !self.steps[index].lines.is_empty();
        if !is_worth_it && !is_open {
            return;
        }
        let width = self.columns();
        let count = self.steps.len();
        let view = &mut self.steps[index];
        let ((role, sign), word) = view.ending(ending, &self.options);
        let mut header = Line::new();
        if self.options.surface == Surface::Plain && !is_open && self.options.verbosity > Verbosity::Quiet {
            header.push(Role::Faint, format!("[{}/{count}] ", index + 1));
        }
        header.push(role, format!("{sign} "));
        let lines = view.take_lines(&self.options);
        let tail = view.tail(ending, &self.options);
        let below = lines.into_iter().chain(tail).map(|line| line.indented(2));
        if is_open && self.options.surface == Surface::Plain {
            below.collect::<Vec<_>>().into_iter().for_each(|line| self.emit(line, 4));
            header.append(if word.is_empty() { Line::new().with(Role::Faint, "done") } else { word });
            header.push(Role::Faint, format!(" in {}", format_duration(ending.duration)));
            self.emit(header.indented(2), 4);
            return;
        }
        header.append(view.title());
        let time = time_of(ending);
        if !word.is_empty() {
            // How it ended matters more than the whole name.
            if let Some(width) = width.filter(|_| !time.is_empty()) {
                let taken = word.width() + 2 + time.width() + 2;
                header =
                    header.truncated(width.saturating_sub(taken).max(LEAST_NAME), self.options.style.symbols.ellipsis);
            }
            header.push(Role::Text, "  ");
            header.append(word);
        }
        let header = match width {
            _ if time.is_empty() => header,
            Some(width) => header.with_right(time, width, self.options.style.symbols.ellipsis),
            None => {
                header.push(Role::Text, "  ");
                header.append(time);
                header
            }
        };
        let below: Vec<Line> = below.collect();
        // The header of a step whose lines are on the screen already is its footer.
        let (first, last) = if is_open { (below, vec![header]) } else { (vec![header], below) };
        first.into_iter().chain(last).for_each(|line| self.emit(line, 4));
    }

    /// Adds a line that stays, wrapped with `hanging` columns of indentation where lines have an end.
    fn emit(&mut self, line: Line, hanging: usize) {
        match self.options.surface.width() {
            Some(width) => line.wrapped(width, hanging).iter().for_each(|line| self.screen.add(line)),
            None => self.screen.add(&line),
        }
    }

    fn columns(&self) -> Option<usize> {
        self.options.surface.width().map(|width| width.min(MOST_COLUMNS))
    }

    fn paint(&mut self) {
        let mut block = Vec::new();
        if let Some(width) = self.columns().filter(|_| !self.is_over && self.options.verbosity > Verbosity::Quiet) {
            let now = Instant::now();
            for (index, since) in &self.running {
                block.extend(live_lines(&self.steps[*index], now - *since, width, &self.options));
            }
        }
        self.screen.paint(&block, self.options.surface.width());
    }

    fn end(&mut self) {
        self.is_over = true;
        self.paint();
    }
}

#[cfg(test)]
mod tests;
