//! The rows about the settings of a client.

use super::{Table, proxies_and_tls};
use crate::config::parts::{all_headers, certificates_in};
use crate::config::{Configuration, Options};
use crate::error::Error;

pub fn rows(table: &mut Table) {
    table.section("Settings of a client");
    let made = |key: &[u8], options: Options| Configuration::new(Some(key), &options);
    let long = [b'k'; 4097];
    for (situation, key) in [
        ("empty API key", &b""[..]),
        ("API key with a newline", b"key\n"),
        ("API key with a space", b"my key"),
        ("API key of 4097 bytes", &long),
    ] {
        table.failure(situation, made(key, Options::default()));
    }
    table.error("no API key", Error::argument("api_key", "is missing: pass one or set ANCHORBROWSER_API_KEY"));
    for url in [
        "ftp://x",
        "https://a b",
        "https://",
        "https://\u{fc}",
        "https://u:p@x",
        "https://x#y",
        "https://x?y",
        "https://x:99999",
        "https://x/../y",
        "https://x%20y",
        "https://127.1",
        "https://x%2ey",
        "https://x/api/v1/",
    ] {
        let options = Options { base_url: Some(url.into()), ..Options::default() };
        table.failure(&format!("base URL {url}"), made(b"key", options));
    }
    table.failure(
        "base URL that is not UTF-8",
        made(b"key", Options { base_url: Some(b"\xff".to_vec()), ..Options::default() }),
    );
    let variable = "ANCHORBROWSER_BASE_URL";
    table.error(
        "environment variable that is not UTF-8",
        Error::argument(variable, "is not UTF-8: set it to text in UTF-8"),
    );
    table.failure("timeout of 0", made(b"key", Options { timeout_ms: Some(0), ..Options::default() }));
    table.failure("empty wrapper name", made(b"key", Options { wrapper: Some(vec![]), ..Options::default() }));
    for (name, value) in [("", ""), ("Host", "x"), ("X-Team", "a\nb")] {
        let headers = vec![(name.into(), value.into())];
        table.failure(&format!("header {name:?}"), made(b"key", Options { headers, ..Options::default() }));
    }
    for (name, text) in [
        ("header", "\"X-Team\" has a value that cannot be sent in a header: check it"),
        ("api_key", "cannot be sent in a header: pass the key alone"),
        ("api_key", "is missing: pass one; this is a set-user-id program, which reads no environment variables"),
        ("proxy", "has credentials that cannot be sent in a header: check them"),
    ] {
        table.error("setting that is rejected when it is used", Error::argument(name, text));
    }
    let headers = all_headers(http::HeaderValue::from_static("key"), None, Some("X-Team"), &[]);
    table.failure("ANCHORBROWSER_CUSTOM_HEADERS without a colon", headers);
    let missing = Options { ca_file: Some(b"/missing.pem".to_vec()), ..Options::default() };
    table.failure("CA file that does not exist", made(b"key", missing));
    let device = Options { ca_file: Some(b"/dev/null".to_vec()), ..Options::default() };
    table.failure("CA file that is a device", made(b"key", device));
    proxies_and_tls::settings(table);
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (situation, text) in [
        ("that is empty", ""),
        ("that is cut off", "-----BEGIN CERTIFICATE-----\n"),
        ("with an invalid certificate", broken),
    ] {
        let flaw = certificates_in(text.as_bytes()).err().unwrap();
        table.error(&format!("CA file {situation}"), Error::argument("ca_file", format_args!("\"ca.pem\" {flaw}")));
    }
}
