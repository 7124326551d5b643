//! The address of a request: the base URL followed by a path, both unchanged.
//!
//! A URL library normalizes paths: it resolves dot segments, drops tabs, and reads what follows
//! `//` as a host. A path that would be changed means something other than it says, and is refused.

use bytes::Bytes;
use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use url::Url;

use super::host::Host;
use crate::error::Error;
use crate::operation::without_query;
use crate::text::quoted;

/// Encodes a text as one segment of a path: all but the unreserved characters of RFC 3986.
pub const PATH_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A base URL, parsed once: to parse it in every call would take a tenth of the call's
/// instructions.
#[derive(Debug, PartialEq)]
pub struct Address {
    url: Url,
    host: Host,
    scheme: Scheme,
    authority: Authority,
    /// The path of the base URL, without a trailing slash.
    prefix: String,
}

impl Address {
    /// Returns `None` if a request cannot name the URL's host.
    pub fn new(url: Url, host: Host) -> Option<Self> {
        let scheme = url.scheme().parse().ok()?;
        let authority = url.authority().parse().ok()?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        Some(Self { url, host, scheme, authority, prefix })
    }

    #[cfg(test)]
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub fn host(&self) -> &Host {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// Whether the base URL has a path of its own.
    pub fn has_path(&self) -> bool {
        !self.prefix.is_empty()
    }

    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// The scheme and the host, for messages.
    pub fn server(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// The whole URL of a path.
    pub fn text(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }

    /// The URI of a path. Refuses a path that a URL library would change.
    pub fn with(&self, path: &str) -> Result<Uri, Error> {
        if !is_plain(path) && !self.is_kept_unchanged(path) {
            return Err(cannot_be_sent(path));
        }
        let target = PathAndQuery::from_maybe_shared(Bytes::from(format!("{}{path}", self.prefix)));
        let uri = Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone());
        uri.path_and_query(target.map_err(|_| cannot_be_sent(path))?).build().map_err(|_| cannot_be_sent(path))
    }

    fn is_kept_unchanged(&self, path: &str) -> bool {
        let text = self.text(path);
        Url::parse(&text).is_ok_and(|url| url.as_str() == text && url.fragment().is_none())
    }
}

/// Whether the path has only characters that no URL library changes. This holds for nearly every
/// id, and saves as much time as the rest of the request's head takes.
fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_".contains(&byte))
}

fn cannot_be_sent(path: &str) -> Error {
    let path = quoted(without_query(path));
    Error::argument("path", format_args!("{path} cannot be sent unchanged: percent-encode it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(base: &str) -> Address {
        let url = Url::parse(base).unwrap();
        let host = Host::parse(url.host_str().unwrap()).unwrap();
        Address::new(url, host).unwrap()
    }

    #[test]
    fn a_path_is_appended_unchanged() {
        for (base, path, whole) in [
            ("http://h", "/v1/a-b_C", "http://h/v1/a-b_C"),
            ("https://h:8/pre/", "/v1?page=2&x=%20", "https://h:8/pre/v1?page=2&x=%20"),
            ("http://[::1]:9", "/a.b/%2F~", "http://[::1]:9/a.b/%2F~"),
        ] {
            assert_eq!(address(base).with(path).unwrap().to_string(), whole);
            assert_eq!(address(base).text(path), whole);
        }
        assert_eq!(address("https://h:443/pre").server(), "https://h");
    }

    #[test]
    fn a_path_that_would_be_changed_is_refused() {
        for path in ["/a/../b", "/./a", "/%2e%2E/a", "/a\tb", "/a b", "/ü", "/a#b", "/a\\b", "/\u{1}"] {
            assert!(address("http://h/pre").with(path).is_err(), "{path:?}");
        }
    }
}
