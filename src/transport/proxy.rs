//! A proxy, as it was configured and checked.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::uri::Uri;
use http::{HeaderValue, header::InvalidHeaderValue};

/// The proxy for every request of a client.
#[derive(PartialEq)]
pub struct Proxy {
    pub protocol: ProxyProtocol,
    /// With a port, and without the credentials.
    pub uri: Uri,
    pub credentials: Option<Credentials>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ProxyProtocol {
    Http,
    Https,
    /// Host names are looked up here.
    Socks5,
    /// Host names are looked up by the proxy.
    Socks5h,
}

/// A user name and a password, which need not be text.
#[derive(Clone, PartialEq)]
pub struct Credentials {
    pub user: Vec<u8>,
    pub password: Vec<u8>,
}

impl ProxyProtocol {
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks5 | Self::Socks5h => 1080,
        }
    }

    /// Whether the proxy understands HTTP. A SOCKS proxy forwards bytes.
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }
}

impl Credentials {
    /// The value of the header Proxy-Authorization.
    pub fn basic(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        let pair = [&self.user[..], b":", &self.password].concat();
        let mut value = HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(pair)))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Display for Proxy {
    /// For messages: the scheme, the host and the port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri.to_string().trim_end_matches('/'))
    }
}

impl fmt::Debug for Proxy {
    /// Omits the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("uri", &self.uri).finish_non_exhaustive()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}
