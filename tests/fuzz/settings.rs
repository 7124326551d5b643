//! Properties of the settings that come from the host or its environment.

use std::fmt::Debug;
use std::str;

use http::header::HeaderValue;
use url::Url;

use super::{KEY, SECRET, for_any_bytes, is_one_line, parts, tells};
use crate::error::Error;
use crate::{headers, options};

/// The message is one line, names the argument, and contains no secret that is not already public.
fn check_refusal(result: Result<impl Debug, Error>, argument: &str, public: &[u8]) {
    let message = result.expect_err("refused").message();
    assert!(is_one_line(&message), "{message:?}");
    assert!(message.starts_with(argument), "{message:?}");
    assert!(!tells(&message) || tells(public), "{message:?}");
}

/// Input: a key, which must fit into a header and appears in no message.
#[test]
fn key() {
    for_any_bytes("key", |input: &[u8]| {
        let fits = (1..=4096).contains(&input.len()) && input.iter().all(|byte| (b'!'..=b'~').contains(byte));
        match options::checked_key("api_key", input) {
            Ok(key) => assert!(fits && key.is_sensitive() && key.as_bytes() == input),
            refused => {
                assert!(!fits, "{input:?}");
                check_refusal(refused, "api_key ", b"");
            }
        }
    });
}

/// Input: a base URL. If it is accepted, requests go exactly there.
#[test]
fn base_url() {
    for_any_bytes("base_url", |input: &[u8]| {
        let Ok(text) = str::from_utf8(input) else { return };
        // A user's name and password precede the @ in the authority.
        let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest).trim_start_matches('/');
        let authority = after_scheme.split('/').next().unwrap_or_default();
        let public = text.rsplit_once('@').map_or(text, |(_, public)| public);
        let address = match options::checked_base_url("base_url", text) {
            Ok(address) => address,
            refused => return check_refusal(refused, "base_url ", public.as_bytes()),
        };
        let url = address.url();
        assert!(["http", "https"].contains(&url.scheme()), "{url}");
        assert!(url.host_str().is_some_and(|host| !host.is_empty()), "{url}");
        assert!(url.username().is_empty() && url.password().is_none(), "{url}");
        assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
        // The path is unchanged, byte for byte.
        let path = after_scheme.strip_prefix(authority).expect("the path stands behind it");
        assert_eq!(url.path(), if path.is_empty() { "/" } else { path }, "{text:?}");
        assert!(address.with("/v1").is_ok(), "{url}");
        assert_eq!(options::checked_base_url("base_url", url.as_str()).as_ref(), Ok(&address));
    });
}

/// Input: the proxy, and the base URL below it.
#[test]
fn proxy() {
    for_any_bytes("proxy", |input: &[u8]| {
        let [given, base_url] = parts(input);
        let base = str::from_utf8(base_url).ok().and_then(|text| options::checked_base_url("base_url", text).ok());
        let base = base.map_or_else(|| Url::parse("https://api.example").expect("a URL"), |it| it.url().clone());
        match options::proxy_for(&base, Some(given)) {
            Ok(None) => assert!(given.is_empty()),
            Ok(Some(proxy)) => {
                assert!(["http", "https"].map(Some).contains(&proxy.uri.scheme_str()), "{}", proxy.uri);
                assert!(!proxy.uri.authority().expect("a host").as_str().contains('@'), "{}", proxy.uri);
                assert!(!proxy.uri.host().expect("a host").is_empty(), "{}", proxy.uri);
                assert!(proxy.credentials.as_ref().is_none_or(HeaderValue::is_sensitive), "{proxy:?}");
            }
            refused => check_refusal(refused, "proxy ", b""),
        }
    });
}

/// Input: a header's name, and its value below it, which may contain line ends.
#[test]
fn header() {
    const OURS: [&str; 9] = [
        "anchor-api-key",
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
        let [name, value] = parts(input);
        let value = &[value, SECRET.as_bytes()].concat()[..];
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        let fits = !name.is_empty()
            && name.iter().all(is_token)
            && !OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours.as_bytes()))
            && value.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\t');
        let given = [(name.to_vec(), value.to_vec())];
        match headers::all(HeaderValue::from_static(KEY), None, None, &given) {
            Ok(headers) => {
                assert!(fits, "{given:?}");
                let name = str::from_utf8(name).expect("a token");
                assert_eq!(headers.get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>(), [value]);
                assert_eq!(headers.get_all("anchor-api-key").iter().collect::<Vec<_>>(), [KEY]);
            }
            refused => {
                assert!(!fits, "{given:?}");
                check_refusal(refused, "header ", name);
            }
        }
    });
}

/// Input: the lines of ANCHORBROWSER_CUSTOM_HEADERS.
#[test]
fn header_lines() {
    for_any_bytes("header_lines", |input: &[u8]| {
        let Ok(lines) = str::from_utf8(input) else { return };
        let names: Vec<_> = lines.lines().filter_map(|line| Some(line.split_once(':')?.0)).collect();
        match headers::all(HeaderValue::from_static(KEY), None, Some(lines), &[]) {
            Ok(headers) => {
                assert_eq!(headers.get_all("anchor-api-key").iter().collect::<Vec<_>>(), [KEY]);
                for line in lines.lines().filter(|line| !line.trim().is_empty()) {
                    let (name, _) = line.split_once(':').expect("a line without a colon is refused");
                    assert!(headers.contains_key(name.trim()), "{line:?}");
                }
            }
            refused => check_refusal(refused, "ANCHORBROWSER_CUSTOM_HEADERS ", names.concat().as_bytes()),
        }
    });
}

/// Input: a CA file. It may be any file, for example a private key.
#[test]
fn ca_file() {
    for_any_bytes("ca_file", |input: &[u8]| match options::certificates_in(input) {
        Ok(certificates) => {
            let mut store = rustls::RootCertStore::empty();
            assert_eq!(store.add_parsable_certificates(certificates.iter().cloned()), (certificates.len(), 0));
            assert!(!certificates.is_empty());
        }
        Err(reason) => assert!(is_one_line(reason) && !tells(reason), "{reason:?}"),
    });
}
