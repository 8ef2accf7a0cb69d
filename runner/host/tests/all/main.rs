//! The host with real guests: for each behaviour a component that really tries.
//!
//! The guests are built by `cargo xtask guests`; each folder of `tests/guests/` has a test function of its name in one
//! of the modules here, or this does not compile.

mod basics;
mod by_plan;
mod campaign;
mod components;
mod contract;
mod describe;
mod environment;
mod files;
mod http;
mod limits;
mod masking;
mod planning;
mod programs;
mod support;
mod wat;

include!(concat!(env!("OUT_DIR"), "/every_guest.rs"));

macro_rules! has_a_test {
    ($($guest:ident)*) => {
        /// Names the test of every guest.
        #[test]
        fn every_guest_has_a_test() {
            let tests: Vec<fn()> = vec![$(guests::$guest),*];
            assert!(!tests.is_empty(), "the folder of guests is empty");
        }
    };
}
every_guest!(has_a_test);

/// The tests by the name of their guest.
mod guests {
    pub(crate) use crate::basics::*;
    pub(crate) use crate::contract::*;
    pub(crate) use crate::describe::*;
    pub(crate) use crate::environment::*;
    pub(crate) use crate::files::*;
    pub(crate) use crate::http::*;
    pub(crate) use crate::limits::*;
    pub(crate) use crate::programs::*;
}
