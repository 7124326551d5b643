//! The URL of a proxy: `[scheme://][user[:password]@]host[:port][/]`.
//!
//! Nothing in it is repaired or skipped. A proxy that is not the one that was meant would receive the
//! requests, and a call without the proxy would go where it must not.

use percent_encoding::percent_decode_str;

use super::host::{Host, split_port};
use crate::error::Error;
use crate::transport::{Credentials, Proxy, ProxyProtocol};

const MAX_SOCKS_BYTES: usize = 255;

/// The proxy that an option or an environment variable names. The messages repeat no part of the
/// value, because it may contain a password.
pub fn checked_proxy(name: &str, text: &str) -> Result<Proxy, Error> {
    parse(text).map_err(|flaw| Error::argument(name, flaw))
}

fn parse(text: &str) -> Result<Proxy, &'static str> {
    if text.contains(is_never_in_a_url) {
        return Err("contains a space, a line break, a quotation mark, a backslash, or one of # ? < >: \
                    remove it, or percent-encode it in the password");
    }
    let (protocol, rest) = split_scheme(text)?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if !matches!(path, "" | "/") {
        return Err("has a path: remove it, or percent-encode the / in the password as %2F");
    }
    let (user_info, host_and_port) = match authority.split_once('@') {
        Some((_, rest)) if rest.contains('@') => {
            return Err("contains more than one @: percent-encode those in the password as %40");
        }
        Some((user_info, rest)) => (Some(user_info), rest),
        None => (None, authority),
    };
    let (host, port) = split_port(host_and_port).ok_or("has a colon too many: write an IPv6 address in brackets")?;
    if host.is_empty() {
        return Err("names no host: write it as in http://host:port");
    }
    Host::parse(host)?;
    let port = match port {
        Some(port) => checked_port(port)?,
        None if text.contains("://") => protocol.default_port(),
        // A word such as "none" would otherwise be a host.
        None => return Err("names no port: write it as in http://host:port"),
    };
    let uri = format!("{}://{}:{port}/", protocol.scheme(), host.to_ascii_lowercase()).parse();
    Ok(Proxy {
        protocol,
        uri: uri.map_err(|_| "names a host with a character that no host may have: check the host")?,
        credentials: user_info.map(|text| checked_credentials(text, protocol)).transpose()?,
    })
}

fn is_never_in_a_url(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '#' | '?' | '\\' | '<' | '>')
}

/// The protocol, and what follows it. Without a scheme it is http, as in curl and Go.
fn split_scheme(text: &str) -> Result<(ProxyProtocol, &str), &'static str> {
    let Some((scheme, rest)) = text.split_once("://") else { return Ok((ProxyProtocol::Http, text)) };
    let known = [ProxyProtocol::Http, ProxyProtocol::Https, ProxyProtocol::Socks5, ProxyProtocol::Socks5h];
    match known.into_iter().find(|protocol| protocol.scheme().eq_ignore_ascii_case(scheme)) {
        Some(protocol) => Ok((protocol, rest)),
        None => Err("must begin with http://, https://, socks5:// or socks5h://"),
    }
}

fn checked_port(text: &str) -> Result<u16, &'static str> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(port @ 1..) if is_number => Ok(port),
        _ => Err("has a port that is not a number from 1 to 65535: check it"),
    }
}

