//! A server on loopback that can misbehave.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// How an answer ends.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    Well,
    /// The connection is closed after so many bytes of the body.
    CutAfter(usize),
    /// Nothing more comes after so many bytes.
    SilentAfter(usize),
    /// A byte each few milliseconds.
    Dripping,
}

/// An answer.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    pub ending: Ending,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), ending: Ending::Well }
    }

    pub fn ok(body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::status(200) }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub fn ending(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }
}

/// A file as a good server sends it: with an entity tag, ranges, and conditions on both.
pub fn file(request: &Request<Bytes>, content: &Bytes, tag: &str) -> Reply {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let reply = Reply::ok(content.clone()).with("etag", format!("\"{tag}\""));
    let from = text("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let same = text("if-range").is_none_or(|wanted| wanted == format!("\"{tag}\""));
    match from {
        Some(from) if same && from >= content.len() => Reply::status(416),
        Some(from) if same => {
            let range = format!("bytes {from}-{}/{}", content.len() - 1, content.len());
            Reply { status: 206, body: content.slice(from..), ..reply }.with("content-range", range)
        }
        _ => reply,
    }
}

/// A server that remembers what it was asked. It ends with the test's runtime.
#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Server {
    pub async fn start(answer: impl Fn(&Request<Bytes>) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("its address");
        let seen: Arc<Mutex<Vec<Request<Bytes>>>> = Arc::default();
        let (remembered, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                        let request = Request::from_parts(parts, body);
                        let reply = answer(&request);
                        let is_head = request.method() == http::Method::HEAD;
                        seen.lock().expect("what was seen").push(request);
                        Ok::<_, Infallible>(response(reply, is_head))
                    }
                });
                // A client that goes away in the middle is part of many tests.
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { address, seen: remembered }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests, each as `METHOD uri`.
    pub fn requests(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("what was seen");
        seen.iter().map(|request| format!("{} {}", request.method(), request.uri())).collect()
    }

    /// Of each request, one header or `-`.
    pub fn header_of_each(&self, name: &str) -> Vec<String> {
        let text = |headers: &HeaderMap| {
            headers.get(name).map_or("-".into(), |it| String::from_utf8_lossy(it.as_bytes()).into_owned())
        };
        self.seen.lock().expect("what was seen").iter().map(|request| text(request.headers())).collect()
    }

    /// The body of the last request.
    pub fn last_body(&self) -> Bytes {
        self.seen.lock().expect("what was seen").last().map(|request| request.body().clone()).unwrap_or_default()
    }
}

type Frames = std::pin::Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, std::io::Error>> + Send>>;

fn response(reply: Reply, is_head: bool) -> Response<StreamBody<Frames>> {
    let Reply { status, headers, body, ending } = reply;
    let length = body.len();
    let frame = |bytes: Bytes| Ok(Frame::data(bytes));
    let frames: Frames = match ending {
        _ if is_head => Box::pin(stream::empty()),
        Ending::Well => Box::pin(stream::iter([frame(body)])),
        Ending::CutAfter(count) => {
            let cut = Err(std::io::Error::other("cut"));
            // What was sent has to be on its way before the connection is closed.
            let pause = stream::once(tokio::task::yield_now()).filter_map(|()| async { None });
            Box::pin(stream::iter([frame(body.slice(..count))]).chain(pause).chain(stream::iter([cut])))
        }
        Ending::SilentAfter(count) => Box::pin(stream::iter([frame(body.slice(..count))]).chain(stream::pending())),
        Ending::Dripping => Box::pin(stream::unfold(0, move |at| {
            let byte = body.slice(at..at + 1);
            async move {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                Some((Ok(Frame::data(byte)), at + 1))
            }
        })),
    };
    let mut response = Response::builder().status(StatusCode::from_u16(status).expect("a status"));
    if status != 204 && status != 304 {
        response = response.header("content-length", length);
    }
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(StreamBody::new(frames)).expect("a response")
}
