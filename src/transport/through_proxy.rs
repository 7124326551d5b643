//! The ways through a proxy. An HTTP proxy forwards requests for http:// URLs and opens tunnels for
//! https:// ones. A SOCKS5 proxy forwards the bytes of both.

use std::error::Error as StdError;
use std::net::IpAddr;
use std::sync::Arc;
use std::{fmt, io};

use http::uri::{Scheme, Uri};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use rustls::ClientConfig;
use tower_service::Service;

use super::proxy::{Credentials, Proxy, ProxyProtocol};
use super::proxy_failure::ProxyFailure;
use super::resolver;
use super::socket::{BoxError, Socket, TcpConnector};
use super::socks::{self, Target};
use super::tunnel;

/// A connection to a proxy. TLS, if any, is between the proxy and this process.
pub type ToProxy = MaybeHttpsStream<Socket>;

/// The addresses of a server that are tried through a SOCKS5 proxy.
const MAX_ADDRESSES: usize = 4;

/// The proxy of an HTTP client.
pub struct ThroughProxy {
    uri: Uri,
    protocol: ProxyProtocol,
    credentials: Option<Credentials>,
    /// For connections whose bytes belong to the server.
    forwarding_bytes: HttpsConnector<TcpConnector>,
    /// For connections on which the proxy reads the requests.
    forwarding_requests: HttpsConnector<TcpConnector>,
}

/// The connection to the proxy itself failed.
#[derive(Debug)]
pub struct ProxyConnectionFailed(pub BoxError);

impl ThroughProxy {
    pub fn new(tls: &Arc<ClientConfig>, proxy: &Proxy, tcp: impl Fn(bool) -> TcpConnector) -> Self {
        let to_proxy = |reads_requests| HttpsConnector::from((tcp(reads_requests), Arc::clone(tls)));
        Self {
            // The scheme decides about TLS.
            uri: match proxy.protocol.is_http() {
                true => proxy.uri.clone(),
                false => without_tls(&proxy.uri),
            },
            protocol: proxy.protocol,
            credentials: proxy.credentials.clone(),
            forwarding_bytes: to_proxy(false),
            forwarding_requests: to_proxy(true),
        }
    }

    /// A connection on which requests to `server` can be sent.
    pub async fn connect(&self, server: Uri) -> Result<ToProxy, BoxError> {
        if !self.protocol.is_http() {
            return self.connect_by_socks(&server).await;
        }
        if server.scheme() != Some(&Scheme::HTTPS) {
            return self.reach(&self.forwarding_requests).await;
        }
        let mut stream = self.reach(&self.forwarding_bytes).await?;
        let target = format!("{}:{}", server.host().unwrap_or_default(), port_of(&server));
        let basic = self.credentials.as_ref().map(Credentials::basic).transpose()?;
        tunnel::open(&mut stream, &target, basic.as_ref()).await.map_err(at_proxy)?;
        Ok(stream)
    }

    async fn reach(&self, by: &HttpsConnector<TcpConnector>) -> Result<ToProxy, BoxError> {
        by.clone().call(self.uri.clone()).await.map_err(|reason| ProxyConnectionFailed(reason).into())
    }

    async fn connect_by_socks(&self, server: &Uri) -> Result<ToProxy, BoxError> {
        let port = port_of(server);
        let host = server.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>() {
            // Many proxies cannot connect to an IPv4 address in IPv6 notation.
            return self.connect_to(Target::Address(address.to_canonical()), port).await;
        }
        if self.protocol == ProxyProtocol::Socks5h {
            return self.connect_to(Target::Name(host), port).await;
        }
        let addresses = resolver::addresses_of(host).await?;
        let mut addresses = addresses.iter().map(|address| address.ip()).take(MAX_ADDRESSES);
        let unknown = || io::Error::other("the host name has no address");
        let mut end = self.connect_to(Target::Address(addresses.next().ok_or_else(unknown)?), port).await;
        for address in addresses {
            match &end {
                // The proxy may not reach addresses of this kind.
                Err(reason) if matches!(reason.downcast_ref(), Some(ProxyFailure::Failed(_))) => {}
                _ => break,
            }
            end = self.connect_to(Target::Address(address), port).await;
        }
        end
    }

    async fn connect_to(&self, target: Target<'_>, port: u16) -> Result<ToProxy, BoxError> {
        let mut stream = self.reach(&self.forwarding_bytes).await?;
        socks::connect(&mut stream, target, port, self.credentials.as_ref()).await.map_err(at_proxy)?;
        Ok(stream)
    }
}

/// The failure of a proxy that said why, or of the connection to it.
fn at_proxy(reason: BoxError) -> BoxError {
    if reason.is::<ProxyFailure>() { reason } else { ProxyConnectionFailed(reason).into() }
}

fn without_tls(uri: &Uri) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

fn port_of(server: &Uri) -> u16 {
    let default = if server.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    server.port_u16().unwrap_or(default)
}

impl fmt::Display for ProxyConnectionFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for ProxyConnectionFailed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.0.as_ref())
    }
}
