//! A table of every message of the library, `messages.txt`, each with the situation that causes it.
//!
//! The table exists to be read as a whole. Each message must say what failed, for which session,
//! and what to do next. The test fails if the table is out of date, or if a text in the sources
//! that can become part of a message is missing from it.
//!
//! `ANCHOR_WRITE_MESSAGES=1 cargo test --lib messages` rewrites the table. Read the difference.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use std::{env, fs, io};

use http::{Method, StatusCode};

use crate::api::{recordings, request};
use crate::call::Call;
use crate::client::{self, Client};
use crate::config::parts::{all_headers, certificates_in};
use crate::config::{Configuration, Options, checked_timeout};
use crate::error::Error;
use crate::exchange::answer::{self, Body};
use crate::exchange::attempts::{given_up, lost_before};
use crate::exchange::diagnosis::{self, Fault};
use crate::exchange::{PauseCount, part_file};
use crate::ffi::objects;
use crate::operation::Operation;
use crate::queue::Queue;
use crate::sys::caught;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/messages/messages.txt");
const SERVER: &str = "https://api.example";
const INTRODUCTION: &str = "\
Every message of the library, and the situation that causes it. The session is called demo.
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

    fn failure<T>(&mut self, situation: &str, result: Result<T, Error>) {
        self.error(situation, result.err().unwrap_or_else(|| panic!("no failure: {situation}")));
    }
}

