//! The host of a URL in one spelling, for every decision that depends on it.
//!
//! A host can be written in many ways: `LOCALHOST.`, `[::ffff:127.0.0.1]`, `127.1`. URL parsers
//! repair some of them, so a person and the program may read different hosts. Those are refused.

use std::net::IpAddr;

use url::Host as UrlHost;

#[derive(Debug, Clone, PartialEq)]
pub enum Host {
    /// In lower case, without a trailing dot.
    Name(String),
    /// An IPv4 address in IPv6 notation is an IPv4 address.
    Address(IpAddr),
}

impl Host {
    /// The host as it stands in a URL, where an IPv6 address is in brackets. Returns what is wrong
    /// with it, and never repeats it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.is_ascii() {
            return Err("names a host that is not ASCII: write it in punycode (xn--...)");
        }
        match UrlHost::parse(text) {
            Ok(UrlHost::Ipv6(address)) => Ok(Self::Address(IpAddr::V6(address).to_canonical())),
            Ok(UrlHost::Ipv4(address)) if address.to_string() == text => Ok(Self::Address(address.into())),
            Ok(UrlHost::Ipv4(_)) => {
                Err("names a host in a form that would be read as another one: write an IPv4 address as 127.0.0.1")
            }
            Ok(UrlHost::Domain(name)) if name.eq_ignore_ascii_case(text) && !name.trim_matches('.').is_empty() => {
                Ok(Self::Name(name.trim_end_matches('.').to_owned()))
            }
            _ => Err("names a host with a character that no host may have: check the host"),
        }
    }

    /// Whether connections to the host stay on this machine, where no proxy can follow. Names below
    /// `localhost` are looked up as any other name, so they may lead elsewhere.
    pub fn is_this_machine(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost",
            // A connection to the unspecified address reaches this machine.
            Self::Address(address) => address.is_loopback() || address.is_unspecified(),
        }
    }
}

/// Splits `host:port`, where the port may be missing. The brackets of an IPv6 address stay. `None`
/// if it is not clear where the host ends.
pub fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    let host_end = match text.starts_with('[') {
        true => text.find(']')? + 1,
        false => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at_checked(host_end)?;
    match rest.strip_prefix(':') {
        Some(port) if !port.contains(':') => Some((host, Some(port))),
        None if rest.is_empty() => Some((host, None)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_this_machine_is_recognized() {
        for (host, is_this_machine) in [
            ("localhost", true),
            ("LocalHost", true),
            ("localhost.", true),
            ("api.localhost", false),
            ("api.LOCALHOST.", false),
            ("localhost.localdomain", false),
            ("ip6-localhost", false),
            ("127.0.0.1", true),
            ("127.1.2.3", true),
            ("0.0.0.0", true),
            ("[::1]", true),
            ("[0:0:0:0:0:0:0:1]", true),
            ("[::]", true),
            ("[::ffff:127.0.0.1]", true),
            ("[::FFFF:7f00:1]", true),
            ("[::ffff:0.0.0.0]", true),
            ("localhost.example", false),
            ("notlocalhost", false),
            ("128.0.0.1", false),
            ("10.0.0.1", false),
            ("[::2]", false),
            ("[::ffff:10.0.0.1]", false),
        ] {
            assert_eq!(Host::parse(host).map(|host| host.is_this_machine()), Ok(is_this_machine), "{host}");
        }
    }

    #[test]
    fn a_host_that_a_parser_would_repair_is_refused() {
        for host in [
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "0177.0.0.1",
            "127.0.0.1.",
            "127.0.0.01",
            "%31%32%37.0.0.1",
            "local%68ost",
            "a%2eb",
            "256.0.0.1",
            "1.2.3.4.5",
            "::1",
            "[::1",
            "[fe80::1%25eth0]",
            "",
            ".",
            "a b",
            "a/b",
            "höst",
        ] {
            assert!(Host::parse(host).is_err(), "{host}: {:?}", Host::parse(host));
        }
    }

    #[test]
    fn the_port_follows_the_host() {
        for (text, expected) in [
            ("host", Some(("host", None))),
            ("host:80", Some(("host", Some("80")))),
            ("host:", Some(("host", Some("")))),
            ("[::1]", Some(("[::1]", None))),
            ("[::1]:80", Some(("[::1]", Some("80")))),
            ("::1", None),
            ("a:b:80", None),
            ("[::1", None),
            ("[::1]80", None),
        ] {
            assert_eq!(split_port(text), expected, "{text}");
        }
    }
}
