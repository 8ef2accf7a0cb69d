//! A small web server of files on loopback, for the demo. Each connection serves one request.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// Requests that are served at the same time; more are refused.
const CONNECTIONS: usize = 64;
/// Bytes of a request's first line and headers.
const HEAD: u64 = 16 * 1024;
/// How long a client may take for each read or write.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that runs until the process ends.
pub struct StaticServer {
    address: SocketAddr,
}

impl StaticServer {
    /// Serves the files below `root`, which may not exist yet and may be a link that changes: it is resolved anew for
    /// each request. Listens on `preferred` if that port is free, else on any other.
    pub fn start(root: PathBuf, preferred: Option<u16>) -> Result<Self> {
        let listen = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let listener = match preferred.map(listen) {
            Some(Ok(listener)) => listener,
            _ => listen(0).context("no free port on loopback")?,
        };
        let address = listener.local_addr().context("the server has no address")?;
        let root: Arc<Path> = root.into();
        let open = Arc::new(AtomicUsize::new(0));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if open.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS {
                    open.fetch_sub(1, Ordering::Relaxed);
                    continue;
                }
                let (root, open) = (Arc::clone(&root), Arc::clone(&open));
                thread::spawn(move || {
                    // A client that goes away is none of the server's trouble.
                    let _ = serve(&stream, &root);
                    open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Ok(Self { address })
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(stream: &TcpStream, root: &Path) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.take(HEAD));
    let mut first = String::new();
    reader.read_line(&mut first)?;
    // The headers say nothing that matters here, but a client may insist on sending them.
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut words = first.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method != "GET" && method != "HEAD" {
        return refuse(stream, "405 Method Not Allowed");
    }
    let Some(path) = safe_path(target) else { return refuse(stream, "400 Bad Request") };
    let Some(file) = find(root, &path) else { return refuse(stream, "404 Not Found") };
    let mut content = File::open(&file)?;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        content_type(&file),
        content.metadata()?.len()
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    if method == "GET" {
        io::copy(&mut content, &mut stream)?;
    }
    Ok(())
}

fn refuse(mut stream: &TcpStream, status: &str) -> io::Result<()> {
    let length = status.len() + 1;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{status}\n"
    )
}

/// The path that a request's target names, relative and without any way out; none if it has one.
fn safe_path(target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let decoded = percent_decode(path.strip_prefix('/')?)?;
    if decoded.contains(['\\', '\0', ':']) {
        return None;
    }
    let mut safe = PathBuf::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => return None,
            name => safe.push(name),
        }
    }
    Some(safe)
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// The file to send: `index.html` for a folder, and `health.html` for `health`. Links may not lead out of the root.
fn find(root: &Path, path: &Path) -> Option<PathBuf> {
    let root = fs::canonicalize(root).ok()?;
    let place = root.join(path);
    let candidates = [place.clone(), place.join("index.html"), place.with_extension("html")];
    let file = candidates.iter().find(|candidate| candidate.is_file())?;
    fs::canonicalize(file).ok().filter(|file| file.starts_with(&root))
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "txt" | "md" => "text/plain; charset=utf-8",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &StaticServer, request: &str) -> String {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(server: &StaticServer, target: &str) -> String {
        ask(server, &format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }

    fn status(answer: &str) -> &str {
        answer.lines().next().unwrap_or_default()
    }

    fn site() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("v1")).unwrap();
        fs::write(folder.path().join("v1/index.html"), "<h1>one</h1>").unwrap();
        fs::write(folder.path().join("v1/appsettings.json"), "{}").unwrap();
        fs::write(folder.path().join("secret.txt"), "secret").unwrap();
        folder
    }

    #[test]
    fn a_folder_answers_its_index_with_type_and_length() {
        let site = site();
        let server = StaticServer::start(site.path().join("v1"), None).unwrap();
        assert_eq!(
            get(&server, "/?x=1"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 12\r\n\
             Cache-Control: no-store\r\nConnection: close\r\n\r\n<h1>one</h1>"
        );
        assert!(get(&server, "/appsettings.json").contains("Content-Type: application/json\r\n"));
        let head = ask(&server, "HEAD / HTTP/1.1\r\n\r\n");
        assert!(head.contains("Content-Length: 12\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    }

    #[test]
    fn nothing_outside_the_root_is_served() {
        let site = site();
        let server = StaticServer::start(site.path().join("v1"), None).unwrap();
        for target in ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/..%5csecret.txt", "//../x", "x"] {
            assert_eq!(status(&get(&server, target)), "HTTP/1.1 400 Bad Request", "{target}");
        }
        assert_eq!(status(&get(&server, "/secret.txt")), "HTTP/1.1 404 Not Found");
        assert_eq!(status(&ask(&server, "PUT /x HTTP/1.1\r\n\r\n")), "HTTP/1.1 405 Method Not Allowed");
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000));
        let mut stream = TcpStream::connect(server.address).unwrap();
        // The server may close before all of it was sent.
        let _ = stream.write_all(long.as_bytes());
        assert_eq!(status(&get(&server, "/")), "HTTP/1.1 200 OK");
    }

    #[cfg(unix)]
    #[test]
    fn a_root_that_is_switched_is_followed_but_a_link_that_leads_out_is_not() {
        use std::os::unix::fs::symlink;
        let site = site();
        let current = site.path().join("current");
        let server = StaticServer::start(current.clone(), None).unwrap();
        assert_eq!(status(&get(&server, "/")), "HTTP/1.1 404 Not Found");

        symlink("v1", &current).unwrap();
        assert!(get(&server, "/").ends_with("<h1>one</h1>"));

        fs::create_dir(site.path().join("v2")).unwrap();
        fs::write(site.path().join("v2/index.html"), "<h1>two</h1>").unwrap();
        symlink("../secret.txt", site.path().join("v2/leak.txt")).unwrap();
        fs::remove_file(&current).unwrap();
        symlink("v2", &current).unwrap();
        assert!(get(&server, "/").ends_with("<h1>two</h1>"));
        assert_eq!(status(&get(&server, "/leak.txt")), "HTTP/1.1 404 Not Found");
    }

    #[test]
    fn the_preferred_port_is_used_when_it_is_free() {
        let first = StaticServer::start(PathBuf::from("nowhere"), None).unwrap();
        let second = StaticServer::start(PathBuf::from("nowhere"), Some(first.port())).unwrap();
        assert_ne!(first.port(), second.port());
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert_eq!(StaticServer::start(PathBuf::from("nowhere"), Some(free)).unwrap().port(), free);
    }
}
