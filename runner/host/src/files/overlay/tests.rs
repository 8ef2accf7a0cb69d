//! A plan's files against the machine's: the same operations on the same tree have the same results, and what the plan
//! sees in the end is what the machine then has.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use tempfile::TempDir;
use wharf_model::{FileAccess, FileGrant, GrantOrigin, Limits, PlannedEffects};

use super::Overlay;
use crate::files::dir::Ground;
use crate::files::metadata::Kind;
use crate::files::wasi_error::WasiFileError;
use crate::files::{Directory, FileError, Files, Handle, OpenFile, OpenRequest};

#[derive(Debug, Clone)]
enum Operation {
    Read(usize),
    Write {
        path: usize,
        text: u8,
        truncate: bool,
        exclusive: bool,
    },
    CreateDirectory(usize),
    Remove(usize),
    RemoveDirectory(usize),
    Rename(usize, usize),
    HardLink(usize, usize),
    Symlink {
        target: usize,
        path: usize,
    },
    ReadLink(usize),
    SetMode(usize, u32),
    List(usize),
    Stat(usize, bool),
    /// Opens a file and keeps it open.
    Hold(usize, bool),
    ReadHeld(usize),
    WriteHeld(usize, u8),
}

/// Few names, so that operations meet each other.
const PATHS: [&str; 14] =
    ["a", "b", "c", "d", "d/a", "d/b", "d/e", "d/e/a", "d/e/f", "link", "link/a", "up", "big", "d/link"];
const TARGETS: [&str; 9] = ["a", "d", "d/e", "../d", "..", "missing", "link", "../../elsewhere", "e/a"];

fn operation() -> impl Strategy<Value = Operation> {
    let path = || 0..PATHS.len();
    prop_oneof![
        path().prop_map(Operation::Read),
        (path(), any::<u8>(), any::<bool>(), any::<bool>())
            .prop_map(|(path, text, truncate, exclusive)| Operation::Write { path, text, truncate, exclusive }),
        path().prop_map(Operation::CreateDirectory),
        path().prop_map(Operation::Remove),
        path().prop_map(Operation::RemoveDirectory),
        (path(), path()).prop_map(|(from, to)| Operation::Rename(from, to)),
        (path(), path()).prop_map(|(from, to)| Operation::HardLink(from, to)),
        (0..TARGETS.len(), path()).prop_map(|(target, path)| Operation::Symlink { target, path }),
        path().prop_map(Operation::ReadLink),
        (path(), prop_oneof![Just(0o600), Just(0o755), Just(0o640)])
            .prop_map(|(path, bits)| Operation::SetMode(path, bits)),
        path().prop_map(Operation::List),
        (path(), any::<bool>()).prop_map(|(path, follow)| Operation::Stat(path, follow)),
        (path(), any::<bool>()).prop_map(|(path, write)| Operation::Hold(path, write)),
        (0..4_usize).prop_map(Operation::ReadHeld),
        (0..4_usize, any::<u8>()).prop_map(|(held, text)| Operation::WriteHeld(held, text)),
    ]
}

/// What a tree holds: kinds, contents, modes and link texts by path.
type Shown = BTreeMap<String, String>;

/// One side of the comparison.
struct Side {
    folder: TempDir,
    files: Files,
    base: Directory,
    held: Vec<OpenFile>,
}

