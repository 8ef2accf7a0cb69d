//! What the tests of the whole program share: a folder of its own, a fixed environment, a web server on loopback.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use tempfile::TempDir;

/// The program.
pub const WHARF: &str = env!("CARGO_BIN_EXE_wharf");

/// The top folder of the project.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the project has a top folder")
}

/// A component of `tests/guests`.
pub fn guest(name: &str) -> PathBuf {
    let path = root().join("target/guests-out").join(format!("{name}.wasm"));
    assert!(path.is_file(), "{} is not there: run `cargo xtask guests`", path.display());
    path
}

/// A folder for one test, with a home beside it.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a folder") };
        fs::create_dir(place.home()).expect("a home");
        fs::create_dir(place.work()).expect("a folder for work");
        place
    }

    /// Where commands run.
    pub fn work(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("it is there").join("work")
    }

    fn home(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("it is there").join("home")
    }

    /// The environment of a command: nothing of the machine's but where programs are.
    pub fn environment(&self) -> Vec<(String, OsString)> {
        vec![
            ("PATH".into(), std::env::var_os("PATH").unwrap_or_default()),
            ("HOME".into(), self.home().into()),
            ("LANG".into(), "C.UTF-8".into()),
            // Shared by all tests: compiling is what takes time.
            ("WHARF_CACHE_DIR".into(), root().join("target/test-cache").into()),
        ]
    }

    /// The program, ready to run here.
    pub fn wharf(&self) -> Command {
        let mut command = Command::new(WHARF);
        command.env_clear().envs(self.environment()).current_dir(self.work());
        command
    }

    /// The text with what is this test's own replaced.
    pub fn redact(&self, text: &str, more: &[(&str, &str)]) -> String {
        let work = self.work().display().to_string();
        let cache = root().join("target/test-cache").display().to_string();
        let mut known = vec![(work.as_str(), "[work]"), (cache.as_str(), "[cache]")];
        known.extend(more);
        wharf_report::redact::redact(text, &known)
    }
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

/// Serves the files below `folder` on loopback for as long as the tests run. Answers its address.
pub fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it listens");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away is none of the server's trouble.
            let _ = answer(&stream, &folder);
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: &TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.take(64 * 1024));
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = first.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
    let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path };
    let (status, body) = match fs::read(folder.join(path)) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", b"not here\n".to_vec()),
    };
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
    stream.write_all(&body)
}
