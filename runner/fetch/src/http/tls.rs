use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore};

static SYSTEM: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();

/// Trust in the system's roots (also those of `SSL_CERT_FILE` and `SSL_CERT_DIR`), loaded at the first https request.
pub(super) fn system() -> Result<Arc<ClientConfig>, String> {
    SYSTEM.get_or_init(load).clone()
}

fn load() -> Result<Arc<ClientConfig>, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let reason = found.errors.first().map_or_else(|| "none was found".to_owned(), ToString::to_string);
        return Err(format!("this machine has no root certificates for https: {reason}"));
    }
    with_roots(roots)
}

/// Trust in nobody, for addresses that are not https.
pub(super) fn nobody() -> Result<Arc<ClientConfig>, String> {
    with_roots(RootCertStore::empty())
}

pub(super) fn with_roots(roots: RootCertStore) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
