//! What the host cuts, it cuts so that a secret across the cut is masked.

use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use wharf_model::{Failure, Limit, MASK, MaskStream, Masker, StepEvent, StepObserver};

use crate::support::{Bench, folder};

const SECRET: &str = "hunter2-secret";
/// A line that is longer is cut.
const LINE: usize = 64 * 1024;

/// Masks as the engine does, and keeps what is shown.
struct Masking {
    masker: Masker,
    shown: Mutex<Vec<String>>,
}

impl StepObserver for Masking {
    fn event(&self, event: StepEvent) {
        let text = match event {
            StepEvent::Log { message, .. } => message,
            StepEvent::Progress { note, .. } => note,
            _ => return,
        };
        let text = self.masker.mask_seen(&text).into_owned();
        self.shown.lock().expect("no test panics while it holds this").push(text);
    }

    fn mask(&self, _: &str) {}

    fn mask_part(&self, stream: &mut MaskStream, part: &str, is_end: bool) -> String {
        stream.push_seen(&self.masker, part, is_end)
    }
}

fn shown(bench: Bench) -> (Vec<String>, Result<(), Failure>) {
    let masking = Arc::new(Masking { masker: Masker::new([SECRET]), shown: Mutex::default() });
    let result = bench.run_with(Arc::clone(&masking) as Arc<dyn StepObserver>);
    let shown = std::mem::take(&mut *masking.shown.lock().expect("the step has ended"));
    (shown, result)
}

#[test]
fn what_a_guest_prints_across_the_longest_line_is_masked() {
    for before in [LINE - 8, LINE - 1, 2 * LINE - 3] {
        let script = format!("print {}{SECRET} and more\nprint next", "x".repeat(before));
        let (shown, result) = shown(Bench::new("environment").script(script));
        assert_eq!(result, Ok(()));
        let printed: String = shown[1..].iter().map(|part| format!("|{part}")).collect();
        let line = printed.strip_suffix("|next").expect("the next line is one of its own").replace('|', "");
        assert_eq!(line, format!("{}{MASK} and more", "x".repeat(before)));
        assert_eq!(shown.len(), 3 + (before + 23) / LINE);
    }
}

#[test]
fn what_a_program_prints_across_the_longest_line_is_masked() {
    let root = folder();
    for (to, before) in [("&1", LINE - 8), ("&2", 2 * LINE - 3)] {
        let print =
            format!("{{ head -c {before} /dev/zero | tr '\\0' x; echo '{SECRET} and more'; echo next; }} >{to}");
        let script = format!("set output log\nset cwd {}\nsh {print}", root.path().display());
        let (shown, result) = shown(Bench::new("programs").script(script).program("sh", "/bin/sh").write(root.path()));
        assert_eq!(result, Ok(()));
        assert_eq!(shown.last().map(String::as_str), Some("next"));
        assert_eq!(shown[..shown.len() - 1].concat(), format!("{}{MASK} and more", "x".repeat(before)));
    }
}

#[test]
fn last_words_and_notes_are_masked_before_they_are_cut() {
    let words = format!("{}{SECRET}", "x".repeat(490));
    let (_, result) = shown(Bench::new("environment").script(format!("panic {words}")));
    let help = result.expect_err("it panics").help.expect("it has last words");
    assert!(help.ends_with(&format!("\n{}{MASK}", "x".repeat(490))), "{help}");
    let note = format!("{}{SECRET}", "x".repeat(190));
    let (shown, _) = shown(Bench::new("contract").script(format!("progress 1 3 {note}")));
    assert_eq!(shown, [format!("{}{MASK}", "x".repeat(190))]);
}

#[test]
fn all_texts_that_a_step_has_masked_are_bounded_together() {
    let text = |number: u32| format!("\"{number}{}\"", "x".repeat(60_000));
    let script: Vec<String> = (0..5).map(|number| format!("secret-output t {}", text(number))).collect();
    let outcome = Bench::new("contract").script(script.join("\n")).limit(Limit::OutputBytes, 1_000_000).run();
    let transcript = outcome.transcript(folder().path()).replace(&"x".repeat(60_000), "…");
    assert_snapshot!(transcript, @r#"
    secret-output t "0…" => ok
    secret-output t "1…" => ok
    secret-output t "2…" => ok
    secret-output t "3…" => ok
    secret-output t "4…" => ERROR invalid: sensitive texts of more than 262144 bytes together cannot be masked in one step
    "#);
}
