//! Bytes that are no step, and the cache of those that are.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use wharf_host::{Host, HostOptions};
use wharf_model::{ComponentSource, StepRunner as _};

use crate::support::{Bench, folder, guest};
use crate::wat::{Text, load, refused};

fn text(component: &str) -> String {
    refused(load(wat::parse_str(component).unwrap_or_else(|error| panic!("{error}"))))
}

#[test]
fn bytes_that_are_no_component() {
    assert_snapshot!(refused(load(*b"")), @"text.wasm is empty");
    assert_snapshot!(refused(load(*b"#!/bin/sh\necho hello\n")), @"text.wasm is not a WebAssembly component");
    assert_snapshot!(refused(load(*b"(component)")), @"
    text.wasm is not a WebAssembly component
    help: it is WebAssembly text; `wasm-tools parse` makes a component of it
    ");
    assert_snapshot!(refused(load(*b"\0asm")), @"
    text.wasm is damaged or incomplete: unexpected end-of-file
    help: build it again, or fetch it again
    ");
    assert_snapshot!(text("(module (func (export \"run\")))"), @"
    text.wasm is a core module, not a component
    help: build it for `wasm32-wasip2`, or wrap it with `wasm-tools component new`
    ");
    assert_snapshot!(text("(component)"), @"
    text.wasm is a component but no step: it exports nothing, not `wharf:step/step@0.1.0`
    help: a step exports the interface `step` of the world `wharf:step/plain-step`
    ");
    let mut damaged = Text::default().bytes();
    damaged.truncate(200);
    assert_snapshot!(refused(load(damaged)), @"
    text.wasm is damaged or incomplete: unexpected end-of-file
    help: build it again, or fetch it again
    ");
}

#[test]
fn components_of_another_world_or_version() {
    assert_snapshot!(text(r#"(component (import "wasi:cli/run@0.2.0" (instance)) (instance) (export "wasi:cli/command@0.2.0" (instance 1)))"#), @"
    text.wasm is a component but no step: it exports `wasi:cli/command@0.2.0`, not `wharf:step/step@0.1.0`
    help: a step exports the interface `step` of the world `wharf:step/plain-step`
    ");
    assert_snapshot!(text(r#"(component (instance) (export "wharf:step/step@0.2.0" (instance 0)))"#), @"
    text.wasm needs wharf:step 0.2, this is 0.1
    help: use a newer wharf, or a version of the step that was built for this one
    ");
    assert_snapshot!(text(r#"(component (instance) (export "wharf:step/step@0.1.9" (instance 0)))"#), @"
    text.wasm needs wharf:step 0.1.9, this is 0.1.0
    help: use a newer wharf, or a version of the step that was built for this one
    ");
    assert_snapshot!(text(r#"(component (import "wharf:step/report@1.0.0" (instance)) (instance) (export "wharf:step/step@0.1.0" (instance 1)))"#), @"
    text.wasm needs wharf:step 1.0, this is 0.1
    help: use a newer wharf, or a version of the step that was built for this one
    ");
    assert_snapshot!(text(r#"(component (import "acme:shell/exec@1.0.0" (instance)) (instance) (export "wharf:step/step@0.1.0" (instance 1)))"#), @"
    text.wasm imports `acme:shell/exec@1.0.0`, which wharf does not offer
    help: a step may import `wharf:step` and `wasi` 0.2
    ");
    assert_snapshot!(text(r#"(component (import "wasi:sockets/tcp@0.3.0" (instance)) (instance) (export "wharf:step/step@0.1.0" (instance 1)))"#), @"text.wasm imports `wasi:sockets/tcp@0.3.0`; wharf offers WASI 0.2");
    assert_snapshot!(text(r#"(component (import "wasi:nn/graph@0.2.0" (instance)) (instance) (export "wharf:step/step@0.1.0" (instance 1)))"#), @"
    text.wasm imports `wasi:nn/graph@0.2.0`, which wharf does not offer
    help: a step may import `wharf:step` and `wasi` 0.2
    ");
}

/// The right names, and something else behind them.
#[test]
fn components_that_only_look_like_a_step() {
    assert_snapshot!(text(r#"(component (instance) (export "wharf:step/step@0.1.0" (instance 0)))"#), @"text.wasm does not fit `wharf:step@0.1.0`: instance export `wharf:step/step@0.1.0` does not have export `describe`");
    let run = r#"(component
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func $f (canon lift (core func $i "f")))
      (instance $step (export "describe" (func $f)) (export "run" (func $f)))
      (export "wharf:step/step@0.1.0" (instance $step)))"#;
    assert_snapshot!(text(run), @"text.wasm does not describe itself: the step trapped: failed to convert function to given type: type mismatch with results: expected 1-tuple, found 0-tuple");
    let import = r#"(component
      (import "wharf:step/context@0.1.0" (instance (export "no-such-function" (func))))
      (instance) (export "wharf:step/step@0.1.0" (instance 1)))"#;
    assert_snapshot!(text(import), @"text.wasm does not fit `wharf:step@0.1.0`: component imports instance `wharf:step/context@0.1.0`, but a matching implementation was not found in the linker: instance export `no-such-function` has the wrong type: function implementation is missing");
    let typed = r#"(component
      (import "wharf:step/context@0.1.0" (instance (export "attempt" (func (result string)))))
      (instance) (export "wharf:step/step@0.1.0" (instance 1)))"#;
    assert_snapshot!(text(typed), @"text.wasm does not fit `wharf:step@0.1.0`: component imports instance `wharf:step/context@0.1.0`, but a matching implementation was not found in the linker: instance export `attempt` has the wrong type: type mismatch with results: expected `u32` found `string`");
}

#[test]
fn components_that_need_more_than_the_host_has() {
    let more = |fields: &str, before: String| refused(Text { fields, before, ..Text::default() }.load());
    assert_snapshot!(more("(memory $huge 65536)", String::new()), @"
    text.wasm does not describe itself: its memory is used up: the limit `memory` is 1GiB
    help: a step describes itself in no time, from what it knows when it is built
    ");
    assert_snapshot!(more("(table $huge 50000000 funcref)", String::new()), @"text.wasm is larger than a step can be: module table does not fit in pooling allocator requirements: table index 0 has a minimum element size of 50000000 which exceeds the limit of 1000000");
    let many = "(core module $small) ".to_owned() + &"(core instance (instantiate $small)) ".repeat(300);
    assert_snapshot!(more("", many), @"text.wasm is larger than a step can be: The component transitively contains 301 core module instances, which exceeds the configured maximum of 200 in the pooling allocator");
    let memories = "(core module $small (memory 1)) ".to_owned() + &"(core instance (instantiate $small)) ".repeat(100);
    assert_snapshot!(more("", memories), @"text.wasm is larger than a step can be: The component transitively contains 101 Wasm linear memories, which exceeds the configured maximum of 32 in the pooling allocator");
}

/// Every beginning of a component, and a component with any one byte turned: each is refused or does as it says, and the
/// host goes on.
#[test]
fn damaged_components_are_refused() {
    let host = Host::new(&HostOptions { pooling: false, ..HostOptions::default() }).expect("the host starts");
    let whole = Text::default().bytes();
    let source = |bytes: &[u8]| ComponentSource::Bytes { name: "damaged.wasm".into(), bytes: bytes.into() };
    for length in 0..whole.len() {
        match host.load(&source(&whole[..length])) {
            Err(error) => assert!(!error.message.is_empty()),
            // What is missing is a section of names for debugging.
            Ok(_) => assert_eq!(whole[length], 0, "{length} bytes are no component"),
        }
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        if let Err(error) = host.load(&source(&bytes)) {
            assert!(!error.message.is_empty());
        }
    }
    host.load(&source(&whole)).expect("it is whole");
}

/// A host with the cache in a folder, as the next start of `wharf` has it.
fn start(cache: &Path) -> Host {
    let options = HostOptions { cache: Some(cache.to_owned()), pooling: false };
    Host::new(&options).expect("the host starts")
}

fn files_of(cache: &Path) -> (PathBuf, Vec<PathBuf>) {
    let only = |folder: &Path| {
        let mut entries =
            std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("it can be read").path());
        entries.next().expect("something is in it")
    };
    let engine = only(&cache.join("components"));
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&engine).expect("a folder").map(|entry| entry.expect("it can be read").path()).collect();
    files.sort();
    (engine, files)
}

fn works(host: &Host) {
    let component = host.load(&guest("greet")).unwrap_or_else(|error| panic!("{error}"));
    let outcome = Bench::of(component).input("name", "Ada").run_on(host).succeeded();
    assert_eq!(outcome.log(), "hello, Ada\n");
}

#[test]
fn a_component_is_compiled_once() {
    let folder = folder();
    let cache = folder.path().join("cache");
    works(&start(&cache));
    let (engine, files) = files_of(&cache);
    let kinds: Vec<&str> = files.iter().filter_map(|file| file.extension()?.to_str()).collect();
    assert_eq!(kinds, ["cwasm", "json"]);
    for folder in [&cache, &engine] {
        let mode = std::fs::metadata(folder).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
    }
    // What is made anew gets another number; what is only used keeps its own.
    let numbers = || files.iter().map(|file| std::fs::metadata(file).expect("it is there").ino()).collect::<Vec<_>>();
    let before = numbers();
    works(&start(&cache));
    assert_eq!(numbers(), before);
    assert_eq!(files_of(&cache).1, files);
}

#[test]
fn a_damaged_cache_is_made_anew() {
    let folder = folder();
    let cache = folder.path().join("cache");
    works(&start(&cache));
    let files = files_of(&cache).1;
    let good: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("it can be read")).collect();
    let half = good[0].len() / 2;
    let damages: [&[u8]; 5] =
        [b"", b"no image at all", &good[0][..10], &good[0][..half], &good[0][..good[0].len() - 1]];
    for (number, damage) in damages.iter().enumerate() {
        // Never in place: another process may have mapped it.
        std::fs::remove_file(&files[0]).expect("it is there");
        std::fs::write(&files[0], damage).expect("a file");
        works(&start(&cache));
        assert!(std::fs::read(&files[0]).expect("it can be read") == good[0], "damage {number} is still there");
    }
    for damage in ["", "{", "{}", r#"{"size":1,"imports":[],"description":"{}"}"#] {
        std::fs::write(&files[1], damage).expect("a file");
        works(&start(&cache));
        assert!(std::fs::read(&files[1]).expect("it can be read") == good[1], "{damage} is still there");
    }
}

#[test]
fn a_cache_that_others_can_write_is_refused() {
    let folder = folder();
    let cache = folder.path().join("cache");
    works(&start(&cache));
    let engine = files_of(&cache).0;
    let chmod =
        |mode: u32| std::fs::set_permissions(&engine, std::fs::Permissions::from_mode(mode)).expect("it is ours");
    chmod(0o777);
    let error = Host::new(&HostOptions { cache: Some(cache.clone()), pooling: false }).err().expect("it is refused");
    assert_snapshot!(error.to_string().replace(engine.to_str().expect("UTF-8"), "CACHE"), @"the cache of compiled components, CACHE, cannot be used: others can write to it; remove it, and it is made anew");
    // One that others can only read is closed to them.
    chmod(0o755);
    works(&start(&cache));
    assert_eq!(std::fs::metadata(&engine).expect("it is there").permissions().mode() & 0o777, 0o700);
}

#[test]
fn several_processes_may_fill_one_cache() {
    let folder = folder();
    let cache = folder.path().join("cache");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| works(&start(&cache)));
        }
    });
    assert_eq!(files_of(&cache).1.len(), 2);
}

#[test]
fn a_component_that_changes_behind_the_hosts_back() {
    let folder = folder();
    let path = folder.path().join("step.wasm");
    let ComponentSource::File(greet) = guest("greet") else { panic!("a guest is a file") };
    std::fs::copy(greet, &path).expect("a file");
    let cache = folder.path().join("cache");
    let host = start(&cache);
    host.load(&ComponentSource::File(path.clone())).expect("a step");
    // The next start knows it from the cache, but the image is gone, and so is the component.
    std::fs::remove_file(&files_of(&cache).1[0]).expect("it is there");
    let host = start(&cache);
    let component = host.load(&ComponentSource::File(path.clone())).expect("a step");
    std::fs::write(&path, Text::default().bytes()).expect("a file");
    let outcome = Bench::of(component).input("name", "Ada").run_on(&host);
    assert_snapshot!(outcome.told().replace(folder.path().to_str().expect("UTF-8"), "ROOT"), @"badcomponent: ROOT/step.wasm was changed since the run began");
}
