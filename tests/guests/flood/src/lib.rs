//! Says one thing without end, until the host has enough of it.

use std::io::Write as _;

use guests_support::{Error, Value, json, report, secrets, step, text};

step!("flood", run);

fn run(inputs: Value) -> Result<(), Error> {
    let line = "x".repeat(1000);
    let mut count = 0_u64;
    // What stands before the flood is not lost in it.
    if let Some(path) = inputs["first-write"].as_str() {
        std::fs::write(path, "before the flood").expect("the path is granted");
    }
    loop {
        count += 1;
        match text(&inputs, "with") {
            "log" => report::log(report::Level::Info, &line, &[]),
            "empty-lines" => report::log(report::Level::Info, "", &[]),
            "line-breaks" => report::log(report::Level::Info, &"\n".repeat(1000), &[]),
            "fields" => report::log(report::Level::Info, "", &[(line.clone(), line.clone())]),
            "stdout" => println!("{line}"),
            "stderr" => eprintln!("{line}"),
            "no-line-end" => {
                print!("{line}");
                std::io::stdout().flush().expect("standard output is there");
            }
            "changes" => report::change(report::ChangeKind::Other, "", "{}")?,
            "outputs" => report::output("same", &json!(count).to_string(), false)?,
            "secret-outputs" => report::output("same", &json!(format!("secret number {count}")).to_string(), true)?,
            "reveals" => drop(secrets::reveal("secret:0000")?),
            "progress" => {
                report::progress(count, None, "flooding");
                if count == 100_000 {
                    return Ok(());
                }
            }
            other => panic!("no flood with {other}"),
        }
    }
}
