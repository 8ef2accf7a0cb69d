use std::fmt;
use std::time::Duration;

use thiserror::Error;

/// What the number of a limit counts, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitUnit {
    /// Bytes, written with a unit (`512MiB`).
    Bytes,
    /// Milliseconds, written with a unit (`30m`).
    Time,
    /// Things.
    Count,
}

/// One limit of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Bytes of linear memory, all memories of the component together.
    Memory,
    /// Elements of all tables together.
    TableElements,
    /// Core instances in the component.
    Instances,
    /// Milliseconds of processor time.
    CpuTime,
    /// Milliseconds from the start of an attempt to its end, waiting included.
    WallClock,
    /// Bytes of log text in one attempt.
    LogBytes,
    /// Log lines in one attempt.
    LogLines,
    /// Bytes of all outputs together.
    OutputBytes,
    /// Bytes of one HTTP response body, and of one request body.
    HttpBody,
    /// HTTP requests under way at once.
    HttpConcurrency,
    /// Bytes that one program may print.
    ProgramOutput,
    /// Programs running at once.
    Programs,
    /// Bytes in `/work`.
    WorkBytes,
    /// Files and directories in `/work`.
    WorkInodes,
    /// Resources of the host (files, requests, programs, …) that are open at once.
    Handles,
    /// Bytes of one value that crosses into the host (a path, a header, a message).
    CallBytes,
    /// Bytes of all artifacts together.
    ArtifactBytes,
    /// Bytes of all files of one package when extracted.
    PackageBytes,
    /// Entries in one package.
    PackageEntries,
    /// How many times larger than its file a package may become, once it exceeds a size that is harmless in any case.
    PackageRatio,
    /// Bytes that the evaluation of one value or template may make, those of the variables on the way included.
    EvaluationBytes,
    /// Milliseconds that a command may take to tell a secret.
    SecretTime,
}

impl Limit {
    /// All limits, in the order of documentation.
    pub const ALL: [Limit; 22] = [
        Limit::Memory,
        Limit::TableElements,
        Limit::Instances,
        Limit::CpuTime,
        Limit::WallClock,
        Limit::LogBytes,
        Limit::LogLines,
        Limit::OutputBytes,
        Limit::HttpBody,
        Limit::HttpConcurrency,
        Limit::ProgramOutput,
        Limit::Programs,
        Limit::WorkBytes,
        Limit::WorkInodes,
        Limit::Handles,
        Limit::CallBytes,
        Limit::ArtifactBytes,
        Limit::PackageBytes,
        Limit::PackageEntries,
        Limit::PackageRatio,
        Limit::EvaluationBytes,
        Limit::SecretTime,
    ];

