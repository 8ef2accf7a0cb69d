//! `cargo xtask bench`: whole processes side by side, in one run on one machine, so that what counts is the ratio.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::demo;
use crate::layout::Layout;
use crate::process::{find_program, say, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// How often each command is measured
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure only the rows whose name contains this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

/// A row of the table.
struct Row {
    name: String,
    command: Command,
    times: Vec<Duration>,
}

/// Measures and prints the table to stdout.
pub fn run(layout: &Layout, arguments: &Arguments) -> Result<()> {
    let wharf = demo::build_wharf(layout)?;
    let mut rows = rows(layout, &wharf)?;
    if let Some(filter) = &arguments.filter {
        rows.retain(|row| row.name.contains(filter));
    }
    ensure!(!rows.is_empty(), "no row's name contains that text");
    say(format_args!("measuring {} commands, {} rounds", rows.len(), arguments.rounds));
    // The first round warms caches of files and of compiled components.
    for row in &mut rows {
        measure(&mut row.command)?;
    }
    for _ in 0..arguments.rounds {
        for row in &mut rows {
            row.times.push(measure(&mut row.command)?);
        }
    }
    print!("{}", table(&rows));
    Ok(())
}

/// The peers, then wharf itself, then each process in `tests/bench/<name>/wharf.yaml`.
fn rows(layout: &Layout, wharf: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (program, arguments) in [("bash", ["-c", ":"]), ("node", ["-e", ""]), ("python3", ["-c", ""])] {
        match find_program([program]) {
            Some(found) => {
                let mut command = Command::new(found);
                command.args(arguments);
                rows.push(row(&format!("{program} {} \"{}\"", arguments[0], arguments[1]), command));
            }
            None => say(format_args!("{program} is not installed: it has no row")),
        }
    }
    let mut version = Command::new(wharf);
    version.arg("--version");
    rows.push(row("wharf --version", version));
    for process in processes(&layout.path("tests/bench"))? {
        let name = process.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let work = layout.path("target/bench").join(&name);
        std::fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
        let mut command = Command::new(wharf);
        command
            .args(["run", "-f"])
            .arg(&process)
            .arg("--variable")
            .arg(format!("Bench.Root={}", work.display()))
            .current_dir(work);
        rows.push(row(&format!("wharf run {name}"), command));
    }
    Ok(rows)
}

fn row(name: &str, mut command: Command) -> Row {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Row { name: name.to_owned(), command, times: Vec::new() }
}

fn processes(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let file = entry.with_context(|| format!("cannot read {}", folder.display()))?.path().join("wharf.yaml");
            if file.is_file() {
                found.push(file);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// From before the process starts until it has ended.
fn measure(command: &mut Command) -> Result<Duration> {
    let start = Instant::now();
    let status = command.status().with_context(|| format!("cannot start `{}`", show(command)))?;
    let time = start.elapsed();
    ensure!(status.success(), "`{}` failed ({status}): run it by hand to see why", show(command));
    Ok(time)
}

/// Medians, with the fastest and the ninth decile beside them, and how many times the first row's median each is.
fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
    let mut text = format!("{:width$}  {:>9}  {:>9}  {:>9}  {:>7}\n", "", "median", "fastest", "p90", "ratio");
    let base = rows.first().map_or(0.0, |row| decile(&row.times, 5));
    for row in rows {
        let [fastest, median, high] = [0, 5, 9].map(|tenth| decile(&row.times, tenth));
        text += &format!(
            "{:width$}  {median:>6.2} ms  {fastest:>6.2} ms  {high:>6.2} ms  {:>6.2}x\n",
            row.name,
            median / base
        );
    }
    text
}

/// The time in milliseconds that `tenth` tenths of the times are below.
fn decile(times: &[Duration], tenth: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    let at = sorted.len().saturating_sub(1) * tenth / 10;
    sorted.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_medians_and_their_ratio_to_the_first_row() {
        let row = |name: &str, times: &[u64]| Row {
            name: name.to_owned(),
            command: Command::new("true"),
            times: times.iter().copied().map(Duration::from_millis).collect(),
        };
        let rows = [row("bash -c :", &[4, 2, 3]), row("wharf run five", &[6, 30, 12])];
        assert_eq!(
            table(&rows),
            "                   median    fastest        p90    ratio\n\
             bash -c :         3.00 ms    2.00 ms    3.00 ms    1.00x\n\
             wharf run five   12.00 ms    6.00 ms   12.00 ms    4.00x\n"
        );
    }
}
