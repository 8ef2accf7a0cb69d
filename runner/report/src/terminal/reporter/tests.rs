use std::num::NonZero;
use std::path::PathBuf;

use serde_json::Value;
use wharf_model::{
    Change, ChangeKind, ChangeSource, Counts, Failure, FailureCode, PackageSummary, RunMode, StepStatus, StepSummary,
};

use super::super::Next;
use super::*;
use crate::Style;
use crate::redact::redact;

const ROWS: NonZero<u16> = NonZero::new(60).expect("not zero");

/// A terminal that understands what is written, and what it shows.
struct Double {
    screen: Arc<Mutex<vt100::Parser>>,
    plain: Arc<Mutex<Vec<u8>>>,
}

struct Out {
    screen: Arc<Mutex<vt100::Parser>>,
    plain: Arc<Mutex<Vec<u8>>>,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes).replace('\n', "\r\n");
        self.screen.lock().expect("the screen").process(text.as_bytes());
        self.plain.lock().expect("the file").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Double {
    fn new(width: usize) -> Self {
        let columns = NonZero::new(u16::try_from(width).expect("a width")).expect("not zero");
        let screen = vt100::Parser::new(ROWS, columns, 1000);
        Self { screen: Arc::new(Mutex::new(screen)), plain: Arc::default() }
    }

    fn reporter(&self, options: TerminalOptions) -> TerminalReporter {
        let out = Out { screen: Arc::clone(&self.screen), plain: Arc::clone(&self.plain) };
        TerminalReporter::new(options, Box::new(out))
    }

    /// What the screen shows, without empty lines at its end.
    fn shows(&self) -> String {
        let contents = self.screen.lock().expect("the screen").screen().contents();
        redact(contents.trim_end(), &[])
    }

    fn wrote(&self) -> String {
        redact(&String::from_utf8_lossy(&self.plain.lock().expect("the file")), &[])
    }
}

fn options(surface: Surface, unicode: bool, verbosity: Verbosity) -> TerminalOptions {
    TerminalOptions {
        surface,
        style: Style::new(false, unicode),
        verbosity,
        folder: PathBuf::from("/srv"),
        next: Next { succeeded: Some("wharf run -e Test".into()), failed: Some("wharf run -e Dev".into()) },
    }
}

fn send(reporter: &TerminalReporter, kinds: Vec<EventKind>) {
    for kind in kinds {
        reporter.event(&Event { at: 0, elapsed: 0, kind });
    }
}

fn started(names: &[(&str, &str, &str)]) -> EventKind {
    let summary = |(id, name, uses): &(&str, &str, &str)| StepSummary {
        id: (*id).into(),
        name: (*name).into(),
        uses: (*uses).into(),
        digest: String::new(),
    };
    EventKind::RunStarted {
        run: "r".into(),
        project: "SupportFlow".into(),
        process: "deploy".into(),
        environment: Some("Dev".into()),
        mode: RunMode::Apply,
        steps: names.iter().map(summary).collect(),
        packages: vec![PackageSummary {
            reference: "SupportFlow".into(),
            id: "SupportFlow".into(),
            version: "1.0.78".into(),
            digest: String::new(),
            bytes: 1,
        }],
        resumed: false,
        arguments: None,
    }
}

fn begin(step: &str, attempt: u32) -> EventKind {
    EventKind::StepStarted { step: step.into(), attempt, inputs: None }
}

fn log(step: &str, level: Level, message: &str) -> EventKind {
    EventKind::Log { step: Some(step.into()), level, message: message.into(), fields: vec![] }
}

fn change(step: &str, kind: ChangeKind, target: &str, summary: &str) -> EventKind {
    let change = Change {
        kind,
        source: ChangeSource::Files,
        target: target.into(),
        summary: summary.into(),
        diff: Some("@@ -1 +1 @@\n-old\n+new\n".into()),
        detail: Value::Null,
    };
    EventKind::Change { step: step.into(), change }
}

fn finish(step: &str, status: StepStatus, failure: Option<Failure>, reason: Option<&str>, changes: usize) -> EventKind {
    EventKind::StepFinished {
        step: step.into(),
        status,
        attempts: 1,
        failure,
        reason: reason.map(str::to_owned),
        changes,
        duration: 412_000,
    }
}

fn request(step: &str, status: u16) -> EventKind {
    EventKind::Request {
        step: step.into(),
        method: "GET".into(),
        url: "http://127.0.0.1:8080/".into(),
        status: Some(status),
        error: None,
    }
}

