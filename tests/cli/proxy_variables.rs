//! The proxy variables of the environment. They are read once per process, so each row is a process
//! of its own.

use crate::process::{Running, anchor};

/// Nothing listens there: a message names it if the call would have gone through it.
const PROXY: &str = "http://127.0.0.1:1";
const OTHER: &str = "http://127.0.0.1:2";
const HTTP: &str = "http://api.invalid";
const HTTPS: &str = "https://api.invalid";

#[derive(Debug, PartialEq)]
enum Way {
    Direct,
    Through(String),
    /// The variable that is refused.
    Refused(String),
}

/// The way that a call to this base URL takes in a process with these variables.
fn way(base_url: &str, variables: &[(&str, &str)]) -> Way {
    let mut command = anchor(base_url, ["pause", "abc", "--json", "--max-retries", "0", "--timeout", "20"]);
    let exited = Running::start(command.envs(variables.iter().copied())).wait();
    let error = exited.error();
    let message = error["message"].as_str().unwrap();
    for (_, value) in variables.iter().filter(|(_, value)| value.contains("hunter2")) {
        assert!(!message.contains(value.trim()) && !message.contains("hunter2"), "{message}");
    }
    if error["status"] == 1 {
        return Way::Refused(message.split(' ').next().unwrap().to_owned());
    }
    match message.split_once(" through the proxy ") {
        Some((_, proxy)) => Way::Through(proxy.split(' ').next().unwrap().to_owned()),
        None => Way::Direct,
    }
}

fn through(proxy: &str) -> Way {
    Way::Through(proxy.to_owned())
}

fn refused(variable: &str) -> Way {
    Way::Refused(variable.to_owned())
}

#[test]
fn a_value_that_cannot_be_used_is_refused_by_the_name_of_its_variable() {
    for value in [
        "socks6://127.0.0.1:1",
        "socks://127.0.0.1:1",
        "ftp://127.0.0.1:1",
        "\"http://127.0.0.1:1\"",
        "'http://127.0.0.1:1'",
        "http://user:hunter2 x@127.0.0.1:1",
        "http://user:hunter2#x@127.0.0.1:1",
        "http://user:hunter2@two@127.0.0.1:1",
        "http://user:hunter2@127.0.0.1:1\n",
        "http:///",
        "http://127.0.0.1:99999",
        "http://127.1:1",
        "none",
    ] {
        assert_eq!(way(HTTPS, &[("HTTPS_PROXY", value)]), refused("HTTPS_PROXY"), "{value:?}");
    }
}

#[test]
fn a_usable_value_is_used() {
    for (value, proxy) in [
        (PROXY, PROXY),
        ("http://127.0.0.1:1/", PROXY),
        ("127.0.0.1:1", PROXY),
        ("http://user:hunter2@127.0.0.1:1", PROXY),
        ("https://127.0.0.1:1", "https://127.0.0.1:1"),
        ("socks5h://127.0.0.1:1", "socks5h://127.0.0.1:1"),
        ("socks5h://user:hunter2@127.0.0.1:1", "socks5h://127.0.0.1:1"),
    ] {
        assert_eq!(way(HTTPS, &[("HTTPS_PROXY", value)]), through(proxy), "{value:?}");
    }
}

#[test]
fn the_first_variable_of_the_scheme_that_is_not_empty_counts() {
    const UNUSABLE: &str = "ftp://x";
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Way);
    let rows: [Row<'_>; 20] = [
        (HTTPS, &[("HTTPS_PROXY", PROXY), ("https_proxy", UNUSABLE)], through(PROXY)),
        (HTTPS, &[("HTTPS_PROXY", UNUSABLE), ("https_proxy", PROXY)], refused("HTTPS_PROXY")),
        (HTTPS, &[("https_proxy", UNUSABLE), ("ALL_PROXY", PROXY)], refused("https_proxy")),
        (HTTPS, &[("HTTPS_PROXY", ""), ("https_proxy", PROXY)], through(PROXY)),
        (HTTPS, &[("HTTPS_PROXY", ""), ("https_proxy", ""), ("ALL_PROXY", OTHER)], through(OTHER)),
        (HTTPS, &[("ALL_PROXY", UNUSABLE), ("all_proxy", PROXY)], refused("ALL_PROXY")),
        (HTTPS, &[("all_proxy", UNUSABLE)], refused("all_proxy")),
        (HTTPS, &[("HTTP_PROXY", UNUSABLE), ("http_proxy", UNUSABLE)], Way::Direct),
        (HTTPS, &[("HTTPS_PROXY", "")], Way::Direct),
        (HTTP, &[("HTTP_PROXY", PROXY), ("http_proxy", OTHER)], through(PROXY)),
        (HTTP, &[("http_proxy", UNUSABLE)], refused("http_proxy")),
        (HTTP, &[("HTTPS_PROXY", UNUSABLE)], Way::Direct),
        (HTTP, &[("ALL_PROXY", PROXY)], through(PROXY)),
        // A web server sets HTTP_PROXY of a CGI program to a header of the request.
        (HTTP, &[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", UNUSABLE)], Way::Direct),
        (HTTP, &[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", OTHER), ("http_proxy", PROXY)], through(PROXY)),
        (HTTP, &[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", OTHER), ("ALL_PROXY", PROXY)], through(PROXY)),
        (HTTPS, &[("REQUEST_METHOD", "GET"), ("HTTPS_PROXY", PROXY)], through(PROXY)),
        // Not used, so not checked.
        (HTTPS, &[("HTTPS_PROXY", UNUSABLE), ("NO_PROXY", "other,.invalid")], Way::Direct),
        (HTTPS, &[("HTTPS_PROXY", PROXY), ("NO_PROXY", ""), ("no_proxy", "*")], Way::Direct),
        (HTTPS, &[("HTTPS_PROXY", PROXY), ("NO_PROXY", "api.invalid:80")], through(PROXY)),
    ];
    for (base_url, variables, expected) in rows {
        assert_eq!(way(base_url, variables), expected, "{base_url} {variables:?}");
    }
}

#[test]
fn a_base_url_on_this_machine_is_reached_directly() {
    for host in ["localhost", "localhost.", "LOCALHOST", "127.0.0.1", "127.9.9.9", "0.0.0.0", "[::1]"]
        .into_iter()
        .chain(["[::]", "[::ffff:127.0.0.1]", "[::ffff:0.0.0.0]"])
    {
        for scheme in ["http", "https"] {
            let base_url = format!("{scheme}://{host}:1");
            assert_eq!(way(&base_url, &[("ALL_PROXY", OTHER)]), Way::Direct, "{base_url}");
        }
    }
}

/// These names are looked up, so they may lead to another machine.
#[test]
fn a_name_that_only_looks_like_this_machine_is_reached_through_the_proxy() {
    for host in ["a.localhost", "localhost.localdomain", "ip6-localhost", "notlocalhost"] {
        let base_url = format!("http://{host}:1");
        assert_eq!(way(&base_url, &[("ALL_PROXY", OTHER)]), through(OTHER), "{base_url}");
    }
}

#[test]
fn a_host_that_a_parser_would_repair_is_refused() {
    for host in ["127.1", "0x7f.1", "2130706433", "0177.0.0.1"] {
        let base_url = format!("http://{host}:1");
        assert_eq!(way(&base_url, &[("ALL_PROXY", OTHER)]), refused("ANCHORBROWSER_BASE_URL"), "{base_url}");
    }
}
