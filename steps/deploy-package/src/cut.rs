//! Places where a power cut is tried out by the tests. Outside of them, nothing.

#[cfg(not(test))]
pub fn here() {}

#[cfg(test)]
pub use tests::*;

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    thread_local! {
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// The power is cut at the place behind this many others; none is never.
    pub fn after(places: Option<u32>) {
        LEFT.set(places);
    }

    pub fn here() {
        match LEFT.get() {
            None => {}
            Some(0) => std::panic::resume_unwind(Box::new("the power is cut")),
            Some(left) => LEFT.set(Some(left - 1)),
        }
    }
}
