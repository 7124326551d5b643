//! The file of CA certificates that are trusted in addition to the system's.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

use super::checks::checked_utf8;
use crate::error::Error;
use crate::sys::errors::is_exhaustion;
use crate::text::root_cause;

const MAX_CA_BYTES: u64 = 16 * 1024 * 1024;

/// Every certificate of a PEM file. It is read when the client is made, so that a later change of
/// the file does not affect a running program.
pub fn read(path: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let path = checked_utf8("ca_file", path)?;
    let flaw = |reason: &dyn Display| Error::argument("ca_file", format_args!("{path:?} {reason}"));
    let text = read_bounded(path).map_err(|reason| match reason {
        reason if is_exhaustion(&reason) => Error::exhausted("the CA file cannot be read", &reason),
        reason => flaw(&format_args!("cannot be read: {}; check the path", root_cause(&reason))),
    })?;
    certificates_in(&text).map_err(|reason| flaw(&reason))
}

/// Reads no more than any CA file has, because a device may have no end.
fn read_bounded(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_CA_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
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
