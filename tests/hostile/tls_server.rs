//! The server side of TLS: valid and invalid certificates, and the test CA that signs them.

use std::fs;
use std::io::{self, Read};
use std::net::TcpStream;
use std::sync::{Arc, LazyLock};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection};

use crate::folder::Folder;
use crate::sandbox::API_KEY;

#[derive(Clone, Copy, PartialEq)]
pub enum Certificate {
    Good,
    OtherName,
    Expired,
    NotYetValid,
    /// Signed by an untrusted CA that has the name of the trusted one.
    UnknownAuthority,
    /// For 700 other names.
    ManyNames,
    /// For a name that holds the API key.
    NameWithKey,
}

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

static TRUSTED: LazyLock<Authority> = LazyLock::new(Authority::new);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Anchor test CA");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }
}

/// Writes the trusted CA's certificate into this folder, and returns its path.
pub fn ca_file(folder: &Folder) -> String {
    let path = folder.file("ca.pem");
    fs::write(&path, &TRUSTED.pem).unwrap();
    path
}

pub fn config(certificate: Certificate, protocol: &str) -> Arc<ServerConfig> {
    let names = match certificate {
        Certificate::OtherName => vec!["127.0.0.2".to_owned()],
        Certificate::ManyNames => {
            (0..700).map(|number| format!("a-long-name-{number}.of.a.large.provider.example")).collect()
        }
        Certificate::NameWithKey => vec![format!("{API_KEY}.example"), API_KEY.to_uppercase()],
        _ => vec!["127.0.0.1".to_owned()],
    };
    let mut params = CertificateParams::new(names).unwrap();
    match certificate {
        Certificate::Expired => params.not_after = date_time_ymd(2020, 1, 1),
        Certificate::NotYetValid => params.not_before = date_time_ymd(2200, 1, 1),
        _ => {}
    }
    let key = KeyPair::generate().unwrap();
    let unknown;
    let issuer = match certificate {
        Certificate::UnknownAuthority => {
            unknown = Authority::new();
            &unknown.issuer
        }
        _ => &TRUSTED.issuer,
    };
    let chain = vec![params.signed_by(&key, issuer).unwrap().der().clone()];
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    config.alpn_protocols = vec![protocol.into()];
    Arc::new(config)
}

/// Reads a ClientHello, and returns the bytes with which a server continues the handshake.
pub fn first_flight(tcp: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut connection = ServerConnection::new(config(Certificate::Good, "http/1.1")).map_err(io::Error::other)?;
    let mut flight = vec![];
    while !connection.wants_write() {
        let mut hello = [0; 16 * 1024];
        let length = tcp.read(&mut hello)?;
        connection.read_tls(&mut &hello[..length])?;
        connection.process_new_packets().map_err(io::Error::other)?;
    }
    while connection.wants_write() {
        connection.write_tls(&mut flight)?;
    }
    Ok(flight)
}
