//! Sets outputs that are too large, too deep or too many.

use guests_support::{Error, Value, report, step, text};

step!("huge-output", run);

fn run(inputs: Value) -> Result<(), Error> {
    match text(&inputs, "how") {
        "one" => report::output("one", &format!("\"{}\"", "x".repeat(2 << 20)), false),
        "many" => (0..1 << 20).try_for_each(|number| report::output(&format!("output-{number}"), "1", false)),
        "deep" => report::output("deep", &format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)), false),
        "no-json" => report::output("bad", "{nope", false),
        "bad-name" => report::output("a b", "1", false),
        // Each is something that the host must mask from then on.
        "secrets" => {
            let texts: Vec<String> = (0..50_000).map(|number| format!("\"text {number}\"")).collect();
            report::output("secrets", &format!("[{}]", texts.join(",")), true)
        }
        other => panic!("no output that is {other}"),
    }
}