impl Side {
    fn new(ground: &Ground) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("granted");
        fs::create_dir_all(root.join("d/e")).expect("folders");
        for (name, content) in
            [("a", "of a"), ("d/a", "of d/a"), ("d/e/a", "of d/e/a"), ("../elsewhere", "not granted")]
        {
            fs::write(root.join(name), content).expect("a file");
        }
        fs::write(root.join("big"), "x".repeat(70_000)).expect("a file");
        fs::hard_link(root.join("d/a"), root.join("d/b")).expect("a second name");
        #[cfg(unix)]
        for (target, name) in [("d", "link"), ("..", "up"), ("e/a", "d/link")] {
            std::os::unix::fs::symlink(target, root.join(name)).expect("a link");
        }
        let root = root.canonicalize().expect("it is there");
        let grant = FileGrant { path: root.clone(), access: FileAccess::Write, origin: GrantOrigin::Host };
        let mut files = Files::new(&[grant], &Limits::default(), ground).expect("it can be opened");
        let path = root.to_str().expect("it is text").trim_start_matches('/').to_owned();
        let request = OpenRequest { read: true, directory: true, ..Default::default() };
        let all = files.root();
        let Ok(Handle::Directory(base)) = files.open(&all, &path, request) else { panic!("the folder is granted") };
        Self { folder, files, base, held: Vec::new() }
    }

    /// Does it, and tells what came of it.
    fn act(&mut self, operation: &Operation) -> String {
        match self.try_to(operation) {
            Ok(answer) => answer,
            Err(error) => format!("{:?}", WasiFileError::from(error)),
        }
    }

    fn try_to(&mut self, operation: &Operation) -> Result<String, FileError> {
        let (files, base) = (&mut self.files, &self.base);
        let read = OpenRequest { read: true, follow: true, ..Default::default() };
        Ok(match operation {
            Operation::Read(path) => match files.open(base, PATHS[*path], read)? {
                Handle::File(file) => content(&file)?,
                Handle::Directory(_) => "a directory".into(),
            },
            Operation::Write { path, text, truncate, exclusive } => {
                let (truncate, exclusive) = (*truncate, *exclusive);
                let request =
                    OpenRequest { write: true, create: true, follow: true, truncate, exclusive, ..Default::default() };
                if let Handle::File(file) = files.open(base, PATHS[*path], request)? {
                    file.try_clone()?.write_all(format!("written {text}").as_bytes())?;
                }
                String::new()
            }
            Operation::CreateDirectory(path) => files.create_directory(base, PATHS[*path]).map(|()| String::new())?,
            Operation::Remove(path) => files.remove_file(base, PATHS[*path]).map(|()| String::new())?,
            Operation::RemoveDirectory(path) => files.remove_directory(base, PATHS[*path]).map(|()| String::new())?,
            Operation::Rename(from, to) => {
                files.rename(base, PATHS[*from], base, PATHS[*to]).map(|()| String::new())?
            }
            Operation::HardLink(from, to) => {
                files.hard_link(base, PATHS[*from], base, PATHS[*to]).map(|()| String::new())?
            }
            Operation::Symlink { target, path } => {
                files.symlink(TARGETS[*target], base, PATHS[*path]).map(|()| String::new())?
            }
            Operation::ReadLink(path) => files.read_link(base, PATHS[*path])?.display().to_string(),
            Operation::SetMode(path, bits) => {
                let path = format!("{}/{}", base.path.display(), PATHS[*path]);
                files.set_permissions(&path, *bits).map(|()| String::new())?
            }
            Operation::List(path) => match files.open(base, PATHS[*path], OpenRequest { directory: true, ..read })? {
                Handle::Directory(directory) => {
                    let mut names: Vec<String> = files
                        .list(&directory)?
                        .into_iter()
                        .map(|entry| format!("{} {:?}", entry.name, entry.kind))
                        .collect();
                    names.sort();
                    names.join(", ")
                }
                Handle::File(_) => "a file".into(),
            },
            Operation::Stat(path, follow) => {
                let stat = files.stat(base, PATHS[*path], *follow)?;
                // The size of a directory is the file system's own business.
                let size = if stat.kind == Kind::Directory { 0 } else { stat.size };
                let links = if stat.kind == Kind::File { stat.links } else { 0 };
                format!("{:?} {size} {links} {:o}", stat.kind, stat.mode)
            }
            Operation::Hold(path, write) => {
                let request = OpenRequest { write: *write, ..read };
                if let Handle::File(file) = files.open(base, PATHS[*path], request)? {
                    self.held.push(file);
                }
                String::new()
            }
            Operation::ReadHeld(at) => match self.held.get(*at) {
                Some(file) => content(file)?,
                None => String::new(),
            },
            Operation::WriteHeld(at, text) => {
                if let Some(file) = self.held.get(*at).filter(|file| file.writable) {
                    let text = format!("held {text}");
                    file.file.with(|file| crate::files::streams::write_at(file, text.as_bytes(), 2))?;
                }
                String::new()
            }
        })
    }

    /// Everything that is granted, as the step sees it.
    fn shown(&mut self) -> Shown {
        let mut shown = Shown::new();
        let base = self.base.clone();
        self.show(&base, "", &mut shown);
        shown
    }

    fn show(&mut self, directory: &Directory, prefix: &str, shown: &mut Shown) {
        for entry in self.files.list(directory).expect("it can be listed") {
            let path = format!("{prefix}{}", entry.name);
            let stat = self.files.stat(directory, &entry.name, false).expect("it is there");
            assert_eq!(stat.kind, entry.kind, "{path}");
            let text = match stat.kind {
                Kind::Symlink => {
                    format!("-> {}", self.files.read_link(directory, &entry.name).expect("a link").display())
                }
                Kind::File => {
                    let request = OpenRequest { read: true, ..Default::default() };
                    let Ok(Handle::File(file)) = self.files.open(directory, &entry.name, request) else {
                        panic!("{path} can be read")
                    };
                    format!("{:o} {} {}", stat.mode, stat.links, content(&file).expect("it can be read"))
                }
                Kind::Directory => {
                    let request = OpenRequest { read: true, directory: true, ..Default::default() };
                    let Ok(Handle::Directory(inner)) = self.files.open(directory, &entry.name, request) else {
                        panic!("{path} can be opened")
                    };
                    self.show(&inner, &format!("{path}/"), shown);
                    format!("{:o}", stat.mode)
                }
                Kind::Special => "special".into(),
            };
            shown.insert(path, text);
        }
    }

    /// The changes that the step is said to have made, without where.
    fn changes(&mut self) -> Vec<String> {
        let folder = self.folder.path().canonicalize().expect("it is there").display().to_string();
        let changes = self.files.finish().into_iter().map(|change| {
            let target = change.target.replace(&folder, "");
            format!("{} {target} {} {}", change.kind.sign(), change.summary, change.diff.unwrap_or_default())
        });
        changes.collect()
    }
}

