//! The TLS configuration: protocol versions, cipher suites, and trusted certificates.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::error::Error;
use crate::sys::errors::is_exhaustion;

/// A configuration that trusts the system's store and `ca`. The store is loaded only if TLS is
/// used, because that takes 5 to 20 ms.
pub fn configuration(is_used: bool, ca: &[CertificateDer<'static>]) -> Result<ClientConfig, Error> {
    let roots = if is_used { trusted(ca)? } else { RootCertStore::empty() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|reason| Error::TlsFailed(format!("TLS cannot be set up: {reason}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// The given certificates and those of the system.
fn trusted(given: &[CertificateDer<'static>]) -> Result<RootCertStore, Error> {
    let system = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(given.iter().cloned());
    roots.add_parsable_certificates(system.certs);
    // Without this check, the part that was read before descriptors ran out would be used for ever.
    for error in &system.errors {
        if let rustls_native_certs::ErrorKind::Io { inner, .. } = &error.kind
            && is_exhaustion(inner)
        {
            return Err(Error::exhausted("the trust store cannot be read", inner));
        }
    }
    if !roots.is_empty() {
        return Ok(roots);
    }
    Err(Error::TlsFailed(
        "no trusted CA certificate on this system: install ca-certificates, set SSL_CERT_FILE, or pass a CA file"
            .into(),
    ))
}
