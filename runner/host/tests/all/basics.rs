//! What every step can do.

use serde_json::json;
use wharf_model::{ComponentSource, FailureCode, StepRunner as _};

use crate::support::{Bench, host, repository};

#[test]
pub(crate) fn noop() {
    let outcome = Bench::new("noop").run().succeeded();
    assert!(outcome.events.is_empty());
}

#[test]
pub(crate) fn greet() {
    let outcome = Bench::new("greet").input("name", "Ada").run().succeeded();
    assert_eq!(outcome.log(), "hello, Ada\n");
    assert_eq!(outcome.output("greeting"), Some(&json!("hello, Ada")));
    let outcome = Bench::new("greet").input("name", "").run();
    assert_eq!(outcome.failure().code, FailureCode::Invalid);
    assert_eq!(outcome.failure().input.as_deref(), Some("/name"));
}

/// The contract is proven by guests in three more languages, made from the WIT alone.
#[test]
fn guests_in_other_languages_do_the_same() {
    for language in ["javascript", "python", "c"] {
        let path = repository().join(format!("target/guests-out/foreign/{language}.wasm"));
        assert!(path.exists(), "{} is missing: run `cargo xtask guests`", path.display());
        let component = host().load(&ComponentSource::File(path)).unwrap_or_else(|error| panic!("{error}"));
        let outcome = Bench::of(component.clone()).input("name", "Ada").run().succeeded();
        assert_eq!(outcome.log(), "hello, Ada\n", "{language}");
        assert_eq!(outcome.output("greeting"), Some(&json!("hello, Ada")), "{language}");
        let outcome = Bench::of(component).input("name", "").run();
        assert_eq!(outcome.failure().code, FailureCode::Invalid, "{language}");
    }
}

/// What the benchmark of files runs: it leaves its directory as it found it, and so changes nothing.
#[test]
pub(crate) fn bulk_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let into = folder.path().to_str().expect("its name is UTF-8");
    let outcome = Bench::new("bulk-files").input("into", into).write(folder.path()).run().succeeded();
    assert!(outcome.output("phases").is_some_and(|phases| phases["write-big"].is_u64()));
    assert_eq!(outcome.changes(), Vec::<&wharf_model::Change>::new());
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
}
