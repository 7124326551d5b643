//! NO_PROXY: the hosts that are reached without the environment's proxy.
//!
//! A form that only one of curl and Go understands means what it means there. Where both understand
//! a form and differ, the host is reached directly, because a proxy is one more place that may see
//! the key. An address or a network in brackets, which neither of them understands, is taken for what
//! it says. An entry of any other form names no host, as in both. So does a name that is not ASCII,
//! which only Go understands: it would need the tables of Unicode.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::host::{Host, split_port};

/// The length of `::ffff:0:0`, which precedes an IPv4 address in IPv6 notation.
const IPV4_MAPPED_BITS: u8 = 96;

/// Whether the list names this host and port.
pub fn names(list: &str, host: &Host, port: u16) -> bool {
    list.split([',', ' ', '\t', '\r', '\n']).any(|entry| entry == "*" || is_named(entry, host, port))
}

fn is_named(entry: &str, host: &Host, port: u16) -> bool {
    match host {
        Host::Address(address) => is_address_named(entry, *address, port),
        Host::Name(name) => {
            let Some((pattern, only_port)) = split_port(entry) else { return false };
            is_port(only_port, port) && is_name_named(&pattern.to_ascii_lowercase(), name)
        }
    }
}

fn is_name_named(pattern: &str, name: &str) -> bool {
    let pattern = pattern.trim_end_matches('.');
    let (domain, is_only_below) = match pattern.strip_prefix("*.") {
        Some(domain) => (domain, true),
        None => (pattern.strip_prefix('.').unwrap_or(pattern), false),
    };
    match name.strip_suffix(domain) {
        _ if domain.is_empty() => false,
        Some("") => !is_only_below,
        Some(below) => below.ends_with('.'),
        None => false,
    }
}

fn is_address_named(entry: &str, address: IpAddr, port: u16) -> bool {
    // curl takes an empty length for that of a single address.
    let entry = entry.strip_suffix('/').unwrap_or(entry);
    if let Ok(network) = entry.replace(['[', ']'], "").parse::<IpNet>() {
        return canonical(network).contains(&address);
    }
    // Without brackets, the colons of an IPv6 address are not followed by a port.
    let (pattern, only_port) = split_port(entry).unwrap_or((entry, None));
    let bare = pattern.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    is_port(only_port, port) && bare.parse().is_ok_and(|named: IpAddr| named.to_canonical() == address)
}

/// A network of IPv4 addresses in IPv6 notation is one of IPv4 addresses, as each of them is.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else { return network };
    let length = mapped.prefix_len().checked_sub(IPV4_MAPPED_BITS);
    let address = mapped.addr().to_ipv4_mapped();
    let ipv4 = address.zip(length).and_then(|(address, length)| Ipv4Net::new(address, length).ok());
    ipv4.map_or(network, IpNet::V4)
}

