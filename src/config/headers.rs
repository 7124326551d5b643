//! The headers of every request of a client.

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
    PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};

use super::environment::HEADERS_VARIABLE;
use crate::error::Error;
use crate::text::quoted;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const KEY: HeaderName = HeaderName::from_static("anchor-api-key");
const SDK: HeaderName = HeaderName::from_static("x-anchor-sdk");
const DEFAULT_WRAPPER: &str = "c";
const MAX_WRAPPER_BYTES: usize = 32;
/// Headers that a host may not set: the key is an argument, the others belong to the connection or
/// the body.
const RESERVED: [HeaderName; 10] = [
    KEY,
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    HOST,
    PROXY_AUTHORIZATION,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The key, the name of this library, the headers of the environment, and those that the host set.
/// A later one replaces an earlier one.
pub fn all_headers(
    key: HeaderValue,
    wrapper: Option<&[u8]>,
    lines: Option<&str>,
    own: &[(Vec<u8>, Vec<u8>)],
) -> Result<HeaderMap, Error> {
    let wrapper = checked_wrapper(wrapper)?;
    // Room for those that each request adds, so that its copy need not grow.
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(KEY, key);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // The library decodes nothing.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(USER_AGENT, text(&format!("libanchor/{VERSION} {wrapper}"))?);
    headers.insert(SDK, text(&format!("libanchor-{wrapper}/{VERSION}"))?);
    for line in lines.unwrap_or_default().lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| Error::argument(HEADERS_VARIABLE, r#"has a line without a colon: write "Name: value""#))?;
        let (name, value) = checked(HEADERS_VARIABLE, name.trim().as_bytes(), value.trim().as_bytes())?;
        headers.insert(name, value);
    }
    for (name, value) in own {
        let (name, value) = checked("header", name, value)?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn text(value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value).map_err(|reason| Error::Internal(format!("no header can hold {value:?}: {reason}")))
}

fn checked_wrapper(given: Option<&[u8]>) -> Result<&str, Error> {
    let Some(bytes) = given else { return Ok(DEFAULT_WRAPPER) };
    let fits = |text: &&str| {
        (1..=MAX_WRAPPER_BYTES).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
    };
    std::str::from_utf8(bytes)
        .ok()
        .filter(fits)
        .ok_or_else(|| Error::argument("wrapper", "must be 1 to 32 letters, digits, '-', '.' and '_'"))
}

/// A header that can be sent unchanged. The messages do not show its value, which may be a secret.
fn checked(argument: &str, name: &[u8], value: &[u8]) -> Result<(HeaderName, HeaderValue), Error> {
    let shown = String::from_utf8_lossy(name);
    let flaw = |flaw: &str| Error::argument(argument, format_args!("{} {flaw}", quoted(&shown)));
    let name =
        HeaderName::from_bytes(name).map_err(|_| flaw("is not a header name: use letters, digits and hyphens"))?;
    if RESERVED.contains(&name) {
        return Err(flaw("cannot be set: the library sets it"));
    }
    if !value.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ' || *byte == b'\t') {
        return Err(flaw("has a value with a control character or one that is not ASCII: remove it"));
    }
    let value =
        HeaderValue::from_bytes(value).map_err(|_| flaw("has a value that cannot be sent in a header: check it"))?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(wrapper: Option<&str>, lines: &str, own: &[(&str, &str)]) -> Result<HeaderMap, Error> {
        let own: Vec<_> =
            own.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
        all_headers(HeaderValue::from_static("canary"), wrapper.map(str::as_bytes), Some(lines), &own)
    }

    #[test]
    fn headers_of_the_host_replace_those_of_the_environment() {
        let headers = made(Some("go"), "A: 1\n\n b:2:3 \r\n", &[("a", "4"), ("User-Agent", "mine")]).unwrap();
        assert_eq!(
            (&headers["a"], &headers["b"], &headers["user-agent"]),
            (&"4".parse().unwrap(), &"2:3".parse().unwrap(), &"mine".parse().unwrap())
        );
        assert_eq!(headers["x-anchor-sdk"], format!("libanchor-go/{VERSION}"));
        assert_eq!(headers["anchor-api-key"], "canary");
        assert_eq!(headers["accept-encoding"], "identity");
    }

    #[test]
    fn an_unusable_header_is_refused_by_name_and_its_value_not_shown() {
        let rows = [
            ("Anchor-Api-Key", "x"),
            ("Host", "x"),
            ("Accept-Encoding", "gzip"),
            ("content-length", "5"),
            ("a b", "x"),
            ("", "x"),
            ("a", "secret\n"),
        ];
        for (name, value) in rows {
            let message = made(None, "", &[(name, value)]).unwrap_err().message();
            assert!(message.starts_with(&format!("header {name:?} ")) && !message.contains("secret"), "{message}");
        }
        for lines in ["secret", "anchor-api-key: secret", ": secret"] {
            let message = made(None, lines, &[]).unwrap_err().message();
            assert!(message.starts_with("ANCHORBROWSER_CUSTOM_HEADERS ") && !message.contains("secret"), "{message}");
        }
        for wrapper in ["", "a b", "ü", &"x".repeat(33)] {
            assert!(made(Some(wrapper), "", &[]).unwrap_err().message().starts_with("wrapper "), "{wrapper}");
        }
    }
}