fn checked_credentials(text: &str, protocol: ProxyProtocol) -> Result<Credentials, &'static str> {
    if text.is_empty() {
        return Err("has an empty user name: remove the @, or write user:password before it");
    }
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let credentials = Credentials { user: decoded(user)?, password: decoded(password)? };
    match protocol {
        ProxyProtocol::Http | ProxyProtocol::Https if credentials.user.contains(&b':') => {
            Err("has a user name with a colon, which HTTP cannot send: check the user name")
        }
        ProxyProtocol::Socks5 | ProxyProtocol::Socks5h if credentials.user.is_empty() => {
            Err("has an empty user name, which SOCKS5 cannot send: write one before the password")
        }
        ProxyProtocol::Socks5 | ProxyProtocol::Socks5h
            if credentials.user.len().max(credentials.password.len()) > MAX_SOCKS_BYTES =>
        {
            Err("has a user name or a password of more than 255 bytes, which SOCKS5 cannot send: check them")
        }
        _ => Ok(credentials),
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, &'static str> {
    let is_encoded = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !text.is_ascii() {
        return Err("contains a character that is not ASCII: percent-encode it");
    }
    match text.split('%').skip(1).all(is_encoded) {
        true => Ok(percent_decode_str(text).collect()),
        false => Err("contains a % that encodes nothing: write it as %25"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usable_proxy_is_understood() {
        let rows = [
            ("http://proxy:3128", "http://proxy:3128/", None),
            ("http://proxy:3128/", "http://proxy:3128/", None),
            ("HTTP://Proxy:3128", "http://proxy:3128/", None),
            ("http://proxy", "http://proxy:80/", None),
            ("https://proxy", "https://proxy:443/", None),
            ("socks5://proxy", "socks5://proxy:1080/", None),
            ("socks5h://proxy:9050", "socks5h://proxy:9050/", None),
            ("proxy:3128", "http://proxy:3128/", None),
            ("user:pw@proxy:3128", "http://proxy:3128/", Some(("user", "pw"))),
            ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128/", None),
            ("[::1]:3128", "http://[::1]:3128/", None),
            ("http://192.0.2.1:1", "http://192.0.2.1:1/", None),
            ("http://user@proxy", "http://proxy:80/", Some(("user", ""))),
            ("http://user:@proxy", "http://proxy:80/", Some(("user", ""))),
            ("http://:token@proxy", "http://proxy:80/", Some(("", "token"))),
            ("http://user:a:b@proxy", "http://proxy:80/", Some(("user", "a:b"))),
            ("http://us%40er:p%23%20%2f%3a%25@proxy", "http://proxy:80/", Some(("us@er", "p# /:%"))),
            ("socks5://a%3ab:c'!$&()*+,;=d@proxy", "socks5://proxy:1080/", Some(("a:b", "c'!$&()*+,;=d"))),
        ];
        for (text, uri, credentials) in rows {
            let proxy = checked_proxy("proxy", text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let credentials = credentials
                .map(|(user, password): (&str, &str)| Credentials { user: user.into(), password: password.into() });
            assert_eq!((proxy.uri.to_string().as_str(), proxy.credentials), (uri, credentials), "{text}");
        }
    }

    #[test]
    fn an_unusable_proxy_is_refused_by_name_and_not_shown() {
        let long = format!("socks5://hunter2:{}@proxy", "x".repeat(256));
        let rows = [
            ("socks6://proxy", "must begin with"),
            ("socks://proxy:1080", "must begin with"),
            ("socks4://proxy", "must begin with"),
            ("ftp://proxy", "must begin with"),
            ("file:///etc/hunter2", "must begin with"),
            ("user:hunter2://proxy", "must begin with"),
            ("'http://hunter2'", "must begin with"),
            ("\"http://hunter2\"", "quotation mark"),
            ("http://user:hun ter2@proxy", "a space"),
            ("http://user:hunter2@proxy:3128\n", "a line break"),
            ("http://user:hunter2@proxy:3128\r\n", "a line break"),
            (" http://proxy:3128", "a space"),
            ("http://pro\txy", "a space"),
            ("http://user:hunter2#@proxy", "one of #"),
            ("http://user:hunter2?@proxy", "one of #"),
            ("http://user:hunter2\\@proxy", "a backslash"),
            ("http://user:hunter2/x@proxy", "has a path"),
            ("http://proxy:3128/proxy.pac", "has a path"),
            ("http://user:hunter2@two@proxy", "more than one @"),
            ("http://user:hunter2%@proxy", "a % that"),
            ("http://user:hunter2%4@proxy", "a % that"),
            ("http://user:hunter2%zz@proxy", "a % that"),
            ("http://user:hunter2%%41@proxy", "a % that"),
            ("http://user:hunter2ü@proxy", "not ASCII"),
            ("http://hunter2%3Ax:y@proxy", "a user name with a colon"),
            (long.as_str(), "more than 255 bytes"),
            ("http://@proxy", "an empty user name"),
            ("socks5://:hunter2@proxy", "an empty user name, which SOCKS5 cannot send"),
            ("socks5h://:hunter2@proxy", "an empty user name, which SOCKS5 cannot send"),
            ("socks5h://:@proxy", "an empty user name, which SOCKS5 cannot send"),
            ("http://", "no host"),
            ("http:///", "no host"),
            ("http:///proxy", "has a path"),
            ("http://:3128", "no host"),
            ("http://user:hunter2@:3128", "no host"),
            ("http://proxy:99999", "a port that is not"),
            ("http://127.0.0.1:99999", "a port that is not"),
            ("http://proxy:0", "a port that is not"),
            ("http://proxy:", "a port that is not"),
            ("http://proxy:+80", "a port that is not"),
            ("http://proxy:80a", "a port that is not"),
            ("http:/proxy:80", "has a path"),
            ("http:proxy:80", "a colon too many"),
            ("http://2001:db8::1:80", "a colon too many"),
            ("http://[::1", "a colon too many"),
            ("proxy", "names no port"),
            ("none", "names no port"),
            ("http://pröxy", "punycode"),
            ("http://127.1:80", "another one"),
            ("http://0x7f.1", "another one"),
            ("http://2130706433", "another one"),
            ("http://0177.0.0.1", "another one"),
            ("http://pro^xy", "check the host"),
            ("http://%31", "another one"),
        ];
        for (text, reason) in rows {
            let message = checked_proxy("HTTPS_PROXY", text).unwrap_err().message();
            assert!(message.starts_with("HTTPS_PROXY ") && message.contains(reason), "{text:?}: {message}");
            assert!(!message.contains("hun"), "{text:?}: {message}");
        }
    }
}
