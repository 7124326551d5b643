//! The rows about proxies, certificates and TLS.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage, OtherError, PeerIncompatible};

use super::{SERVER, Table, VIA_PROXY, operations};
use crate::config::parts::client_certificate_in;
use crate::config::{Configuration, Options};
use crate::error::Error;
use crate::exchange::diagnosis::{self, Fault};
use crate::exchange::tls_failure;
use crate::refusal::BASE_URL;

/// An error of the library below TLS, of which only the name counts.
#[derive(Debug)]
struct Named(&'static str);

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Named {}

pub fn settings(table: &mut Table) {
    let made = |options| Configuration::new(Some(b"key"), &options);
    let long = format!("socks5://u:{}@x", "p".repeat(256));
    for proxy in [
        "socks6://x",
        "http://u:p#p@x",
        "http://x/p",
        "http://u:p@p@x",
        "http://::1",
        "http://",
        "http://x:99999",
        "x",
        "http://@x",
        "http://a%3ab:p@x",
        long.as_str(),
        "socks5://:p@x",
        "http://u:\u{fc}@x",
        "http://u:%@x",
        "http://127.1",
    ] {
        let options = Options { proxy: Some(proxy.into()), ..Options::default() };
        table.failure(&format!("proxy {:.20}", proxy), made(options));
    }
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for (situation, text) in [
        ("that is no PEM file", "-----BEGIN CERTIFICATE-----\n".to_owned()),
        ("without a certificate", key.to_owned()),
        ("without a key", certificate.to_owned()),
        ("with two keys", [certificate, key, key].concat()),
        ("with an unusable key", [certificate, key].concat()),
        ("with an encrypted key", key.replace("PRIVATE", "ENCRYPTED PRIVATE")),
    ] {
        let flaw = client_certificate_in(text.as_bytes()).err().unwrap();
        certificate_row(table, situation, flaw);
    }
    for (situation, flaw) in [
        (
            "with the key of another one",
            "has a key that does not belong to its first certificate: put the client's own certificate first",
        ),
        ("with a broken certificate", "has a certificate that cannot be decoded: export it again as PEM"),
    ] {
        certificate_row(table, situation, flaw);
    }
}

fn certificate_row(table: &mut Table, situation: &str, flaw: &str) {
    let error = Error::argument("client_certificate", format_args!("\"client.pem\" {flaw}"));
    table.error(&format!("client certificate {situation}"), error);
}

pub fn failures(table: &mut Table) {
    let [pause, ..] = operations();
    for (situation, root) in [
        ("the proxy refuses", "the proxy answered CONNECT with 502 Bad Gateway"),
        ("the proxy is a web server", "the proxy answered CONNECT with a page instead of a tunnel"),
        ("the proxy's answer has no end", "the proxy sent an endless answer to CONNECT"),
        ("the proxy's answer has too many headers", "the proxy sent too many headers in its answer to CONNECT"),
        ("the proxy is something else", "the proxy did not answer CONNECT in HTTP"),
        ("the proxy is no SOCKS proxy", "the proxy does not speak SOCKS5"),
        ("the name is too long for SOCKS", "the proxy cannot be given a name of more than 255 bytes"),
        ("SOCKS reply 1", "the proxy failed to connect to the server"),
        ("SOCKS reply 3", "the proxy cannot reach the server's network"),
        ("SOCKS reply 4", "the proxy cannot reach the server, or does not know its name"),
        ("SOCKS reply 5", "the proxy was refused by the server"),
        ("SOCKS reply 6", "the proxy did not reach the server in time"),
        ("SOCKS reply 7", "the proxy does not support connections to servers"),
        ("SOCKS reply 8", "the proxy does not support this kind of address"),
        ("SOCKS reply 240", "the proxy failed to connect to the server (reply 240)"),
        ("the proxy closes the connection", "the proxy closed the connection"),
        (
            "a page behind the proxy's answer to CONNECT",
            "the proxy, or the server behind it, answered in something other than TLS",
        ),
        (
            "the proxy closes the connection after it asked for a certificate",
            "the proxy closed the connection, after the proxy had asked for a client certificate",
        ),
        ("the server closes an accepted connection", "the server closed the connection"),
        ("a connection that is cut", "the connection was closed without a TLS close_notify"),
        (
            "a TLS 1.2 server does not accept the certificate",
            "Broken pipe, after the server had asked for a client certificate",
        ),
        ("a name without an address", "the host name has no address"),
    ] {
        let situation = format!("pause, {situation}");
        table.error(&situation, diagnosis::error(Fault::NotConnected, VIA_PROXY, BASE_URL, &pause, root));
    }
    for (situation, root) in [
        (
            "the proxy wants NTLM",
            "the proxy answered CONNECT with 407 Auth: it wants NTLM authentication, and the library supports only Basic",
        ),
        (
            "the proxy wants an unknown kind of authentication",
            "the proxy answered CONNECT with 407 Auth: it wants another kind of authentication, and the library supports \
             only Basic",
        ),
        ("SOCKS reply 2", "the proxy does not allow connections to this server"),
        ("SOCKS accepts no way to authenticate", "the proxy accepts connections neither with a user name nor without"),
    ] {
        let situation = format!("pause, {situation}");
        table.error(&situation, diagnosis::error(Fault::ProxyForbids, VIA_PROXY, BASE_URL, &pause, root));
    }
    for (situation, root) in [
        ("SOCKS refuses the credentials", "the proxy did not accept the user name and the password"),
        ("SOCKS wants credentials", "the proxy does not accept connections without credentials"),
    ] {
        let situation = format!("pause, {situation}");
        table.error(&situation, diagnosis::error(Fault::ProxyWantsCredentials, VIA_PROXY, BASE_URL, &pause, root));
    }
    for error in tls_errors() {
        let (what, advice) = tls_failure::words(&error, "the server");
        let situation = format!("pause, TLS {:.60}", format!("{error:?}").split([' ', '{']).next().unwrap());
        table.error(&situation, diagnosis::not_trusted(SERVER, &pause, &what, &advice));
    }
    for has_client_certificate in [false, true] {
        let alert = TlsError::AlertReceived(AlertDescription::CertificateRequired);
        let (what, advice) = tls_failure::client_certificate_words(&alert, has_client_certificate);
        table.error("pause, the server wants a certificate", diagnosis::not_trusted(SERVER, &pause, &what, &advice));
    }
}

fn tls_errors() -> Vec<TlsError> {
    let time = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let name = || ServerName::try_from("api.example").unwrap();
    let names = |presented: &[&str]| CertificateError::NotValidForNameContext {
        expected: name(),
        presented: presented.iter().map(|name| (*name).to_owned()).collect(),
    };
    let other = |name| CertificateError::Other(OtherError(Arc::new(Named(name))));
    let certificate = [
        CertificateError::UnknownIssuer,
        CertificateError::Expired,
        CertificateError::ExpiredContext { time: time(2_000_000_000), not_after: time(1_600_000_000) },
        CertificateError::NotValidYet,
        CertificateError::NotValidYetContext { time: time(1), not_before: time(1_600_000_000) },
        CertificateError::NotValidForName,
        names(&[]),
        names(&["DnsName(\"a\")", "DnsName(\"b\")", "c", "d", "e"]),
        CertificateError::InvalidPurpose,
        CertificateError::BadSignature,
        CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: vec![],
            supported_algorithms: vec![],
        },
        other("CaUsedAsEndEntity"),
        other("UnsupportedCertVersion"),
        other("EmptyEkuExtension"),
        CertificateError::BadEncoding,
    ];
    let others = [
        TlsError::AlertReceived(AlertDescription::HandshakeFailure),
        TlsError::AlertReceived(AlertDescription::ProtocolVersion),
        TlsError::AlertReceived(AlertDescription::UnrecognisedName),
        TlsError::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13),
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType),
        TlsError::NoApplicationProtocol,
    ];
    certificate.into_iter().map(TlsError::InvalidCertificate).chain(others).collect()
}
