//! Real servers, each a process of its own on a free port of loopback. The tests of the whole program use this file too.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The registry of Debian's `docker-registry`, which keeps what it gets below `folder`.
pub fn registry(folder: &Path) -> Option<Process> {
    let program = server_program("WHARF_TEST_DOCKER_REGISTRY", "docker-registry")?;
    let config = folder.join("registry.yml");
    Process::start(&program, |command, port| {
        let text = format!(
            "version: 0.1\nlog: {{ level: error }}\nstorage: {{ filesystem: {{ rootdirectory: {:?} }} }}\n\
             http: {{ addr: \"127.0.0.1:{port}\", secret: test }}\n",
            folder.join("registry")
        );
        fs::write(&config, text).expect("a configuration");
        command.arg("serve").arg(&config);
    })
}

/// `moto_server`, which plays S3, with an empty bucket. It believes every signature.
pub fn s3(bucket: &str) -> Option<Process> {
    let program = server_program("WHARF_TEST_MOTO", "moto_server")?;
    let server = Process::start(&program, |command, port| {
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    })?;
    // The bucket is made as any client would make it.
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
    let request = format!(
        "PUT /{bucket} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        server.port
    );
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Some(server)
}

/// A program that a test starts as a server: named by an environment variable (`cargo xtask test` sets it), or on the
/// PATH. Says so and answers none if it is nowhere.
fn server_program(variable: &str, name: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = named.or_else(|| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|it| it.is_file()));
    if found.is_none() {
        say(&format!("skipped: {name} is not here; `cargo xtask test` obtains it, or {variable} names it"));
    }
    found
}

/// Writes a line that is seen also when the test passes: `eprintln!` would be kept back.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A server of its own process, which ends with the test.
pub struct Process {
    child: Child,
    pub port: u16,
}

impl Process {
    /// Starts it on a free port and waits until it accepts connections. None, with a line that says why, if it ends.
    pub fn start(program: &Path, prepare: impl Fn(&mut Command, u16)) -> Option<Self> {
        // The port may be taken between its choice and the server's start: then another is tried.
        for _ in 0..3 {
            let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
            let mut command = Command::new(program);
            prepare(&mut command, port);
            let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            let Ok(child) = started else { break };
            let mut server = Self { child, port };
            for _ in 0..1200 {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Some(server);
                }
                if !matches!(server.child.try_wait(), Ok(None)) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        say(&format!("skipped: {} does not start", program.display()));
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
