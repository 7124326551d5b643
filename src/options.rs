//! What a client is made from, validated once.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::str;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderMap, HeaderValue, PROXY_AUTHORIZATION};
use hyper_util::client::proxy::matcher::Matcher;
use once_cell::race::OnceBox;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use url::Url;

use crate::address::Address;
use crate::cause;
use crate::connect::Proxy;
use crate::error::Error;
use crate::headers;
use crate::notices::Log;
use crate::transport::Settings;

const DEFAULT_BASE_URL: &str = "https://api.anchorbrowser.io";
const DEFAULT_TIMEOUT_MS: u64 = 30_000;
const DEFAULT_MAX_RETRIES: u32 = 2;
const MAX_TIMEOUT_MS: u64 = 24 * 60 * 60 * 1000;
const MAX_KEY_BYTES: usize = 4096;
const MAX_CA_BYTES: u64 = 16 * 1024 * 1024;
pub const KEY_VARIABLE: &str = "ANCHORBROWSER_API_KEY";
const BASE_URL_VARIABLE: &str = "ANCHORBROWSER_BASE_URL";
pub const HEADERS_VARIABLE: &str = "ANCHORBROWSER_CUSTOM_HEADERS";

/// What the host asked for, unchecked: `None` means the default.
#[derive(Default, Clone)]
pub struct Options {
    pub base_url: Option<Vec<u8>>,
    pub ca_file: Option<Vec<u8>>,
    pub proxy: Option<Vec<u8>>,
    pub timeout_ms: Option<u64>,
    pub max_retries: Option<u32>,
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub wrapper: Option<Vec<u8>>,
    pub log: Option<Arc<Log>>,
}

/// What a client works with: every value is usable.
pub struct Configuration {
    pub api_key: HeaderValue,
    pub headers: HeaderMap,
    pub address: Address,
    pub timeout: Duration,
    pub max_retries: u32,
    pub settings: Settings,
    pub log: Option<Arc<Log>>,
}

impl Configuration {
    /// Checks everything; the environment is read here and nowhere else, and only for what was not given.
    pub fn new(api_key: Option<&[u8]>, options: &Options) -> Result<Self, Error> {
        let api_key = api_key_from(api_key)?;
        let address = base_url_from(options.base_url.as_deref())?;
        let environment = environment();
        let wrapper = options.wrapper.as_deref();
        let settings = Settings {
            https: address.url().scheme() == "https",
            ca: options.ca_file.as_deref().map(read_ca_file).transpose()?.unwrap_or_default(),
            proxy: proxy_for(address.url(), options.proxy.as_deref())?,
        };
        let lines = environment.headers.clone()?;
        let mut headers = headers::all(api_key.clone(), wrapper, lines.as_deref(), &options.headers)?;
        if let Some(credentials) = settings.credentials_in_requests() {
            headers.insert(PROXY_AUTHORIZATION, credentials.clone());
        }
        Ok(Self {
            headers,
            api_key,
            address,
            timeout: timeout("timeout_ms", options.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS))?,
            max_retries: options.max_retries.unwrap_or(DEFAULT_MAX_RETRIES),
            settings,
            log: options.log.clone(),
        })
    }
}

/// A timeout in the range that every timer can hold.
pub fn timeout(name: &str, milliseconds: u64) -> Result<Duration, Error> {
    match milliseconds {
        1..=MAX_TIMEOUT_MS => Ok(Duration::from_millis(milliseconds)),
        _ => Err(Error::argument(name, format_args!("must be 1 to {MAX_TIMEOUT_MS} (a day), not {milliseconds}"))),
    }
}

/// The text of an argument.
pub fn utf8<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    str::from_utf8(bytes).map_err(|_| Error::argument(name, "is not UTF-8: pass text in UTF-8"))
}

/// The value of an environment variable; one that is set to nothing counts as not set.
fn variable(name: &str) -> Result<Option<String>, Error> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(Some(value)),
        Err(std::env::VarError::NotUnicode(_)) => Err(Error::argument(name, "is not UTF-8: set it to text in UTF-8")),
        _ => Ok(None),
    }
}

fn api_key_from(given: Option<&[u8]>) -> Result<HeaderValue, Error> {
    if let Some(bytes) = given {
        return checked_key("api_key", bytes);
    }
    match variable(KEY_VARIABLE)? {
        Some(value) => checked_key(KEY_VARIABLE, value.as_bytes()),
        None => Err(Error::argument("api_key", format_args!("is missing: pass one or set {KEY_VARIABLE}"))),
    }
}

