use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wasmtime_wasi_http::Error;

use super::fault::Fault;
use super::stream::Stream;

/// Whose certificates are believed.
pub enum Trust {
    /// The system's roots (also those of `SSL_CERT_FILE` and `SSL_CERT_DIR`), loaded at the first https request and
    /// once in the life of this program.
    System,
    /// These roots.
    #[cfg(test)]
    Roots(Arc<ClientConfig>),
}

static SYSTEM: OnceCell<Arc<ClientConfig>> = OnceCell::const_new();

impl Trust {
    /// Trusts these roots only.
    #[cfg(test)]
    pub(super) fn roots(roots: RootCertStore) -> Self {
        Self::Roots(Arc::new(client_config(roots)))
    }

    /// Speaks TLS with `host` over `stream`. HTTP/2 is offered if `http2`.
    pub(super) async fn connect(&self, host: &str, stream: Stream, http2: bool) -> Result<TlsStream<Stream>, Fault> {
        let name = ServerName::try_from(host.strip_suffix('.').unwrap_or(host).to_owned())
            .map_err(|_| Fault::new(Error::TlsProtocolError, format!("{host} cannot be the name of a TLS server")))?;
        let mut config = match self {
            Self::System => Arc::clone(SYSTEM.get_or_try_init(load_system_roots).await?),
            #[cfg(test)]
            Self::Roots(config) => Arc::clone(config),
        };
        if !http2 {
            Arc::make_mut(&mut config).alpn_protocols = vec![b"http/1.1".to_vec()];
        }
        TlsConnector::from(config).connect(name, stream).await.map_err(|error| Fault::tls(host, &error))
    }
}

async fn load_system_roots() -> Result<Arc<ClientConfig>, Fault> {
    let no_roots = |reason: String| {
        Fault::new(Error::ConfigurationError, format!("this machine has no root certificates for https: {reason}"))
    };
    let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs)
        .await
        .map_err(|error| no_roots(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let reason = found.errors.first().map_or_else(|| "none was found".to_owned(), ToString::to_string);
        return Err(no_roots(reason));
    }
    Ok(Arc::new(client_config(roots)))
}

fn client_config(roots: RootCertStore) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has what TLS 1.2 and 1.3 need")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}