/// What a plan touched, in the folder of another side.
struct Touched(BTreeMap<String, bool>);

impl Touched {
    fn of(plan: &Side, other: &Side) -> Self {
        let place = |side: &Side| side.folder.path().canonicalize().expect("it is there").display().to_string();
        let (from, to) = (place(plan), place(other));
        let (paths, is_whole) = plan.files.touched();
        assert!(is_whole);
        Self(paths.into_iter().map(|touched| (touched.path.replace(&from, &to), touched.is_new)).collect())
    }
}

impl PlannedEffects for Touched {
    fn refuses(&self) -> bool {
        true
    }

    fn allows_path(&self, path: &str) -> bool {
        let mut above = Path::new(path).ancestors().skip(1).filter_map(Path::to_str);
        self.0.contains_key(path) || above.any(|above| self.0.get(above) == Some(&true))
    }

    fn allows_effect(&self, _: &str) -> bool {
        false
    }
}

fn content(file: &OpenFile) -> Result<String, FileError> {
    let mut text = String::new();
    let mut at = 0;
    let mut buffer = vec![0; 100_000];
    loop {
        let count = file.file.with(|file| crate::files::streams::read_at(file, &mut buffer, at))?;
        if count == 0 {
            let length = text.len();
            text.truncate(40);
            return Ok(format!("{text} ({length})"));
        }
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        at += count as u64;
    }
}

