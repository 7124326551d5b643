//! The file with the certificate and the key by which the client authenticates itself.

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::pem_file;
use crate::error::Error;
use crate::transport::{ClientCertificate, prepare_cryptography};

const NAME: &str = "client_certificate";
/// How keys are marked that need a passphrase, in PKCS #8 and in older forms.
const ENCRYPTED: [&[u8]; 2] = [b"ENCRYPTED PRIVATE", b"Proc-Type: 4,ENCRYPTED"];

pub fn read(path: &[u8]) -> Result<ClientCertificate, Error> {
    // Decoding a key may take random numbers.
    prepare_cryptography()?;
    pem_file::read(NAME, path, client_certificate_in)
}

/// The certificate and the key in a PEM text, or what is wrong with it.
pub fn client_certificate_in(text: &[u8]) -> Result<ClientCertificate, &'static str> {
    const NOT_PEM: &str = "is not a PEM file: check its BEGIN and END lines and the text between them";
    if ENCRYPTED.iter().any(|mark| text.windows(mark.len()).any(|part| part == *mark)) {
        return Err("contains an encrypted key: decrypt it with `openssl pkey` into a file that only you can read");
    }
    let chain = CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, pem::Error>>().map_err(|_| NOT_PEM)?;
    let keys = PrivateKeyDer::pem_slice_iter(text).collect::<Result<Vec<_>, pem::Error>>().map_err(|_| NOT_PEM)?;
    if chain.is_empty() {
        return Err("contains no certificate: put the certificate and its private key into one PEM file");
    }
    let mut keys = keys.into_iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) => ClientCertificate::new(chain, key),
        (Some(_), Some(_)) => Err("contains more than one private key: leave only that of its first certificate"),
        (None, _) => Err("contains no private key: put the certificate and its private key into one PEM file"),
    }
}
