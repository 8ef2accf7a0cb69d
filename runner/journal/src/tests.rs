use std::fs;
use std::io::Write as _;
use std::path::Path;

use proptest::prelude::*;
use wharf_model::{CancelToken, Event, EventKind, EventSink, Level};

use crate::{
    FILE_NAME, FileRunLocks, Journal, JournalError, Recovered, RunLockAnswer, RunLockHolder, RunLockKey, RunLocks as _,
    Runs, read_events,
};

fn log(text: &str) -> Event {
    let kind =
        EventKind::Log { step: Some("web".into()), level: Level::Info, message: text.into(), fields: Vec::new() };
    Event { at: 1, elapsed: 2, kind }
}

fn read(path: &Path) -> (Vec<Event>, Recovered) {
    let mut events = read_events(path).expect("a journal");
    let all = events.by_ref().map(|event| event.expect("an event")).collect();
    (all, events.recovered())
}

#[test]
fn what_is_written_is_read_while_the_run_lasts_and_after_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = Runs::of_project(folder.path());
    let journal = Journal::create(runs.folder(), "20261127-1", &CancelToken::new()).expect("a journal");
    journal.event(&log("one"));
    journal.event(&log("two\nlines"));
    // Each event is there before the next one: nothing waits in this process.
    assert_eq!(read(journal.path()).0, [log("one"), log("two\nlines")]);
    let run = runs.find(None).expect("the run");
    assert_eq!((run.id.as_str(), run.is_running()), ("20261127-1", true));
    assert_eq!(run.ends(), (Some(log("one")), Some(log("two\nlines"))));
    let again = Journal::create(runs.folder(), "20261127-1", &CancelToken::new()).map(drop);
    assert!(matches!(again, Err(JournalError::Exists(_))));
    let resumed = Journal::resume(journal.path(), &CancelToken::new()).map(drop);
    assert!(matches!(resumed, Err(JournalError::Running(_))));
    journal.finish().expect("it is on the disk");
    drop(journal);
    assert!(!run.is_running());
}

#[test]
fn a_torn_line_is_left_out_and_cut_off_when_the_run_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::create(folder.path(), "a", &CancelToken::new()).expect("a journal");
    journal.event(&log("one"));
    drop(journal);
    let path = folder.path().join("a").join(FILE_NAME);
    let mut file = fs::OpenOptions::new().append(true).open(&path).expect("the file");
    // In the middle of a character.
    file.write_all(b"{\"at\":1,\"message\":\"\xc3").expect("it is written");
    let (events, recovered) = read(&path);
    assert_eq!(events, [log("one")]);
    assert_ne!(recovered, Recovered::default());
    let journal = Journal::resume(&path, &CancelToken::new()).expect("it goes on");
    journal.event(&log("two"));
    drop(journal);
    assert_eq!(read(&path), (vec![log("one"), log("two")], Recovered::default()));
}

#[test]
fn a_line_that_is_no_event_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, "{}\n").expect("a file");
    let error = read_events(&path).expect("a file").next().expect("a line").expect_err("it is no event");
    assert!(error.to_string().starts_with(&format!("line 1 of {} is no event: ", path.display())), "{error}");
    assert!(read_events(&folder.path().join("nothing")).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn an_event_that_cannot_be_written_cancels_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    // A disk that is always full.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("every Linux has it");
    let cancel = CancelToken::new();
    let journal = Journal::on(full, folder.path().join(FILE_NAME), &cancel).expect("a journal");
    assert!(!cancel.is_cancelled());
    journal.event(&log("one"));
    assert!(cancel.is_cancelled());
    // What comes after that is not written half.
    journal.event(&log("two"));
    let error = journal.finish().expect_err("it is full").to_string();
    assert!(error.contains("No space left"), "{error}");
    assert!(Journal::create(Path::new("/proc"), "a", &cancel).is_err());
}

