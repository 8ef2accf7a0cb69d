//! The cases of `tests/cases`: in each folder a `transcript.txt` holds commands and what they answer. The folder is
//! copied, the commands run in the copy, and the transcript must come out the same. `WHARF_BLESS=1` writes it anew.
//!
//! Lines of a transcript: `$ wharf …` runs the program (words before it such as `NAME=value` set its environment),
//! `$ cat FILE` and `$ files FOLDER` show what is there; `% guest NAME` copies a component of `tests/guests` here,
//! `% example NAME` copies what is in a folder of `examples`,
//! `% copy FROM TO` and `% remove FILE` do that, `% truncate FILE BYTES`, `% replace FILE OLD NEW`, `% fill FILE BYTES` and `% bytes FILE HEX` make bad files,
//! `% serve FOLDER` serves a folder at `$SERVER`. Anything else is an answer.

use std::fs;
use std::path::Path;

use crate::support::{Place, copy, guest, root, serve};

#[test]
fn transcripts_come_out_the_same() {
    let cases = root().join("tests/cases");
    let mut names: Vec<_> = fs::read_dir(&cases)
        .expect("the cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("transcript.txt").is_file())
        .collect();
    names.sort();
    assert!(!names.is_empty(), "there are no cases in {}", cases.display());
    let bless = std::env::var_os("WHARF_BLESS").is_some();
    let only = std::env::var("WHARF_CASE").ok();
    let mut failed = Vec::new();
    for case in names {
        let name = case.file_name().expect("it has a name").to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let path = case.join("transcript.txt");
        let expected = fs::read_to_string(&path).expect("a transcript").replace("\r\n", "\n");
        let actual = Session::new(&case).play(&expected);
        if actual == expected {
            continue;
        }
        if bless {
            fs::write(&path, &actual).expect("the transcript is written");
        } else {
            failed.push(format!("{name}:\n{}", difference(&expected, &actual)));
        }
    }
    assert!(failed.is_empty(), "these cases came out otherwise (WHARF_BLESS=1 accepts it):\n{}", failed.join("\n"));
}

/// One case while it is played.
struct Session {
    place: Place,
    server: Option<String>,
}

impl Session {
    fn new(case: &Path) -> Self {
        let place = Place::new();
        copy(case, &place.work());
        fs::remove_file(place.work().join("transcript.txt")).expect("the transcript is no part of the case");
        Self { place, server: None }
    }

    fn play(mut self, transcript: &str) -> String {
        let mut played = String::new();
        for line in transcript.lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                if !played.is_empty() && !played.ends_with("\n\n") {
                    played.push('\n');
                }
                played.push_str(&format!("{line}\n"));
                let answer = self.command(command);
                played.push_str(&answer);
            } else if let Some(directive) = line.strip_prefix("% ") {
                if !played.is_empty()
                    && !played.ends_with("\n\n")
                    && !played.lines().last().is_some_and(|l| l.starts_with("% "))
                {
                    played.push('\n');
                }
                self.directive(directive);
                played.push_str(&format!("{line}\n"));
            }
        }
        played
    }

    fn command(&self, line: &str) -> String {
        let mut words = words(line).into_iter().map(|word| self.expand(&word)).peekable();
        let mut settings = Vec::new();
        while let Some(setting) = words.next_if(|word| {
            word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        }) {
            let (name, value) = setting.split_once('=').expect("it has just been seen");
            settings.push((name.to_owned(), value.to_owned()));
        }
        let program = words.next().expect("a command has a name");
        let arguments: Vec<String> = words.collect();
        let folder = self.place.work();
        match program.as_str() {
            "wharf" => {
                let output =
                    self.place.wharf().args(&arguments).envs(settings).output().expect("the program can be started");
                let mut answer = self.redact(&String::from_utf8_lossy(&output.stdout));
                end_line(&mut answer);
                let stderr = self.redact(&String::from_utf8_lossy(&output.stderr));
                answer.extend(stderr.lines().map(|line| format!("! {line}").trim_end().to_owned() + "\n"));
                if output.status.code() != Some(0) {
                    answer.push_str(&format!("[exit {:?}]\n", output.status.code().unwrap_or(-1)));
                }
                answer
            }
            "cat" => {
                let text = fs::read_to_string(folder.join(&arguments[0])).unwrap_or_else(|error| format!("[{error}]"));
                let mut answer = self.redact(&text);
                end_line(&mut answer);
                answer
            }
            "files" => {
                let mut files = Vec::new();
                list(&folder.join(&arguments[0]), "", &mut files);
                files.iter().map(|file| self.redact(file) + "\n").collect()
            }
            other => panic!("`{other}` is no command of a transcript"),
        }
    }

    fn directive(&mut self, line: &str) {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let file = |name: &str| self.place.work().join(name);
        match words.as_slice() {
            ["guest", name] => {
                fs::copy(guest(name), file(&format!("{name}.wasm"))).expect("the guest is copied");
            }
            ["example", name] => copy(&root().join("examples").join(name), &self.place.work()),
            ["copy", from, to] => drop(fs::copy(file(from), file(to)).expect("the file is copied")),
            ["remove", name] => fs::remove_file(file(name)).expect("the file goes"),
            ["truncate", name, bytes] => {
                let content = fs::read(file(name)).expect("a file");
                let bytes: usize = bytes.parse().expect("a number");
                fs::write(file(name), &content[..bytes]).expect("a file");
            }
            ["replace", name, old, new] => {
                assert_eq!(old.len(), new.len(), "a replacement of another length would break the file in another way");
                let mut content = fs::read(file(name)).expect("a file");
                let mut at = 0;
                let mut found = 0;
                while let Some(offset) = content[at..].windows(old.len()).position(|window| window == old.as_bytes()) {
                    at += offset;
                    content[at..at + old.len()].copy_from_slice(new.as_bytes());
                    found += 1;
                }
                assert!(found > 0, "{name} does not hold {old}");
                fs::write(file(name), content).expect("a file");
            }
            ["fill", name, bytes] => {
                let bytes: usize = bytes.parse().expect("a number");
                let mut content = fs::read(file(name)).unwrap_or_default();
                content.resize(content.len().max(bytes), b'#');
                fs::write(file(name), content).expect("a file");
            }
            ["bytes", name, hex] => {
                let bytes: Vec<u8> = (0..hex.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits"))
                    .collect();
                fs::write(file(name), bytes).expect("a file");
            }
            ["serve", folder] => self.server = Some(serve(file(folder))),
            _ => panic!("`% {line}` is no directive of a transcript"),
        }
    }

    fn expand(&self, word: &str) -> String {
        match &self.server {
            Some(server) => word.replace("$SERVER", server),
            None => word.to_owned(),
        }
    }

    fn redact(&self, text: &str) -> String {
        let bash = program("bash");
        let temporary = std::env::temp_dir().display().to_string();
        let mut known = vec![(bash.as_str(), "[bash]"), (temporary.as_str(), "[tmp]")];
        known.extend(self.server.iter().map(|server| (server.as_str(), "http://[server]")));
        let text = self.place.redact(text, &known);
        // The size of a component and what of WASI it imports are its toolchain's.
        let is_own = |line: &&str| !line.starts_with("  wasi:");
        let lines = text.split_inclusive('\n').filter(is_own).map(|line| match line.split_once("  size  ") {
            Some(("", _)) => "  size    [size]\n",
            _ => line,
        });
        lines.collect()
    }
}

