//! Starts programs of the machine as a script says.

use std::collections::HashMap;

use guests_support::processes::{Command, Exit, OutputMode, Process, Source};
use guests_support::{Answer, Error, ErrorCode, Script, Value, report, rest, step, words};

step!("programs", run);

fn run(inputs: Value) -> Result<(), Error> {
    let mut machine = Machine::default();
    Script::new(&inputs).run(|word, arguments| machine.operation(word, arguments))
}

/// What the next program gets, and what runs.
#[derive(Default)]
struct Machine {
    settings: Vec<(String, String)>,
    running: HashMap<String, Process>,
}

impl Machine {
    fn operation(&mut self, word: &str, arguments: &[&str]) -> Answer {
        let first = arguments.first().copied().unwrap_or_default();
        match word {
            "set" => {
                self.settings.push((first.to_owned(), rest(arguments, 1)));
                Ok(String::new())
            }
            // run PROGRAM ARGUMENT…: to its end.
            "run" => ended(&self.start(first, arguments.get(1..).unwrap_or_default())?),
            // sh SCRIPT
            "sh" => ended(&self.start("/bin/sh", &["-c", &rest(arguments, 0)])?),
            // start NAME SCRIPT
            "start" => {
                let process = self.start("/bin/sh", &["-c", &rest(arguments, 1)])?;
                self.running.insert(first.to_owned(), process);
                Ok(String::new())
            }
            "lines" => lines(self.process(first)),
            "wait" => ended(self.process(first)),
            "kill" => {
                self.process(first).kill();
                Ok(String::new())
            }
            "drop" => {
                self.running.remove(first);
                Ok(String::new())
            }
            "log" => {
                report::log(report::Level::Info, &rest(arguments, 0), &[]);
                Ok(String::new())
            }
            "sleep" => {
                let milliseconds = first.parse().expect("milliseconds");
                guests_support::context::sleep(milliseconds).map(|()| String::new()).map_err(words)
            }
            "trap" => std::process::abort(),
            other => panic!("no operation {other}"),
        }
    }

    fn process(&self, name: &str) -> &Process {
        self.running.get(name).unwrap_or_else(|| panic!("nothing runs as {name}"))
    }

    fn start(&mut self, program: &str, arguments: &[&str]) -> Result<Process, String> {
        let command = Command::new(program);
        command.args(&arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>());
        command.output(OutputMode::Lines);
        for (name, value) in std::mem::take(&mut self.settings) {
            match name.as_str() {
                "cwd" => command.cwd(&value),
                "stdin" => command.stdin(value.as_bytes()),
                "stdin-from" => command.stdin_from(&value),
                "stdout-to" => command.stdout_to(&value),
                "output" if value == "log" => command.output(OutputMode::Log),
                "output" => command.output(OutputMode::Discard),
                name => command.env(name, &value),
            }
        }
        command.start().map_err(words)
    }
}

fn lines(process: &Process) -> Answer {
    let lines = process.next_lines(10).map_err(words)?;
    let mark = |source| if source == Source::Stdout { "" } else { "!" };
    Ok(format!("{:?}", lines.iter().map(|line| format!("{}{}", mark(line.source), line.text)).collect::<Vec<_>>()))
}

/// All that it prints, and how it ends.
fn ended(process: &Process) -> Answer {
    let mut printed = Vec::new();
    loop {
        let lines = match process.next_lines(100) {
            Ok(lines) => lines,
            // A cancel is heard once: who passes over it here does not hear of it again.
            Err(error) if error.code == ErrorCode::Cancelled => return Err(words(error)),
            // A program whose output goes elsewhere has no lines.
            Err(_) => break,
        };
        if lines.is_empty() {
            break;
        }
        printed.extend(lines.into_iter().map(|line| match line.source {
            Source::Stdout => line.text,
            Source::Stderr => format!("!{}", line.text),
        }));
    }
    let exit = match process.wait().map_err(words)? {
        Exit::Code(code) => format!("code {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
    };
    Ok(if printed.is_empty() { exit } else { format!("{exit} {printed:?}") })
}
