//! Never comes back, and never calls the host either.

use guests_support::{Error, Value, report, step};

step!("endless-loop", run);

fn run(_: Value) -> Result<(), Error> {
    report::log(report::Level::Info, "looping", &[]);
    loop {
        std::hint::black_box(());
    }
}
