//! The settings that decide which clients can share an engine.

use rustls::pki_types::CertificateDer;

use super::client_certificate::ClientCertificate;
use super::proxy::{Credentials, Proxy, ProxyProtocol};

/// Two clients with equal settings share an engine.
#[derive(PartialEq)]
pub struct Settings {
    pub https: bool,
    /// Trusted in addition to the system's store.
    pub ca: Vec<CertificateDer<'static>>,
    pub client_certificate: Option<ClientCertificate>,
    pub proxy: Option<Proxy>,
}

impl Settings {
    /// The credentials of a proxy that receives the requests themselves. Other proxies get them when
    /// they are asked for a connection.
    pub fn credentials_in_requests(&self) -> Option<&Credentials> {
        self.proxy.as_ref().filter(|proxy| !self.https && proxy.protocol.is_http())?.credentials.as_ref()
    }

    /// Whether any connection uses TLS.
    pub fn uses_tls(&self) -> bool {
        self.https || self.proxy.as_ref().is_some_and(|proxy| proxy.protocol == ProxyProtocol::Https)
    }
}