/// The name of an operation in a situation.
fn label(operation: &Operation) -> String {
    let label = match operation {
        Operation::Pause { .. } => "pause",
        Operation::Resume { .. } => "resume",
        Operation::List { .. } => "list",
        Operation::Delete { .. } => "delete",
        Operation::Download { .. } => "download",
        Operation::Request { method, .. } => return format!("request {method}"),
    };
    label.to_owned()
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

fn errors_of_the_api(table: &mut Table) {
    table.section("The API rejected the request or failed");
    let [pause, others @ ..] = operations();
    let api = |http_status, operation: &Operation, said: Option<&str>| Error::Api {
        http_status,
        operation: operation.clone(),
        said: said.map(str::to_owned),
    };
    for http_status in [302, 400, 401, 403, 404, 407, 408, 409, 429, 500] {
        table.error(&format!("pause, HTTP {http_status}"), api(http_status, &pause, None));
    }
    table.error("pause, HTTP 500 with a reason", api(500, &pause, Some("Failed to pause recording.")));
    for operation in &others {
        for http_status in [401, 404, 429, 500] {
            table.error(&format!("{}, HTTP {http_status}", label(operation)), api(http_status, operation, None));
        }
    }
}

fn unconfirmed_answers(table: &mut Table) {
    table.section("The answer does not confirm the request");
    let [pause, resume, list, delete, download, get, post] = operations();
    let mut row = |situation: &str, operation: &Operation, status: u16, body: &[u8]| {
        let status = StatusCode::from_u16(status).unwrap();
        table.failure(situation, answer::check(status, &Body::whole(body), operation, "key").verdict);
    };
    row("pause, HTTP 200 without a body", &pause, 200, b"");
    row("pause, a captive portal", &pause, 200, b"<!DOCTYPE html>");
    row("pause, plain text", &pause, 200, b"ok");
    row("pause, a JSON array", &pause, 200, b"[]");
    row("pause, an empty object", &pause, 200, b"{}");
    row("pause, HTTP 200 with an error", &pause, 200, br#"{"error":{"message":"Failed to pause recording."}}"#);
    row("pause, HTTP 200 with an error without a message", &pause, 200, br#"{"error":{}}"#);
    row("pause, the opposite status", &pause, 200, br#"{"data":{"status":"recording"}}"#);
    row("pause, a status that is not valid Unicode", &pause, 200, br#"{"data":{"status":"paused\ud83d"}}"#);
    row("pause, a duplicate status", &pause, 200, br#"{"data":{"status":"paused","status":"paused"}}"#);
    row("pause, HTTP 202", &pause, 202, br#"{"data":{"status":"paused"}}"#);
    row("pause, HTTP 600", &pause, 600, b"");
    row("resume, the opposite status", &resume, 200, br#"{"data":{"status":"paused"}}"#);
    row("list, an object without a list", &list, 200, b"{}");
    row("delete, HTTP 200 without a body", &delete, 200, b"");
    row("request, HTTP 200 without a body", &get, 200, b"");
    row("request, HTTP 200 with an error", &post, 200, br#"{"error":"no"}"#);
    row("download, HTTP 200 with JSON", &download, 200, b"{}");
    let flaw = "the body is longer than 1048576 bytes";
    table.error("pause, an endless answer", answer::not_confirmed(StatusCode::OK, &pause, flaw));
    for (situation, flaw) in [
        ("a compressed body", "the body is compressed"),
        ("a body of unknown length", "nothing says where the body ends"),
        ("an empty video", "the video is empty"),
        ("a video of another length", "the video does not have the announced length"),
        ("an unexpected range", "it is not the part of the video that was asked for"),
    ] {
        table.error(&format!("download, {situation}"), answer::not_confirmed(StatusCode::OK, &download, flaw));
    }
}

fn transport_failures(table: &mut Table) {
    table.section("Connections, timeouts and cancellation");
    let rows = [
        ("connection refused", Fault::NotConnected, "Connection refused"),
        ("untrusted certificate", Fault::NotTrusted, "invalid peer certificate: UnknownIssuer"),
        ("connection lost", Fault::Lost, "connection reset by peer"),
        ("invalid HTTP", Fault::NotHttp, "invalid HTTP version parsed"),
        ("no descriptor while connecting", Fault::Exhausted, "Too many open files"),
        ("no memory after connecting", Fault::ExhaustedLater, "Cannot allocate memory"),
    ];
    let [pause, resume, list, delete, download, get, post] = operations();
    for (situation, fault, root) in rows {
        for operation in [&pause, &resume, &delete] {
            let situation = format!("{}, {situation}", label(operation));
            table.error(&situation, diagnosis::error(fault, SERVER, operation, root));
        }
    }
    let lost = diagnosis::error(Fault::Lost, SERVER, &pause, "connection reset by peer");
    let refused = diagnosis::error(Fault::NotConnected, SERVER, &pause, "Connection refused");
    table.error("pause, connection lost, and then refused", lost_before(&pause, &refused));
    let timeout = Some(Duration::from_millis(800));
    table.row("pause, timeout", &given_up(&pause, timeout, 1, None));
    table.row("pause, timeout in the second attempt", &given_up(&pause, timeout, 2, Some(&lost)));
    table.row("pause, timeout before the first attempt", &given_up(&pause, timeout, 0, None));
    for operation in [&resume, &list, &delete, &download, &get, &post] {
        table.row(&format!("{}, timeout", label(operation)), &given_up(operation, timeout, 1, None));
    }
    table.error(
        "download, timeout with a kept part",
        Error::Timeout(given_up(&download, timeout, 1, None)).with_kept(65_536),
    );
    table.row("pause, cancelled", &given_up(&pause, None, 1, None));
    let call = Call::new();
    call.cancel();
    table.failure("pause, cancelled before the call", call.begin().unwrap().check_cancelled(&pause));
    table.error("pause, forked in the progress function, in the child", client::forked(&pause));
    table.row("download, video ended early", &format!("the server ended the video early while {download}; call again"));
    let exhausted = io::Error::from_raw_os_error(libc::EMFILE);
    let exhaustion = |what: &str| Error::exhausted(what, &exhausted);
    for what in ["no descriptor for another connection", "the trust store cannot be read"] {
        table.error("pause, no descriptors left", exhaustion(what).before(&pause));
    }
    for what in [
        "no thread for the queue",
        "no descriptor for the queue",
        "no thread for a call at exit",
        "the CA file cannot be read",
    ] {
        table.error("no descriptors or threads left", exhaustion(what));
    }
    for text in [
        "no trusted CA certificate on this system: install ca-certificates, set SSL_CERT_FILE, or pass a CA file",
        "TLS cannot be set up: no usable cipher suites",
    ] {
        table.error("pause, TLS not available", Error::TlsFailed(text.into()).before(&pause));
    }
    let text = "no descriptors for another connection; raise the limit or make fewer calls at once";
    table.error("pause, too many concurrent calls", Error::ResourceExhausted(text.into()).before(&pause));
}

fn arguments(table: &mut Table) {
    table.section("Arguments of calls");
    let long = "x".repeat(257);
    for (situation, id) in [
        ("pause, an empty id", ""),
        ("pause, a dot segment as the id", ".."),
        ("pause, an id of 257 bytes", &long),
        ("pause, an id with a newline", "a\nb"),
        ("pause, an id with a slash", "a/b"),
    ] {
        table.failure(situation, recordings::pause(id.as_bytes()));
    }
    table.failure("pause, an id that is not UTF-8", recordings::pause(b"\xff"));
    table.failure("delete, an empty recording id", recordings::delete(b"demo", b""));
    table.failure("anchor_pause_end without anchor_pause_begin", PauseCount::new().release("demo"));
    table.failure("request, a method in lower case", request::any(b"get", b"/v1", None));
    table.failure("request, a path without a slash", request::any(b"GET", b"v1", None));
    table.failure("request, a body that is not JSON", request::any(b"POST", b"/v1", Some(b"{")));
    let client = Client::new(Configuration::new(Some(b"key"), &Options::default()).unwrap());
    table.failure("request, a path with a dot segment", client.address().with("/v1/../x"));
    table.failure("a timeout of 0 for a call", checked_timeout("call: timeout_ms", 0));
    let folder = env::temp_dir().join(format!("anchor-messages-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let open = |file: &str| part_file::PartFile::begin(file, "source");
    let rejection = |result: Result<part_file::PartFile, Error>| {
        let error = result.err().unwrap();
        Error::InvalidArgument(error.message().replace(folder.to_str().unwrap(), "/folder"))
    };
    table.error("download, a path that ends with a slash", rejection(open(&path(""))));
    table.error("download, a path that is a folder", rejection(open(folder.to_str().unwrap())));
    table.error("download, a missing folder", rejection(open(&path("missing/video.mp4"))));
    let first = open(&path("video.mp4"));
    table.error("download, a file of another download", rejection(open(&path("video.mp4"))));
    drop(first);
    fs::remove_dir_all(&folder).unwrap();
    for number in [libc::ENOSPC, libc::EMFILE, libc::EACCES] {
        let reason = io::Error::from_raw_os_error(number);
        table.error("download, writing fails", part_file::cannot_be_written(Path::new("video.mp4"), &reason));
    }
}

fn settings(table: &mut Table) {
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
    table.failure(
        "proxy of an unknown kind",
        made(b"key", Options { proxy: Some(b"socks5://x".to_vec()), ..Options::default() }),
    );
    table.failure("empty wrapper name", made(b"key", Options { wrapper: Some(vec![]), ..Options::default() }));
    for (name, value) in [("", ""), ("Host", "x"), ("X-Team", "a\nb")] {
        let headers = vec![(name.into(), value.into())];
        table.failure(&format!("header {name:?}"), made(b"key", Options { headers, ..Options::default() }));
    }
    for (name, text) in [
        ("header", "\"X-Team\" has a value that cannot be sent in a header: check it"),
        ("api_key", "cannot be sent in a header: pass the key alone"),
        ("base_url", "names a host with a character that no host may have: check the host"),
    ] {
        table.error("setting that is rejected when it is used", Error::argument(name, text));
    }
    let headers = all_headers(http::HeaderValue::from_static("key"), None, Some("X-Team"), &[]);
    table.failure("ANCHORBROWSER_CUSTOM_HEADERS without a colon", headers);
    let missing = Options { ca_file: Some(b"/missing.pem".to_vec()), ..Options::default() };
    table.failure("CA file that does not exist", made(b"key", missing));
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

fn handles_queues_and_internal_errors(table: &mut Table) {
    table.section("Handles, queues and internal errors");
    table.failure("NULL as the client", objects::find::<Client, _>(std::ptr::null::<u8>(), "client"));
    table.failure("freed client", objects::find::<Client, _>(8 as *const u8, "client"));
    table.failure("freed call", objects::find::<Call, _>(8 as *const u8, "call"));
    table
        .failure("call that is bound to a freed queue", objects::find::<Queue, _>(8 as *const u8, "the queue of call"));
    let call = Call::new();
    let running = call.begin().unwrap();
    table.failure("call object used by two calls at once", call.begin());
    drop(running);
    for (situation, name, text) in [
        ("call object read or changed while its call runs", "call", "is still running: wait until it returns"),
        ("list without a call object", "call", "is NULL: it receives the list, see anchor_call_result"),
        (
            "call with a progress function and a queue",
            "call",
            "has a progress function and a queue: remove the function, and use anchor_call_transferred instead",
        ),
        (
            "options changed by two threads",
            "options",
            "are being changed by another thread: use them from one thread at a time",
        ),
        ("NULL as the session id", "session_id", "is NULL: pass the id of a running session"),
        ("NULL as the recording id", "recording_id", r#"is NULL: pass an id from the list, or "primary""#),
        ("NULL as the file", "file", r#"is NULL: pass a path such as "video.mp4""#),
        ("NULL as the method", "method", r#"is NULL: pass "GET" or another"#),
        ("NULL as the path", "path", r#"is NULL: pass one such as "/v1/sessions""#),
        ("NULL as the output for a client", "client", "is NULL: pass the address of a pointer"),
        ("NULL as the output for a descriptor", "descriptor", "is NULL: pass the address of an int"),
        ("NULL as the output for a status", "status", "is NULL: pass the address of a number"),
        ("NULL as another output", "the output", "is NULL: pass an address"),
        ("queue with too large a capacity", "capacity", "must be at most 1000000"),
    ] {
        table.error(situation, Error::argument(name, text));
    }
    for (situation, text) in [
        ("call on a full queue", "the queue is full: it holds 10000 calls; take completed ones with anchor_queue_next"),
        ("queue freed by another thread", "queue: it was freed by another thread while this one waited: stop using it"),
        ("anchor_queue_next, timeout", "no call completed within 800 ms; wait again"),
        (
            "anchor_free of a foreign pointer",
            "object did not come from this library, or was freed before: free each object once",
        ),
        ("too many handles", "16777215 handles are in use: free those that you no longer need"),
    ] {
        table.row(situation, text);
    }
    for text in [
        "the thread of the queue ended before the call did",
        "there is no runtime to share",
        "the runtime is closed",
        "no header can hold \"x\": failed to parse header value",
        "a panic without a message",
    ] {
        table.error("internal error", Error::Internal(text.into()));
    }
    for panic in ["can't spawn", "mmap failed", "index out of bounds"] {
        table.failure("panic in the library", caught(|| std::panic::panic_any(panic)));
    }
}

/// The string literals of the sources that can become part of a message.
fn literals() -> Vec<String> {
    fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.is_dir() {
                true if entry.ends_with("cli") || entry.ends_with("bin") => {}
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
        // A backslash at the end of a line joins it with the next one.
        let mut code = String::new();
        for line in lines {
            match line.strip_suffix('\\') {
                Some(start) => code += start.trim_start(),
                None => code += &format!("{}\n", line.trim_start()),
            }
        }
        let code = code.replace("'\"'", "");
        literals.extend(code.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    literals
}

/// Whether the table contains the longest part of a literal between two placeholders. Literals of
/// fewer than three words are no messages and always pass.
fn is_covered(literal: &str, table: &str) -> bool {
    let mut parts: Vec<_> = literal.split(['{', '}']).step_by(2).collect();
    parts.sort_by_key(|part| part.len());
    let longest = parts.last().copied().unwrap_or_default();
    let is_message = literal.matches(' ').count() >= 2 && !longest.contains("ms: ") && !longest.contains("os error");
    !is_message || table.contains(&longest.replace("\\\"", "\""))
}

#[test]
fn the_table_has_every_message_and_is_up_to_date() {
    let mut table = Table(INTRODUCTION.into());
    errors_of_the_api(&mut table);
    unconfirmed_answers(&mut table);
    transport_failures(&mut table);
    arguments(&mut table);
    settings(&mut table);
    handles_queues_and_internal_errors(&mut table);
    if env::var_os("ANCHOR_WRITE_MESSAGES").is_some() {
        fs::write(TABLE, &table.0).unwrap();
    }
    let committed = fs::read_to_string(TABLE).unwrap();
    let changed: Vec<_> =
        table.0.lines().filter(|line| !committed.lines().any(|committed| committed == *line)).collect();
    assert!(
        committed == table.0,
        "{TABLE} is out of date: write it with ANCHOR_WRITE_MESSAGES=1; new lines:\n{}",
        changed.join("\n")
    );
    let missing: Vec<_> = literals().into_iter().filter(|literal| !is_covered(literal, &committed)).collect();
    assert!(missing.is_empty(), "add rows with these texts of the sources to {TABLE}:\n{}", missing.join("\n"));
}
