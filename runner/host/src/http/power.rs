use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::Poll;

use http::{Request, Response};
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};
use wharf_model::{Limit, StepCall, StepObserver};

use super::cancel::CancelSignal;
use super::connect::Connector;
use super::environment::HttpEnvironment;
use super::exchange::Exchanges;
use super::pool::Pool;
use super::refusals::Refusals;
use super::reports::Reports;
use super::tasks::Tasks;
use crate::secrets::Secrets;

/// The power of one step to send HTTP requests: what its grants allow, and nothing else. Dropping it ends all requests
/// that are under way and closes the connections.
pub struct HttpPower {
    exchanges: Arc<Exchanges>,
}

impl HttpPower {
    /// The power that `call` grants. References of `secrets` stand in headers. The observer hears of each request once; what is refused is remembered in
    /// `refusals`.
    pub fn new(
        call: &StepCall,
        secrets: &Arc<Secrets>,
        observer: Arc<dyn StepObserver>,
        refusals: Refusals,
        environment: &HttpEnvironment,
    ) -> Self {
        let concurrency = call.limits.get(Limit::HttpConcurrency).max(1);
        let turns = usize::try_from(concurrency).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let connector = Connector {
            policy: call.grants.http.clone(),
            environment: environment.clone(),
            refusals,
            tasks: Tasks::new(),
        };
        let exchanges = Exchanges {
            mode: call.mode,
            planned: call.planned.clone(),
            connector,
            pool: Pool::default(),
            reports: Reports::new(observer),
            secrets: Arc::clone(secrets),
            body_limit: call.limits.get(Limit::HttpBody),
            concurrency,
            turns: Arc::new(Semaphore::new(turns)),
            waiting: AtomicUsize::new(0),
            cancel: CancelSignal::new(&call.cancel),
        };
        Self { exchanges: Arc::new(exchanges) }
    }
}

impl Drop for HttpPower {
    fn drop(&mut self) {
        self.exchanges.reports.close();
        self.exchanges.pool.clear();
        self.exchanges.connector.tasks.end();
    }
}

type Sent<T> = Box<dyn Future<Output = Result<T>> + Send>;

impl WasiHttpHooks for HttpPower {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_processed: Sent<()>,
    ) -> Sent<(Response<WasiBody>, Sent<()>)> {
        let turn = self.exchanges.stand_in_line();
        let exchange = Arc::clone(&self.exchanges).exchange(request, options, turn);
        Box::new(async move {
            let response = without_panic(exchange).await?;
            // The connection has a task of its own; there is no more to be driven here.
            Ok((response, Box::new(async { Ok(()) }) as Sent<()>))
        })
    }
}

/// The same future; a panic in it is an error of this one request.
async fn without_panic<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |cx| {
        let future: Pin<&mut _> = future.as_mut();
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(poll) => poll,
            Err(_) => Poll::Ready(Err(Error::InternalError(Some("a bug of wharf ended this request".to_owned())))),
        }
    })
    .await
}
