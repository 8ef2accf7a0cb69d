//! A step that does nothing: what is measured with it is the host.

wit_bindgen::generate!({ world: "plain-step", path: "../../../wit" });

use exports::wharf::step::step::Guest;
use wharf::step::types::Error;

struct Noop;
export!(Noop);

impl Guest for Noop {
    fn describe() -> String {
        r#"{"name":"noop","version":"0.1.0","summary":"Does nothing.","inputs":{"type":"object","properties":{}},"idempotent":true}"#.to_owned()
    }

    fn run(_inputs: String) -> Result<(), Error> {
        Ok(())
    }
}
