//! Measures masking, as JSON: MB/s of processor time on a log of 16 MB, and beside GNU sed on the same text where there
//! is one; and what a long secret costs.
//!
//! `cargo run --release -p wharf-model --example mask_measure`

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wharf_model::{MaskStream, Masker};

const BYTES: usize = 16 * 1024 * 1024;
const CHUNK: usize = 64 * 1024;

/// The same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn text(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length).map(|_| char::from(alphabet[(self.next() % alphabet.len() as u64) as usize])).collect()
    }
}

const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SIGNS: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!$%&#@*\"'<>";

/// Passwords, tokens, connection strings, JWTs and PEM keys.
fn secrets(count: usize, numbers: &mut Numbers) -> Vec<String> {
    (0..count)
        .map(|index| match index % 20 {
            0..=7 => numbers.text(8 + index % 16, SIGNS),
            8..=12 => format!("ghp_{}", numbers.text(36, LETTERS)),
            13..=15 => format!("Server=db{index}.example.org;User=app;Password={};", numbers.text(16, SIGNS)),
            16..=18 => format!(
                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{}.{}",
                numbers.text(120, LETTERS),
                numbers.text(43, LETTERS)
            ),
            _ => {
                let lines: Vec<String> = (0..26).map(|_| numbers.text(64, DIGITS)).collect();
                format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
            }
        })
        .collect()
}

/// A log: a secret in one of a hundred lines, a line of base64 that is none in one of thirty.
fn log(secrets: &[String], numbers: &mut Numbers) -> String {
    let mut text = String::with_capacity(BYTES + 4096);
    while text.len() < BYTES {
        let number = numbers.next();
        let written = match number % 300 {
            0..=2 if !secrets.is_empty() => {
                let secret = &secrets[(number / 300) as usize % secrets.len()];
                writeln!(text, "2026-03-04T05:06:07.890Z DEBUG connecting with {secret} to the server")
            }
            3..=12 => writeln!(text, "{}", numbers.text(76, DIGITS)),
            13..=100 => writeln!(
                text,
                "2026-03-04T05:06:07.890Z INFO  [worker-{}] GET /api/orders/{number}/items?page=3 200 {} ms",
                number % 17,
                number % 977
            ),
            101..=200 => {
                writeln!(text, "   Compiling serde_json v1.0.{} (/usr/local/src/project/vendor)", number % 200)
            }
            201..=250 => writeln!(
                text,
                "{{\"level\":\"info\",\"user\":\"u{}\",\"password\":\"***\",\"token\":\"{number:x}\"}}",
                number % 1000
            ),
            _ => writeln!(text, "warning: the file `src/module_{}.rs` was not changed since yesterday", number % 100),
        };
        written.expect("a text takes all");
    }
    text
}

/// What this thread has used of a processor, where the system tells: others on the machine do not count.
fn processor_time() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Megabytes per second of the fastest of five.
fn speed(bytes: usize, mut work: impl FnMut()) -> f64 {
    let fastest = (0..5).map(|_| {
        let began = (Instant::now(), processor_time());
        work();
        processor_time().zip(began.1).map_or(began.0.elapsed(), |(now, then)| now - then)
    });
    bytes as f64 / 1e6 / fastest.min().unwrap_or(Duration::MAX).as_secs_f64()
}

fn masking(masker: &Masker, text: &str) -> f64 {
    speed(text.len(), || {
        std::hint::black_box(masker.mask(text).len());
    })
}

/// Masks as it goes to an output that is written to: the same work as `sed`, in wall-clock time.
fn masking_to_a_pipe(masker: &Masker, text: &[u8]) -> io::Result<Duration> {
    let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let mut output = cat.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let began = Instant::now();
    let mut stream = MaskStream::default();
    for chunk in text.chunks(CHUNK) {
        output.write_all(&stream.push(masker, chunk))?;
    }
    output.write_all(&stream.finish(masker))?;
    drop(output);
    cat.wait()?;
    Ok(began.elapsed())
}

/// Replaces the plain lines of the values, each as `s///g`: far less than what the masker looks for.
fn sed(script: &Path, text: &[u8]) -> io::Result<Duration> {
    let began = Instant::now();
    let mut child = Command::new("sed")
        .arg("-f")
        .arg(script)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    child.stdin.take().map_or(Ok(()), |mut input| input.write_all(text))?;
    if !child.wait()?.success() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(began.elapsed())
}

fn sed_script(values: &[String]) -> String {
    let mut script = String::new();
    for line in values.iter().flat_map(|value| value.lines()) {
        script.push_str("s/");
        for character in line.chars() {
            if "\\/[].*^$&".contains(character) {
                script.push('\\');
            }
            script.push(character);
        }
        script.push_str("/********/g\n");
    }
    script
}