#[test]
fn runs_are_found_by_their_beginning_or_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = Runs::of_project(folder.path());
    let find = |name: Option<&str>| runs.find(name).map(|run| run.id).map_err(|error| error.to_string());
    assert_eq!(find(None), Err("nothing has run here so far".into()));
    for id in ["20261126-1200-aaaa", "20261127-1200-bbbb", "20261127-1300-cccc"] {
        drop(Journal::create(runs.folder(), id, &CancelToken::new()).expect("a journal"));
    }
    fs::create_dir(runs.folder().join("no-run")).expect("a folder");
    assert_eq!(runs.list().expect("they are there").len(), 3);
    assert_eq!(find(None), Ok("20261127-1300-cccc".into()));
    assert_eq!(find(Some("20261126")), Ok("20261126-1200-aaaa".into()));
    assert_eq!(find(Some("bbbb")), Ok("20261127-1200-bbbb".into()));
    assert_eq!(find(Some("20261127")), Err("several runs are called `20261127`: write more of it".into()));
    assert_eq!(find(Some("dddd")), Err("there is no run `dddd`".into()));
    runs.find(Some("cccc")).and_then(|run| run.remove()).expect("it goes");
    assert_eq!(find(None), Ok("20261127-1200-bbbb".into()));
}

#[test]
fn only_one_run_has_a_lock_and_it_is_known_who() {
    let folder = tempfile::tempdir().expect("a folder");
    let locks = FileRunLocks::new(&folder.path().join("locks"));
    let key = |project: &str, environment: Option<&str>| RunLockKey {
        project: project.into(),
        environment: environment.map(str::to_owned),
        target: "here".into(),
    };
    let holder = RunLockHolder { run: "1".into(), user: "me".into(), host: "box".into(), process: 7, since: 1 };
    let dev = key("Support Flow", Some("Dev"));
    assert_eq!(locks.holder(&dev).expect("it can be asked"), None);
    let RunLockAnswer::Taken(held) = locks.try_take(&dev, &holder).expect("it can be asked") else { panic!("free") };
    assert_eq!(locks.holder(&dev).expect("it can be asked"), Some(Some(holder.clone())));
    for same in [dev.clone(), key("support flow", Some("DEV"))] {
        let RunLockAnswer::Held(by) = locks.try_take(&same, &holder).expect("it can be asked") else { panic!("held") };
        assert_eq!(by, Some(holder.clone()));
    }
    for other in [key("Support Flow", None), key("Support Flow", Some("-")), key("Support", Some("Flow+Dev"))] {
        assert!(matches!(locks.try_take(&other, &holder), Ok(RunLockAnswer::Taken(_))), "{other:?}");
    }
    drop(held);
    assert_eq!(locks.holder(&dev).expect("it can be asked"), None);
    let held = locks.try_take(&dev, &holder).expect("it can be asked");
    locks.break_lock(&dev).expect("it can be broken");
    assert!(matches!(locks.try_take(&dev, &holder), Ok(RunLockAnswer::Taken(_))));
    drop(held);
    locks.break_lock(&key("nothing", None)).expect("there is nothing to break");
}

proptest! {
    #[test]
    fn wherever_a_journal_is_torn_its_whole_lines_are_read(texts in proptest::collection::vec(".{0,40}", 1..8), at in 0.0..1.0) {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::create(folder.path(), "a", &CancelToken::new()).expect("a journal");
        texts.iter().for_each(|text| journal.event(&log(text)));
        drop(journal);
        let path = folder.path().join("a").join(FILE_NAME);
        let bytes = fs::read(&path).expect("the file");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let cut = (bytes.len() as f64 * at) as usize;
        fs::write(&path, &bytes[..cut]).expect("the file");
        let whole = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
        let expected: Vec<Event> = texts.iter().take(whole).map(|text| log(text)).collect();
        prop_assert_eq!(read(&path).0, expected.clone());
        prop_assert_eq!(crate::read::last_event(&path), expected.last().cloned());
        let journal = Journal::resume(&path, &CancelToken::new()).expect("it goes on");
        journal.event(&log("after"));
        drop(journal);
        let mut all = expected;
        all.push(log("after"));
        prop_assert_eq!(read(&path).0, all);
    }
}
