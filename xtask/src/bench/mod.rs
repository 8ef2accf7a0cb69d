//! `cargo xtask bench`: whole processes side by side, in one run on one machine, so that what counts is the ratio.

mod inside;
mod no_ops;
mod packages;
mod template;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::demo;
use crate::guests;
use crate::layout::Layout;
use crate::process::{capture, say, show};

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
    /// The file that the command reads from its standard input; none is nothing.
    input: Option<PathBuf>,
    times: Vec<Duration>,
}

/// What wharf is compared with: a program that does nothing.
struct Peer {
    name: &'static str,
    program: &'static str,
    nothing: [&'static str; 2],
    /// Arguments that make the program print where it really is: what is on the `PATH` may be a script that looks
    /// for a version.
    itself: &'static [&'static str],
}

const PEERS: [Peer; 3] = [
    Peer { name: "bash -c :", program: "bash", nothing: ["-c", ":"], itself: &["-c", "echo $BASH"] },
    Peer { name: "node -e \"\"", program: "node", nothing: ["-e", ""], itself: &["-p", "process.execPath"] },
    Peer {
        name: "python3 -c \"\"",
        program: "python3",
        nothing: ["-c", ""],
        itself: &["-c", "import sys; print(sys.executable)"],
    },
];

impl Peer {
    fn command(&self) -> Option<Command> {
        let path = capture(Command::new(self.program).args(self.itself)).ok()?;
        let mut command = Command::new(path.trim());
        command.args(self.nothing);
        Some(command)
    }
}

/// Measures and prints the table to stdout.
pub fn run(layout: &Layout, arguments: &Arguments) -> Result<()> {
    let wharf = demo::build_wharf(layout)?;
    guests::build_rust(layout)?;
    let mut rows = rows(layout, &wharf)?;
    if let Some(filter) = &arguments.filter {
        rows.retain(|row| row.name.contains(filter));
    }
    ensure!(!rows.is_empty(), "no row's name contains that text");
    say(format_args!("measuring {} commands, {} rounds", rows.len(), arguments.rounds));
    // The first round warms caches of files and of compiled components.
    for row in &mut rows {
        measure(row)?;
    }
    for round in 0..arguments.rounds {
        // What takes long is steady: a few rounds of it are enough.
        for row in rows.iter_mut().filter(|row| row.input.is_none() || round < 5) {
            let time = measure(row)?;
            row.times.push(time);
        }
    }
    let (texts, commands): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.input.is_some());
    print!("{}", table(&commands));
    if !texts.is_empty() {
        print!("\n{}", table(&texts));
    }
    if arguments.filter.is_none() {
        print!("\n{}", inside::measure(layout)?);
        print!("{}", packages::measure(layout)?);
    }
    Ok(())
}

/// The peers, then wharf itself: starting, running, and many steps.
fn rows(layout: &Layout, wharf: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for peer in PEERS {
        match peer.command() {
            Some(command) => rows.push(row(peer.name, command)),
            None => say(format_args!("{} is not installed: it has no row", peer.program)),
        }
    }
    let mut version = Command::new(wharf);
    version.arg("--version");
    rows.push(row("wharf --version", version));
    let five = layout.path("tests/bench/five-unchanged/wharf.yaml");
    rows.push(row("wharf run, 5 steps unchanged", wharf_run(layout, wharf, &five, "five-unchanged")?));
    for steps in [1, 1000] {
        let name = format!("no-ops-{steps}");
        let process = no_ops::write(layout, &layout.path("target/bench").join(&name), steps)?;
        rows.push(row(&format!("wharf run, {steps} no-ops"), wharf_run(layout, wharf, &process, &name)?));
    }
    rows.extend(template::rows(layout, wharf)?);
    Ok(rows)
}

/// `wharf run` of a process that may write below a folder of its own.
fn wharf_run(layout: &Layout, wharf: &Path, process: &Path, name: &str) -> Result<Command> {
    let work = layout.path("target/bench").join(name);
    std::fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    let mut command = Command::new(wharf);
    command.args(["run", "-f"]).arg(process);
    command.arg("--variable").arg(format!("Bench.Root={}", work.display())).current_dir(work);
    Ok(command)
}

fn row(name: &str, mut command: Command) -> Row {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Row { name: name.to_owned(), command, input: None, times: Vec::new() }
}

/// From before the process starts until it has ended.
fn measure(row: &mut Row) -> Result<Duration> {
    let command = &mut row.command;
    command.stdin(match &row.input {
        Some(path) => File::open(path).with_context(|| format!("cannot open {}", path.display()))?.into(),
        None => Stdio::null(),
    });
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
            input: None,
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
