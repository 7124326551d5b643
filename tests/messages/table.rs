//! A table of every message of the library, `messages.txt`, for review: each row must say what
//! failed, for which session, and what to do.
//!
//! `ANCHOR_WRITE_MESSAGES=1 cargo test --lib messages` regenerates the table. Review the
//! difference.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use std::{env, fs, io};

use http::{Method, StatusCode};

use crate::answer::{self, Body};
use crate::call::Call;
use crate::cause::{self, Fault};
use crate::client::Client;
use crate::error::Error;
use crate::exchange::{given_up, lost_before};
use crate::ffi::{guard, handle};
use crate::operation::Operation;
use crate::options::{self, Configuration, Options};
use crate::part_file;
use crate::queue::Queue;
use crate::{client, headers, pause_count, recordings, request};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/messages/messages.txt");
const SERVER: &str = "https://api.example";
const INTRODUCTION: &str = "\
Every message of the library, and when it comes. The session is called demo.
";

#[derive(Default)]
struct Table(String);

impl Table {
    fn section(&mut self, title: &str) {
        write!(self.0, "\n== {title} ==\n").unwrap();
    }

    fn row(&mut self, situation: &str, message: &str) {
        write!(self.0, "\n{situation}\n    {message}\n").unwrap();
    }

    fn error(&mut self, situation: &str, error: Error) {
        self.row(situation, &error.message());
    }

    fn failed<T>(&mut self, situation: &str, result: Result<T, Error>) {
        self.error(situation, result.err().unwrap_or_else(|| panic!("no error: {situation}")));
    }
}

fn operations() -> [Operation; 7] {
    let session = || "demo".to_owned();
    [
        Operation::Pause { session: session() },
        Operation::Resume { session: session() },
        Operation::List { session: session() },
        Operation::Delete { session: session(), recording: "video-1".into() },
        Operation::Download { session: session() },
        Operation::Request { method: Method::GET, path: "/v1/sessions".into() },
        Operation::Request { method: Method::POST, path: "/v1/sessions".into() },
    ]
}

fn refused_by_the_api(table: &mut Table) {
    table.section("The API refused or failed");
    let [pause, others @ ..] = operations();
    let api = |http_status, operation: &Operation, said: Option<&str>| Error::Api {
        http_status,
        operation: operation.clone(),
        said: said.map(str::to_owned),
    };
    for http_status in [302, 400, 401, 403, 404, 407, 408, 409, 429, 500] {
        table.error(&format!("pause, HTTP {http_status}"), api(http_status, &pause, None));
    }
    table.error("pause, HTTP 500, and the API said why", api(500, &pause, Some("Failed to pause recording.")));
    for operation in &others {
        for http_status in [401, 404, 429, 500] {
            table.error(&format!("HTTP {http_status}"), api(http_status, operation, None));
        }
    }
}

