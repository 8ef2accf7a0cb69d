//! What a component is made of, read from its bytes before anything is compiled: a wrong file gets a clear word here.

use wasmparser::{Encoding, Parser, Payload};
use wharf_model::ComponentError;

use crate::world::v0_1;

/// A component larger than this is refused.
pub(crate) const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The packages of WASI that the host offers.
const OFFERED: [&str; 7] = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"];

/// Why bytes are no step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotAStep {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl NotAStep {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The interfaces that the bytes of a step import, sorted. Nothing is compiled.
///
/// # Errors
/// If the bytes are no step of a version of the contract that this host speaks; `name` is what they are called there.
pub fn component_imports(name: &str, bytes: &[u8]) -> Result<Vec<String>, ComponentError> {
    imports(bytes).map_err(|error| ComponentError { name: name.to_owned(), message: error.message, help: error.help })
}

/// The interfaces that a component imports, sorted.
pub(crate) fn imports(bytes: &[u8]) -> Result<Vec<String>, NotAStep> {
    if bytes.is_empty() {
        return Err(NotAStep::new("is empty"));
    }
    if !bytes.starts_with(b"\0asm") {
        let text = bytes.starts_with(b"(component") || bytes.starts_with(b"(module");
        let error = NotAStep::new("is not a WebAssembly component");
        return Err(if text {
            error.help("it is WebAssembly text; `wasm-tools parse` makes a component of it")
        } else {
            error
        });
    }
    let mut imports = Vec::new();
    let mut exports = Vec::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        let damaged = |error: wasmparser::BinaryReaderError| {
            NotAStep::new(format!("is damaged or incomplete: {}", error.message().trim_end_matches('.')))
                .help("build it again, or fetch it again")
        };
        match payload.map_err(damaged)? {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                return Err(NotAStep::new("is a core module, not a component")
                    .help("build it for `wasm32-wasip2`, or wrap it with `wasm-tools component new`"));
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import.map_err(damaged)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export.map_err(damaged)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    imports.sort();
    check_world(&imports, &exports)?;
    Ok(imports)
}

fn check_world(imports: &[String], exports: &[String]) -> Result<(), NotAStep> {
    let versions = imports.iter().chain(exports).filter_map(|name| version_of(name, "wharf:step"));
    for version in versions {
        if !is_offered(version) {
            let (wanted, own) = match (short(version), short(own_version())) {
                (wanted, own) if wanted == own => (version.to_owned(), own_version().to_owned()),
                versions => versions,
            };
            return Err(NotAStep::new(format!("needs wharf:step {wanted}, this is {own}"))
                .help("use a newer wharf, or a version of the step that was built for this one"));
        }
    }
    if !exports.iter().any(|export| export == v0_1::STEP_INTERFACE) {
        let exported = match exports {
            [] => "nothing".to_owned(),
            names => names.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        };
        return Err(NotAStep::new(format!(
            "is a component but no step: it exports {exported}, not `{}`",
            v0_1::STEP_INTERFACE
        ))
        .help("a step exports the interface `step` of the world `wharf:step/plain-step`"));
    }
    for import in imports {
        let known = import.split_once('/').and_then(|(package, _)| package.split_once(':')).is_some_and(
            |(namespace, package)| {
                matches!((namespace, package), ("wharf", "step")) || (namespace == "wasi" && OFFERED.contains(&package))
            },
        );
        if !known {
            return Err(NotAStep::new(format!("imports `{import}`, which wharf does not offer"))
                .help("a step may import `wharf:step` and `wasi` 0.2"));
        }
        if import.starts_with("wasi:") && !import.contains("@0.2.") {
            return Err(NotAStep::new(format!("imports `{import}`; wharf offers WASI 0.2")));
        }
    }
    Ok(())
}

fn version_of<'a>(name: &'a str, package: &str) -> Option<&'a str> {
    name.strip_prefix(package)?.strip_prefix('/')?.split_once('@').map(|(_, version)| version)
}

fn own_version() -> &'static str {
    v0_1::PACKAGE.split_once('@').map_or("", |(_, version)| version)
}

/// Before 1.0 every minor version is a world of its own; patches only add.
fn is_offered(version: &str) -> bool {
    let parts =
        |version: &str| -> Vec<u32> { version.split('.').map(|part| part.parse().unwrap_or(u32::MAX)).collect() };
    let (wanted, own) = (parts(version), parts(own_version()));
    wanted.len() == 3 && wanted[..2] == own[..2] && wanted[2] <= own[2]
}

fn short(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> String {
        imports(bytes).expect_err("it is no step").message
    }

    #[test]
    fn bytes_that_are_no_component_get_a_clear_word() {
        assert_eq!(message(b""), "is empty");
        assert_eq!(message(b"#!/bin/sh\n"), "is not a WebAssembly component");
        assert_eq!(message(b"\0asm\x01\0\0\0"), "is a core module, not a component");
        assert!(message(b"\0asm\x0d\0\x01\0\x07").starts_with("is damaged or incomplete"));
        assert!(message(b"\0asm\x0d\0\x01\0").starts_with("is a component but no step: it exports nothing"));
    }

    #[test]
    fn other_versions_of_the_contract_are_named() {
        let error = check_world(&["wharf:step/report@0.2.0".into()], &["wharf:step/step@0.2.0".into()]);
        assert_eq!(error.expect_err("it is newer").message, "needs wharf:step 0.2, this is 0.1");
        let export = vec![v0_1::STEP_INTERFACE.to_owned()];
        assert_eq!(check_world(&["wasi:io/poll@0.2.3".into()], &export), Ok(()));
        let error = check_world(&["acme:x/y@1.0.0".into()], &export).expect_err("it is foreign");
        assert_eq!(error.message, "imports `acme:x/y@1.0.0`, which wharf does not offer");
        let error = check_world(&["wasi:http/handler@0.3.0".into()], &export).expect_err("it is WASI 0.3");
        assert_eq!(error.message, "imports `wasi:http/handler@0.3.0`; wharf offers WASI 0.2");
    }
}
