/// The exit codes of `wharf`: the one table in code. `docs/exit-codes.md` says the same, and a test compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything was done.
    Done = 0,
    /// A step failed.
    Failed = 1,
    /// `plan --detailed-exitcode` only: there are changes.
    Changes = 2,
    /// A power is missing.
    PowerMissing = 3,
    /// Another run holds the lock.
    LockHeld = 4,
    /// The run waits for an approval.
    WaitsForApproval = 7,
    /// The command line, the process file or a component is wrong. Nothing was changed.
    Usage = 64,
    /// The run was cancelled.
    Cancelled = 130,
}

impl ExitCode {
    /// All codes with what they mean, in order.
    pub const TABLE: [(ExitCode, &'static str); 8] = [
        (ExitCode::Done, "done"),
        (ExitCode::Failed, "failed"),
        (ExitCode::Changes, "only `plan --detailed-exitcode`: there are changes"),
        (ExitCode::PowerMissing, "a power is missing"),
        (ExitCode::LockHeld, "another run holds the lock"),
        (ExitCode::WaitsForApproval, "waits for approval"),
        (ExitCode::Usage, "the command line, the process file or a component is wrong; nothing was changed"),
        (ExitCode::Cancelled, "cancelled"),
    ];
}
