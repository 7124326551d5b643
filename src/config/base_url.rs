//! The base URL of the API.

use std::fmt::Display;

use url::Url;

use super::address::Address;
use super::checks::checked_utf8;
use super::environment::{BASE_URL_VARIABLE, variable};
use super::host::{Host, split_port};
use crate::error::Error;
use crate::refusal::BASE_URL;

const DEFAULT_BASE_URL: &str = "https://api.anchorbrowser.io";
const NO_HOST: &str = "names a host with a character that no host may have: check the host";

/// The base URL, and the words for it in advice.
pub fn from_argument_or_environment(given: Option<&[u8]>) -> Result<(Address, &'static str), Error> {
    if let Some(bytes) = given {
        return Ok((checked_base_url("base_url", checked_utf8("base_url", bytes)?)?, BASE_URL));
    }
    match variable(BASE_URL_VARIABLE)? {
        Some(value) => Ok((checked_base_url(BASE_URL_VARIABLE, &value)?, BASE_URL_VARIABLE)),
        None => Ok((checked_base_url("base_url", DEFAULT_BASE_URL)?, BASE_URL)),
    }
}

/// A URL that paths can be appended to.
///
/// A URL parser silently repairs many mistakes; here they are refused. The messages do not repeat
/// the URL, because it may contain a password.
pub fn checked_base_url(name: &str, text: &str) -> Result<Address, Error> {
    let flaw = |flaw: &dyn Display| Error::argument(name, flaw);
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Err(flaw(&"must begin with https:// or http://"));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(flaw(&"contains a space, a control character or a backslash: remove or percent-encode it"));
    }
    let after_scheme = text.split_once("://").map_or("", |(_, rest)| rest);
    let (authority, path) = after_scheme.split_at(after_scheme.find('/').unwrap_or(after_scheme.len()));
    if authority.is_empty() {
        // A parser would skip any number of slashes and take the next segment for the host.
        return Err(flaw(&"names no host: write it as in https://host"));
    }
    if !authority.is_ascii() {
        return Err(flaw(&"names a host that is not ASCII: write it in punycode (xn--...)"));
    }
    if authority.contains('@') {
        return Err(flaw(&"contains user info: remove everything before the @"));
    }
    if text.contains('#') {
        return Err(flaw(&"has a fragment: remove the # and what follows"));
    }
    if text.contains('?') {
        return Err(flaw(&"has a query: remove the ? and what follows"));
    }
    let url = Url::parse(text).map_err(|reason| flaw(&format_args!("is not a URL: {reason}; check it")))?;
    if url.path().trim_end_matches('/') != path.trim_end_matches('/') {
        return Err(flaw(&"has a path that cannot be sent unchanged: percent-encode it, and remove dot segments"));
    }
    if path.trim_end_matches('/').ends_with("/v1") {
        return Err(flaw(&"ends with /v1, with which every path of the API begins: leave it out"));
    }
    let (host, _port) = split_port(authority).ok_or_else(|| flaw(&NO_HOST))?;
    let host = Host::parse(host).map_err(|reason| flaw(&reason))?;
    Address::new(url, host).ok_or_else(|| flaw(&NO_HOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unusable_base_url_is_refused_and_not_shown() {
        let rows = [
            ("", "must begin with"),
            ("api.anchorbrowser.io", "must begin with"),
            ("localhost:8080", "must begin with"),
            ("ftp://host", "must begin with"),
            ("http://", "names no host"),
            ("http://host:99999", "is not a URL"),
            ("http://us er/", "space"),
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
            ("http://127.1", "another one"),
            ("https://0x7f.1:8080/v2", "another one"),
            ("http://2130706433", "another one"),
            ("http://0177.0.0.1", "another one"),
            ("http://127.0.0.1.", "another one"),
            ("http://local%68ost", "no host may have"),
            ("http://host/v1", "ends with /v1"),
            ("http://host/api/v1//", "ends with /v1"),
        ];
        for (url, reason) in rows {
            let message = checked_base_url("base_url", url).unwrap_err().message();
            assert!(message.starts_with("base_url ") && message.contains(reason), "{url}: {message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
        for url in [
            "https://api.anchorbrowser.io",
            "http://127.0.0.1:80/prefix/",
            "http://[::1]:9",
            "http://h/a@b",
            "http://h/v1/api",
            "http://h/av1",
            "http://H.:9",
        ] {
            assert!(checked_base_url("base_url", url).is_ok(), "{url}");
        }
    }
}