const STEPS: [(&str, &str, &str); 3] = [
    ("web", "Deploy web site", "deploy-package"),
    ("notice", "Write the notice", "write-file"),
    ("smoke", "Smoke test", "http-request"),
];

fn a_good_run() -> Vec<EventKind> {
    let mut events = vec![
        started(&STEPS),
        begin("web", 1),
        log("web", Level::Debug, "looking at what is live"),
        log("web", Level::Info, "extracting SupportFlow 1.0.78"),
    ];
    events.extend(
        (0..12).map(|n| change("web", ChangeKind::Create, &format!("/srv/site/releases/1.0.78/page-{n}.html"), "")),
    );
    events.extend([
        change("web", ChangeKind::Update, "/srv/site/current", "-> releases/1.0.78"),
        finish("web", StepStatus::Succeeded, None, None, 13),
        begin("notice", 1),
        finish("notice", StepStatus::Succeeded, None, None, 0),
        begin("smoke", 1),
        request("smoke", 503),
        request("smoke", 503),
        request("smoke", 200),
        log("smoke", Level::Highlight, "http://127.0.0.1:8080/ is live"),
        finish("smoke", StepStatus::Succeeded, None, None, 0),
        EventKind::RunFinished {
            status: RunStatus::Succeeded,
            counts: Counts { changed: 1, done: 1, unchanged: 1, changes: 13, ..Counts::default() },
            duration: 612_000,
        },
    ]);
    events
}

fn a_bad_run() -> Vec<EventKind> {
    let failure = Failure {
        add: Some("allow:\n  http: [\"https://chat.example.com\"]".into()),
        ..Failure::new(
            FailureCode::Denied,
            "a request to https://chat.example.com is not granted to this step, so it was not sent",
        )
        .with_help("grant it, or remove the step")
    };
    vec![
        started(&[
            ("web", "Deploy web site", "deploy-package"),
            ("tell", "Tell the team", "./notify.wasm"),
            ("last", "Last", "write-file"),
            ("back", "Back", "write-file"),
        ]),
        begin("web", 1),
        log("web", Level::Warn, "disk is nearly full\nonly 3 % are left"),
        EventKind::AttemptFailed {
            step: "web".into(),
            attempt: 1,
            attempts: 3,
            failure: Failure::new(FailureCode::Transient, "the disk is busy"),
            retry_in: 1000,
        },
        begin("web", 2),
        finish("web", StepStatus::Succeeded, None, None, 0),
        begin("tell", 1),
        log("tell", Level::Info, "\u{1b}[31mred\u{1b}[0m and \u{1b}]0;title\u{7}done"),
        finish("tell", StepStatus::Failed, Some(failure), None, 0),
        finish("last", StepStatus::NotStarted, None, Some("a step before it failed"), 0),
        finish("back", StepStatus::Skipped, None, Some("Notify.Enabled is false"), 0),
        EventKind::RunFinished {
            status: RunStatus::Failed,
            counts: Counts { unchanged: 1, failed: 1, not_started: 1, skipped: 1, ..Counts::default() },
            duration: 5_100_000,
        },
    ]
}

fn terminal(width: usize, events: Vec<EventKind>) -> String {
    let double = Double::new(width);
    let reporter = double.reporter(options(Surface::Terminal { width: Some(width) }, true, Verbosity::Normal));
    send(&reporter, events);
    double.shows()
}

fn plain(verbosity: Verbosity, unicode: bool, events: Vec<EventKind>) -> String {
    let double = Double::new(80);
    send(&double.reporter(options(Surface::Plain, unicode, verbosity)), events);
    double.wrote()
}

