use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A server on loopback that remembers what it was asked. It ends with the test's runtime.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<Request<Bytes>>,
}

impl Server {
    /// Answers each request with what `answer` makes of it.
    pub(super) async fn start(answer: impl Fn(&Request<Bytes>) -> Response<String> + Send + Sync + 'static) -> Self {
        Self::accept(None, answer).await
    }

    /// The same over TLS.
    pub(super) async fn start_tls(
        tls: rustls::ServerConfig,
        answer: impl Fn(&Request<Bytes>) -> Response<String> + Send + Sync + 'static,
    ) -> Self {
        Self::accept(Some(TlsAcceptor::from(Arc::new(tls))), answer).await
    }

    /// Answers every request with this text.
    pub(super) async fn text(text: &'static str) -> Self {
        Self::start(move |_| Response::new(text.to_owned())).await
    }

    async fn accept(
        tls: Option<TlsAcceptor>,
        answer: impl Fn(&Request<Bytes>) -> Response<String> + Send + Sync + 'static,
    ) -> Self {
        let answer = Arc::new(answer);
        let seen = Arc::new(Mutex::new(Seen::default()));
        let remembered = Arc::clone(&seen);
        let address = each_connection(move |stream| {
            let (tls, seen, answer) = (tls.clone(), Arc::clone(&seen), Arc::clone(&answer));
            seen.lock().expect("what was seen").connections += 1;
            async move {
                match tls {
                    None => speak(stream, false, seen, answer).await,
                    Some(tls) => {
                        let Ok(stream) = tls.accept(stream).await else { return };
                        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                        speak(stream, http2, seen, answer).await;
                    }
                }
            }
        })
        .await;
        Self { address, seen: remembered }
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:port` and this path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.lock().expect("what was seen").connections
    }

    /// The requests, each as `METHOD uri`.
    pub(super) fn requests(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("what was seen");
        seen.requests.iter().map(|request| format!("{} {}", request.method(), request.uri())).collect()
    }

    /// A header of the last request.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let seen = self.seen.lock().expect("what was seen");
        let value = seen.requests.last()?.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    http2: bool,
    seen: Arc<Mutex<Seen>>,
    answer: Arc<impl Fn(&Request<Bytes>) -> Response<String> + Send + Sync + 'static>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            let request = Request::from_parts(parts, body);
            let response = answer(&request);
            seen.lock().expect("what was seen").requests.push(request);
            Ok::<_, Infallible>(response.map(|text| Full::new(Bytes::from(text))))
        }
    });
    // A client that goes away in the middle is part of many tests.
    let _ = if http2 {
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), service)
            .await
    } else {
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
    };
}

/// Listens on loopback and hands each connection to `serve`.
pub(super) async fn each_connection<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// Reads the head of a request: its lines up to the empty one.
pub(super) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Vec<String> {
    let mut lines = BufReader::with_capacity(1, stream).lines();
    let mut head = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    head
}
