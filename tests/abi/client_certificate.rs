//! Certificates by which the client authenticates itself (mutual TLS).

use std::fs;
use std::time::Duration;

use rcgen::{IsCa, KeyPair, date_time_ymd};
use rustls::version::{TLS12, TLS13};

use crate::certificates::{Asks, Authority, Identity, Setup, TlsServer};
use crate::folder::Folder;
use crate::host::{Call, Options, expect_failure};

/// Longer than the library waits for a verdict after a handshake that took no time.
const LONG: Duration = Duration::from_millis(500);

struct World {
    folder: Folder,
    servers: Authority,
    clients: Authority,
    server: Identity,
}

impl World {
    fn new() -> Self {
        let servers = Authority::new("servers");
        let server = servers.identity(&["127.0.0.1"], |_| {});
        let world = Self { folder: Folder::new(), servers, clients: Authority::new("clients"), server };
        fs::write(world.folder.file("ca.pem"), &world.servers.pem).unwrap();
        world.clients.identity(&["good"], |_| {}).write(&world.folder.file("good.pem"));
        world.clients.identity(&["second"], |_| {}).write(&world.folder.file("second.pem"));
        let expire = |params: &mut rcgen::CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
        world.clients.identity(&["expired"], expire).write(&world.folder.file("expired.pem"));
        Authority::new("strangers").identity(&["stranger"], |_| {}).write(&world.folder.file("stranger.pem"));
        world
    }

    fn server(&self, asks: Asks, version: &'static rustls::SupportedProtocolVersion) -> TlsServer {
        self.refusing_server(asks, version, Duration::ZERO, false)
    }

    fn refusing_server(
        &self,
        asks: Asks,
        version: &'static rustls::SupportedProtocolVersion,
        delay: Duration,
        is_abrupt: bool,
    ) -> TlsServer {
        let (identity, clients_of, versions) = (&self.server, &self.clients, &[version]);
        TlsServer::start(&Setup { identity, asks, clients_of, versions, delay, is_abrupt })
    }

    fn options(&self, server: &TlsServer, certificate: Option<&str>) -> Options {
        let options = Options::for_url(&server.url).ca_file(self.folder.file("ca.pem"));
        match certificate {
            Some(name) => options.client_certificate(self.folder.file(name)),
            None => options,
        }
    }
}

#[test]
fn a_server_gets_the_certificate_that_it_asks_for() {
    let world = World::new();
    for version in [&TLS12, &TLS13] {
        for (asks, certificate, is_sent) in [
            (Asks::Nothing, None, false),
            (Asks::Nothing, Some("good.pem"), false),
            (Asks::Optionally, None, false),
            (Asks::Optionally, Some("good.pem"), true),
            (Asks::Strictly, Some("good.pem"), true),
        ] {
            let server = world.server(asks, version);
            let client = world.options(&server, certificate).max_retries(0).client().unwrap();
            client.pause("abc").unwrap();
            client.pause("abc").unwrap();
            let is_given: Vec<_> = server.clients().iter().map(Option::is_some).collect();
            assert_eq!(is_given, [is_sent; 2]);
            assert_eq!(server.connections(), 1);
        }
    }
}

#[test]
fn a_missing_or_refused_certificate_is_reported_once_and_nothing_was_done() {
    const NONE: &str = "the server requires a client certificate, and none is set";
    const REFUSED: &str = "the server did not accept the client certificate";
    let (world, at_once) = (World::new(), Duration::ZERO);
    for (version, delay, is_abrupt, certificate, said) in [
        (&TLS12, at_once, false, None, NONE),
        (&TLS12, at_once, true, None, NONE),
        (&TLS12, at_once, false, Some("stranger.pem"), REFUSED),
        (&TLS12, at_once, false, Some("expired.pem"), REFUSED),
        (&TLS13, at_once, false, None, NONE),
        (&TLS13, at_once, true, None, NONE),
        (&TLS13, at_once, false, Some("stranger.pem"), REFUSED),
        (&TLS13, at_once, false, Some("expired.pem"), REFUSED),
        // The request is under way before the server has looked at the certificate.
        (&TLS13, LONG, false, None, NONE),
        (&TLS13, LONG, false, Some("stranger.pem"), REFUSED),
        (&TLS13, LONG, false, Some("expired.pem"), REFUSED),
    ] {
        let row = format!("{version:?} {delay:?} {is_abrupt} {certificate:?}");
        let server = world.refusing_server(Asks::Strictly, version, delay, is_abrupt);
        let (client, call) = (world.options(&server, certificate).client().unwrap(), Call::new());
        let failure = expect_failure(client.pause_call("abc", &call));
        assert_eq!(failure.status, 4, "{row}: {}", failure.message);
        assert!(failure.message.contains(said), "{row}: {}", failure.message);
        assert!(failure.message.contains("nothing was sent"), "{row}: {}", failure.message);
        assert_eq!((call.attempts(), server.requests(), server.connections()), (1, 0, 1), "{row}");
        if version == &TLS13 && delay == at_once && !is_abrupt {
            // The rest of the handshake takes less, and the request more.
            assert!(server.surplus() < 150, "{row}: {} bytes", server.surplus());
        }
    }
}

