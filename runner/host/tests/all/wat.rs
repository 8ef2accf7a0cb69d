//! Components from WebAssembly text: for what no compiler would make.

use std::sync::Arc;

use wharf_model::{Component, ComponentError, ComponentSource, StepRunner as _};

use crate::support::host;

/// A description that is right.
pub(crate) const DESCRIPTION: &str =
    r#"{"name":"text","version":"0.1.0","summary":"From text.","inputs":{"type":"object"}}"#;

/// The parts of a step whose code is one module.
pub(crate) struct Text<'a> {
    /// What `describe` answers.
    pub(crate) description: &'a [u8],
    /// Instructions before it answers.
    pub(crate) describe: &'a str,
    /// Instructions of `run`, which then succeeds.
    pub(crate) run: &'a str,
    /// Fields of the module.
    pub(crate) fields: &'a str,
    /// Fields of the component, in front.
    pub(crate) before: String,
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self { description: DESCRIPTION.as_bytes(), describe: "", run: "", fields: "", before: String::new() }
    }
}

impl Text<'_> {
    /// The component.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let data: String = self.description.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let length = self.description.len();
        let pages = length / 65536 + 2;
        let Text { describe, run, fields, before, .. } = self;
        let text = format!(
            r#"(component
              {before}
              (core module $module
                (memory (export "memory") {pages})
                (data (i32.const 1024) "{data}")
                (func (export "describe") (result i32)
                  {describe}
                  (i32.store (i32.const 16) (i32.const 1024))
                  (i32.store (i32.const 20) (i32.const {length}))
                  i32.const 16)
                (func (export "run") (param i32 i32) (result i32)
                  {run}
                  i32.const 32)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
                {fields})
              (core instance $code (instantiate $module))
              (type $code' (enum "invalid" "denied" "withheld" "not-yet-known" "not-found" "transient" "limit"
                                 "cancelled" "failed" "other"))
              (export $error-code "error-code" (type $code'))
              (type $error' (record (field "code" $error-code) (field "message" string) (field "detail" string)))
              (export $error "error" (type $error'))
              (func $describe (result string)
                (canon lift (core func $code "describe") (memory $code "memory")))
              (func $run (param "inputs" string) (result (result (error $error)))
                (canon lift (core func $code "run") (memory $code "memory") (realloc (func $code "realloc"))))
              (instance $step
                (export "error" (type $error))
                (export "describe" (func $describe))
                (export "run" (func $run)))
              (export "wharf:step/step@0.1.0" (instance $step)))"#
        );
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The component as the host knows it.
    pub(crate) fn load(&self) -> Result<Arc<Component>, ComponentError> {
        load(self.bytes())
    }
}

/// What the host makes of some bytes.
pub(crate) fn load(bytes: impl Into<Arc<[u8]>>) -> Result<Arc<Component>, ComponentError> {
    host().load(&ComponentSource::Bytes { name: "text.wasm".into(), bytes: bytes.into() })
}

/// Why the host refuses some bytes, as people see it.
#[track_caller]
pub(crate) fn refused(result: Result<Arc<Component>, ComponentError>) -> String {
    let error = result.expect_err("it is refused");
    let help = error.help.as_deref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!("{error}{help}")
}