/// A port that is missing or empty stands for every port.
fn is_port(only: Option<&str>, port: u16) -> bool {
    only.is_none_or(|only| only.is_empty() || only.parse() == Ok(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list, the host, and whether the list names it. The port is 443.
    const FORMS: &[(&str, &str, bool)] = &[
        // Everything. curl: only alone. Go: also in a list.
        ("*", "api.example", true),
        ("*", "192.0.2.1", true),
        ("*", "[2001:db8::1]", true),
        ("other.example,*", "api.example", true),
        ("other.example, *", "192.0.2.1", true),
        // A name and the names below it. curl and Go.
        ("example", "example", true),
        ("example", "api.example", true),
        ("example", "a.b.example", true),
        ("example", "notexample", false),
        ("example", "example.org", false),
        ("API.Example", "api.example", true),
        ("api.example", "API.EXAMPLE", true),
        // A leading dot. curl: also the name itself. Go: only the names below it.
        (".example", "api.example", true),
        (".example", "example", true),
        (".example", "notexample", false),
        // A leading *. curl: no host. Go: only the names below it.
        ("*.example", "api.example", true),
        ("*.example", "a.b.example", true),
        ("*.example", "example", false),
        ("*.example", "notexample", false),
        // A trailing dot in the list or in the host. curl. Go: no host.
        ("api.example.", "api.example", true),
        (".example.", "api.example", true),
        ("api.example", "api.example.", true),
        // A port. curl: no host. Go: the host at that port.
        ("api.example:443", "api.example", true),
        ("api.example:8443", "api.example", false),
        ("example:443", "api.example", true),
        ("*.example:443", "api.example", true),
        ("api.example:https", "api.example", false),
        ("192.0.2.1:443", "192.0.2.1", true),
        ("192.0.2.1:80", "192.0.2.1", false),
        ("[2001:db8::1]:443", "[2001:db8::1]", true),
        ("[2001:db8::1]:80", "[2001:db8::1]", false),
        // Addresses. curl and Go.
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.10", false),
        ("192.0.2.1", "[::ffff:192.0.2.1]", true),
        ("::ffff:192.0.2.1", "192.0.2.1", true),
        ("2001:db8::1", "[2001:db8::1]", true),
        ("2001:DB8:0::1", "[2001:db8::1]", true),
        ("2.1", "192.0.2.1", false),
        ("192.0.2.1", "192.0.2.1.example", false),
        // With a slash. curl: this address. Go: no host.
        ("192.0.2.1/", "192.0.2.1", true),
        ("192.0.2.1/", "192.0.2.2", false),
        ("2001:db8::1/", "[2001:db8::1]", true),
        ("/", "192.0.2.1", false),
        ("api.example/", "api.example", false),
        // In brackets. Neither of them.
        ("[2001:db8::1]", "[2001:db8::1]", true),
        ("[2001:db8::]/32", "[2001:db8::9]", true),
        ("[2001:db8::]/32", "[2001:db9::9]", false),
        // IPv4 networks in IPv6 notation. curl: no host. Go: the addresses of the IPv4 network.
        ("::ffff:192.0.2.0/120", "192.0.2.1", true),
        ("::ffff:192.0.2.0/120", "[::ffff:192.0.2.1]", true),
        ("::ffff:192.0.2.0/120", "192.0.3.1", false),
        ("::ffff:0:0/96", "192.0.2.1", true),
        ("::ffff:0:0/95", "192.0.2.1", false),
        ("::/0", "192.0.2.1", false),
        // Networks. curl and Go.
        ("192.0.2.0/24", "192.0.2.99", true),
        ("192.0.2.7/24", "192.0.2.99", true),
        ("192.0.2.0/24", "192.0.3.1", false),
        ("0.0.0.0/0", "192.0.2.1", true),
        ("0.0.0.0/0", "[2001:db8::1]", false),
        ("2001:db8::/32", "[2001:db8::9]", true),
        ("2001:db8::/32", "[2001:db9::9]", false),
        ("192.0.2.0/33", "192.0.2.1", false),
        ("192.0.2.0/24", "api.example", false),
        // Separators. curl and Go: commas with blanks around them. Earlier versions of curl: blanks.
        ("a.example,api.example", "api.example", true),
        ("a.example, api.example", "api.example", true),
        ("a.example api.example", "api.example", true),
        ("a.example\tapi.example\n", "api.example", true),
        (",, ,api.example,", "api.example", true),
        ("a.example;api.example", "api.example", false),
        // No form that either of them understands.
        ("b\u{fc}cher.example", "xn--bcher-kva.example", false),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", true),
        ("", "api.example", false),
        (" , ", "api.example", false),
        (".", "api.example", false),
        ("*.", "api.example", false),
        ("*:443", "api.example", false),
        ("*example", "api.example", false),
        ("api.*", "api.example", false),
        ("192.0.2.*", "192.0.2.1", false),
        ("https://api.example", "api.example", false),
        ("api.example/v1", "api.example", false),
    ];

    #[test]
    fn each_form_names_the_hosts_that_curl_or_go_take_it_for() {
        for (list, host, is_named) in FORMS {
            assert_eq!(names(list, &Host::parse(host).unwrap(), 443), *is_named, "NO_PROXY={list:?} {host}");
        }
    }
}
