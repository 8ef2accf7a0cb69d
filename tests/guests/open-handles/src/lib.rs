//! Opens one file again and again, and lets none of them go.

use guests_support::{Error, Value, output, step};

step!("open-handles", run);

fn run(_: Value) -> Result<(), Error> {
    std::fs::write("/work/file", "").expect("/work is writable");
    let mut open = Vec::new();
    loop {
        match std::fs::File::open("/work/file") {
            Ok(file) => open.push(file),
            Err(error) => return output("stopped", error.to_string()),
        }
    }
}
