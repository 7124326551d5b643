//! What leaves the library: messages, log lines and request ids are single lines of at most 1,000
//! bytes, and neither these nor the results contain the API key.
//!
//! The key can come back from a server, and a caller can pass it by mistake, as an id or in a path.

use std::sync::Mutex;

use crate::canned_server::{CannedServer, answer};
use crate::certificates::{Asks, Authority, Setup, TlsServer};
use crate::host::{Call, Client, Failure, Options, expect_failure};
use crate::queue_host::Queue;

/// With characters that URLs, JSON and Rust escape. `host.rs` looks for "canary" in each message.
const KEY: &str = r#"sk-"canary"\/+%?-key"#;
/// With characters that an id and a host name can have.
const PLAIN_KEY: &str = "sk-canary-7f3a.key";
const SHOWN: &str = "[api key]";

/// The name of a form in which a text can stand in another one, and how it writes a key.
type Form = (&'static str, fn(&str) -> String);

fn forms() -> [Form; 14] {
    fn each(text: &str, write: fn(u8) -> String) -> String {
        text.bytes().map(write).collect()
    }
    [
        ("plain", str::to_owned),
        ("in capitals", str::to_uppercase),
        ("percent-encoded where needed", |key| key.replace('%', "%25").replace('"', "%22").replace('\\', "%5C")),
        ("percent-encoded", |key| each(key, |byte| format!("%{byte:02X}"))),
        ("percent-encoded in lower case", |key| each(key, |byte| format!("%{byte:02x}"))),
        ("percent-encoded in part", |key| key.replace('-', "%2d").replace('%', "%25").replace("%252d", "%2d")),
        ("percent-encoded twice", |key| each(key, |byte| format!("%25{byte:02X}"))),
        ("escaped in JSON", |key| key.replace('\\', r"\\").replace('"', r#"\""#).replace('/', r"\/")),
        ("escaped as Unicode", |key| each(key, |byte| format!("\\u{byte:04X}"))),
        ("escaped as Unicode in lower case", |key| each(key, |byte| format!("\\u{byte:04x}"))),
        ("quoted by Rust", |key| format!("{key:?}")),
        ("in Base64", |key| base64(key, b"+/")),
        ("in Base64 behind user:", |key| base64(&format!("user:{key}"), b"+/")),
        ("in Base64 for URLs behind ids:", |key| base64(&format!("ids:{key}:x"), b"-_")),
    ]
}

fn base64(text: &str, last: &[u8; 2]) -> String {
    let digits: Vec<_> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*last).collect();
    let encoded = text.as_bytes().chunks(3).flat_map(|bytes| {
        let number = (0..3).fold(0, |number, at| number << 8 | usize::from(bytes.get(at).copied().unwrap_or_default()));
        let digits = digits.clone();
        (0..=bytes.len()).map(move |at| char::from(digits[number >> (18 - 6 * at) & 63]))
    });
    encoded.collect()
}

/// Fails if the text contains a piece of the key that tells it.
fn check(situation: &str, text: &str, key: &str) {
    assert!(text.len() <= 1000 && !text.contains(char::is_control), "{situation}: {text}");
    for (form, write) in forms() {
        // The first and the last digits of Base64 depend on the neighbours.
        let written = write(key);
        let core = if form.contains("Base64") { &written[8..written.len() - 4] } else { written.trim_matches('"') };
        assert!(!text.contains(core), "{situation}: {core} is in {text}");
    }
}

fn json_text(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn no_form_of_the_key_comes_back_from_a_server() {
    for (form, write) in forms() {
        let echo = write(KEY);
        let said = |field: &str| format!(r#"{{{field}:{}}}"#, json_text(&format!("<{echo}>")));
        let answers = [
            ("message", answer("404 Not Found", &[], format!(r#"{{"error":{}}}"#, said(r#""message""#)).as_bytes())),
            ("status", answer("200 OK", &[], format!(r#"{{"data":{}}}"#, said(r#""status""#)).as_bytes())),
            ("name", answer("200 OK", &[], format!(r#"{{{}:1}}"#, json_text(&echo)).as_bytes())),
            ("page", answer("502 Bad Gateway", &[], echo.as_bytes())),
            ("request id", answer("401 Unauthorized", &[&format!("x-request-id: <{echo}>")], b"{}")),
            ("reason phrase", answer(&format!("403 <{echo}>"), &[], b"{}")),
            ("Location", answer("302 Found", &[&format!("location: http://{echo}")], b"")),
            ("header's name", answer("200 OK", &[&format!("{echo} : x")], b"{}")),
            ("first line", echo.clone().into_bytes()),
        ];
        for (place, bytes) in answers {
            let situation = format!("{form} as the {place}");
            let server = CannedServer::start([bytes]);
            let lines = Mutex::default();
            let options = Options::for_url(&server.url).max_retries(0).log(&lines);
            let (client, call) = (options.client_with_key(KEY).unwrap(), Call::new());
            let result = client.pause_call("demo", &call);
            let texts = [result.err().map(|failure| failure.message), call.request_id(), call.result()];
            for text in texts.into_iter().flatten().chain(lines.lock().unwrap().drain(..).map(|(_, line)| line)) {
                check(&situation, &text, KEY);
            }
        }
    }
}

#[test]
fn the_rest_of_a_text_with_the_key_is_shown() {
    let body = format!(r#"{{"error":{{"message":{}}}}}"#, json_text(&format!("no key {KEY} in \"test\"")));
    let server =
        CannedServer::start([answer("401 Unauthorized", &[&format!("x-request-id: req-{KEY}-1")], body.as_bytes())]);
    let (client, call) = (Options::for_url(&server.url).client_with_key(KEY).unwrap(), Call::new());
    let failure = expect_failure(client.pause_call("demo", &call));
    let expected = "401 the API key was not accepted while pausing session \"demo\" (the API says: no key [api key] in \
                    \"test\"); check the API key that the client was given";
    assert_eq!(failure.message, expected);
    assert_eq!(call.request_id().as_deref(), Some("req-[api key]-1"));
    assert_eq!(call.result().as_deref(), Some(r#"{"error":{"message":"no key [api key] in \"test\""}}"#));
}

/// Calls to a port where nobody listens. They fail with a message that has the caller's text.
#[test]
fn a_key_that_the_caller_passes_by_mistake_is_not_repeated() {
    let folder = crate::folder::Folder::new();
    for (form, write) in forms() {
        let mistake = write(PLAIN_KEY);
        let lines = Mutex::default();
        let options = Options::for_url("http://127.0.0.1:1").max_retries(0).log(&lines);
        let (client, call) = (options.client_with_key(PLAIN_KEY).unwrap(), Call::new());
        let missing = folder.file(&format!("missing-{}/video.mp4", mistake.replace('/', "_")));
        let rows = [
            ("session", client.pause(mistake.as_str())),
            ("part of a session", client.resume(format!("id {mistake}"))),
            ("recording", client.delete("demo", mistake.as_str(), &call)),
            ("path", client.request("GET", format!("/v1/{mistake}"), None, &call)),
            ("path that is refused", client.request("GET", format!("/v1/../{mistake}"), None, &call)),
            ("path without a slash", client.request("GET", mistake.as_str(), None, &call)),
            ("query", client.request("POST", format!("/v1?key={mistake}"), None, &call)),
            ("method", client.request(&mistake, "/v1", None, &call)),
            ("body", client.request("POST", "/v1", Some(&mistake), &call)),
            ("file", client.download("demo", missing, &call)),
            ("hold", client.pause_end(mistake.as_str())),
        ];
        for (argument, result) in rows {
            check(&format!("{form} as the {argument}"), &expect_failure(result).message, PLAIN_KEY);
        }
        let queue = Queue::new(1);
        let begun = client.resume_call(format!("id {mistake}"), &queue.call(1));
        let queued = begun.and_then(|()| queue.next().result);
        check(&format!("{form} through a queue"), &expect_failure(queued).message, PLAIN_KEY);
        let lines = lines.into_inner().unwrap();
        assert!(!lines.is_empty());
        lines.iter().for_each(|(_, line)| check(&format!("{form} in the log"), line, PLAIN_KEY));
    }
}

/// There is no client yet, but the key is known.
#[test]
fn a_client_that_cannot_be_made_does_not_repeat_its_key() {
    let url = || Options::for_url("http://127.0.0.1:1");
    for (form, write) in forms() {
        let mistake = write(PLAIN_KEY);
        let rows = [
            ("base URL", Options::for_url(&mistake)),
            ("host", Options::for_url(&format!("http://{mistake}:99999"))),
            ("path of the base URL", Options::for_url(&format!("http://h/../{mistake}"))),
            ("CA file", url().ca_file(format!("/missing/{mistake}"))),
            ("proxy", url().proxy(mistake.as_str())),
            ("header's name", url().header(&format!("{mistake} "), "x")),
            ("header's value", url().header("x-a", &format!("{mistake}\u{7f}"))),
            ("wrapper", url().wrapper(&format!("{mistake} "))),
        ];
        for (setting, options) in rows {
            let failure = options.client_with_key(PLAIN_KEY).err();
            let failure = failure.unwrap_or_else(|| panic!("{form} is accepted as the {setting}"));
            check(&format!("{form} as the {setting}"), &failure.message, PLAIN_KEY);
        }
    }
    for key in [&format!("{PLAIN_KEY}\n"), &format!("{PLAIN_KEY} x"), &format!("{PLAIN_KEY}\u{fc}")] {
        check("an unusable key", &expect_failure(url().client_with_key(key.as_str()).map(drop)).message, PLAIN_KEY);
    }
}

#[test]
fn a_long_message_keeps_its_beginning_and_its_advice() {
    let client = Client::without_retries("http://127.0.0.1:1");
    let call = Call::new();
    let refused = "nothing was sent: check the base URL, the network and the proxy; try again";
    let long = "x".repeat(50_000);
    let rows: [(&str, Result<(), Failure>, &str, &str); 5] = [
        (
            "a path",
            client.request("GET", format!("/v1/{long}"), None, &call),
            "cannot connect to http://127.0.0.1:1 while sending GET \"/v1/xxx",
            refused,
        ),
        (
            "an id of Unicode",
            client.list("\u{6f22}".repeat(85), Some(&call)),
            "cannot connect to http://127.0.0.1:1 while listing the recordings of session \"\u{6f22}",
            refused,
        ),
        (
            "ids that are escaped",
            client.delete("\u{202e}".repeat(85), "\u{202e}".repeat(85), &call),
            "cannot connect to http://127.0.0.1:1 while deleting recording \"\\u{202e}",
            "nothing was sent: check the base URL, the network and the proxy; try again",
        ),
        (
            "an id that is refused",
            client.pause("/".repeat(256)),
            "session_id \"////",
            r#"contains "/", "\" or "%": pass an id of the API, not a path or an encoded one"#,
        ),
        (
            "a path that is refused",
            client.request("GET", format!("/{}", " ".repeat(5000)), None, &call),
            "path \"/   ",
            "cannot be sent unchanged: percent-encode it",
        ),
    ];
    for (what, result, begin, end) in rows {
        let message = expect_failure(result).message;
        assert!(message.starts_with(begin) && message.ends_with(end), "{what}: {message}");
    }
    for said in [long.clone(), "\u{1f600}".repeat(20_000), "\n".repeat(20_000)] {
        let body = format!(r#"{{"error":{}}}"#, json_text(&said));
        let server = CannedServer::start([answer(
            "500 Oops",
            &[&format!("x-request-id: {}", "r".repeat(5000))],
            body.as_bytes(),
        )]);
        let client = Client::without_retries(&server.url);
        let message = expect_failure(client.pause_call("demo", &call)).message;
        assert!(message.starts_with("500 the API failed while pausing session \"demo\" (the API says: "), "{message}");
        assert!(message.ends_with("; assume that it is still being recorded, and pause again"), "{message}");
        assert!((900..=1000).contains(&call.request_id().unwrap().len()));
    }
}

#[test]
fn a_query_is_neither_logged_nor_in_a_message() {
    let lines = Mutex::default();
    let server = CannedServer::start([answer("200 OK", &[], b"{}"), answer("500 Oops", &[], b"{}")]);
    let client = Options::for_url(&server.url).max_retries(0).log(&lines).client().unwrap();
    let path = "/v1/sessions?token=hunter2&x=hunter2";
    client.request("GET", path, None, &Call::new()).unwrap();
    let failed = expect_failure(client.request("GET", path, None, &Call::new()));
    let refused = expect_failure(client.request("GET", "/v1/a b?token=hunter2", None, &Call::new()));
    assert!(failed.message.starts_with(r#"500 the API failed while sending GET "/v1/sessions?...";"#), "{failed:?}");
    assert!(refused.message.starts_with(r#"path "/v1/a b?..." cannot"#), "{refused:?}");
    let lines = lines.into_inner().unwrap();
    assert_eq!(lines.len(), 2);
    for text in lines.into_iter().map(|(_, line)| line).chain([failed.message, refused.message]) {
        assert!(text.contains("?...") && !text.contains("hunter2"), "{text}");
    }
    assert!(server.requests()[0].starts_with("get /v1/sessions?token=hunter2&x=hunter2 "));
}

/// A key of fewer than 6 characters is a word that any text may contain.
#[test]
fn a_short_key_is_not_looked_for() {
    let body = br#"{"error":"no key here"}"#;
    for (key, said) in [("here", "no key here"), ("no-key", "no key here"), ("short", "no key here")] {
        let server = CannedServer::start([answer("401 Unauthorized", &[], body)]);
        let client = Options::for_url(&server.url).client_with_key(key).unwrap();
        let message = expect_failure(client.pause("demo")).message;
        assert!(message.contains(said) && !message.contains(SHOWN), "{message}");
    }
}

/// A key that is longer than what is shown of some texts, with a character that separates words there.
const LONG_KEY: &str = "sk-canary-0123456789_abcdefghijklmnopqrstuvwxyz,0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// The same for a name of a certificate.
const LONG_NAME: &str = "sk-canary-0123456789.abcdefghijklmnopqrstuvwxyz.0123456789.abcdefghijklmnopqrstuvwxyz";

/// Fails if the text contains a piece of the key.
fn check_pieces(situation: &str, text: &str, key: &str) {
    assert!(text.len() <= 1000, "{situation}: {text}");
    let text = text.to_lowercase();
    for piece in key.to_lowercase().as_bytes().windows(8) {
        let piece = std::str::from_utf8(piece).unwrap();
        assert!(!text.contains(piece), "{situation}: {piece} is in {text}");
    }
}

#[test]
fn no_piece_of_the_key_stays_when_a_text_is_shortened() {
    for length in [0, 1, 10, 19, 30, 55, 100, 140, 200, 290, 320] {
        let filler = "z".repeat(length);
        let text = format!("{filler}{LONG_KEY}");
        let rows = [
            (
                "Content-Encoding",
                answer("200 OK", &[&format!("content-encoding: {text}")], b"x"),
                "http",
                "encoded with",
            ),
            (
                "the second encoding",
                answer("200 OK", &[&format!("content-encoding: gzip, {text}")], b"x"),
                "http",
                "gzip",
            ),
            (
                "status",
                answer("200 OK", &[], format!(r#"{{"data":{{"status":"fail {text}"}}}}"#).as_bytes()),
                "http",
                "fail",
            ),
            ("reason of CONNECT", answer(&format!("502 {text}"), &[], b""), "https", "with 502"),
            ("scheme", answer("407 Auth", &[&format!("proxy-authenticate: {text}")], b""), "https", "another kind of"),
            (
                "realm",
                answer("407 Auth", &[&format!("proxy-authenticate: Digest realm=\"{text}\"")], b""),
                "https",
                "Digest",
            ),
        ];
        for (place, bytes, scheme, said) in rows {
            let server = CannedServer::start([bytes]);
            let options = match scheme {
                "http" => Options::for_url(&server.url),
                _ => Options::for_url("https://api.invalid").proxy(server.url.as_str()),
            };
            let lines = Mutex::default();
            let client = options.max_retries(0).log(&lines).client_with_key(LONG_KEY).unwrap();
            let message = expect_failure(client.pause("demo")).message;
            assert!(message.contains(said), "{place}: {message}");
            for text in lines.lock().unwrap().drain(..).map(|(_, line)| line).chain([message]) {
                check_pieces(&format!("{place} behind {length} characters"), &text, LONG_KEY);
            }
        }
    }
}

#[test]
fn no_piece_of_the_key_is_shown_of_the_names_of_a_certificate() {
    let (folder, ca) = (crate::folder::Folder::new(), Authority::new("ca"));
    std::fs::write(folder.file("ca.pem"), &ca.pem).unwrap();
    for length in [0, 10, 30, 55, 100, 200] {
        let name = format!("{}{LONG_NAME}", "z".repeat(length));
        let identity = ca.identity(&[&name, "other.example", &name], |_| {});
        let server = TlsServer::start(&Setup {
            identity: &identity,
            asks: Asks::Nothing,
            clients_of: &ca,
            versions: &[&rustls::version::TLS13],
            delay: std::time::Duration::ZERO,
            is_abrupt: false,
        });
        let options = Options::for_url(&server.url).ca_file(folder.file("ca.pem"));
        let message = expect_failure(options.client_with_key(LONG_NAME).unwrap().pause("demo")).message;
        assert!(message.contains("certificate is valid for ") && message.contains("other.example"), "{message}");
        assert!(message.ends_with("; assume that it is still being recorded, and pause again"), "{message}");
        check_pieces(&format!("a name behind {length} characters"), &message, LONG_NAME);
    }
}
