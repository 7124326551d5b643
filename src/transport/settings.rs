//! The settings that decide which clients can share an engine.

use std::fmt;

use http::uri::Scheme;
use http::{HeaderValue, Uri};
use rustls::pki_types::CertificateDer;

/// Two clients with equal settings share an engine.
#[derive(PartialEq)]
pub struct Settings {
    pub https: bool,
    /// Trusted in addition to the system's store.
    pub ca: Vec<CertificateDer<'static>>,
    pub proxy: Option<Proxy>,
}

impl Settings {
    /// The credentials of a proxy that receives the requests themselves. A proxy that is asked for
    /// a tunnel gets them with that request instead.
    pub fn credentials_in_requests(&self) -> Option<&HeaderValue> {
        self.proxy.as_ref().filter(|_| !self.https)?.credentials.as_ref()
    }

    /// Whether any connection uses TLS.
    pub fn uses_tls(&self) -> bool {
        self.https || self.proxy.as_ref().is_some_and(|proxy| proxy.uri.scheme() == Some(&Scheme::HTTPS))
    }
}

/// The proxy for every request of a client.
#[derive(PartialEq)]
pub struct Proxy {
    pub uri: Uri,
    pub credentials: Option<HeaderValue>,
}

impl fmt::Debug for Proxy {
    /// Omits the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("uri", &self.uri).finish_non_exhaustive()
    }
}
