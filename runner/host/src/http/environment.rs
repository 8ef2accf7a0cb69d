use std::sync::Arc;

use super::proxy::Proxies;
use super::resolve::{Resolve, SystemResolver};
use super::tls::Trust;

/// What all requests of this program have in common: how names are looked up, which proxies there are, whose
/// certificates are believed. Making one costs nothing but a look at a few environment variables.
#[derive(Clone)]
pub struct HttpEnvironment {
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) proxies: Arc<Proxies>,
    pub(super) trust: Arc<Trust>,
}

impl HttpEnvironment {
    /// The machine's: its resolver, its proxy variables, its root certificates.
    pub fn from_env() -> Self {
        Self::new(Arc::new(SystemResolver), Proxies::from_env(), Trust::System)
    }

    /// One of these parts.
    pub fn new(resolver: Arc<dyn Resolve>, proxies: Proxies, trust: Trust) -> Self {
        Self { resolver, proxies: Arc::new(proxies), trust: Arc::new(trust) }
    }
}
