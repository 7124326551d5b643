//! Certificates of a test's own CAs, and a TLS server that may ask for the client's.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};

use crate::wait::{TEST_TIMEOUT, wait_until};

const PAUSED: &str = r#"{"data":{"status":"paused"}}"#;

pub struct Authority {
    pub certificate: CertificateDer<'static>,
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub certificate_pem: String,
    pub key: KeyPair,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate: certificate.der().clone(), pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    /// A certificate for these names, which `change` may spoil.
    pub fn identity(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = params(names);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { chain: vec![certificate.der().clone()], certificate_pem: certificate.pem(), key }
    }
}

fn params(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

impl Identity {
    /// A certificate that is its own issuer, as `openssl req -x509` makes it.
    pub fn self_signed(names: &[&str], is_ca: IsCa) -> Self {
        let mut params = params(names);
        params.is_ca = is_ca;
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { chain: vec![certificate.der().clone()], certificate_pem: certificate.pem(), key }
    }

    pub fn pem(&self) -> String {
        self.certificate_pem.clone() + &self.key.serialize_pem()
    }

    /// Writes the certificate and the key into one file.
    pub fn write(&self, path: &str) {
        fs::write(path, self.pem()).unwrap();
    }
}

/// Which certificate the server asks its clients for.
#[derive(Clone, Copy, PartialEq)]
pub enum Asks {
    Nothing,
    Optionally,
    Strictly,
}

/// A server that confirms every pause.
pub struct TlsServer {
    pub url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    requests: AtomicU32,
    connections: AtomicU32,
    clients: Mutex<Vec<Option<CertificateDer<'static>>>>,
    /// The number of bytes that followed a refused record, and whether these are all of them.
    surplus: AtomicU32,
    ended: AtomicBool,
}

pub struct Setup<'a> {
    pub identity: &'a Identity,
    pub asks: Asks,
    pub clients_of: &'a Authority,
    pub versions: &'a [&'static SupportedProtocolVersion],
    /// How long it takes to look at the client's part of the handshake.
    pub delay: Duration,
    /// Whether it closes a refused connection at once, and sends no alert.
    pub is_abrupt: bool,
}

/// The configuration of a server that asks for certificates of an authority.
pub fn server_config(
    identity: &Identity,
    asks: Asks,
    clients_of: &Authority,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(clients_of.certificate.clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
    let verifier = match asks {
        Asks::Nothing => WebPkiClientVerifier::no_client_auth(),
        Asks::Optionally => verifier.allow_unauthenticated().build().unwrap(),
        Asks::Strictly => verifier.build().unwrap(),
    };
    let key = PrivatePkcs8KeyDer::from(identity.key.serialize_der());
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    config.with_client_cert_verifier(verifier).with_single_cert(identity.chain.clone(), key.into()).unwrap()
}

impl TlsServer {
    pub fn start(setup: &Setup<'_>) -> Self {
        let config = Arc::new(server_config(setup.identity, setup.asks, setup.clients_of, setup.versions));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let server = Self { url, state: Arc::default() };
        let state = Arc::clone(&server.state);
        let refusal = (setup.delay, setup.is_abrupt);
        thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                state.connections.fetch_add(1, Ordering::Relaxed);
                let (config, state) = (Arc::clone(&config), Arc::clone(&state));
                // It fails when the client closes the connection.
                thread::spawn(move || serve(stream, config, refusal, &state));
            }
        });
        server
    }

    /// The number of requests that it has read.
    pub fn requests(&self) -> u32 {
        self.state.requests.load(Ordering::Relaxed)
    }

    pub fn connections(&self) -> u32 {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// The number of bytes that the client sent after what was refused.
    pub fn surplus(&self) -> u32 {
        wait_until("the end of the connection", || self.state.ended.load(Ordering::Acquire));
        self.state.surplus.load(Ordering::Relaxed)
    }

    /// The certificate of the client of each request.
    pub fn clients(&self) -> Vec<Option<CertificateDer<'static>>> {
        self.state.clients.lock().unwrap().clone()
    }
}

fn read_record(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut record = vec![0; 5];
    stream.read_exact(&mut record)?;
    record.resize(5 + usize::from(u16::from_be_bytes([record[3], record[4]])), 0);
    stream.read_exact(&mut record[5..])?;
    Ok(record)
}

fn serve(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    (delay, is_abrupt): (Duration, bool),
    State { requests, clients, surplus, ended, .. }: &State,
) -> io::Result<()> {
    stream.set_read_timeout(Some(TEST_TIMEOUT))?;
    let mut tls = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut records = 0;
    while tls.is_handshaking() {
        while tls.wants_write() {
            tls.write_tls(&mut stream)?;
        }
        // Record by record, so that it is known what follows the refused one.
        let record = read_record(&mut stream)?;
        records += 1;
        if records == 2 {
            thread::sleep(delay);
        }
        tls.read_tls(&mut &record[..])?;
        if let Err(reason) = tls.process_new_packets() {
            if is_abrupt {
                return Err(io::Error::other(reason));
            }
            // The alert.
            while tls.wants_write() {
                tls.write_tls(&mut stream)?;
            }
            stream.shutdown(std::net::Shutdown::Write)?;
            // To close the connection earlier could reset it, and the alert would be lost.
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut bytes) {
                surplus.fetch_add(length as u32, Ordering::Relaxed);
            }
            ended.store(true, Ordering::Release);
            return Err(io::Error::other(reason));
        }
    }
    let mut stream = rustls::StreamOwned::new(tls, stream);
    loop {
        let (mut head, mut byte) = (vec![], [0]);
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read(&mut byte)? == 0 {
                return Ok(());
            }
            head.push(byte[0]);
        }
        requests.fetch_add(1, Ordering::Relaxed);
        let client = stream.conn.peer_certificates().and_then(|chain| chain.first().cloned());
        clients.lock().unwrap().push(client.map(CertificateDer::into_owned));
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PAUSED}", PAUSED.len())?;
        stream.flush()?;
    }
}
