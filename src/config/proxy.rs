//! Choosing the proxy: the one given, or the one that the environment names.

use super::address::Address;
use super::checks::checked_utf8;
use super::environment::{Environment, environment};
use super::no_proxy;
use super::proxy_url::checked_proxy;
use crate::error::Error;
use crate::transport::Proxy;

/// The proxy for a client that only connects to `address`: the one given, none for "", or by
/// default the environment's.
pub fn proxy_for(address: &Address, given: Option<&[u8]>) -> Result<Option<Proxy>, Error> {
    match given {
        Some(b"") => Ok(None),
        Some(bytes) => checked_proxy("proxy", checked_utf8("proxy", bytes)?).map(Some),
        None => named_by(environment(), address),
    }
}

/// The proxy that the environment names for this address. A variable that is not used may have any
/// value.
fn named_by(environment: &Environment, address: &Address) -> Result<Option<Proxy>, Error> {
    let variable = if address.is_https() { &environment.https_proxy } else { &environment.http_proxy };
    let Some(proxy) = variable else { return Ok(None) };
    // A proxy on another machine cannot reach this one, and would see the key.
    if address.host().is_this_machine() {
        return Ok(None);
    }
    if let Some(list) = &environment.no_proxy
        && no_proxy::names(list.text()?, address.host(), address.port())
    {
        return Ok(None);
    }
    checked_proxy(proxy.name, proxy.text()?).map(Some)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::super::base_url::checked_base_url;
    use super::super::environment::Variable;
    use super::*;

    fn chosen(base_url: &str, http: &str, https: &str, no_proxy: &str) -> Result<Option<String>, Error> {
        let variable = |name, value: &str| (!value.is_empty()).then(|| Variable { name, value: value.into() });
        let environment = Environment {
            http_proxy: variable("http_proxy", http),
            https_proxy: variable("HTTPS_PROXY", https),
            no_proxy: variable("no_proxy", no_proxy),
            headers: Ok(None),
        };
        let proxy = named_by(&environment, &checked_base_url("base_url", base_url).unwrap())?;
        Ok(proxy.map(|proxy| proxy.uri.to_string()))
    }

    #[test]
    fn the_variable_of_the_scheme_is_used_unless_the_host_is_excluded() {
        const UNUSABLE: &str = "socks6://x";
        let rows = [
            ("http://api.example", "http://a:1", UNUSABLE, "", Some("http://a:1/")),
            ("https://api.example", UNUSABLE, "http://b:1", "", Some("http://b:1/")),
            ("https://api.example", UNUSABLE, "", "", None),
            ("https://api.example", "", UNUSABLE, "api.example", None),
            ("https://api.example", "", UNUSABLE, "api.example:443", None),
            ("https://api.example:8443", "", "http://b:1", "api.example:443", Some("http://b:1/")),
            ("http://api.example", "http://a:1", "", "api.example:80", None),
            ("http://localhost.:9", UNUSABLE, "", "", None),
            ("http://[::ffff:127.0.0.1]", UNUSABLE, "", "", None),
            ("http://0.0.0.0:8080", UNUSABLE, "", "", None),
            ("https://[::]", "", UNUSABLE, "", None),
        ];
        for (base_url, http, https, no_proxy, proxy) in rows {
            assert_eq!(chosen(base_url, http, https, no_proxy), Ok(proxy.map(str::to_owned)), "{base_url}");
        }
    }

    #[test]
    fn a_variable_that_is_used_and_cannot_be_is_refused_by_name() {
        let message = chosen("https://api.example", "", "socks6://x", "other").unwrap_err().message();
        assert_eq!(message, "HTTPS_PROXY must begin with http://, https://, socks5:// or socks5h://");
        let value = OsString::from_vec(b"http://\xff".to_vec());
        let environment = Environment {
            http_proxy: Some(Variable { name: "ALL_PROXY", value }),
            https_proxy: None,
            no_proxy: None,
            headers: Ok(None),
        };
        let address = checked_base_url("base_url", "http://api.example").unwrap();
        assert!(named_by(&environment, &address).unwrap_err().message().starts_with("ALL_PROXY is not UTF-8"));
    }
}
