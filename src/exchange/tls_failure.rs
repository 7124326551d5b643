//! What a failure of TLS means, in words: what is wrong, and what to do about it.

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage, PeerIncompatible};

use crate::text::foreign;

const MAX_NAMES: usize = 3;
/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// The certificate is its own issuer, as `openssl req -x509` makes it unless it is told otherwise.
const CA_AS_SERVER: (&str, &str) = (
    "certificate is one of a CA (basicConstraints CA:TRUE), and no server may use such a certificate as its own",
    "make one for the server, and pass it as the CA file (for an address, IP:ADDRESS instead of DNS:HOST): openssl req \
     -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=HOST -addext subjectAltName=DNS:HOST -addext \
     basicConstraints=critical,CA:FALSE -keyout key.pem -out cert.pem",
);

/// What is wrong with the TLS of `peer`, which is "the server" or "the proxy", and what to do.
pub fn words(error: &TlsError, peer: &str) -> (String, String) {
    let (what, advice) = match error {
        TlsError::InvalidCertificate(reason) => certificate(reason),
        TlsError::AlertReceived(alert) => {
            return (format!("{peer} ended the handshake with the alert {alert:?}"), advice_for(*alert, peer));
        }
        TlsError::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => {
            return (format!("{peer} supports neither TLS 1.2 nor TLS 1.3"), format!("have {peer} updated"));
        }
        error if is_no_tls(error) => {
            return (
                format!("{peer} does not speak TLS on this port"),
                "check the port, and whether it is https".into(),
            );
        }
        other => return (format!("the TLS of {peer} is faulty: {other}"), format!("check {peer} and its port")),
    };
    (format!("{peer}'s {what}"), advice)
}

/// Whether what arrived was something other than TLS.
pub fn is_no_tls(error: &TlsError) -> bool {
    use InvalidMessage::{InvalidContentType, UnknownProtocolVersion};
    matches!(error, TlsError::InvalidMessage(InvalidContentType | UnknownProtocolVersion))
}

fn certificate(reason: &CertificateError) -> (String, String) {
    const CLOCK: &str = "check this machine's clock, and have the certificate renewed";
    let (what, advice) = match reason {
        CertificateError::UnknownIssuer => (
            "certificate is not signed by a trusted CA".into(),
            "if it is your own or a proxy's, pass its CA as the CA file",
        ),
        CertificateError::Expired => ("certificate has expired".into(), CLOCK),
        CertificateError::ExpiredContext { not_after, .. } => {
            (format!("certificate expired on {}", date(*not_after)), CLOCK)
        }
        CertificateError::NotValidYet => ("certificate is not valid yet".into(), CLOCK),
        CertificateError::NotValidYetContext { not_before, .. } => {
            (format!("certificate is not valid before {}", date(*not_before)), CLOCK)
        }
        CertificateError::NotValidForName => {
            ("certificate is valid for another host only".into(), "check the host in the URL")
        }
        CertificateError::NotValidForNameContext { expected, presented } if presented.is_empty() => (
            format!("certificate names no host, so it is not valid for {:?}", expected.to_str()),
            "make one with a subjectAltName: the common name (CN) does not count",
        ),
        CertificateError::NotValidForNameContext { expected, presented } => (
            format!("certificate is valid for {}, and not for {:?}", names(presented), expected.to_str()),
            "check the host in the URL, or make a certificate with its name as the subjectAltName",
        ),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => (
            "certificate is not for servers (extendedKeyUsage)".into(),
            "make one with extendedKeyUsage=serverAuth, or without extendedKeyUsage",
        ),
        CertificateError::BadSignature => (
            "certificate has a signature that does not match its issuer".into(),
            "pass the CA that has signed it: a CA of the same name has another key",
        ),
        reason if is_unsupported_signature(reason) => (
            "certificate is signed in a way that is not supported".into(),
            "make one with RSA, ECDSA or Ed25519 and SHA-256: SHA-1 is not supported",
        ),
        CertificateError::Other(reason) => match reason.to_string().as_str() {
            "CaUsedAsEndEntity" => (CA_AS_SERVER.0.into(), CA_AS_SERVER.1),
            "UnsupportedCertVersion" => {
                ("certificate is of an old version of X.509".into(), "make one of version 3, with a subjectAltName")
            }
            other => (format!("certificate is unusable: {other}"), "check the server's certificate"),
        },
        other => (format!("certificate is unusable: {other:?}"), "check the server's certificate"),
    };
    (what, advice.into())
}

#[allow(deprecated)]
fn is_unsupported_signature(reason: &CertificateError) -> bool {
    matches!(
        reason,
        CertificateError::UnsupportedSignatureAlgorithm
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
    )
}

fn advice_for(alert: AlertDescription, peer: &str) -> String {
    match alert {
        AlertDescription::UnrecognisedName => "check the host in the URL".into(),
        AlertDescription::ProtocolVersion => format!("have {peer} updated: it must support TLS 1.2 or 1.3"),
        _ => format!("check what {peer} requires of TLS"),
    }
}

fn date(time: UnixTime) -> String {
    let seconds = Duration::from_secs(time.as_secs().min(LAST_SECOND));
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + seconds)
}

/// Some of the names of a certificate.
fn names(all: &[String]) -> String {
    let some = all.iter().take(MAX_NAMES).map(|name| foreign(bare(name))).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(MAX_NAMES) {
        0 => some,
        others => format!("{some} and {others} others"),
    }
}

/// The name in `DnsName("api.example")` or `IpAddress(192.0.2.1)`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    inner.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(inner)
}

/// The same for a server that refused a connection because of the client's certificate.
pub fn client_certificate_words(error: &dyn Display, is_set: bool) -> (String, String) {
    match is_set {
        true => (
            format!("the server did not accept the client certificate ({error})"),
            "check that the certificate is valid, and issued by a CA that the server trusts".into(),
        ),
        false => (
            format!("the server requires a client certificate, and none is set ({error})"),
            "set client_certificate to a PEM file with a certificate and its key".into(),
        ),
    }
}

/// Whether the server ended the connection because of the client's certificate, or because there was
/// none. In TLS 1.3 this alert can follow the handshake. It still proves that the server has read no
/// request: it may read none before it has accepted the certificate, and asks for none later.
pub fn is_about_client_certificate(error: &TlsError) -> bool {
    matches!(
        error,
        TlsError::AlertReceived(
            AlertDescription::CertificateRequired
                | AlertDescription::NoCertificate
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
        )
    )
}