/// A key that can stand in a header as it is. The messages never show it.
pub fn checked_key(name: &str, bytes: &[u8]) -> Result<HeaderValue, Error> {
    let wrong = |mend: &str| Err(Error::argument(name, mend));
    if bytes.is_empty() {
        return wrong("is empty: pass the key from the Anchor Browser dashboard");
    }
    if bytes.len() > MAX_KEY_BYTES {
        return wrong("is longer than 4096 bytes: pass the key alone");
    }
    if bytes.ends_with(b"\n") || bytes.ends_with(b"\r") {
        return wrong("ends with a newline: remove it");
    }
    if !bytes.iter().all(u8::is_ascii_graphic) {
        return wrong("holds a blank, a control character or a character that is not ASCII: pass the key alone");
    }
    let mut key = HeaderValue::from_bytes(bytes)
        .map_err(|_| Error::argument(name, "cannot be sent in a header: pass the key alone"))?;
    key.set_sensitive(true);
    Ok(key)
}

fn base_url_from(given: Option<&[u8]>) -> Result<Address, Error> {
    if let Some(bytes) = given {
        return checked_base_url("base_url", utf8("base_url", bytes)?);
    }
    match variable(BASE_URL_VARIABLE)? {
        Some(value) => checked_base_url(BASE_URL_VARIABLE, &value),
        None => checked_base_url("base_url", DEFAULT_BASE_URL),
    }
}

/// A base that paths can be appended to. What a URL parser would repair in silence is refused, and a URL that may
/// hold a password is not repeated in the message.
pub fn checked_base_url(name: &str, text: &str) -> Result<Address, Error> {
    let wrong = |mend: &dyn Display| Error::argument(name, mend);
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Err(wrong(&"must begin with https:// or http://"));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(wrong(&"holds a blank, a control character or a backslash: remove or percent-encode it"));
    }
    let after_scheme = text.split_once("://").map_or("", |(_, rest)| rest);
    let (authority, path) = after_scheme.split_at(after_scheme.find('/').unwrap_or(after_scheme.len()));
    if authority.is_empty() {
        // A parser would look for a host behind any number of slashes.
        return Err(wrong(&"names no host: write it as in https://host"));
    }
    if !authority.is_ascii() {
        return Err(wrong(&"names a host that is not ASCII: write it in punycode (xn--...)"));
    }
    if authority.contains('@') {
        return Err(wrong(&"holds user info: remove what stands before the @"));
    }
    if text.contains('#') {
        return Err(wrong(&"has a fragment: remove the # and what follows"));
    }
    if text.contains('?') {
        return Err(wrong(&"has a query: remove the ? and what follows"));
    }
    let url = Url::parse(text).map_err(|reason| wrong(&format_args!("is not a URL: {reason}; check it")))?;
    if url.path().trim_end_matches('/') != path.trim_end_matches('/') {
        return Err(wrong(&"has a path that cannot be sent as it is: percent-encode it, and remove dot segments"));
    }
    Address::new(url).ok_or_else(|| wrong(&"names a host with a character that no host may have: check the host"))
}

/// Every certificate of a PEM file. The file is read when the client is made, so that a later change of it cannot
/// surprise a running program.
fn read_ca_file(path: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let path = utf8("ca_file", path)?;
    let wrong = |reason: &dyn Display| Error::argument("ca_file", format_args!("{path:?} {reason}"));
    let text = beginning_of(path).map_err(|reason| match reason {
        reason if cause::is_exhaustion(&reason) => {
            Error::ResourceExhausted(cause::exhausted("the CA file cannot be read", &reason))
        }
        reason => wrong(&format_args!("cannot be read: {}; check the path", cause::root_cause(&reason))),
    })?;
    certificates_in(&text).map_err(|reason| wrong(&reason))
}

/// As much of a file as any has to be read: a device may have no end.
fn beginning_of(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_CA_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Every certificate of a PEM text, or what is wrong with it. That never repeats the text, which may be a private key.
pub fn certificates_in(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let certificates = CertificateDer::pem_slice_iter(text)
        .collect::<Result<Vec<_>, pem::Error>>()
        .map_err(|_| "is not a PEM file: check its BEGIN and END lines and what is between them")?;
    let mut store = rustls::RootCertStore::empty();
    if certificates.is_empty() {
        return Err("holds no certificate: pass a PEM file with BEGIN CERTIFICATE in it");
    }
    for certificate in &certificates {
        store
            .add(certificate.clone())
            .map_err(|_| "holds a certificate that cannot be decoded: export it again as PEM")?;
    }
    Ok(certificates)
}

/// The proxy for a client that only ever talks to `base_url`: the one given, none for "", else the environment's.
pub fn proxy_for(base_url: &Url, given: Option<&[u8]>) -> Result<Option<Proxy>, Error> {
    match given {
        Some(b"") => Ok(None),
        Some(bytes) => {
            let url = utf8("proxy", bytes)?;
            let known = url.starts_with("http://") || url.starts_with("https://");
            let rule = Matcher::builder().all(url).build();
            match chosen(&rule, base_url).filter(|proxy| known && is_usable(proxy)) {
                Some(proxy) => Ok(Some(proxy)),
                None => Err(Error::argument(
                    "proxy",
                    r#"must be http://host:port or https://host:port, or "" for none; percent-encode a password"#,
                )),
            }
        }
        // A proxy elsewhere cannot reach this machine's loopback, and the key would travel to it in the clear.
        None if is_loopback(base_url) => Ok(None),
        None => Ok(chosen(&environment().proxies, base_url)),
    }
}

/// What no argument can stand in for.
struct Environment {
    proxies: Matcher,
    headers: Result<Option<String>, Error>,
}

/// Read once per process: a host's `setenv` beside a later read could crash it.
fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceBox<Environment> = OnceBox::new();
    let read = || Environment { proxies: Matcher::from_env(), headers: variable(HEADERS_VARIABLE) };
    ENVIRONMENT.get_or_init(|| Box::new(read()))
}

