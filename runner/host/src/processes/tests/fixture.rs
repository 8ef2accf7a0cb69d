use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use wharf_model::{CancelToken, Failure, GrantOrigin, Grants, ProgramGrant, StepCall};

use crate::processes::line::Line;
use crate::processes::{BaseEnvironment, OutputMode, Program, ProgramCommand, ProgramInput, Supervisor};
use crate::secrets::Secrets;
use crate::testing::{Recorder, call, soon};

/// The programs of one step that may run `sh`, and a directory for it.
pub(super) struct Fixture {
    pub(super) observer: Arc<Recorder>,
    pub(super) supervisor: Supervisor,
    pub(super) cancel: CancelToken,
    pub(super) directory: TempDir,
}

impl Fixture {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut StepCall)) -> Self {
        let cancel = CancelToken::new();
        let call = call(|call| {
            call.cancel = cancel.clone();
            call.grants = Arc::new(grants(&["sh"]));
            change(call);
        });
        let observer = Arc::new(Recorder::default());
        let base = BaseEnvironment::new([
            ("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()),
            ("HOME".into(), "/home/test".into()),
            ("CI_TOKEN".into(), "not for programs".into()),
            ("GRANTED".into(), "granted".into()),
        ]);
        let supervisor = Supervisor::new(&call, &Arc::new(Secrets::new(&call.secrets)), observer.clone(), &base);
        Self { observer, supervisor, cancel, directory: tempfile::tempdir().expect("a directory") }
    }

    pub(super) fn command(&self, program: &str, args: &[&str], output: OutputMode) -> ProgramCommand {
        ProgramCommand {
            program: program.into(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            env: Vec::new(),
            cwd: self.directory.path().to_owned(),
            is_in_work: false,
            stdin: ProgramInput::Nothing,
            stdout: None,
            output,
        }
    }

    pub(super) fn start(&self, command: ProgramCommand) -> Program {
        self.supervisor.start(command).expect("the program starts")
    }

    pub(super) fn refusal(&self, command: ProgramCommand) -> Failure {
        match self.supervisor.start(command) {
            Ok(_) => panic!("the program must not start"),
            Err(failure) => failure,
        }
    }

    /// Runs a script with its output in the log.
    pub(super) fn script(&self, script: &str) -> Program {
        self.start(self.command("sh", &["-c", script], OutputMode::Log))
    }

    /// Runs a script whose lines the test takes.
    pub(super) fn script_with_lines(&self, script: &str) -> Program {
        self.start(self.command("sh", &["-c", script], OutputMode::Lines))
    }
}

/// Grants of programs that every Unix has.
pub(super) fn grants(programs: &[&str]) -> Grants {
    let grant = |name: &&str| ProgramGrant {
        name: (*name).to_owned(),
        path: [Path::new("/bin"), Path::new("/usr/bin")].iter().map(|dir| dir.join(name)).find(|path| path.exists()),
        origin: GrantOrigin::Host,
    };
    Grants { programs: programs.iter().map(grant).collect(), ..Grants::default() }
}

/// Where a granted program is.
pub(super) fn path_of(program: &str) -> PathBuf {
    grants(&[program]).programs[0].path.clone().expect("the machine has it")
}

/// The next line, which must come.
pub(super) async fn next_line(program: &Program) -> String {
    let lines = soon(program.next_lines(1)).await.expect("a line");
    lines.into_iter().next().expect("the output is not over").text
}

/// All lines until the end.
pub(super) async fn all_lines(program: &Program) -> Vec<Line> {
    let mut all = Vec::new();
    loop {
        let lines = soon(program.next_lines(1000)).await.expect("lines");
        if lines.is_empty() {
            return all;
        }
        all.extend(lines);
    }
}

/// Whether a process runs; one that is dead and not fetched does not.
pub(super) fn runs(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

/// Whether there is such a process at all, dead or alive.
pub(super) fn exists(id: &str) -> bool {
    Path::new("/proc").join(id).exists()
}
