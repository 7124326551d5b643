//! Where requests go: the base URL with a path behind it, letter for letter.

use bytes::Bytes;
use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use url::Url;

use crate::error::Error;

/// A base URL, taken apart once: parsing it for each call would be a tenth of the call's instructions.
#[derive(Debug, PartialEq)]
pub struct Address {
    url: Url,
    scheme: Scheme,
    authority: Authority,
    /// The base URL's own path, without a slash at its end.
    prefix: String,
}

impl Address {
    /// `None` if no request can name the URL's host.
    pub fn new(url: Url) -> Option<Self> {
        let scheme = url.scheme().parse().ok()?;
        let authority = url.authority().parse().ok()?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        Some(Self { url, scheme, authority, prefix })
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    /// As a person writes it.
    pub fn server(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    pub fn text(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }

    /// Refuses a path that a URL library would change (by dropping a dot segment or a tab, or by taking what follows // for
    /// a host): it means something else than it says.
    pub fn with(&self, path: &str) -> Result<Uri, Error> {
        if !is_plain(path) && !self.keeps(path) {
            return Err(cannot_be_sent(path));
        }
        let target = PathAndQuery::from_maybe_shared(Bytes::from(format!("{}{path}", self.prefix)));
        let uri = Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone());
        uri.path_and_query(target.map_err(|_| cannot_be_sent(path))?).build().map_err(|_| cannot_be_sent(path))
    }

    fn keeps(&self, path: &str) -> bool {
        let text = self.text(path);
        Url::parse(&text).is_ok_and(|url| url.as_str() == text && url.fragment().is_none())
    }
}

/// What no URL library changes, as nearly every id. Asking one costs as much as the rest of the request's head.
fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_".contains(&byte))
}

fn cannot_be_sent(path: &str) -> Error {
    Error::argument("path", format_args!("{path:?} cannot be sent as it is: percent-encode it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(base: &str) -> Address {
        Address::new(Url::parse(base).unwrap()).unwrap()
    }

    #[test]
    fn a_path_stands_behind_the_base_url_as_it_is() {
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
