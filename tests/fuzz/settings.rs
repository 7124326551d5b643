//! Checks of the settings that come from the host or from the environment.

use std::fmt::Debug;
use std::str;

use http::header::HeaderValue;

use super::{KEY, SECRET, for_any_bytes, is_one_line, reveals_secret, split_lines};
use crate::config::parts::{
    Host, all_headers, certificates_in, checked_base_url, checked_key, client_certificate_in, no_proxy_names, proxy_for,
};
use crate::error::Error;

/// Checks that the message is one line, begins with the argument, and does not reveal the secret
/// unless `public` contains it too.
fn check_rejection(result: Result<impl Debug, Error>, argument: &str, public: &[u8]) {
    let message = result.expect_err("the value is rejected").message();
    assert!(is_one_line(&message), "{message:?}");
    assert!(message.starts_with(argument), "{message:?}");
    assert!(!reveals_secret(&message) || reveals_secret(public), "{message:?}");
}

/// Input: an API key. A valid key fits into a header, and is marked as sensitive.
#[test]
fn key() {
    for_any_bytes("key", |input: &[u8]| {
        let is_valid = (1..=4096).contains(&input.len()) && input.iter().all(|byte| (b'!'..=b'~').contains(byte));
        match checked_key("api_key", input) {
            Ok(key) => assert!(is_valid && key.is_sensitive() && key.as_bytes() == input),
            rejected => {
                assert!(!is_valid, "{input:?}");
                check_rejection(rejected, "api_key ", b"");
            }
        }
    });
}

/// Input: a base URL. Parsing an accepted one does not change its meaning.
#[test]
fn base_url() {
    for_any_bytes("base_url", |input: &[u8]| {
        let Ok(text) = str::from_utf8(input) else { return };
        // The part of the authority before an @ is a user name and password.
        let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest).trim_start_matches('/');
        let authority = after_scheme.split('/').next().unwrap_or_default();
        let public = text.rsplit_once('@').map_or(text, |(_, public)| public);
        let address = match checked_base_url("base_url", text) {
            Ok(address) => address,
            rejected => return check_rejection(rejected, "base_url ", public.as_bytes()),
        };
        let url = address.url();
        assert!(["http", "https"].contains(&url.scheme()), "{url}");
        assert!(url.host_str().is_some_and(|host| !host.is_empty()), "{url}");
        assert!(url.username().is_empty() && url.password().is_none(), "{url}");
        assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
        // The path is unchanged.
        let path = after_scheme.strip_prefix(authority).expect("the path follows the authority");
        assert_eq!(url.path(), if path.is_empty() { "/" } else { path }, "{text:?}");
        assert!(address.with("/v1").is_ok(), "{url}");
        assert_eq!(checked_base_url("base_url", url.as_str()).as_ref(), Ok(&address));
    });
}

/// Input: the proxy.
#[test]
fn proxy() {
    for_any_bytes("proxy", |input: &[u8]| {
        let address = checked_base_url("base_url", "https://api.example").expect("a URL");
        match proxy_for(&address, Some(input)) {
            Ok(None) => assert!(input.is_empty()),
            Ok(Some(proxy)) => {
                let authority = proxy.uri.authority().expect("a host").as_str();
                assert!(
                    ["http", "https", "socks5", "socks5h"].map(Some).contains(&proxy.uri.scheme_str()),
                    "{authority}"
                );
                assert!(!authority.contains('@') && !proxy.uri.host().expect("a host").is_empty(), "{authority}");
                assert!(proxy.uri.port_u16().is_some_and(|port| port > 0), "{authority}");
                assert_eq!(proxy.credentials.is_some(), input.contains(&b'@'));
                // What is connected to stands in the input.
                let text = str::from_utf8(input).expect("text").to_ascii_lowercase();
                assert!(text.contains(proxy.uri.host().expect("a host")), "{text} {authority}");
            }
            rejected => check_rejection(rejected, "proxy ", b""),
        }
    });
}

/// Input: a value of NO_PROXY, and on the next line a host. Only an entry of the list names it.
#[test]
fn no_proxy() {
    for_any_bytes("no_proxy", |input: &[u8]| {
        let [list, host] = split_lines(input);
        let (Ok(list), Ok(host)) = (str::from_utf8(list), str::from_utf8(host)) else { return };
        let Ok(host) = Host::parse(host) else { return };
        let names = |list: &str| no_proxy_names(list, &host, 443);
        let by_entry = list.split([',', ' ', '\t', '\r']).any(names);
        assert_eq!(names(list), by_entry, "{list:?}");
        assert!(names(&format!("{list},*")) && names(&format!("* {list}")), "{list:?}");
    });
}

/// Input: a file with a certificate and a key. The message does not repeat it.
#[test]
fn client_certificate() {
    for_any_bytes("client_certificate", |input: &[u8]| {
        if let Err(reason) = client_certificate_in(input) {
            assert!(is_one_line(reason) && !reveals_secret(reason), "{reason:?}");
        }
    });
}

/// Input: the name of a header, and on the next lines its value.
#[test]
fn header() {
    const RESERVED: [&str; 10] = [
        "anchor-api-key",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "proxy-authorization",
        "te",
        "transfer-encoding",
        "upgrade",
    ];
    for_any_bytes("header", |input: &[u8]| {
        let [name, value] = split_lines(input);
        let value = &[value, SECRET.as_bytes()].concat()[..];
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        let is_valid = !name.is_empty()
            && name.iter().all(is_token)
            && !RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved.as_bytes()))
            && value.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\t');
        let given = [(name.to_vec(), value.to_vec())];
        match all_headers(HeaderValue::from_static(KEY), None, None, &given) {
            Ok(headers) => {
                assert!(is_valid, "{given:?}");
                let name = str::from_utf8(name).expect("a token");
                assert_eq!(headers.get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>(), [value]);
                assert_eq!(headers.get_all("anchor-api-key").iter().collect::<Vec<_>>(), [KEY]);
            }
            rejected => {
                assert!(!is_valid, "{given:?}");
                check_rejection(rejected, "header ", name);
            }
        }
    });
}

/// Input: the value of ANCHORBROWSER_CUSTOM_HEADERS, one header per line.
#[test]
fn header_lines() {
    for_any_bytes("header_lines", |input: &[u8]| {
        let Ok(lines) = str::from_utf8(input) else { return };
        let names: Vec<_> = lines.lines().filter_map(|line| Some(line.split_once(':')?.0)).collect();
        match all_headers(HeaderValue::from_static(KEY), None, Some(lines), &[]) {
            Ok(headers) => {
                assert_eq!(headers.get_all("anchor-api-key").iter().collect::<Vec<_>>(), [KEY]);
                for line in lines.lines().filter(|line| !line.trim().is_empty()) {
                    let (name, _) = line.split_once(':').expect("a line without a colon is rejected");
                    assert!(headers.contains_key(name.trim()), "{line:?}");
                }
            }
            rejected => check_rejection(rejected, "ANCHORBROWSER_CUSTOM_HEADERS ", names.concat().as_bytes()),
        }
    });
}

/// Input: a CA file. It may be any file, such as a private key.
#[test]
fn ca_file() {
    for_any_bytes("ca_file", |input: &[u8]| match certificates_in(input) {
        Ok(certificates) => {
            let mut store = rustls::RootCertStore::empty();
            assert_eq!(store.add_parsable_certificates(certificates.iter().cloned()), (certificates.len(), 0));
            assert!(!certificates.is_empty());
        }
        Err(reason) => assert!(is_one_line(reason) && !reveals_secret(reason), "{reason:?}"),
    });
}
