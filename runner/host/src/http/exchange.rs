use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use url::Url;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};
use wharf_model::{Failure, Limit, PlannedEffects, RunMode};

use super::cancel::CancelSignal;
use super::connect::Connector;
use super::connection::Connection;
use super::decide::{decide, unplanned, withheld};
use super::download::{Download, Lease, Patience};
use super::fault::Fault;
use super::pool::{Place, Pool};
use super::prepare::{address_of, fill_in_secrets, refuse_tricks, shape};
use super::reports::{Reports, shown};
use super::upload::{Upload, UploadState};
use super::withhold::{InPlan, effect, in_plan, may_be_read};
use crate::secrets::Secrets;

/// How long a connection may take, if the step does not say.
const CONNECT: Duration = Duration::from_secs(60);

/// How long a server may be silent, if the step does not say; also how long a request waits for its turn.
const SILENCE: Duration = Duration::from_secs(600);

/// The most requests that wait for their turn.
const QUEUE: usize = 4096;

/// What all requests of one step share.
pub(super) struct Exchanges {
    pub(super) mode: RunMode,
    /// What a plan showed, if nothing else may be sent.
    pub(super) planned: Option<Arc<dyn PlannedEffects>>,
    pub(super) connector: Connector,
    pub(super) pool: Pool,
    pub(super) reports: Arc<Reports>,
    pub(super) secrets: Arc<Secrets>,
    pub(super) body_limit: u64,
    pub(super) concurrency: u64,
    pub(super) turns: Arc<Semaphore>,
    pub(super) waiting: AtomicUsize,
    pub(super) cancel: CancelSignal,
}

/// A request's place in the line of those that wait until fewer are under way.
pub(super) enum Turn {
    /// It has come.
    Now(OwnedSemaphorePermit),
    /// Others are before it.
    InLine(Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>),
    /// The line is closed.
    Never,
}

struct Times {
    connect: Duration,
    first_byte: Duration,
    between_bytes: Duration,
}

impl Exchanges {
    /// Sends one request, if that is granted, and answers with the head of the response.
    pub(super) async fn exchange(
        self: Arc<Self>,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        turn: Turn,
    ) -> Result<Response<WasiBody>, Error> {
        let address = address_of(request.uri());
        let shown = match &address {
            Ok(url) => shown(url),
            Err(_) => request.uri().host().unwrap_or_default().to_owned(),
        };
        let report = self.reports.begin(request.method(), shown);
        let mut request = request;
        if let Ok(url) = &address
            && self.is_withheld(request.method(), url)
            && decide(&self.connector.policy, request.method(), url).is_ok()
            && refuse_tricks(request.method(), url).is_ok()
        {
            let method = request.method().clone();
            let decided = tokio::select! {
                biased;
                () = self.cancel.next() => return Err(Error::ConnectionTerminated),
                decided = in_plan(&self.connector.policy, request, url, self.body_limit) => decided,
            };
            match decided {
                InPlan::Send(read) => request = read,
                InPlan::Withhold(change) => {
                    if self.mode == RunMode::Plan {
                        self.connector.refusals.add(withheld(&method, url));
                        report.withheld(change);
                    } else {
                        let unplanned = unplanned(&method, url);
                        report.failed(&unplanned.message);
                        self.connector.refusals.add(unplanned);
                    }
                    return Err(Error::HttpRequestDenied);
                }
            }
        }
        if let Ok(url) = &address {
            self.tell_unplanned(&request, url);
        }
        let cancelled = self.cancel.next();
        let answer = match address {
            Ok(url) => tokio::select! {
                biased;
                () = cancelled => Err(Fault::new(Error::ConnectionTerminated, "the run was cancelled")),
                answer = self.attempt(request, url, options.unwrap_or_default(), turn) => answer,
            },
            Err(fault) => Err(fault),
        };
        match answer {
            Ok(response) => {
                report.answered(response.status());
                Ok(response)
            }
            Err(fault) => {
                report.failed(&fault.message);
                Err(fault.error)
            }
        }
    }

