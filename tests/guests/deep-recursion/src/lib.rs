//! Calls itself without end.

use guests_support::{Error, Value, output, step};

step!("deep-recursion", run);

fn run(_: Value) -> Result<(), Error> {
    output("depth", dig(0))
}

#[expect(unconditional_recursion, reason = "that is what the test wants")]
fn dig(depth: u64) -> u64 {
    std::hint::black_box([depth; 16]);
    dig(depth + 1) + 1
}
