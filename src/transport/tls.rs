//! The TLS configuration: protocol versions, cipher suites, trusted certificates, and the client's own.

use std::error::Error as StdError;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::client_certificate::Presenter;
use super::settings::Settings;
use super::trust_store::system_certificates;
use crate::error::Error;
use crate::sys::fork_gate::Inside;
use crate::sys::{StandardDescriptors, random};

/// The configurations of one engine.
pub struct Tls {
    pub to_server: Arc<ClientConfig>,
    /// For proxies, which are spoken to in HTTP/1.1 and not shown the client's certificate.
    pub to_proxy: Arc<ClientConfig>,
}

/// Configurations that trust the system's store and the CA certificates of the settings. The store
/// is loaded only if TLS is used, because that takes 5 to 20 ms.
pub fn configurations(settings: &Settings) -> Result<Tls, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let roots = if settings.uses_tls() { trusted(&settings.ca)? } else { RootCertStore::empty() };
    if settings.uses_tls() {
        prepare_cryptography()?;
    }
    let mut to_server = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|reason| Error::TlsFailed(format!("TLS cannot be set up: {reason}")))?
        .with_root_certificates(roots)
        .with_client_cert_resolver(Presenter::to_proxy());
    let to_proxy = Arc::new(to_server.clone());
    to_server.client_auth_cert_resolver = Presenter::to_server(settings.client_certificate.as_ref());
    to_server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Tls { to_server: Arc::new(to_server), to_proxy })
}

/// Has the cryptography take its first random numbers. It may open a device for them, and keep it.
pub fn prepare_cryptography() -> Result<(), Error> {
    let unavailable =
        |reason: &(dyn StdError + 'static)| Error::exhausted("no random numbers (getrandom) for TLS", reason);
    random::check().map_err(|reason| unavailable(&reason))?;
    let _guard = StandardDescriptors::occupy().map_err(|reason| unavailable(&reason))?;
    let _inside = Inside::enter();
    let provider = aws_lc_rs::default_provider();
    provider.secure_random.fill(&mut [0]).map_err(|_| Error::Internal("the random numbers for TLS failed".into()))
}

/// The given certificates and those of the system.
fn trusted(given: &[CertificateDer<'static>]) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(given.iter().cloned());
    roots.add_parsable_certificates(system_certificates()?);
    if !roots.is_empty() {
        return Ok(roots);
    }
    Err(Error::TlsFailed(
        "no trusted CA certificate on this system: install ca-certificates, set SSL_CERT_FILE, or pass a CA file"
            .into(),
    ))
}
