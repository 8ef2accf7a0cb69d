use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full};
use tokio::sync::mpsc;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks as _};
use wharf_model::{CancelToken, Failure, Grants, HttpPattern, HttpPolicy, StepCall, StepEvent};

use crate::http::proxy::Proxies;
use crate::http::resolve::{Resolve, Resolving};
use crate::http::tls::Trust;
use crate::http::{HttpEnvironment, HttpPower, Refusals};
use crate::secrets::Secrets;
use crate::testing::{Recorder, call, soon};

/// A step that may request what some patterns allow.
pub(super) struct Step {
    pub(super) power: HttpPower,
    pub(super) observer: Arc<Recorder>,
    pub(super) refusals: Refusals,
    pub(super) cancel: CancelToken,
}

impl Step {
    pub(super) fn new(patterns: &[&str]) -> Self {
        Self::with(patterns, environment(&Arc::new(Names::default())), |_| {})
    }

    pub(super) fn with(patterns: &[&str], environment: HttpEnvironment, change: impl FnOnce(&mut StepCall)) -> Self {
        let patterns = patterns.iter().map(|text| HttpPattern::parse(text).expect("a pattern")).collect();
        let cancel = CancelToken::new();
        let call = call(|call| {
            call.cancel = cancel.clone();
            call.grants = Arc::new(Grants { http: HttpPolicy::new(patterns), ..Grants::default() });
            change(call);
        });
        let observer = Arc::new(Recorder::default());
        let refusals = Refusals::default();
        let power = HttpPower::new(
            &call,
            &Arc::new(Secrets::new(&call.secrets)),
            observer.clone(),
            refusals.clone(),
            &environment,
        );
        Self { power, observer, refusals, cancel }
    }

    /// Sends a request; the future belongs to no borrow, as in the host.
    pub(super) fn send(
        &mut self,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> impl Future<Output = Result<Response<WasiBody>, Error>> + Send + 'static {
        let sent = self.power.send_request(request, Some(options), Box::new(async { Ok(()) }));
        async move { Pin::from(sent).await.map(|(response, _)| response) }
    }

    /// Status and text of the answer.
    pub(super) async fn get(&mut self, url: &str) -> Result<(u16, String), Error> {
        let sent = self.send(get(url), RequestOptions::default());
        soon(async { read(sent.await?).await }).await
    }

    /// The error instead of an answer, as text.
    pub(super) async fn refused(&mut self, url: &str) -> String {
        match self.get(url).await {
            Ok((status, text)) => panic!("{url} was answered: {status} {text}"),
            Err(error) => error.to_string(),
        }
    }

    /// What the observer heard of requests.
    pub(super) fn requests(&self) -> Vec<String> {
        let show = |event| match event {
            StepEvent::Request { method, url, status: Some(status), error: None } => format!("{method} {url} {status}"),
            StepEvent::Request { method, url, status: None, error: Some(error) } => format!("{method} {url}: {error}"),
            other => panic!("an event of another kind: {other:?}"),
        };
        self.observer.events().into_iter().map(show).collect()
    }

    /// What was refused last, with the line to add.
    pub(super) fn refusal(&self) -> String {
        self.refusals.last().map(|failure| show(&failure)).unwrap_or_default()
    }
}

fn show(failure: &Failure) -> String {
    let mut text = format!("{:?}: {failure}", failure.code);
    for (name, part) in [("help", &failure.help), ("add", &failure.add), ("limit", &failure.limit)] {
        if let Some(part) = part {
            text.push_str(&format!("\n{name}: {part}"));
        }
    }
    text
}

/// A request without a body.
pub(super) fn get(url: &str) -> Request<WasiBody> {
    Request::get(url).body(body("")).expect("a request")
}

/// A body that is there at once.
pub(super) fn body(text: impl Into<Bytes>) -> WasiBody {
    Full::new(text.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body that the test writes piece by piece.
pub(super) fn written() -> (mpsc::Sender<Result<Frame<Bytes>, Error>>, WasiBody) {
    struct Pieces(mpsc::Receiver<Result<Frame<Bytes>, Error>>);
    impl http_body::Body for Pieces {
        type Data = Bytes;
        type Error = Error;
        fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
            self.0.poll_recv(cx)
        }
    }
    let (sender, receiver) = mpsc::channel(1);
    (sender, Pieces(receiver).boxed_unsync())
}

/// Status and text of a response.
pub(super) async fn read(response: Response<WasiBody>) -> Result<(u16, String), Error> {
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
}

/// A resolver that answers what a test says, one answer after the other; the last one stays.
#[derive(Default)]
pub(super) struct Names {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    pub(super) fn new(answers: &[(&str, &[&[&str]])]) -> Arc<Self> {
        let parse = |texts: &&[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect();
        let answers =
            answers.iter().map(|(name, answers)| ((*name).to_owned(), answers.iter().rev().map(parse).collect()));
        Arc::new(Self { answers: Mutex::new(answers.collect()), asked: Mutex::default() })
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("what was asked").clone()
    }
}

impl Resolve for Names {
    fn resolve(&self, name: &str) -> Resolving {
        self.asked.lock().expect("what was asked").push(name.to_owned());
        let mut answers = self.answers.lock().expect("the answers");
        let answer = match answers.get_mut(name) {
            Some(left) if left.len() > 1 => left.pop(),
            Some(left) => left.first().cloned(),
            None => None,
        };
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("Name or service not known")) })
    }
}

/// An environment with these names, without proxies, that trusts nobody.
pub(super) fn environment(names: &Arc<Names>) -> HttpEnvironment {
    HttpEnvironment::new(names.clone(), Proxies::none(), Trust::roots(rustls::RootCertStore::empty()))
}