    /// The name in the process file, under `limits:` of a step or of `defaults`.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Memory => "memory",
            Limit::TableElements => "table-elements",
            Limit::Instances => "instances",
            Limit::CpuTime => "cpu-time",
            Limit::WallClock => "timeout",
            Limit::LogBytes => "log-bytes",
            Limit::LogLines => "log-lines",
            Limit::OutputBytes => "output-bytes",
            Limit::HttpBody => "http-body",
            Limit::HttpConcurrency => "http-concurrency",
            Limit::ProgramOutput => "program-output",
            Limit::Programs => "programs",
            Limit::WorkBytes => "work-bytes",
            Limit::WorkInodes => "work-inodes",
            Limit::Handles => "handles",
            Limit::CallBytes => "call-bytes",
            Limit::ArtifactBytes => "artifact-bytes",
            Limit::PackageBytes => "package-bytes",
            Limit::PackageEntries => "package-entries",
            Limit::PackageRatio => "package-ratio",
            Limit::EvaluationBytes => "evaluation-bytes",
            Limit::SecretTime => "secret-time",
        }
    }

    /// What its number counts.
    pub fn unit(self) -> LimitUnit {
        match self {
            Limit::Memory
            | Limit::LogBytes
            | Limit::OutputBytes
            | Limit::HttpBody
            | Limit::ProgramOutput
            | Limit::WorkBytes
            | Limit::CallBytes
            | Limit::ArtifactBytes
            | Limit::PackageBytes
            | Limit::EvaluationBytes => LimitUnit::Bytes,
            Limit::CpuTime | Limit::WallClock | Limit::SecretTime => LimitUnit::Time,
            Limit::TableElements
            | Limit::Instances
            | Limit::LogLines
            | Limit::HttpConcurrency
            | Limit::Programs
            | Limit::WorkInodes
            | Limit::Handles
            | Limit::PackageEntries
            | Limit::PackageRatio => LimitUnit::Count,
        }
    }

    /// A value of this limit as the process file writes it: `512MiB`, `30m`, `16`.
    pub fn written(self, value: u64) -> String {
        let units: &[(&str, u64)] = match self.unit() {
            LimitUnit::Bytes => &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)],
            LimitUnit::Time => &[("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)],
            LimitUnit::Count => &[("", 1)],
        };
        let fitting = units.iter().find(|(_, size)| value >= *size && value.is_multiple_of(*size));
        let (unit, size) = fitting.or(units.last()).copied().unwrap_or(("", 1));
        format!("{}{unit}", value / size)
    }

    fn default_value(self) -> u64 {
        const MIB: u64 = 1024 * 1024;
        match self {
            Limit::Memory => 1024 * MIB,
            Limit::TableElements => 1_000_000,
            Limit::Instances => 200,
            Limit::CpuTime => 10 * 60 * 1000,
            Limit::WallClock => 30 * 60 * 1000,
            Limit::LogBytes => 256 * MIB,
            Limit::LogLines => 2_000_000,
            Limit::OutputBytes => MIB,
            Limit::HttpBody => 4096 * MIB,
            Limit::HttpConcurrency => 16,
            Limit::ProgramOutput => 256 * MIB,
            Limit::Programs => 16,
            Limit::WorkBytes => 4096 * MIB,
            Limit::WorkInodes => 500_000,
            Limit::Handles => 4096,
            Limit::CallBytes => 64 * MIB,
            Limit::ArtifactBytes => 1024 * MIB,
            Limit::PackageBytes => 16 * 1024 * MIB,
            Limit::PackageEntries => 500_000,
            Limit::PackageRatio => 200,
            Limit::EvaluationBytes => 64 * MIB,
            Limit::SecretTime => 60 * 1000,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no limit of this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no limit `{0}`")]
pub struct UnknownLimit(pub String);

/// The limits of one attempt of a step. The defaults are generous enough for Python's and JavaScript's runtimes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    values: [u64; Limit::ALL.len()],
}

impl Default for Limits {
    fn default() -> Self {
        Self { values: Limit::ALL.map(Limit::default_value) }
    }
}

impl Limits {
    /// The value of a limit: bytes, milliseconds or a count.
    pub fn get(&self, limit: Limit) -> u64 {
        self.values[limit as usize]
    }

    /// Sets a limit.
    pub fn set(&mut self, limit: Limit, value: u64) {
        self.values[limit as usize] = value;
    }

    /// A limit that is a time.
    pub fn duration(&self, limit: Limit) -> Duration {
        Duration::from_millis(self.get(limit))
    }

    /// The limit of this name in the process file.
    pub fn by_name(name: &str) -> Result<Limit, UnknownLimit> {
        Limit::ALL.into_iter().find(|limit| limit.name() == name).ok_or_else(|| UnknownLimit(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_process_file_has_them() {
        for (limit, value, text) in [
            (Limit::Memory, 512 << 20, "512MiB"),
            (Limit::Memory, 1536, "1536"),
            (Limit::Memory, 0, "0"),
            (Limit::WallClock, 1_800_000, "30m"),
            (Limit::WallClock, 90_000, "90s"),
            (Limit::WallClock, 1, "1ms"),
            (Limit::Handles, 4096, "4096"),
        ] {
            assert_eq!(limit.written(value), text);
        }
    }

    #[test]
    fn every_limit_has_its_own_place_and_name() {
        let mut limits = Limits::default();
        for (index, limit) in Limit::ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, index);
            assert_eq!(Limits::by_name(limit.name()), Ok(limit));
            limits.set(limit, index as u64);
        }
        assert!(Limit::ALL.into_iter().enumerate().all(|(index, limit)| limits.get(limit) == index as u64));
    }
}
