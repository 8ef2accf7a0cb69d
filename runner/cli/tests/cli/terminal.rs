//! The program on a real terminal: what the screen shows, questions, and Ctrl-C.

use std::fs;
use std::io::{Read as _, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::support::{Place, WHARF, copy, guest, root, serve};
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

/// Longer than anything takes here; a test that waits for so long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program on a terminal.
struct Terminal {
    screen: Arc<(Mutex<vt100::Parser>, Condvar)>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    reader: JoinHandle<()>,
    // The other end must stay open for as long as there is something to read.
    _pty: Box<dyn portable_pty::MasterPty + Send>,
}

impl Terminal {
    fn start(place: &Place, columns: u16, arguments: &[&str]) -> Self {
        let size = PtySize { rows: 60, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(WHARF);
        command.env_clear();
        for (name, value) in place.environment() {
            command.env(name, value);
        }
        command.env("TERM", "xterm-256color");
        command.args(arguments);
        command.cwd(place.work());
        let child = pty.slave.spawn_command(command).expect("the program can be started");
        drop(pty.slave);
        let columns = NonZero::new(columns).expect("not zero");
        let parser = vt100::Parser::new(NonZero::new(60).expect("not zero"), columns, 1000);
        let screen = Arc::new((Mutex::new(parser), Condvar::new()));
        let shown = Arc::clone(&screen);
        let mut output = pty.master.try_clone_reader().expect("the terminal can be read");
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            // At its end a terminal answers nothing, or an error.
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                shown.0.lock().unwrap_or_else(PoisonError::into_inner).process(&bytes[..read]);
                shown.1.notify_all();
            }
        });
        let keyboard = pty.master.take_writer().expect("the terminal can be written");
        Self { screen, keyboard, child, reader, _pty: pty.master }
    }

    /// Waits until the screen shows a text.
    fn wait_for(&self, text: &str) {
        let until = Instant::now() + PATIENCE;
        let mut screen = self.screen.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !screen.screen().contents().contains(text) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "`{text}` does not come:\n{}", screen.screen().contents());
            screen = self.screen.1.wait_timeout(screen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).and_then(|()| self.keyboard.flush()).expect("it can be typed");
    }

    /// Waits for the end, and answers the exit code and the screen.
    fn end(mut self) -> (u32, String) {
        let status = self.child.wait().expect("it ends");
        self.reader.join().expect("it reads to the end");
        let screen = self.screen.0.lock().unwrap_or_else(PoisonError::into_inner);
        (status.exit_code(), screen.screen().contents().trim_end().to_owned())
    }
}

fn supportflow(place: &Place) -> String {
    copy(&root().join("examples/supportflow"), &place.work());
    let _ = fs::remove_dir_all(place.work().join("site"));
    let _ = fs::remove_dir_all(place.work().join(".wharf"));
    // As the demo does: only what the steps do is to be seen.
    fs::create_dir_all(place.work().join("site/Dev")).expect("a folder");
    serve(place.work().join("site/Dev/current"))
}

/// Deploys SupportFlow twice; what the screen shows.
fn deployed(columns: u16) -> (String, String) {
    let place = Place::new();
    let server = supportflow(&place);
    let url = format!("Site.Url={server}");
    let mut screens = Vec::new();
    for _ in 0..2 {
        let (code, screen) = Terminal::start(&place, columns, &["run", "-e", "Dev", "--variable", &url]).end();
        assert_eq!(code, 0, "{screen}");
        screens.push(place.redact(&screen, &[(&server, "http://[server]")]));
    }
    let second = screens.pop().expect("two runs");
    (screens.pop().expect("two runs"), second)
}