/// The megabytes per second of both on the same text, in wall-clock time: by turns, so that what else the machine does
/// slows both; the fastest of three.
fn beside_sed(masker: &Masker, values: &[String], text: &str) -> io::Result<(f64, f64)> {
    let script = std::env::temp_dir().join(format!("mask-measure-{}.sed", std::process::id()));
    std::fs::write(&script, sed_script(values))?;
    let text = text.as_bytes();
    let turns: io::Result<Vec<(Duration, Duration)>> =
        (0..3).map(|_| Ok((masking_to_a_pipe(masker, text)?, sed(&script, text)?))).collect();
    // What is left of a temporary file does no harm.
    let _ = std::fs::remove_file(&script);
    let turns = turns?;
    let speed = |fastest: Option<Duration>| text.len() as f64 / 1e6 / fastest.unwrap_or(Duration::MAX).as_secs_f64();
    Ok((speed(turns.iter().map(|turn| turn.0).min()), speed(turns.iter().map(|turn| turn.1).min())))
}

/// Bytes of memory that the process holds, where the system tells.
fn memory() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/self/statm").ok()?;
    told.split(' ').nth(1)?.parse::<u64>().ok().map(|pages| pages * 4096)
}

/// What a masker of one secret of 64 KiB costs: its building in milliseconds, its memory in megabytes.
fn long_secret(numbers: &mut Numbers) -> (f64, Option<f64>) {
    let lines: Vec<String> = (0..1008).map(|_| numbers.text(64, SIGNS)).collect();
    let value = lines.join("\n");
    let (before, began) = (memory(), Instant::now());
    let masker = Masker::new([value.as_str()]);
    let built = began.elapsed();
    let held = memory().zip(before).map(|(now, before)| (now.saturating_sub(before) as f64 / 1e6).round());
    assert!(!masker.is_empty());
    (built.as_secs_f64() * 1e3, held)
}

fn main() {
    let (long_built, long_memory) = long_secret(&mut Numbers(0x2545_f491_4f6c_dd1d));
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let hundred = secrets(100, &mut numbers);
    let text = log(&hundred, &mut numbers);
    let began = Instant::now();
    let masker = Masker::new(hundred.iter().map(String::as_str));
    let built = began.elapsed();
    let none = Masker::default();
    let mut one_by_one = Masker::default();
    hundred.iter().for_each(|secret| one_by_one.add(secret));
    let all_but_the_last: String =
        hundred.iter().map(|secret| secret.get(..secret.len() - 1).unwrap_or(secret)).collect();
    let near = all_but_the_last.repeat(BYTES / 4 / all_but_the_last.len());
    let base64: String = (0..BYTES / 4 / 77).map(|_| numbers.text(76, DIGITS) + "\n").collect();
    let streamed = speed(text.len(), || {
        let mut stream = MaskStream::default();
        for chunk in text.as_bytes().chunks(CHUNK) {
            std::hint::black_box(stream.push(&masker, chunk));
        }
        std::hint::black_box(stream.finish(&masker));
    });
    let line_by_line = speed(text.len(), || {
        for line in text.lines() {
            std::hint::black_box(masker.mask_seen(line).len());
        }
    });
    let beside = beside_sed(&masker, &hundred, &text).ok();
    let figures = serde_json::json!({
        "unit": "MB/s",
        "no-secrets-line-by-line-as-seen": speed(text.len(), || {
            for line in text.lines() {
                std::hint::black_box(none.mask_seen(std::hint::black_box(line)).len());
            }
        }).round(),
        "secrets-1": masking(&Masker::new([hundred[0].as_str()]), &text).round(),
        "secrets-100": masking(&masker, &text).round(),
        "secrets-100-added-one-by-one": masking(&one_by_one, &text).round(),
        "secrets-100-stream-of-64-kib": streamed.round(),
        "secrets-100-line-by-line-as-seen": line_by_line.round(),
        "secrets-100-only-base64-lines": masking(&masker, &base64).round(),
        "secrets-100-only-near-matches": masking(&masker, &near).round(),
        "through-a-pipe-100": beside.map(|(ours, _)| ours.round()),
        "sed-100": beside.map(|(_, sed)| sed.round()),
        "times-sed": beside.map(|(ours, sed)| (ours / sed).round()),
        "build-100-ms": (built.as_secs_f64() * 1e3).round(),
        "build-one-of-64-kib-ms": long_built.round(),
        "memory-of-one-of-64-kib-mb": long_memory,
    });
    println!("{figures:#}");
}
