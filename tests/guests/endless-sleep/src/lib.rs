//! Waits without end: in the contract's own sleep, or in the language's.

use std::time::Duration;

use guests_support::{Error, Value, context, output, report, step, text};

step!("endless-sleep", run);

fn run(inputs: Value) -> Result<(), Error> {
    report::log(report::Level::Info, "sleeping", &[]);
    match text(&inputs, "in") {
        "context" => {
            let slept = context::sleep(u64::MAX);
            output("woken", format!("{:?}", slept.as_ref().err().map(|error| error.code)))?;
            slept
        }
        "thread" => {
            std::thread::sleep(Duration::MAX);
            Ok(())
        }
        // Goes on after a cancel, as it may during the grace period.
        "cleaning-up" => {
            if context::sleep(u64::MAX).is_err() {
                output("cancelled", context::cancelled())?;
                report::log(report::Level::Info, "cleaned up", &[]);
            }
            Ok(())
        }
        other => panic!("no sleep in {other}"),
    }
}