    /// Whether a request is sent only if a rule says that it just reads: in a plan, and in a run that goes by a plan
    /// which did not show it. What reads by its method is no effect.
    fn is_withheld(&self, method: &Method, url: &Url) -> bool {
        match (&self.planned, self.mode) {
            (_, RunMode::Plan) => true,
            (Some(planned), RunMode::Apply) => {
                let is_shown = || planned.allows_effect(&effect(method, url));
                planned.refuses() && !method.is_safe() && !is_shown()
            }
            (None, RunMode::Apply) => false,
        }
    }

    /// Tells of a request that the plan by which the run goes did not show, and that is sent all the same.
    fn tell_unplanned(&self, request: &Request<WasiBody>, url: &Url) {
        let Some(planned) = self.planned.as_ref().filter(|planned| self.mode == RunMode::Apply && !planned.refuses())
        else {
            return;
        };
        let policy = &self.connector.policy;
        let effect = effect(request.method(), url);
        let is_told = !request.method().is_safe()
            && decide(policy, request.method(), url).is_ok()
            && !may_be_read(policy, request, url)
            && !planned.allows_effect(&effect);
        if is_told {
            self.reports.unplanned(effect);
        }
    }

    async fn attempt(
        &self,
        mut request: Request<WasiBody>,
        url: Url,
        options: RequestOptions,
        turn: Turn,
    ) -> Result<Response<WasiBody>, Fault> {
        decide(&self.connector.policy, request.method(), &url).map_err(|failure| {
            self.connector.refusals.add(failure.clone());
            Fault::new(Error::HttpRequestDenied, failure.message)
        })?;
        refuse_tricks(request.method(), &url)?;
        fill_in_secrets(request.headers_mut(), &self.secrets)?;
        let times = Times {
            connect: options.connect_timeout.unwrap_or(CONNECT),
            first_byte: options.first_byte_timeout.unwrap_or(SILENCE),
            between_bytes: options.between_bytes_timeout.unwrap_or(SILENCE),
        };
        self.check_request_length(&request, &url)?;
        let cancelled = Box::pin(self.cancel.next());
        let permit = self.wait_for(turn).await?;
        let (parts, body) = request.into_parts();
        let (body, upload) = Upload::new(body, self.body_limit);
        let request = Request::from_parts(parts, body.boxed_unsync());

        let (response, connection) = self.send(request, &url, &times, &upload).await?;
        self.check_length(&response, &url)?;
        let lease = (!connection.is_http2()).then(|| Lease {
            connection,
            place: Place::of(&url),
            pool: self.pool.clone(),
            upload,
        });
        let refusals = self.connector.refusals.clone();
        let failure = self.response_too_long(&url);
        Ok(response.map(|body| {
            let download = Download {
                body,
                limit: self.body_limit,
                received: 0,
                too_long: Box::new(move || refusals.add(failure)),
                patience: Patience::new(times.between_bytes),
                cancelled,
                lease,
                permit: Some(permit),
            };
            download.boxed_unsync()
        }))
    }

