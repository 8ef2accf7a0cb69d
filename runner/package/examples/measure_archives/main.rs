//! What reading packages costs, beside other programs on the same files: `measure FOLDER` makes a tree and its zip in
//! FOLDER, which should lie on a tmpfs, and prints seconds as JSON. `measure FOLDER verify|extract ARCHIVE` does only that
//! and prints the peak of the memory in KiB.

mod tree;

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Map, Value, json};
use wharf_package::{Archive, ArchiveLimits, Destination, DestinationError, EntryPatterns};

/// The fastest of so many runs counts: what is measured is the program, and not who else uses the machine.
const RUNS: usize = 5;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match arguments.as_slice() {
        [folder] => compare(folder),
        [folder, what, archive] => once(folder, what.as_os_str(), archive),
        _ => Err("usage: measure FOLDER [verify|extract ARCHIVE]".into()),
    }
}

fn once(folder: &Path, what: &OsStr, archive: &Path) -> Outcome<()> {
    let target = folder.join("once");
    match what.to_str() {
        Some("verify") => verify(archive)?,
        Some("extract") => extract(archive, &target)?,
        _ => return Err("it is either verify or extract".into()),
    }
    println!("{}", json!({ "peak_kib": peak_kib() }));
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    Ok(())
}

fn compare(folder: &Path) -> Outcome<()> {
    let tree = folder.join("tree");
    if !tree.exists() {
        fs::create_dir_all(&tree)?;
        tree::write(&tree)?;
    }
    let zip = folder.join("Tree.1.0.0.zip");
    if !zip.exists() {
        run(&tree, "zip", &["-q".as_ref(), "-r".as_ref(), "-6".as_ref(), zip.as_os_str(), ".".as_ref()])?;
    }
    let out = folder.join("out");
    let mut figures = Map::new();
    let mut add = |name: &str, seconds: Option<f64>| {
        figures
            .insert(name.to_owned(), seconds.map_or(Value::Null, |seconds| json!((seconds * 1000.0).round() / 1000.0)));
    };
    let (zip_text, out_text) = (zip.as_os_str(), out.as_os_str());
    add("wharf extract", Some(best(&out, || extract(&zip, &out))?));
    add("wharf extract, through a destination", Some(best(&out, || extract_through_destination(&zip, &out))?));
    add("wharf verify", Some(best(&out, || verify(&zip))?));
    add("wharf open", Some(best(&out, || open(&zip).map(drop))?));
    for (name, program, arguments) in [
        ("Tree.1.0.0.tar.gz", "tar", ["-czf", "../Tree.1.0.0.tar.gz", "."]),
        ("Tree.1.0.0.tar.zst", "tar", ["--zstd", "-cf../Tree.1.0.0.tar.zst", "."]),
    ] {
        let archive = folder.join(name);
        if !archive.exists() {
            run(&tree, program, &arguments.map(OsStr::new))?;
        }
        add(&format!("wharf extract {name}"), Some(best(&out, || extract(&archive, &out))?));
        let arguments = ["-x".as_ref(), "-f".as_ref(), archive.as_os_str(), "-C".as_ref(), out.as_os_str()];
        let seconds = best(&out, || {
            fs::create_dir_all(&out)?;
            run(&out, "tar", &arguments)
        });
        add(&format!("tar -x {name}"), seconds.ok());
    }
    let cases: [(&str, &str, Vec<&OsStr>); 9] = [
        ("unzip -q", "unzip", vec!["-q".as_ref(), zip_text, "-d".as_ref(), out_text]),
        ("unzip -tq", "unzip", vec!["-tq".as_ref(), zip_text]),
        ("bsdtar -x", "bsdtar", vec!["-x".as_ref(), "-f".as_ref(), zip_text, "-C".as_ref(), out_text]),
        ("ripunzip", "ripunzip", vec!["unzip-file".as_ref(), "-q".as_ref(), "-d".as_ref(), out_text, zip_text]),
        ("7z x", "7z", vec!["x".as_ref(), "-bd".as_ref(), "-y".as_ref(), zip_text]),
        ("7z t", "7z", vec!["t".as_ref(), "-bd".as_ref(), zip_text]),
        (
            "python3 -m zipfile -e",
            "python3",
            vec!["-m", "zipfile", "-e"].into_iter().map(OsStr::new).chain([zip_text, out_text]).collect(),
        ),
        ("python3 -m zipfile -t", "python3", vec!["-m".as_ref(), "zipfile".as_ref(), "-t".as_ref(), zip_text]),
        ("cp -r", "cp", vec!["-r".as_ref(), tree.as_os_str(), out_text]),
    ];
    for (name, program, arguments) in cases {
        let seconds = best(&out, || {
            fs::create_dir_all(&out)?;
            run(&out, program, &arguments)
        });
        add(name, seconds.ok());
    }
    println!("{}", serde_json::to_string_pretty(&Value::Object(figures))?);
    Ok(())
}

/// Seconds of the fastest run; `out` is removed after each, which does not count.
fn best(out: &Path, mut work: impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        if out.exists() {
            fs::remove_dir_all(out)?;
        }
        let begin = Instant::now();
        work()?;
        best = best.min(begin.elapsed().as_secs_f64());
    }
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    Ok(best)
}

fn run(folder: &Path, program: &str, arguments: &[&OsStr]) -> Outcome<()> {
    let mut command = Command::new(program);
    let status = command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{program} failed").into()) }
}

fn open(path: &Path) -> Outcome<Archive> {
    // What is measured may be larger than packages are by default.
    Ok(Archive::open(path, &ArchiveLimits { total_bytes: u64::MAX, ratio: u64::MAX, ..ArchiveLimits::default() })?)
}

fn extract(path: &Path, folder: &Path) -> Outcome<()> {
    open(path)?.extract_into(folder, &EntryPatterns::all(), &mut |_| ControlFlow::Continue(()))?;
    Ok(())
}

/// A destination as plain as it can be, for what a caller's own costs besides its own work.
struct Plain<'a>(&'a Path);

impl Destination for Plain<'_> {
    fn create_dir(&mut self, path: &str, _mode: u32) -> Result<(), DestinationError> {
        Ok(fs::create_dir_all(self.0.join(path))?)
    }

    fn write_file(&mut self, path: &str, _mode: u32, content: &mut dyn Read) -> Result<(), DestinationError> {
        let mut file = fs::File::create_new(self.0.join(path))?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match content.read(&mut buffer)? {
                0 => return Ok(()),
                read => file.write_all(&buffer[..read])?,
            }
        }
    }

    fn symlink(&mut self, path: &str, _target: &str) -> Result<(), DestinationError> {
        Err(format!("{path} is a symlink").into())
    }
}

fn extract_through_destination(path: &Path, folder: &Path) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    open(path)?.extract(&mut Plain(folder), &EntryPatterns::all(), &mut |_| ControlFlow::Continue(()))?;
    Ok(())
}

fn verify(path: &Path) -> Outcome<()> {
    let archive = open(path)?;
    if let Some(verified) = archive.verify(&|_| ControlFlow::Continue(()))? {
        verified.into_result(&archive)?;
    }
    Ok(())
}

/// The most memory that this process had at any time, in KiB.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
