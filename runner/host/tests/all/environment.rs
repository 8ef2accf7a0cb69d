//! What a step finds around itself: nothing that it was not given.

use insta::assert_snapshot;

use crate::support::{Bench, folder, repository};

fn around(script: &str) -> Bench {
    Bench::new("environment").script(script)
}

#[test]
pub(crate) fn environment() {
    let outcome =
        around("variables\nvariable PATH\narguments\nstdin\nterminal\nthread\nprogram /bin/sh\nclock\nrandom\nmode")
            .run();
    assert_snapshot!(outcome.transcript(folder().path()), @r#"
    variables => []
    variable PATH => ERROR environment variable not found
    arguments => []
    stdin => ""
    terminal => false false
    thread => ERROR unsupported
    program /bin/sh => ERROR unsupported
    clock => after 2020: true
    random => 16 bytes
    mode => RunMode::Apply
    "#);
}

#[test]
fn a_granted_variable_is_all_that_is_seen() {
    let mut bench = around("variables\nvariable CARGO_PKG_NAME\nvariable PATH");
    bench.grants.env = vec!["CARGO_PKG_NAME".into(), "NO_SUCH_VARIABLE".into()];
    assert_snapshot!(bench.run().transcript(folder().path()), @"
    variables => [CARGO_PKG_NAME=wharf-host]
    variable CARGO_PKG_NAME => wharf-host
    variable PATH => ERROR environment variable not found
    ");
}

#[test]
fn sockets_and_names_are_refused() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
    let port = server.local_addr().expect("it is bound").port();
    let outcome = around(&format!("tcp {port}\nlisten\nudp\nlookup localhost")).run();
    assert_snapshot!(outcome.transcript(folder().path()).replace(&port.to_string(), "PORT"), @"
    tcp PORT => ERROR access-denied
    listen => ERROR access-denied
    udp => ERROR access-denied
    lookup localhost => ERROR permanent-resolver-failure
    ");
    server.set_nonblocking(true).expect("it is a socket");
    assert!(server.accept().is_err(), "nobody has connected");
}

#[test]
fn what_is_printed_is_logged() {
    let outcome = around(
        "print to standard output\neprint to standard error\nprint-bytes ff 0a 0d 0a 61 0d 0a\nprint-without-end half a line",
    );
    assert_snapshot!(outcome.run().succeeded().log(), @"
    debug: looking around
    to standard output
    warn: to standard error
    �

    a
    half a line
    ");
    // A very long line is cut.
    let outcome = around(&format!("print {}", "x".repeat(100_000))).run().succeeded();
    let lengths: Vec<usize> = outcome.log().lines().map(str::len).collect();
    assert_eq!(lengths[1..], [65_536, 34_464]);
}

#[test]
fn a_guest_that_ends_itself_has_failed() {
    assert_snapshot!(around("exit 0").fails().told(), @"
    trapped: the step ended itself instead of returning
    help: a step returns from `run`; it does not exit
    ");
    assert_snapshot!(around("exit 3").fails().told(), @"
    trapped: the step ended itself instead of returning
    help: a step returns from `run`; it does not exit
    ");
    assert_snapshot!(around("abort").fails().told(), @"trapped: the step trapped: it panicked or aborted");
}

/// The line of the guest's source in which it panics, as the message has it.
fn panic_line() -> String {
    let source = repository().join("tests/guests/environment/src/lib.rs");
    let source = std::fs::read_to_string(source).expect("the guest's source is there");
    let line = source.lines().position(|line| line.contains("=> panic!(")).expect("the guest panics") + 1;
    format!("lib.rs:{line}")
}

#[test]
fn a_panic_is_told_with_its_message() {
    let outcome = around("print before it\npanic at the disco").fails();
    let line = panic_line();
    assert_snapshot!(outcome.told().replace(&line, "lib.rs:[line]"), @"
    trapped: the step trapped: it panicked or aborted
    help: its last words: thread '<unnamed>' (1) panicked at environment/src/lib.rs:[line]:20:
    at the disco
    ");
    assert_snapshot!(outcome.log().replace(&line, "lib.rs:[line]"), @"
    debug: looking around
    before it
    warn: 
    warn: thread '<unnamed>' (1) panicked at environment/src/lib.rs:[line]:20:
    warn: at the disco
    warn: note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
    ");
}
