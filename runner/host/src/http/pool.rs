use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

use super::connection::{Connection, Peer};

/// How long a connection is kept without use. Servers close them after a minute or so.
const KEPT: Duration = Duration::from_secs(50);

/// The most connections that are kept without use.
const SPARE: usize = 32;

/// Where a connection leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    scheme: String,
    host: String,
    port: u16,
}

impl Place {
    pub(super) fn of(url: &Url) -> Self {
        Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
        }
    }
}

/// The open connections of one step that nobody uses just now.
#[derive(Clone, Default)]
pub(super) struct Pool {
    spare: Arc<Mutex<Vec<Spare>>>,
}

struct Spare {
    place: Place,
    connection: Connection,
    since: Instant,
}

impl Pool {
    /// A connection to `place` whose other end `allowed` accepts: what was checked for one request may be refused to
    /// the next.
    pub(super) fn take(&self, place: &Place, allowed: impl Fn(Peer) -> bool) -> Option<Connection> {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.retain(|spare| spare.since.elapsed() < KEPT && !spare.connection.is_closed());
        let at = spare.iter().rposition(|spare| spare.place == *place && allowed(spare.connection.peer))?;
        match spare[at].connection.shared() {
            Some(shared) => {
                spare[at].since = Instant::now();
                Some(shared)
            }
            None => Some(spare.swap_remove(at).connection),
        }
    }

    /// Keeps a connection for the next request.
    pub(super) fn put(&self, place: Place, connection: Connection) {
        if connection.is_closed() {
            return;
        }
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() >= SPARE {
            spare.remove(0);
        }
        spare.push(Spare { place, connection, since: Instant::now() });
    }

    /// Closes all of them.
    pub(super) fn clear(&self) {
        let closing = std::mem::take(&mut *self.spare.lock().unwrap_or_else(PoisonError::into_inner));
        drop(closing);
    }
}