/// Where a program of this machine is.
fn program(name: &str) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("the tests need {name}")).display().to_string()
}

/// Words divided by spaces; quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for character in line.chars() {
        match (character, quote) {
            (' ', None) => words.push(String::new()),
            ('"' | '\'', None) => quote = Some(character),
            (_, Some(open)) if open == character => quote = None,
            _ => words.last_mut().expect("there is always one").push(character),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str("\n[no line end]\n");
    }
}

fn list(folder: &Path, prefix: &str, files: &mut Vec<String>) {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().expect("a type");
        if kind.is_symlink() {
            let target = fs::read_link(entry.path()).expect("a link");
            files.push(format!("{name} -> {}", target.display()));
        } else if kind.is_dir() {
            list(&entry.path(), &format!("{name}/"), files);
        } else {
            files.push(name);
        }
    }
}

/// The first lines that differ, with a few around them.
fn difference(expected: &str, actual: &str) -> String {
    let (expected, actual): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let same = expected.iter().zip(&actual).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(3);
    let part = |lines: &[&str], sign: &str| -> String {
        lines.iter().skip(same).take(12).map(|line| format!("{sign} {line}\n")).collect()
    };
    let before: String = expected[from..same].iter().map(|line| format!("  {line}\n")).collect();
    format!("line {}:\n{before}{}{}", same + 1, part(&expected, "-"), part(&actual, "+"))
}
