//! What packing costs, beside other programs on the same files: `measure_pack FOLDER` makes a tree in FOLDER, which should
//! lie on a tmpfs, and prints seconds, bytes and ratios as JSON. `measure_pack FOLDER once` packs a tree that is there and
//! prints the peak of the memory in KiB.

#[path = "measure_archives/tree.rs"]
mod tree;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::json;
use wharf_package::{ArchiveLimits, Compression, Existing, FileSelection, PackFormat, PackRequest, pack};

/// The fastest of so many runs counts: what is measured is the program, and not who else uses the machine.
const RUNS: usize = 3;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match arguments.as_slice() {
        [folder] => compare(folder),
        [folder, what] if what.as_os_str() == "once" => {
            ours(folder, PackFormat::Zip, Compression::Normal, 0)?;
            let status = fs::read_to_string("/proc/self/status")?;
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            println!("{}", json!({ "peak": peak.map(str::trim) }));
            Ok(())
        }
        _ => Err("usage: measure_pack FOLDER [once]".into()),
    }
}

/// Packs the tree and answers the bytes.
fn ours(folder: &Path, format: PackFormat, compression: Compression, threads: usize) -> Outcome<u64> {
    let (source, out) = (folder.join("tree"), folder.join("out"));
    let limits = ArchiveLimits::default();
    let selection = FileSelection::all();
    let request = PackRequest {
        out_folder: &out,
        format,
        compression,
        threads,
        existing: Existing::Replace,
        ..PackRequest::new(&source, "Measured", "1.0.0", &selection, &limits)
    };
    Ok(pack(&request)?.bytes)
}

fn theirs(program: &str, arguments: &[&str], folder: &Path, output: &str) -> Outcome<u64> {
    let path = folder.join(output);
    let _ = fs::remove_file(&path);
    let status = Command::new(program)
        .args(arguments)
        .current_dir(folder.join("tree"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("{program} failed").into());
    }
    Ok(fs::metadata(path)?.len())
}

fn measured(folder: &Path, work: impl Fn() -> Outcome<u64>) -> Outcome<(f64, u64)> {
    let (mut fastest, mut bytes) = (f64::INFINITY, 0);
    for _ in 0..RUNS {
        let _ = fs::remove_dir_all(folder.join("out"));
        let begin = Instant::now();
        bytes = work()?;
        fastest = fastest.min(begin.elapsed().as_secs_f64());
    }
    Ok((fastest, bytes))
}

fn compare(folder: &Path) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    let total = tree::write(&folder.join("tree"))?;
    let mut rows = Vec::new();
    let (zip_seconds, zip_bytes) =
        measured(folder, || theirs("zip", &["-q", "-r", "-6", "../zip.zip", "."], folder, "zip.zip"))?;
    let mut row = |name: &str, result: Outcome<(f64, u64)>| {
        let Ok((seconds, bytes)) = result else {
            rows.push(json!({ "program": name, "skipped": "it is not on this machine" }));
            return;
        };
        rows.push(json!({
            "program": name,
            "seconds": (seconds * 1000.0).round() / 1000.0,
            "bytes": bytes,
            "times_the_speed_of_zip": (zip_seconds / seconds * 100.0).round() / 100.0,
            "percent_of_zip": (bytes as f64 / zip_bytes as f64 * 10_000.0).round() / 100.0,
        }));
    };
    row("zip -q -r -6", Ok((zip_seconds, zip_bytes)));
    row("7z a -tzip", measured(folder, || theirs("7z", &["a", "-tzip", "../7z.zip", "."], folder, "7z.zip")));
    let python = ["-m", "zipfile", "-c", "../python.zip", "."];
    row("python3 -m zipfile -c", measured(folder, || theirs("python3", &python, folder, "python.zip")));
    for (name, format, compression, threads) in [
        ("wharf zip", PackFormat::Zip, Compression::Normal, 0),
        ("wharf zip, one thread", PackFormat::Zip, Compression::Normal, 1),
        ("wharf zip, fast", PackFormat::Zip, Compression::Fast, 0),
        ("wharf zip, best", PackFormat::Zip, Compression::Best, 0),
        ("wharf zip, none", PackFormat::Zip, Compression::None, 0),
        ("wharf nupkg", PackFormat::Nupkg, Compression::Normal, 0),
        ("wharf tar.gz", PackFormat::TarGz, Compression::Normal, 0),
        ("wharf tar.zst", PackFormat::TarZst, Compression::Normal, 0),
        ("wharf tar.zst, fast", PackFormat::TarZst, Compression::Fast, 0),
    ] {
        row(name, measured(folder, || ours(folder, format, compression, threads)));
    }
    let cores = std::thread::available_parallelism()?.get();
    println!("{}", serde_json::to_string_pretty(&json!({ "bytes": total, "cores": cores, "runs": rows }))?);
    Ok(())
}
