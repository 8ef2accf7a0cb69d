//! Bytes that are no component get a word, never a panic, and are never compiled.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = wharf_host::component_imports("fuzz.wasm", bytes) {
        assert!(!error.message.is_empty());
    }
});
