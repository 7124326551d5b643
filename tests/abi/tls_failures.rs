//! What is wrong with a server's certificate is said in words, with what to do about it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;

use crate::certificates::{Asks, Authority, Identity, Setup, TlsServer};
use crate::folder::Folder;
use crate::host::{Call, Client, Options, expect_failure};

/// A server with this certificate, and a client with this CA file.
fn server_and_client(identity: &Identity, ca_pem: &str) -> (TlsServer, Client) {
    let (folder, clients_of) = (Folder::new(), Authority::new("clients"));
    fs::write(folder.file("ca.pem"), ca_pem).unwrap();
    let setup = Setup {
        identity,
        asks: Asks::Nothing,
        clients_of: &clients_of,
        versions: &[&TLS13],
        delay: Duration::ZERO,
        is_abrupt: false,
    };
    let server = TlsServer::start(&setup);
    let client = Options::for_url(&server.url).ca_file(folder.file("ca.pem")).client().unwrap();
    (server, client)
}

/// The failure of a pause at a server with this certificate, with this CA file.
fn failure(identity: &Identity, ca_pem: &str) -> String {
    let ((server, client), call) = (server_and_client(identity, ca_pem), Call::new());
    let failure = expect_failure(client.pause_call("abc", &call));
    assert_eq!((failure.status, call.attempts(), server.requests()), (4, 1, 0), "{}", failure.message);
    assert!(failure.message.len() < 1000 && failure.message.contains("nothing was sent"), "{}", failure.message);
    failure.message
}

#[test]
fn each_flaw_of_a_certificate_is_put_in_words() {
    let ca = Authority::new("ca");
    let names: Vec<_> = (0..700).map(|number| format!("host-{number}.example")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let good = |_: &mut CertificateParams| {};
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(2200, 1, 1);
    let for_clients =
        |params: &mut CertificateParams| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let (unknown, self_signed) = (Authority::new("ca"), || Identity::self_signed(&["127.0.0.1"], IsCa::NoCa));
    let ca_as_server = Identity::self_signed(&["127.0.0.1"], IsCa::Ca(BasicConstraints::Unconstrained));
    let rows = [
        (ca.identity(&["127.0.0.1"], expired), "certificate expired on Wed, 01 Jan 2020 00:00:00 GMT"),
        (ca.identity(&["127.0.0.1"], early), "certificate is not valid before Wed, 01 Jan 2200 00:00:00 GMT"),
        (ca.identity(&["api.example"], good), "certificate is valid for api.example, and not for \"127.0.0.1\""),
        (ca.identity(&["10.0.0.1"], good), "certificate is valid for 10.0.0.1, and not for \"127.0.0.1\""),
        (ca.identity(&names, good), "valid for host-0.example, host-1.example, host-2.example and 697 others"),
        (ca.identity(&[], good), "certificate names no host, so it is not valid for \"127.0.0.1\""),
        (ca.identity(&["127.0.0.1"], for_clients), "certificate is not for servers (extendedKeyUsage)"),
        (unknown.identity(&["127.0.0.1"], good), "signature that does not match its issuer"),
        (Authority::new("other").identity(&["127.0.0.1"], good), "certificate is not signed by a trusted CA"),
        (self_signed(), "certificate is not signed by a trusted CA"),
    ];
    for (identity, words) in rows {
        let message = failure(&identity, &ca.pem);
        assert!(message.contains(words), "{words}: {message}");
    }
    let message = failure(&ca_as_server, &ca_as_server.certificate_pem);
    assert!(message.contains("is one of a CA") && message.contains("openssl req -x509 "), "{message}");
}

/// A certificate that openssl makes for this machine's loopback address.
fn by_openssl(command: &str) -> Identity {
    let folder = Folder::new();
    let mut words = command.split(' ');
    let mut openssl = Command::new(words.next().unwrap());
    let status = openssl.args(words).current_dir(folder.file("")).output().expect("openssl").status;
    assert!(status.success(), "{command}");
    let [certificate_pem, key] = ["cert.pem", "key.pem"].map(|name| fs::read_to_string(folder.file(name)).unwrap());
    let chain = vec![CertificateDer::from_pem_slice(certificate_pem.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    Identity { chain, certificate_pem, key: rcgen::KeyPair::try_from(key.secret_der()).unwrap() }
}

#[test]
fn the_command_in_the_message_makes_a_certificate_that_works() {
    let usual = "openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=127.0.0.1 -addext \
                 subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem";
    let identity = by_openssl(usual);
    let message = failure(&identity, &identity.certificate_pem);
    let command = message.split("openssl ").nth(1).expect("a command").split(';').next().unwrap();
    let command = format!("openssl {command}").replace("DNS:HOST", "IP:127.0.0.1").replace("HOST", "127.0.0.1");
    let identity = by_openssl(&command);
    let (_server, client) = server_and_client(&identity, &identity.certificate_pem);
    client.pause("abc").unwrap();
}