fn not_confirmed(table: &mut Table) {
    table.section("An answer that does not confirm what was asked");
    let [pause, resume, list, delete, download, get, post] = operations();
    let mut row = |situation: &str, operation: &Operation, status: u16, body: &[u8]| {
        let status = StatusCode::from_u16(status).unwrap();
        table.failed(situation, answer::check(status, &Body::whole(body), operation, "key").verdict);
    };
    row("pause, an empty 200", &pause, 200, b"");
    row("pause, a captive portal", &pause, 200, b"<!DOCTYPE html>");
    row("pause, a word", &pause, 200, b"ok");
    row("pause, an array", &pause, 200, b"[]");
    row("pause, an object that says nothing", &pause, 200, b"{}");
    row("pause, an error with 200", &pause, 200, br#"{"error":{"message":"Failed to pause recording."}}"#);
    row("pause, an error without words", &pause, 200, br#"{"error":{}}"#);
    row("pause, a contrary status", &pause, 200, br#"{"data":{"status":"recording"}}"#);
    row("pause, a status that cannot be read", &pause, 200, br#"{"data":{"status":"paused\ud83d"}}"#);
    row("pause, two statuses", &pause, 200, br#"{"data":{"status":"paused","status":"paused"}}"#);
    row("pause, HTTP 202", &pause, 202, br#"{"data":{"status":"paused"}}"#);
    row("pause, HTTP 600", &pause, 600, b"");
    row("resume, a contrary status", &resume, 200, br#"{"data":{"status":"paused"}}"#);
    row("list, no list", &list, 200, b"{}");
    row("delete, an empty 200", &delete, 200, b"");
    row("request, an empty 200", &get, 200, b"");
    row("request, an error with 200", &post, 200, br#"{"error":"no"}"#);
    row("download, JSON with 200", &download, 200, b"{}");
    let quoted = "the body is longer than 1048576 bytes";
    table.error("pause, an endless answer", answer::not_confirmed(StatusCode::OK, &pause, quoted));
    for flaw in [
        "the body is compressed",
        "nothing says where the body ends",
        "the video is empty",
        "the video does not have the length that was announced",
        "it is not the part of the video that was asked for",
    ] {
        table.error("download", answer::not_confirmed(StatusCode::OK, &download, flaw));
    }
}

fn between_here_and_there(table: &mut Table) {
    table.section("Between this process and the server");
    let rows = [
        (Fault::NotConnected, "Connection refused"),
        (Fault::NotTrusted, "invalid peer certificate: UnknownIssuer"),
        (Fault::Lost, "connection reset by peer"),
        (Fault::NotHttp, "invalid HTTP version parsed"),
        (Fault::Exhausted, "Too many open files"),
        (Fault::ExhaustedLater, "Cannot allocate memory"),
    ];
    let [pause, resume, list, delete, download, get, post] = operations();
    for (fault, root) in rows {
        for operation in [&pause, &resume, &delete] {
            table.error(root, cause::error(fault, SERVER, operation, root));
        }
    }
    let before = cause::error(Fault::Lost, SERVER, &pause, "connection reset by peer");
    let refused = cause::error(Fault::NotConnected, SERVER, &pause, "Connection refused");
    table.error("pause, lost, and then no connection", lost_before(&pause, &refused));
    let timeout = Some(Duration::from_millis(800));
    table.row("pause, timeout", &given_up(&pause, timeout, 1, None));
    table.row("pause, timeout in the second attempt", &given_up(&pause, timeout, 2, Some(&before)));
    table.row("pause, timeout before the first", &given_up(&pause, timeout, 0, None));
    for operation in [&resume, &list, &delete, &download, &get, &post] {
        table.row("timeout", &given_up(operation, timeout, 1, None));
    }
    table.error("download, timeout", Error::Timeout(given_up(&download, timeout, 1, None)).with_kept(65_536));
    table.row("pause, cancelled", &given_up(&pause, None, 1, None));
    let call = Call::new();
    call.cancel();
    table.failed("pause, cancelled before", call.begin().unwrap().check_cancelled(&pause));
    table.error("pause, a child that a progress function made", client::forked(&pause));
    table.row("download", &format!("the server ended the video early while {download}; call again"));
    let exhausted = io::Error::from_raw_os_error(libc::EMFILE);
    let ran_out = |what: &str| Error::ResourceExhausted(cause::exhausted(what, &exhausted));
    for what in ["no descriptor for another connection", "the trust store cannot be read"] {
        table.error("no descriptors are left, pause", ran_out(what).before(&pause));
    }
    for what in [
        "no thread for the queue",
        "no descriptor for the queue",
        "no thread for a call at exit",
        "the CA file cannot be read",
    ] {
        table.error("no descriptors or threads are left", ran_out(what));
    }
    for text in [
        "no trusted CA certificate on this system: install ca-certificates, set SSL_CERT_FILE, or pass a CA file",
        "TLS cannot be set up: no usable cipher suites",
    ] {
        table.error("pause, before the first connection", Error::TlsFailed(text.into()).before(&pause));
    }
    let text = "no descriptors for another connection; raise the limit or make fewer calls at once";
    table.error("pause, many calls at once", Error::ResourceExhausted(text.into()).before(&pause));
}

fn arguments(table: &mut Table) {
    table.section("Arguments of calls");
    let long = "x".repeat(257);
    for (situation, id) in [
        ("pause, an empty id", ""),
        ("pause, ..", ".."),
        ("pause, 257 bytes", &long),
        ("pause, a newline", "a\nb"),
        ("pause, a slash", "a/b"),
    ] {
        table.failed(situation, recordings::pause(id.as_bytes()));
    }
    table.failed("pause, bytes", recordings::pause(b"\xff"));
    table.failed("delete", recordings::delete(b"demo", b""));
    table.failed("end without begin", pause_count::PauseCount::new().release("demo"));
    table.failed("request, method", request::any(b"get", b"/v1", None));
    table.failed("request, path", request::any(b"GET", b"v1", None));
    table.failed("request, body", request::any(b"POST", b"/v1", Some(b"{")));
    let client = Client::new(Configuration::new(Some(b"key"), &Options::default()).unwrap());
    table.failed("request, path", client.address.with("/v1/../x"));
    table.failed("timeout of a call", options::timeout("call: timeout_ms", 0));
    let folder = env::temp_dir().join(format!("anchor-messages-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let named = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let open = |file: &str| part_file::PartFile::begin(file, "source");
    let shown = |result: Result<part_file::PartFile, Error>| {
        let error = result.err().unwrap();
        Error::InvalidArgument(error.message().replace(folder.to_str().unwrap(), "/folder"))
    };
    table.error("download, a folder", shown(open(&named(""))));
    table.error("download, a folder by its name", shown(open(folder.to_str().unwrap())));
    table.error("download, nowhere", shown(open(&named("missing/video.mp4"))));
    let first = open(&named("video.mp4"));
    table.error("download, twice at once", shown(open(&named("video.mp4"))));
    drop(first);
    fs::remove_dir_all(&folder).unwrap();
    for number in [libc::ENOSPC, libc::EMFILE, libc::EACCES] {
        let reason = io::Error::from_raw_os_error(number);
        table.error("download, while writing", part_file::cannot_be_written(Path::new("video.mp4"), &reason));
    }
}

fn settings(table: &mut Table) {
    table.section("Settings of a client");
    let made = |key: &[u8], options: Options| Configuration::new(Some(key), &options);
    let long = [b'k'; 4097];
    for (situation, key) in
        [("key, empty", &b""[..]), ("key, newline", b"key\n"), ("key, blank", b"my key"), ("key, long", &long)]
    {
        table.failed(situation, made(key, Options::default()));
    }
    table.error("key, none", Error::argument("api_key", "is missing: pass one or set ANCHORBROWSER_API_KEY"));
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
    ] {
        let options = Options { base_url: Some(url.into()), ..Options::default() };
        table.failed(&format!("base URL, {url}"), made(b"key", options));
    }
    table.failed("base URL, bytes", made(b"key", Options { base_url: Some(b"\xff".to_vec()), ..Options::default() }));
    let variable = "ANCHORBROWSER_BASE_URL";
    table.error("environment, bytes", Error::argument(variable, "is not UTF-8: set it to text in UTF-8"));
    table.failed("timeout", made(b"key", Options { timeout_ms: Some(0), ..Options::default() }));
    table.failed("proxy", made(b"key", Options { proxy: Some(b"socks5://x".to_vec()), ..Options::default() }));
    table.failed("wrapper", made(b"key", Options { wrapper: Some(vec![]), ..Options::default() }));
    for (name, value) in [("", ""), ("Host", "x"), ("X-Team", "a\nb")] {
        let headers = vec![(name.into(), value.into())];
        table.failed(&format!("header {name:?}"), made(b"key", Options { headers, ..Options::default() }));
    }
    for (name, text) in [
        ("header", "\"X-Team\" has a value that cannot be sent in a header: check it"),
        ("api_key", "cannot be sent in a header: pass the key alone"),
        ("base_url", "names a host with a character that no host may have: check the host"),
    ] {
        table.error("settings that are found out later", Error::argument(name, text));
    }
    let lines = headers::all(http::HeaderValue::from_static("key"), None, Some("X-Team"), &[]);
    table.failed("ANCHORBROWSER_CUSTOM_HEADERS", lines);
    let missing = Options { ca_file: Some(b"/missing.pem".to_vec()), ..Options::default() };
    table.failed("CA file, missing", made(b"key", missing));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (situation, text) in [("empty", ""), ("cut", "-----BEGIN CERTIFICATE-----\n"), ("not a certificate", broken)] {
        let flaw = options::certificates_in(text.as_bytes()).err().unwrap();
        table.error(&format!("CA file, {situation}"), Error::argument("ca_file", format_args!("\"ca.pem\" {flaw}")));
    }
}

fn handles_and_queues(table: &mut Table) {
    table.section("Handles, queues and faults");
    table.failed("client, NULL", handle::find::<Client, _>(std::ptr::null::<u8>(), "client"));
    table.failed("client, freed", handle::find::<Client, _>(8 as *const u8, "client"));
    table.failed("call, freed", handle::find::<Call, _>(8 as *const u8, "call"));
    table.failed("queue of a call, freed", handle::find::<Queue, _>(8 as *const u8, "the queue of call"));
    let call = Call::new();
    let running = call.begin().unwrap();
    table.failed("call, two at once", call.begin());
    drop(running);
    for (name, text) in [
        ("call", "is still running: wait until it returns"),
        ("call", "is NULL: the list comes through it, see anchor_call_result"),
        ("call", "has a progress function and a queue: remove the function, and ask anchor_call_transferred instead"),
        ("options", "are being changed by another thread: use them from one thread at a time"),
        ("session_id", "is NULL: pass the id of a running session"),
        ("recording_id", r#"is NULL: pass an id from the list, or "primary""#),
        ("file", r#"is NULL: pass a path such as "video.mp4""#),
        ("method", r#"is NULL: pass "GET" or another"#),
        ("path", r#"is NULL: pass one such as "/v1/sessions""#),
        ("client", "is NULL: pass the address of a pointer"),
        ("descriptor", "is NULL: pass the address of an int"),
        ("status", "is NULL: pass the address of a number"),
        ("the output", "is NULL: pass an address"),
        ("capacity", "must be at most 1000000"),
    ] {
        table.error("misuse", Error::argument(name, text));
    }
    for text in [
        "the queue is full: it holds 10000 calls; take completed ones with anchor_queue_next",
        "queue: it was freed by another thread while this one waited: stop using it",
        "no call completed within 800 ms; ask again",
        "object did not come from this library, or was freed before: free each object once",
        "16777215 handles are in use: free those that you no longer need",
    ] {
        table.row("handles and queues", text);
    }
    for text in [
        "the thread of the queue ended before the call did",
        "there is no runtime to share",
        "the runtime is closed",
        "no header can hold \"x\": failed to parse header value",
        "a panic without a message",
    ] {
        table.error("a fault of the library", Error::Internal(text.into()));
    }
    for panic in ["can't spawn", "mmap failed", "index out of bounds"] {
        table.failed("a panic in the library", guard::caught(|| std::panic::panic_any(panic)));
    }
}

/// The string literals in the sources that can become part of a message.
fn literals() -> Vec<String> {
    fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.is_dir() {
                true if entry.ends_with("command") || entry.ends_with("bin") => {}
                true => sources(&entry, found),
                false => found.push(entry),
            }
        }
    }
    let mut paths = vec![];
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut paths);
    let mut literals = vec![];
    for path in paths.iter().filter(|path| !path.ends_with("lib.rs")) {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        // After a backslash at the end of a line a string continues at the next line's first
        // character.
        let mut code = String::new();
        for line in lines {
            match line.strip_suffix('\\') {
                Some(begin) => code += begin.trim_start(),
                None => code += &format!("{}\n", line.trim_start()),
            }
        }
        let code = code.replace("'\"'", "");
        literals.extend(code.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    literals
}

/// Whether the table contains the longest part of a text between two values. Short texts are not
/// messages.
fn is_in(literal: &str, table: &str) -> bool {
    let mut parts: Vec<_> = literal.split(['{', '}']).step_by(2).collect();
    parts.sort_by_key(|part| part.len());
    let longest = parts.last().copied().unwrap_or_default();
    let is_message = literal.matches(' ').count() >= 2 && !longest.contains("ms: ") && !longest.contains("os error");
    !is_message || table.contains(&longest.replace("\\\"", "\""))
}

#[test]
fn messages() {
    let mut table = Table(INTRODUCTION.into());
    refused_by_the_api(&mut table);
    not_confirmed(&mut table);
    between_here_and_there(&mut table);
    arguments(&mut table);
    settings(&mut table);
    handles_and_queues(&mut table);
    if env::var_os("ANCHOR_WRITE_MESSAGES").is_some() {
        fs::write(TABLE, &table.0).unwrap();
    }
    let known = fs::read_to_string(TABLE).unwrap();
    let changed: Vec<_> = table.0.lines().filter(|line| !known.lines().any(|known| known == *line)).collect();
    assert!(known == table.0, "{TABLE} is not up to date; new are:\n{}", changed.join("\n"));
    let missing: Vec<_> = literals().into_iter().filter(|literal| !is_in(literal, &known)).collect();
    assert!(missing.is_empty(), "no row of {TABLE} has these texts of the sources:\n{}", missing.join("\n"));
}
