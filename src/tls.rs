//! The TLS configuration: what is spoken, and who is trusted.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::cause;
use crate::error::Error;

/// How TLS is spoken with whom `ca` or the system's trust store vouches for. That store is loaded only where TLS is spoken: it
/// takes 5 to 20 ms.
pub fn configuration(spoken: bool, ca: &[CertificateDer<'static>]) -> Result<ClientConfig, Error> {
    let roots = if spoken { trusted(ca)? } else { RootCertStore::empty() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|reason| Error::TlsFailed(format!("TLS cannot be set up: {reason}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// The given certificates and the system's.
fn trusted(given: &[CertificateDer<'static>]) -> Result<RootCertStore, Error> {
    let system = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(given.iter().cloned());
    roots.add_parsable_certificates(system.certs);
    // Else what was found before descriptors ran out would count as the whole store from now on.
    for error in &system.errors {
        if let rustls_native_certs::ErrorKind::Io { inner, .. } = &error.kind
            && cause::is_exhaustion(inner)
        {
            return Err(Error::ResourceExhausted(cause::exhausted("the trust store cannot be read", inner)));
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