/// What lies on the disk, without going through [`Files`].
fn on_disk(folder: &Path) -> Shown {
    let mut shown = Shown::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder").map(|entry| entry.expect("an entry")) {
            let (path, metadata) = (entry.path(), entry.metadata().expect("it is there"));
            let text = if metadata.is_symlink() {
                format!("-> {}", fs::read_link(&path).expect("a link").display())
            } else if metadata.is_dir() {
                folders.push(path.clone());
                format!("{:?}", metadata.permissions())
            } else {
                let mut content = String::new();
                fs::File::open(&path).and_then(|mut file| file.read_to_string(&mut content)).expect("it can be read");
                format!("{:?} {:?} {content}", metadata.permissions(), metadata.modified().expect("a time"))
            };
            shown.insert(path.display().to_string(), text);
        }
    }
    shown
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[cfg(unix)]
    #[test]
    fn a_plan_sees_what_the_run_then_does(operations in proptest::collection::vec(operation(), 1..40)) {
        let mut machine = Side::new(&Ground::Machine);
        let mut plan = Side::new(&Ground::Plan(Overlay::new().expect("a scratch folder")));
        let before = on_disk(plan.folder.path());
        let planned: Vec<_> = operations.iter().map(|operation| plan.act(operation)).collect();
        // The run goes by the plan, and is refused nothing.
        machine.files.ledger.planned = Some(Arc::new(Touched::of(&plan, &machine)));
        for (operation, planned) in operations.iter().zip(planned) {
            prop_assert_eq!(planned, machine.act(operation), "{:?}", operation);
        }
        prop_assert_eq!(plan.shown(), machine.shown());
        prop_assert_eq!(plan.changes(), machine.changes());
        prop_assert_eq!(on_disk(plan.folder.path()), before, "nothing on the disk has changed");
    }
}

/// A later step sees what an earlier one would have written, also where its grant lies in the other's or reaches it
/// through a link that exists in the plan alone.
#[cfg(unix)]
#[test]
fn steps_of_a_plan_share_what_they_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("it is there");
    fs::create_dir(root.join("site")).expect("a folder");
    let ground = Ground::Plan(Overlay::new().expect("a scratch folder"));
    let files = |path: &Path, access| {
        let grant = FileGrant { path: path.to_owned(), access, origin: GrantOrigin::Host };
        Files::new(&[grant], &Limits::default(), &ground).expect("it can be opened")
    };
    let inside = |path: &str| root.join(path).display().to_string().trim_start_matches('/').to_owned();
    let mut first = files(&root.join("site"), FileAccess::Write);
    let all = first.root();
    first.create_directory(&all, &inside("site/releases")).expect("a folder");
    first.create_directory(&all, &inside("site/releases/1")).expect("a folder");
    let write = OpenRequest { write: true, create: true, ..Default::default() };
    let Ok(Handle::File(file)) = first.open(&all, &inside("site/releases/1/index.html"), write) else {
        panic!("it can be written")
    };
    file.file.with(|mut file| file.write_all(b"hello")).expect("it can be written");
    first.symlink("releases/1", &all, &inside("site/current")).expect("a link");
    assert_eq!(first.finish().len(), 2);

    let read = OpenRequest { read: true, follow: true, ..Default::default() };
    for (grant, path) in [
        ("site", "site/releases/1/index.html"),
        ("site/releases/1", "site/releases/1/index.html"),
        ("site/current", "site/current/index.html"),
        ("site/current/index.html", "site/current/index.html"),
    ] {
        let mut later = files(&root.join(grant), FileAccess::Read);
        let all = later.root();
        match later.open(&all, &inside(path), read) {
            Ok(Handle::File(file)) => assert_eq!(content(&file).expect("it can be read"), "hello (5)", "{grant}"),
            Ok(Handle::Directory(_)) => panic!("{path} is a file"),
            Err(error) => panic!("{path} with the grant {grant}: {error}"),
        }
    }
    assert_eq!(fs::read_dir(root.join("site")).expect("a folder").count(), 0, "nothing on the disk has changed");
}
