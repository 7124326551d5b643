//! The file of CA certificates that are trusted in addition to the system's.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

use super::pem_file;
use crate::error::Error;

pub fn read(path: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    pem_file::read("ca_file", path, certificates_in)
}

/// Every certificate of a PEM text, or what is wrong with it. The error does not repeat the text,
/// which may be a private key.
pub fn certificates_in(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let certificates = CertificateDer::pem_slice_iter(text)
        .collect::<Result<Vec<_>, pem::Error>>()
        .map_err(|_| "is not a PEM file: check its BEGIN and END lines and the text between them")?;
    let mut store = rustls::RootCertStore::empty();
    if certificates.is_empty() {
        return Err("contains no certificate: pass a PEM file with BEGIN CERTIFICATE in it");
    }
    for certificate in &certificates {
        store
            .add(certificate.clone())
            .map_err(|_| "contains a certificate that cannot be decoded: export it again as PEM")?;
    }
    Ok(certificates)
}