    /// Takes a place in the line of requests, in the order in which the step sends them. In another order a step that
    /// reads the answers one after the other could wait for a request whose turn only comes when a later one is read.
    pub(super) fn stand_in_line(&self) -> Turn {
        let mut line = Box::pin(Arc::clone(&self.turns).acquire_owned());
        // The first poll is what takes the place; whoever waits is woken by its own.
        match line.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(permit)) => Turn::Now(permit),
            Poll::Ready(Err(_)) => Turn::Never,
            Poll::Pending => Turn::InLine(line),
        }
    }

    /// Waits until fewer requests than the limit are under way.
    async fn wait_for(&self, turn: Turn) -> Result<OwnedSemaphorePermit, Fault> {
        let too_many = |what: &str| {
            let failure = Failure::limit(Limit::HttpConcurrency, self.concurrency, what);
            let message = failure.message.clone();
            self.connector.refusals.add(failure);
            Fault::new(Error::ConnectionLimitReached, message)
        };
        let line = match turn {
            Turn::Now(permit) => return Ok(permit),
            Turn::InLine(line) => line,
            Turn::Never => return Err(too_many("nothing can be sent any more")),
        };
        let place = Waiting::new(&self.waiting);
        if place.before >= QUEUE {
            return Err(too_many("too many requests wait for their turn"));
        }
        match tokio::time::timeout(SILENCE, line).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(too_many("a request waited too long for its turn")),
        }
    }

    async fn send(
        &self,
        mut request: Request<WasiBody>,
        url: &Url,
        times: &Times,
        upload: &UploadState,
    ) -> Result<(Response<Incoming>, Connection), Fault> {
        let host = url.host_str().unwrap_or_default();
        loop {
            let (mut connection, used) = self.connection(url, times).await?;
            shape(&mut request, url, &connection)?;
            let answer = tokio::select! {
                answer = connection.send(request) => answer,
                () = upload.server_is_late(times.first_byte) => {
                    return Err(Fault::new(Error::ConnectionReadTimeout, format!("{host} did not answer in time")));
                }
            };
            match answer {
                Ok(response) => return Ok((response, connection)),
                Err(mut error) => match error.take_message() {
                    // The server had closed the connection meanwhile; nothing was sent.
                    Some(unsent) if used => request = unsent,
                    _ => return Err(self.send_failed(host, upload, &error.into_error())),
                },
            }
        }
    }

    /// A connection for a request to `url`, and whether it was used before.
    async fn connection(&self, url: &Url, times: &Times) -> Result<(Connection, bool), Fault> {
        let place = Place::of(url);
        while let Some(mut connection) = self.pool.take(&place, |peer| self.connector.may_reuse(url, peer)) {
            if connection.ready().await {
                return Ok((connection, true));
            }
        }
        let connection = tokio::time::timeout(times.connect, self.connector.connect(url)).await.map_err(|_| {
            let host = url.host_str().unwrap_or_default();
            Fault::new(Error::ConnectionTimeout, format!("no connection to {host} in time"))
        })??;
        if let Some(shared) = connection.shared() {
            self.pool.put(place, shared);
        }
        Ok((connection, false))
    }

    fn send_failed(&self, host: &str, upload: &UploadState, error: &hyper::Error) -> Fault {
        if upload.is_too_long() {
            return self.request_too_long(host);
        }
        if upload.is_given_up() {
            return Fault::new(Error::HttpProtocolError, format!("the step gave up the body of a request to {host}"));
        }
        Fault::exchange(host, error)
    }

    /// Refuses a request that says itself that it is too long, before anything is sent.
    fn check_request_length(&self, request: &Request<WasiBody>, url: &Url) -> Result<(), Fault> {
        let written = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if written.unwrap_or(0).max(request.body().size_hint().lower()) > self.body_limit {
            return Err(self.request_too_long(url.host_str().unwrap_or_default()));
        }
        Ok(())
    }

    fn request_too_long(&self, host: &str) -> Fault {
        let what = format!("the body of a request to {host} is too long");
        let failure = Failure::limit(Limit::HttpBody, self.body_limit, what);
        let message = failure.message.clone();
        self.connector.refusals.add(failure);
        Fault::new(Error::HttpRequestBodySize(Some(self.body_limit)), message)
    }

    /// Refuses a response that says itself that it is too long.
    fn check_length(&self, response: &Response<Incoming>, url: &Url) -> Result<(), Fault> {
        let length = response.body().size_hint().lower();
        if length <= self.body_limit {
            return Ok(());
        }
        let failure = self.response_too_long(url);
        let message = failure.message.clone();
        self.connector.refusals.add(failure);
        Err(Fault::new(Error::HttpResponseBodySize(Some(length)), message))
    }

    fn response_too_long(&self, url: &Url) -> Failure {
        let what = format!("the response of {} is too long", url.host_str().unwrap_or_default());
        Failure::limit(Limit::HttpBody, self.body_limit, what)
    }
}

/// A place in the line.
struct Waiting<'a> {
    line: &'a AtomicUsize,
    before: usize,
}

impl<'a> Waiting<'a> {
    fn new(line: &'a AtomicUsize) -> Self {
        Self { before: line.fetch_add(1, Ordering::SeqCst), line }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.line.fetch_sub(1, Ordering::SeqCst);
    }
}
