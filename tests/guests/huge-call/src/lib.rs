//! Passes values to the host that are larger than anything that makes sense, or comes back with one.

use guests_support::{Error, Value, failed, files, report, step, text, variables};

step!("huge-call", run);

fn run(inputs: Value) -> Result<(), Error> {
    let huge = "x".repeat(inputs["bytes"].as_u64().expect("a number") as usize);
    match text(&inputs, "to") {
        "log" => report::log(report::Level::Info, &huge, &[]),
        "path" => drop(files::native_path(&format!("/{huge}"))?),
        "variable" => drop(variables::get(&huge)?),
        "error" => return Err(failed(huge)),
        other => panic!("no call to {other}"),
    }
    Ok(())
}