fn chosen(rule: &Matcher, base_url: &Url) -> Option<Proxy> {
    let intercept = rule.intercept(&base_url.as_str().parse().ok()?)?;
    Some(Proxy { uri: intercept.uri().clone(), credentials: intercept.basic_auth().cloned() })
}

/// Whether requests can be sent to it: they would go to the scheme's port in place of one that cannot be. A second @ would
/// leave a part of the password in the URL.
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

    fn refused(result: Result<impl Sized, Error>) -> String {
        match result {
            Ok(_) => panic!("accepted"),
            Err(error) => error.message(),
        }
    }

    #[test]
    fn keys() {
        let rows: [(&[u8], &str); 7] = [
            (b"", "is empty"),
            (b"sk-canary\n", "ends with a newline"),
            (b"sk-canary\r\n", "ends with a newline"),
            (b"sk canary", "holds a blank"),
            (b"sk-canary\x01x", "holds a blank, a control"),
            ("sk-canary-ü".as_bytes(), "not ASCII"),
            (&[b'k'; 4097], "longer than 4096"),
        ];
        for (key, reason) in rows {
            let message = refused(checked_key("api_key", key));
            assert!(message.starts_with("api_key ") && message.contains(reason), "{message}");
            assert!(!message.contains("canary"), "{message}");
        }
        assert!(checked_key("api_key", &[b'k'; 4096]).is_ok_and(|key| key.is_sensitive()));
    }

    #[test]
    fn base_urls() {
        let rows = [
            ("", "must begin with"),
            ("api.anchorbrowser.io", "must begin with"),
            ("localhost:8080", "must begin with"),
            ("ftp://host", "must begin with"),
            ("http://", "names no host"),
            ("http://host:99999", "is not a URL"),
            ("http://us er/", "blank"),
            ("http://host/\n", "control"),
            ("http:\\\\host", "must begin with"),
            ("http://host\\@x", "backslash"),
            ("http://user:hunter2@host", "user info"),
            ("http://user:hunter2/x@host", "is not a URL"),
            ("http:///user:hunter2@host", "no host"),
            ("http://host/a/../b", "dot segments"),
            ("http://host/ü", "percent-encode"),
            ("http://höst/", "punycode"),
            ("http://@host", "user info"),
            ("http://host?q=hunter2", "query"),
            ("http://host/?", "query"),
            ("http://host/#", "fragment"),
        ];
        for (url, reason) in rows {
            let message = refused(checked_base_url("base_url", url));
            assert!(message.starts_with("base_url ") && message.contains(reason), "{url}: {message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
        for url in ["https://api.anchorbrowser.io", "http://127.0.0.1:80/prefix/", "http://[::1]:9", "http://h/a@b"] {
            assert!(checked_base_url("base_url", url).is_ok(), "{url}");
        }
    }

    #[test]
    fn timeouts() {
        for wrong in [0, 86_400_001, u64::MAX] {
            assert!(refused(timeout("timeout_ms", wrong)).contains("1 to 86400000"));
        }
        assert_eq!(timeout("timeout_ms", 86_400_000), Ok(Duration::from_secs(86_400)));
    }

    #[test]
    fn loopback_is_known_in_every_spelling() {
        for url in ["http://localhost:1", "http://127.1.2.3", "http://[::1]:5/", "http://a.localhost"] {
            assert!(is_loopback(&Url::parse(url).unwrap()), "{url}");
        }
        assert!(!is_loopback(&Url::parse("http://localhost.example").unwrap()));
    }

    #[test]
    fn proxies() {
        let base = Url::parse("https://api.example").unwrap();
        let proxy = proxy_for(&base, Some(b"http://user:pw@proxy:3128")).unwrap().unwrap();
        assert_eq!((proxy.uri.to_string().as_str(), proxy.credentials.is_some()), ("http://proxy:3128/", true));
        assert_eq!(proxy_for(&base, Some(b"")), Ok(None));
        for wrong in
            ["proxy:3128", "socks5://proxy", "http://", "http://:", "http://proxy:99999", "http://a:p@w@proxy", "\u{1}"]
        {
            assert!(refused(proxy_for(&base, Some(wrong.as_bytes()))).starts_with("proxy must be"), "{wrong}");
        }
    }
}
