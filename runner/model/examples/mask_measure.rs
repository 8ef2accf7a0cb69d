//! Measures masking: MB/s of a log of 16 MB as JSON, with GNU sed on the same text where there is one.
//!
//! `cargo run --release -p wharf-model --example mask_measure`

use std::fmt::Write as _;
use std::io::Write as _;
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

/// Megabytes per second of the fastest of three.
fn speed(bytes: usize, mut work: impl FnMut()) -> f64 {
    let fastest = (0..3).map(|_| {
        let began = (Instant::now(), processor_time());
        work();
        processor_time().zip(began.1).map_or(began.0.elapsed(), |(now, then)| now - then)
    });
    bytes as f64 / 1e6 / fastest.min().unwrap_or(Duration::MAX).as_secs_f64()
}

fn masking(masker: &Masker, text: &str) -> f64 {
    speed(text.len(), || {
        std::hint::black_box(masker.mask(text));
    })
}

/// The plain lines of the values, each as `s///g`.
fn sed(values: &[String], text: &str) -> Option<f64> {
    let mut script = String::new();
    for line in values.iter().flat_map(|value| value.lines()) {
        let escaped: String =
            line.chars().flat_map(|c| if "\\/[].*^$&".contains(c) { vec!['\\', c] } else { vec![c] }).collect();
        writeln!(script, "s/{escaped}/********/g").ok()?;
    }
    let bytes = &text.as_bytes()[..text.len() / 16];
    let path = std::env::temp_dir().join(format!("mask-measure-{}.sed", std::process::id()));
    std::fs::write(&path, script).ok()?;
    let began = Instant::now();
    let child = Command::new("sed").arg("-f").arg(&path).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let taken = child.and_then(|mut child| {
        child.stdin.take().map_or(Ok(()), |mut input| input.write_all(bytes))?;
        child.wait()
    });
    let elapsed = began.elapsed();
    // What is left of a temporary file does no harm.
    let _ = std::fs::remove_file(&path);
    taken.ok().filter(std::process::ExitStatus::success).map(|_| bytes.len() as f64 / 1e6 / elapsed.as_secs_f64())
}

fn main() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let hundred = secrets(100, &mut numbers);
    let text = log(&hundred, &mut numbers);
    let began = Instant::now();
    let masker = Masker::new(hundred.iter().map(String::as_str));
    let built = began.elapsed();
    let mut one_by_one = Masker::default();
    hundred.iter().for_each(|secret| one_by_one.add(secret));
    let all_but_the_last: String =
        hundred.iter().map(|secret| secret.get(..secret.len() - 1).unwrap_or(secret)).collect();
    let near = all_but_the_last.repeat(BYTES / 4 / all_but_the_last.len());
    let base64: String = (0..BYTES / 4 / 77).map(|_| numbers.text(76, DIGITS) + "\n").collect();
    let with_hundred = masking(&masker, &text);
    let streamed = speed(text.len(), || {
        let mut stream = MaskStream::default();
        for chunk in text.as_bytes().chunks(CHUNK) {
            std::hint::black_box(stream.push(&masker, chunk));
        }
        std::hint::black_box(stream.finish(&masker));
    });
    let line_by_line = speed(text.len(), || {
        for line in text.lines() {
            std::hint::black_box(masker.mask_seen(line));
        }
    });
    let sed = sed(&hundred, &text);
    let figures = serde_json::json!({
        "unit": "MB/s",
        "secrets-0": masking(&Masker::default(), &text).round(),
        "secrets-1": masking(&Masker::new([hundred[0].as_str()]), &text).round(),
        "secrets-100": with_hundred.round(),
        "secrets-100-added-one-by-one": masking(&one_by_one, &text).round(),
        "secrets-100-stream-of-64-kib": streamed.round(),
        "secrets-100-line-by-line-as-seen": line_by_line.round(),
        "secrets-100-only-base64-lines": masking(&masker, &base64).round(),
        "secrets-100-only-near-matches": masking(&masker, &near).round(),
        "sed-100": sed.map(f64::round),
        "times-sed": sed.map(|sed| (with_hundred / sed).round()),
        "build-100-ms": built.as_secs_f64() * 1e3,
    });
    println!("{figures:#}");
}
