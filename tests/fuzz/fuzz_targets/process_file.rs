//! A process file of any bytes is a process or has diagnostics that can be shown; formatting keeps what it means.
#![no_main]

use std::path::PathBuf;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use wharf_model::SourceFile;

fuzz_target!(|text: &str| {
    let file = |text: &str| Arc::new(SourceFile { name: "wharf.yaml".into(), text: text.into() });
    let parse = |text: &str| wharf_project::parse(file(text), PathBuf::from("/project"));
    let format = |text: &str| wharf_project::format(file(text));
    let parsed = parse(text);
    for diagnostic in &parsed.diagnostics {
        assert!(!diagnostic.message.is_empty());
        if let Some(span) = &diagnostic.span {
            let _ = (span.to_string(), span.line_text(), span.text());
        }
    }
    assert_eq!(parsed.process.is_none(), parsed.diagnostics.iter().any(|diagnostic| diagnostic.is_error()));
    if let (Some(_), Ok(formatted)) = (&parsed.process, format(text)) {
        assert_eq!(format(&formatted).ok().as_deref(), Some(formatted.as_str()));
        assert!(parse(&formatted).process.is_some());
    }
});