#[test]
fn a_good_run_on_a_terminal_of_80_columns() {
    insta::assert_snapshot!(terminal(80, a_good_run()), @"
    SupportFlow 1.0.78 → Dev

    ✓ Deploy web site  deploy-package                                         [time]
      extracting SupportFlow 1.0.78
      + site/releases/1.0.78/ (12 files)
      ~ site/current → releases/1.0.78
    ✓ Write the notice  write-file  unchanged                                 [time]
    ✓ Smoke test  http-request                                                [time]
      GET http://127.0.0.1:8080/ → 503  ×2
      GET http://127.0.0.1:8080/ → 200
      ★ http://127.0.0.1:8080/ is live

    ✓ Deployed SupportFlow 1.0.78 to Dev in [time]
      3 steps: 1 changed (13 changes), 1 done, 1 unchanged
      ★ http://127.0.0.1:8080/ is live
      next: wharf run -e Test
    ");
}

#[test]
fn a_bad_run_on_a_terminal_of_80_columns() {
    insta::assert_snapshot!(terminal(80, a_bad_run()), @r#"
    SupportFlow 1.0.78 → Dev

    ✓ Deploy web site  deploy-package  unchanged                              [time]
      warning: disk is nearly full
      only 3 % are left
      attempt 1 of 3 failed: the disk is busy  next in [time]
    ✗ Tell the team  ./notify.wasm  failed                                    [time]
      red and done
      error: a request to https://chat.example.com is not granted to this step, so
        it was not sent
      help: grant it, or remove the step
      add to this step in the process file:
        allow:
          http: ["https://chat.example.com"]
    · Last  write-file  not started: a step before it failed
    ○ Back  write-file  skipped: Notify.Enabled is false

    ✗ The deployment of SupportFlow 1.0.78 to Dev failed after [time]
      4 steps: 1 unchanged, 1 failed, 1 skipped, 1 not started, 1 warning
      ✗ Tell the team: a request to https://chat.example.com is not granted to this
        step, so it was not sent
      next: wharf run -e Dev
    "#);
}

#[test]
fn a_bad_run_on_a_terminal_of_30_columns() {
    insta::assert_snapshot!(terminal(30, a_bad_run()), @r#"
    SupportFlow 1.0.78 → Dev

    ✓ Deploy w…  unchanged  [time]
      warning: disk is nearly full
      only 3 % are left
      attempt 1 of 3 failed: the
        disk is busy  next in [time]
    ✗ Tell the te…  failed  [time]
      red and done
      error: a request to
        https://chat.example.com
        is not granted to this
        step, so it was not sent
      help: grant it, or remove
        the step
      add to this step in the
        process file:
        allow:
          http: ["https://chat.example.com"]
    · Last  write-file  not
        started: a step before it
        failed
    ○ Back  write-file  skipped:
        Notify.Enabled is false

    ✗ The deployment of
        SupportFlow 1.0.78 to Dev
        failed after [time]
      4 steps: 1 unchanged, 1
        failed, 1 skipped, 1 not
        started, 1 warning
      ✗ Tell the team: a request
        to
        https://chat.example.com
        is not granted to this
        step, so it was not sent
      next: wharf run -e Dev
    "#);
}

#[test]
fn a_good_run_in_a_file() {
    insta::assert_snapshot!(plain(Verbosity::Normal, true, a_good_run()), @"
    SupportFlow 1.0.78 → Dev

    [1/3] Deploy web site  deploy-package
      extracting SupportFlow 1.0.78
      + site/releases/1.0.78/ (12 files)
      ~ site/current → releases/1.0.78
      ✓ done in [time]
    [2/3] Write the notice  write-file
      ✓ unchanged in [time]
    [3/3] Smoke test  http-request
      GET http://127.0.0.1:8080/ → 503
      GET http://127.0.0.1:8080/ → 503
      GET http://127.0.0.1:8080/ → 200
      ★ http://127.0.0.1:8080/ is live
      ✓ done in [time]

    ✓ Deployed SupportFlow 1.0.78 to Dev in [time]
      3 steps: 1 changed (13 changes), 1 done, 1 unchanged
      ★ http://127.0.0.1:8080/ is live
      next: wharf run -e Test
    ");
}

#[test]
fn a_bad_run_in_a_file_without_unicode() {
    insta::assert_snapshot!(plain(Verbosity::Normal, false, a_bad_run()), @r#"
    SupportFlow 1.0.78 -> Dev

    [1/4] Deploy web site  deploy-package
      warning: disk is nearly full
      only 3 % are left
      attempt 1 of 3 failed: the disk is busy  next in [time]
      * unchanged in [time]
    [2/4] Tell the team  ./notify.wasm
      red and done
      error: a request to https://chat.example.com is not granted to this step, so it was not sent
      help: grant it, or remove the step
      add to this step in the process file:
        allow:
          http: ["https://chat.example.com"]
      x failed in [time]
    [3/4] . Last  write-file  not started: a step before it failed
    [4/4] o Back  write-file  skipped: Notify.Enabled is false

    x The deployment of SupportFlow 1.0.78 to Dev failed after [time]
      4 steps: 1 unchanged, 1 failed, 1 skipped, 1 not started, 1 warning
      x Tell the team: a request to https://chat.example.com is not granted to this step, so it was not sent
      next: wharf run -e Dev
    "#);
}

#[test]
fn quiet_tells_how_it_ended() {
    insta::assert_snapshot!(plain(Verbosity::Quiet, true, a_good_run()), @"✓ Deployed SupportFlow 1.0.78 to Dev in [time]");
    insta::assert_snapshot!(plain(Verbosity::Quiet, true, a_bad_run()), @r#"
    ✓ Deploy web site  deploy-package  unchanged  [time]
      warning: disk is nearly full
      only 3 % are left
    ✗ Tell the team  ./notify.wasm  failed  [time]
      error: a request to https://chat.example.com is not granted to this step, so it was not sent
      help: grant it, or remove the step
      add to this step in the process file:
        allow:
          http: ["https://chat.example.com"]
    ✗ The deployment of SupportFlow 1.0.78 to Dev failed after [time]
      4 steps: 1 unchanged, 1 failed, 1 skipped, 1 not started, 1 warning
      ✗ Tell the team: a request to https://chat.example.com is not granted to this step, so it was not sent
      next: wharf run -e Dev
    "#);
}

#[test]
fn verbose_tells_everything() {
    let events = vec![
        started(&STEPS[1..2]),
        begin("notice", 1),
        log("notice", Level::Trace, "for the author"),
        log("notice", Level::Debug, "comparing"),
        change("notice", ChangeKind::Update, "/srv/site/notice.txt", ""),
        EventKind::Output {
            step: "notice".into(),
            name: "path".into(),
            value: "/srv".into(),
            sensitive: false,
            sealed: None,
        },
        finish("notice", StepStatus::Succeeded, None, None, 1),
    ];
    insta::assert_snapshot!(plain(Verbosity::Verbose, true, events), @"
    SupportFlow 1.0.78 → Dev

    [1/1] Write the notice  write-file
      comparing
      output path = /srv
      ~ site/notice.txt
          @@ -1 +1 @@
          -old
          +new
      ✓ done in [time]
    ");
}

#[test]
fn a_running_step_shows_how_far_it_is_and_its_last_lines() {
    let double = Double::new(60);
    let reporter = double.reporter(options(Surface::Terminal { width: Some(60) }, true, Verbosity::Normal));
    let mut events = vec![started(&STEPS), begin("web", 1)];
    events.extend(
        (1..=20)
            .map(|n| log("web", Level::Info, &format!("line {n} 日本語日本語日本語日本語日本語日本語日本語日本語"))),
    );
    events.push(EventKind::Progress { step: "web".into(), done: 30, total: Some(120), note: "extracting".into() });
    send(&reporter, events);
    reporter.paint();
    reporter.paint();
    let shown = double.shows();
    // What turns depends on the time.
    let (head, rest) = shown.split_at(shown.find("Deploy").expect("the step is shown"));
    assert!(head.starts_with("SupportFlow 1.0.78 → Dev\n\n"));
    insta::assert_snapshot!(rest, @"
    Deploy web site  deploy-package                     [time]
       25%  30 of 120  extracting
      line 16 日本語日本語日本語日本語日本語日本語日本語日本語
      line 17 日本語日本語日本語日本語日本語日本語日本語日本語
      line 18 日本語日本語日本語日本語日本語日本語日本語日本語
      line 19 日本語日本語日本語日本語日本語日本語日本語日本語
      line 20 日本語日本語日本語日本語日本語日本語日本語日本語
    ");
}

#[test]
fn many_lines_stay_as_they_come() {
    let double = Double::new(60);
    let reporter = double.reporter(options(Surface::Terminal { width: Some(60) }, true, Verbosity::Normal));
    let mut events = vec![started(&STEPS), begin("web", 1)];
    events.extend((1..=300).map(|n| log("web", Level::Info, &format!("line {n}"))));
    send(&reporter, events);
    reporter.paint();
    assert!(double.wrote().contains("▸ Deploy web site  deploy-package\n  line 1\n"));
    assert!(double.wrote().contains("  line 300\n"));
    send(&reporter, vec![finish("web", StepStatus::Succeeded, None, None, 0)]);
    reporter.close();
    assert!(double.shows().ends_with("  line 300\n✓ Deploy web site  deploy-package  unchanged          [time]"));
}

#[test]
fn a_closed_reporter_leaves_no_live_block() {
    let double = Double::new(80);
    let reporter = double.reporter(options(Surface::Terminal { width: Some(80) }, true, Verbosity::Normal));
    send(&reporter, vec![started(&STEPS), begin("web", 1), log("web", Level::Info, "working")]);
    reporter.paint();
    assert!(double.shows().contains("working"));
    reporter.notice(Line::new().with(Role::Warn, "cancelling"));
    reporter.close();
    assert_eq!(double.shows(), "SupportFlow 1.0.78 → Dev\n\ncancelling");
}
