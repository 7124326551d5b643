//! Choosing the proxy: the one given, or the one that the environment names.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::checks::checked_utf8;
use super::environment::environment;
use crate::error::Error;
use crate::transport::Proxy;

/// The proxy for a client that only connects to `base_url`: the one given, none for "", or by
/// default the environment's.
pub fn proxy_for(base_url: &Url, given: Option<&[u8]>) -> Result<Option<Proxy>, Error> {
    match given {
        Some(b"") => Ok(None),
        Some(bytes) => {
            let url = checked_utf8("proxy", bytes)?;
            let is_supported = url.starts_with("http://") || url.starts_with("https://");
            let rule = Matcher::builder().all(url).build();
            match chosen_by(&rule, base_url).filter(|proxy| is_supported && is_usable(proxy)) {
                Some(proxy) => Ok(Some(proxy)),
                None => Err(Error::argument(
                    "proxy",
                    r#"must be http://host:port or https://host:port, or "" for none; percent-encode a password"#,
                )),
            }
        }
        // A proxy on another machine cannot reach this one's loopback, and would see the key.
        None if is_loopback(base_url) => Ok(None),
        None => Ok(chosen_by(&environment().proxies, base_url)),
    }
}

fn chosen_by(rule: &Matcher, base_url: &Url) -> Option<Proxy> {
    let intercept = rule.intercept(&base_url.as_str().parse().ok()?)?;
    Some(Proxy { uri: intercept.uri().clone(), credentials: intercept.basic_auth().cloned() })
}

/// Whether requests can be sent to the proxy. With an invalid port they would go to the default
/// one, and with a second @ a part of the password would stay in the URL.
fn is_usable(proxy: &Proxy) -> bool {
    let authority = proxy.uri.authority().map_or("", |authority| authority.as_str());
    !authority.contains('@') && Url::parse(&proxy.uri.to_string()).is_ok()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_loopback_is_recognized() {
        for url in ["http://localhost:1", "http://127.1.2.3", "http://[::1]:5/", "http://a.localhost"] {
            assert!(is_loopback(&Url::parse(url).unwrap()), "{url}");
        }
        assert!(!is_loopback(&Url::parse("http://localhost.example").unwrap()));
    }

    #[test]
    fn a_proxy_is_used_if_it_is_given_and_usable() {
        let base = Url::parse("https://api.example").unwrap();
        let proxy = proxy_for(&base, Some(b"http://user:pw@proxy:3128")).unwrap().unwrap();
        assert_eq!((proxy.uri.to_string().as_str(), proxy.credentials.is_some()), ("http://proxy:3128/", true));
        assert_eq!(proxy_for(&base, Some(b"")), Ok(None));
        for wrong in
            ["proxy:3128", "socks5://proxy", "http://", "http://:", "http://proxy:99999", "http://a:p@w@proxy", "\u{1}"]
        {
            let message = proxy_for(&base, Some(wrong.as_bytes())).unwrap_err().message();
            assert!(message.starts_with("proxy must be"), "{wrong}: {message}");
        }
    }
}
