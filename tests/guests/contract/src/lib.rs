//! Calls every function of the contract that is neither files, nor HTTP, nor programs.

use std::collections::HashMap;

use guests_support::packages::Archive;
use guests_support::report::{ChangeKind, Level};
use guests_support::{Answer, Error, Script, Value, context, packages, report, rest, secrets, step, variables, words};

step!("contract", run);

fn run(inputs: Value) -> Result<(), Error> {
    let mut open = HashMap::new();
    Script::new(&inputs).run(|word, arguments| operation(&mut open, word, arguments))
}

fn done(result: Result<(), Error>) -> Answer {
    result.map(|()| String::new()).map_err(words)
}

fn level(word: &str) -> Level {
    match word {
        "trace" => Level::Trace,
        "debug" => Level::Debug,
        "info" => Level::Info,
        "highlight" => Level::Highlight,
        "warn" => Level::Warn,
        _ => Level::Error,
    }
}

fn kind(word: &str) -> ChangeKind {
    match word {
        "create" => ChangeKind::Create,
        "update" => ChangeKind::Update,
        "replace" => ChangeKind::Replace,
        "delete" => ChangeKind::Delete,
        _ => ChangeKind::Other,
    }
}

fn operation(open: &mut HashMap<String, Archive>, word: &str, arguments: &[&str]) -> Answer {
    let first = arguments.first().copied().unwrap_or_default();
    let second = arguments.get(1).copied().unwrap_or_default();
    match word {
        "log" => {
            report::log(level(first), &rest(arguments, 1).replace("\\n", "\n"), &[("a".into(), "1".into())]);
            Ok(String::new())
        }
        "progress" => {
            report::progress(first.parse().expect("a number"), second.parse().ok(), &rest(arguments, 2));
            Ok(String::new())
        }
        "change" => done(report::change(kind(first), second, &rest(arguments, 2))),
        "output" => done(report::output(first, &rest(arguments, 1), false)),
        "secret-output" => done(report::output(first, &rest(arguments, 1), true)),
        "mask" => {
            report::mask(&rest(arguments, 0));
            Ok("ok".into())
        }
        "mask-too-much" => {
            report::mask(&"x".repeat(65_537));
            Ok("ok".into())
        }
        "artifact" => done(report::artifact(first, second)),
        "mode" => Ok(format!("{:?}", context::mode())),
        "cancelled" => Ok(context::cancelled().to_string()),
        "time-left" => Ok(match context::time_left() {
            Some(left) if left <= 60_000 => "up to a minute".into(),
            Some(left) if left <= 1_800_000 => "up to half an hour".into(),
            other => format!("{other:?}"),
        }),
        "sleep" => done(context::sleep(first.parse().expect("milliseconds"))),
        "step" => Ok(format!("{} {:?}", context::step_id(), context::step_name())),
        "attempt" => Ok(context::attempt().to_string()),
        "key" => Ok(context::idempotency_key()),
        "variable" => variables::get(first).map(|value| format!("{value:?}")).map_err(words),
        "names" => variables::names(first).map(|names| names.join(" ")).map_err(words),
        "evaluate" => variables::evaluate(&rest(arguments, 0), false).map_err(words),
        "evaluate-lenient" => variables::evaluate(&rest(arguments, 0), true).map_err(words),
        "reveal" => secrets::reveal(first).map_err(words),
        "evaluate-and-reveal" => {
            let text = variables::evaluate(&rest(arguments, 0), false).map_err(words)?;
            let Some(at) = text.find("secret:") else { return Ok(text) };
            let end = at + "secret:".len() + 32;
            let value = secrets::reveal(&text[at..end]).map_err(words)?;
            Ok(format!("{}{value}{}", &text[..at], &text[end..]))
        }
        "open" => {
            let archive = packages::open(first).map_err(words)?;
            let answer = format!("{} {} {}", archive.id(), archive.version(), archive.digest());
            open.insert(first.to_owned(), archive);
            Ok(answer)
        }
        "entries" => {
            let number = |word: &str| word.parse().expect("a number");
            let entries = open[first].entries(number(second), number(arguments[2])).map_err(words)?;
            let shown = |entry: &packages::Entry| {
                let link = entry.link.as_deref().map(|target| format!(" -> {target}")).unwrap_or_default();
                format!("{} {:?} {}{link}", entry.path, entry.kind, entry.size)
            };
            Ok(entries.iter().map(shown).collect::<Vec<_>>().join(", ").replace("EntryKind::", ""))
        }
        "read" => {
            let offset = arguments[2].parse().expect("a number");
            let bytes = open[first].read(second, offset, arguments[3].parse().expect("a number")).map_err(words)?;
            Ok(format!("{:?}", String::from_utf8_lossy(&bytes)))
        }
        "extract" => {
            let patterns: Vec<String> = arguments[2..].iter().map(|pattern| (*pattern).to_owned()).collect();
            open[first].extract(second, &patterns).map(|count| format!("{count} files")).map_err(words)
        }
        other => panic!("no operation {other}"),
    }
}