#[test]
fn a_proxy_never_gets_the_certificate() {
    let world = World::new();
    for (asks, status) in [(Asks::Optionally, 0), (Asks::Strictly, 4)] {
        let proxy = world.server(asks, &TLS13);
        let options = Options::for_url("http://api.invalid").proxy(proxy.url.as_str()).max_retries(0);
        let options = options.ca_file(world.folder.file("ca.pem")).client_certificate(world.folder.file("good.pem"));
        let result = options.client().unwrap().pause("abc");
        assert_eq!(result.as_ref().map_or_else(|failure| failure.status, |()| 0), status, "{result:?}");
        assert!(proxy.clients().iter().all(Option::is_none));
        assert!(result.is_ok() || result.unwrap_err().message.contains("the proxy ended the handshake"));
    }
}

#[test]
fn clients_with_different_certificates_share_no_connection() {
    let world = World::new();
    let server = world.server(Asks::Strictly, &TLS13);
    let clients =
        ["good.pem", "good.pem", "second.pem"].map(|name| world.options(&server, Some(name)).client().unwrap());
    clients.iter().for_each(|client| client.pause("abc").unwrap());
    let certificates = server.clients();
    assert!(certificates[0] == certificates[1] && certificates[1] != certificates[2]);
    assert_eq!(server.connections(), 2);
}

#[test]
fn every_usual_kind_of_key_and_order_of_the_file_is_understood() {
    let world = World::new();
    let identity = world.clients.identity(&["client"], |_| {});
    let key = identity.key.serialize_pem();
    for text in [
        identity.certificate_pem.clone() + &key,
        key.clone() + &identity.certificate_pem,
        format!("Bag Attributes\n  friendlyName: x\n{}\n\nKey Attributes\n{key}", identity.certificate_pem),
        identity.certificate_pem.clone() + &world.clients.pem + &key,
        identity.pem().replace('\n', "\r\n"),
    ] {
        fs::write(world.folder.file("client.pem"), &text).unwrap();
        let server = world.server(Asks::Strictly, &TLS13);
        world.options(&server, Some("client.pem")).client().unwrap().pause("abc").unwrap();
    }
}

#[test]
fn an_unusable_file_is_refused_by_name_and_not_shown() {
    let world = World::new();
    let (one, other) = (Identity::self_signed(&["a"], IsCa::NoCa), KeyPair::generate().unwrap());
    let key = one.key.serialize_pem();
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let old_encrypted = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n\
                         -----END RSA PRIVATE KEY-----\n";
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (text, reason) in [
        (String::new(), "contains no certificate"),
        ("canary".into(), "contains no certificate"),
        (key.clone(), "contains no certificate"),
        (one.certificate_pem.clone(), "contains no private key"),
        (one.pem() + &other.serialize_pem(), "more than one private key"),
        (one.certificate_pem.clone() + &other.serialize_pem(), "does not belong to its first certificate"),
        (world.clients.pem.clone() + &one.pem(), "does not belong to its first certificate"),
        (one.certificate_pem.clone() + &encrypted, "an encrypted key"),
        (one.certificate_pem.clone() + old_encrypted, "an encrypted key"),
        (broken.to_owned() + &key, "a certificate that cannot be decoded"),
        (one.pem().replace("-----END PRIVATE", "-----END"), "is not a PEM file"),
    ] {
        let path = world.folder.file("unusable.pem");
        fs::write(&path, &text).unwrap();
        let failure = Options::for_url("https://127.0.0.1:1").client_certificate(path.as_str()).client().err().unwrap();
        assert_eq!(failure.status, 1, "{}", failure.message);
        let named = format!("client_certificate {path:?} ");
        assert!(failure.message.starts_with(&named) && failure.message.contains(reason), "{}", failure.message);
    }
    for (path, reason) in
        [("/missing.pem", "No such file"), ("/", "is a folder"), ("/dev/zero", "is a device"), ("", "")]
    {
        let failure = Options::new().client_certificate(path).client().err().unwrap();
        assert!(failure.status == 1 && failure.message.contains(reason), "{}", failure.message);
        assert!(failure.message.starts_with(&format!("client_certificate {path:?} ")), "{}", failure.message);
    }
}