#[test]
fn a_deployment_on_80_columns() {
    let (first, second) = deployed(80);
    insta::assert_snapshot!(first, @"
    SupportFlow 1.0.78 → Dev

    ✓ Deploy web site  deploy-package                                         [time]
      extracted 11 files of SupportFlow 1.0.78
      evaluated the tokens of about.html, appsettings.json, health/index.html,
        health/status.json, index.html and 2 more
      SupportFlow 1.0.78 is live
      + site/Dev/.wharf/ (2 files)
      + site/Dev/current → releases/1.0.78
      + site/Dev/releases/ (11 files)
    ✓ Write the deployment notice  write-file                                 [time]
      + site/Dev/deployment.md (138 bytes)
    ✓ Smoke test  http-request                                                [time]
      GET http://[server]/ → 200
    ✓ Health check  http-request                                              [time]
      GET http://[server]/health/status.json → 200
    ○ Restore the web site  deploy-package  skipped: nothing has failed

    ✓ Deployed SupportFlow 1.0.78 to Dev in [time]
      5 steps: 2 changed (4 changes), 2 done, 1 skipped
      next: wharf run -e Test --variable Site.Url=http://[server]
    ");
    insta::assert_snapshot!(second, @"
    SupportFlow 1.0.78 → Dev

    ✓ Deploy web site  deploy-package  unchanged                              [time]
      SupportFlow 1.0.78 is live already
    ✓ Write the deployment notice  write-file  unchanged                      [time]
    ✓ Smoke test  http-request                                                [time]
      GET http://[server]/ → 200
    ✓ Health check  http-request                                              [time]
      GET http://[server]/health/status.json → 200
    ○ Restore the web site  deploy-package  skipped: nothing has failed

    ✓ Deployed SupportFlow 1.0.78 to Dev in [time]
      5 steps: 2 done, 2 unchanged, 1 skipped
      next: wharf run -e Test --variable Site.Url=http://[server]
    ");
}

#[test]
fn a_deployment_on_120_columns() {
    let (first, second) = deployed(120);
    insta::assert_snapshot!(first, @"
    SupportFlow 1.0.78 → Dev

    ✓ Deploy web site  deploy-package                                                                                 [time]
      extracted 11 files of SupportFlow 1.0.78
      evaluated the tokens of about.html, appsettings.json, health/index.html, health/status.json, index.html and 2 more
      SupportFlow 1.0.78 is live
      + site/Dev/.wharf/ (2 files)
      + site/Dev/current → releases/1.0.78
      + site/Dev/releases/ (11 files)
    ✓ Write the deployment notice  write-file                                                                         [time]
      + site/Dev/deployment.md (138 bytes)
    ✓ Smoke test  http-request                                                                                        [time]
      GET http://[server]/ → 200
    ✓ Health check  http-request                                                                                      [time]
      GET http://[server]/health/status.json → 200
    ○ Restore the web site  deploy-package  skipped: nothing has failed

    ✓ Deployed SupportFlow 1.0.78 to Dev in [time]
      5 steps: 2 changed (4 changes), 2 done, 1 skipped
      next: wharf run -e Test --variable Site.Url=http://[server]
    ");
    insta::assert_snapshot!(second, @"
    SupportFlow 1.0.78 → Dev

    ✓ Deploy web site  deploy-package  unchanged                                                                      [time]
      SupportFlow 1.0.78 is live already
    ✓ Write the deployment notice  write-file  unchanged                                                              [time]
    ✓ Smoke test  http-request                                                                                        [time]
      GET http://[server]/ → 200
    ✓ Health check  http-request                                                                                      [time]
      GET http://[server]/health/status.json → 200
    ○ Restore the web site  deploy-package  skipped: nothing has failed

    ✓ Deployed SupportFlow 1.0.78 to Dev in [time]
      5 steps: 2 done, 2 unchanged, 1 skipped
      next: wharf run -e Test --variable Site.Url=http://[server]
    ");
}

#[test]
fn the_environment_is_asked_for() {
    let place = Place::new();
    supportflow(&place);
    let mut terminal = Terminal::start(&place, 80, &["run"]);
    terminal.wait_for("name or number:");
    terminal.type_in("nowhere\n");
    terminal.wait_for("nowhere");
    terminal.type_in("2\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("Deployed SupportFlow 1.0.78 to Test"), "{screen}");
}

#[test]
fn a_run_that_must_be_confirmed_is() {
    let place = Place::new();
    fs::copy(root().join("tests/cases/environments/wharf.yaml"), place.work().join("wharf.yaml")).expect("a file");
    for (answer, code) in [("n\n", 64), ("\n", 64), ("yes\n", 0)] {
        let mut terminal = Terminal::start(&place, 80, &["run", "-e", "Production"]);
        terminal.wait_for("Run Environments in Production? [y/N]");
        assert!(!place.work().join("out").exists());
        terminal.type_in(answer);
        let (ended, screen) = terminal.end();
        assert_eq!(ended, code, "{screen}");
    }
    assert!(place.work().join("out/Production.txt").is_file());
}

/// A process whose first step sleeps for ever, and whose last one runs in any case.
fn asking(place: &Place) {
    let process = r##"wharf: 1
variables:
  Release.Notes: { prompt: { label: What is new?, description: "One line.", required: true } }
  Ring: { prompt: { choices: [inner, outer], default: inner } }
  Token: { secret: { prompt: Token of the server } }
steps:
  - { uses: write-file, with: { path: out.txt, content: "#{Release.Notes} #{Ring} #{Token}\n" }, allow: { secrets: [Token] } }
"##;
    fs::write(place.work().join("wharf.yaml"), process).expect("a file");
}

#[test]
fn prompted_variables_and_secrets_are_asked_for() {
    let place = Place::new();
    asking(&place);
    let mut terminal = Terminal::start(&place, 80, &["run"]);
    terminal.wait_for("answer:");
    terminal.type_in("\n");
    terminal.wait_for("an answer is needed\nanswer:");
    terminal.type_in("much\n");
    terminal.wait_for("name or number [inner]:");
    terminal.type_in("2\n");
    terminal.wait_for("Token of the server:");
    terminal.type_in("hunter2hunter2\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    insta::assert_snapshot!(place.redact(&screen, &[]), @"
    What is new?  Release.Notes
      One line.
    answer: 
      an answer is needed
    answer: much
    Ring
      1 inner
      2 outer
    name or number [inner]: 2
    Token of the server: 
    work

    ✓ write-file  write-file                                                  [time]
      was shown the secret Token
      + out.txt (26 bytes)

    ✓ Deployed work in [time]
      1 step: 1 changed (1 change)
    ");
    let written = fs::read_to_string(place.work().join("out.txt")).expect("it was written");
    assert_eq!(written, "much outer hunter2hunter2\n");
}

#[test]
fn ctrl_c_leaves_a_question_at_once() {
    let place = Place::new();
    asking(&place);
    let mut terminal = Terminal::start(&place, 80, &["run"]);
    terminal.wait_for("answer:");
    terminal.type_in("\u{3}");
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    let mut terminal =
        Terminal::start(&place, 80, &["run", "--variable", "Release.Notes=x", "--variable", "Ring=inner"]);
    terminal.wait_for("Token of the server:");
    terminal.type_in("hunter2\u{3}");
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    assert!(!screen.contains("hunter2"), "{screen}");
    assert!(!place.work().join("out.txt").exists());
}

fn sleeping(place: &Place) {
    fs::copy(guest("endless-sleep"), place.work().join("sleep.wasm")).expect("the guest is there");
    let text = "wharf: 1
project: Sleep
steps:
  - { name: Sleep, uses: ./sleep.wasm, with: { in: context } }
  - { name: Next, uses: write-file, with: { path: next, content: x } }
  - { name: Clean up, uses: write-file, when: always, with: { path: cleaned, content: x } }
";
    fs::write(place.work().join("wharf.yaml"), text).expect("a file");
}

#[test]
fn ctrl_c_cancels_and_what_always_runs_still_runs() {
    let place = Place::new();
    sleeping(&place);
    let mut terminal = Terminal::start(&place, 80, &["run"]);
    terminal.wait_for("Sleep  ./sleep.wasm");
    terminal.type_in("\u{3}");
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    insta::assert_snapshot!(place.redact(&screen, &[]), @"
    Sleep

    cancelling: the running step may end well; press Ctrl-C again to stop at once
    ■ Sleep  ./sleep.wasm  cancelled                                          [time]
      sleeping
    · Next  write-file  not started: the run was cancelled
    ✓ Clean up  write-file                                                    [time]
      + cleaned (1 bytes)

    ■ The deployment of Sleep was cancelled after [time]
      3 steps: 1 changed (1 change), 1 cancelled, 1 not started
      next: wharf resume
    ");
    assert!(place.work().join("cleaned").is_file());
    assert!(!place.work().join("next").exists());
}

#[test]
fn a_second_ctrl_c_ends_what_always_runs_too() {
    let place = Place::new();
    sleeping(&place);
    let text = "wharf: 1
project: Sleep
steps:
  - { name: Sleep, uses: ./sleep.wasm, when: always, with: { in: context } }
";
    fs::write(place.work().join("wharf.yaml"), text).expect("a file");
    let mut terminal = Terminal::start(&place, 80, &["run"]);
    terminal.wait_for("Sleep  ./sleep.wasm");
    terminal.type_in("\u{3}");
    terminal.wait_for("cancelling: the running step may end well");
    terminal.type_in("\u{3}");
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    assert!(screen.contains("stopping at once"), "{screen}");
}

#[test]
fn wharf_on_a_terminal_that_is_dumb_writes_plain_lines() {
    let place = Place::new();
    fs::copy(root().join("tests/cases/environments/wharf.yaml"), place.work().join("wharf.yaml")).expect("a file");
    let output = place.wharf().args(["run", "-e", "Dev"]).env("TERM", "dumb").output().expect("it starts");
    assert!(!output.stdout.contains(&0x1b));
}
