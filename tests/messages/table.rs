//! A table of every message of the library, `messages.txt`, each with the situation that causes it.
//!
//! The table exists to be read as a whole. Each message must say what failed, for which session,
//! and what to do next. The test fails if the table is out of date, or if a text in the sources
//! that can become part of a message is missing from it.
//!
//! `ANCHOR_WRITE_MESSAGES=1 cargo test --lib messages` rewrites the table. Read the difference.

#[path = "handles.rs"]
mod handles;
#[path = "proxies_and_tls.rs"]
mod proxies_and_tls;
#[path = "refusals.rs"]
mod refusals;
#[path = "settings.rs"]
mod settings;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use std::{env, fs, io};

use http::header::{CONTENT_ENCODING, HeaderValue};
use http::{Method, StatusCode};

use crate::api::{recordings, request};
use crate::call::Call;
use crate::client::{self, Client};
use crate::config::{Configuration, Options, checked_timeout};
use crate::error::Error;
use crate::exchange::PauseCount;
use crate::exchange::answer::{self, Body};
use crate::exchange::destination::{self, Destination, FilePath};
use crate::exchange::diagnosis::{self, Fault};
use crate::exchange::no_answer::{given_up, lost_before, sent_again};
use crate::exchange::part_file::PartFile;
use crate::exchange::placing;
use crate::operation::Operation;
use crate::redaction::Redactor;
use crate::refusal::BASE_URL;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/messages/messages.txt");
const SERVER: &str = "https://api.example";
const VIA_PROXY: &str = "https://api.example through the proxy http://proxy:3128";
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
        Operation::Connect => "connect",
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

fn unconfirmed_answers(table: &mut Table) {
    table.section("The answer does not confirm the request");
    let [pause, resume, list, delete, download, get, post] = operations();
    let mut row = |situation: &str, operation: &Operation, status: u16, body: &[u8]| {
        let status = StatusCode::from_u16(status).unwrap();
        table.failure(situation, answer::check(status, &Body::whole(body), operation, &Redactor::default()).verdict);
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
    let headers = [(CONTENT_ENCODING, HeaderValue::from_static("gzip"))].into_iter().collect();
    let encoded = Body::whole(b"\x1f\x8b").described_by(&headers);
    table.failure(
        "pause, an encoded answer",
        answer::check(StatusCode::OK, &encoded, &pause, &Redactor::new("key")).verdict,
    );
    table.error("pause, an endless answer", answer::not_of_the_api(StatusCode::OK, &pause, flaw));
    for (situation, flaw) in [
        ("a page", "the body is not a video"),
        ("a compressed body", "the body is compressed"),
        ("a transfer coding", "the body has another transfer coding than chunked"),
        ("a body of unknown length", "nothing says where the body ends"),
    ] {
        table.error(&format!("download, {situation}"), answer::not_of_the_api(StatusCode::OK, &download, flaw));
    }
    for (situation, flaw) in [
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
        ("forbidden by the proxy", Fault::ProxyForbids, "the proxy answered CONNECT with 403 Forbidden"),
        ("credentials for the proxy", Fault::ProxyWantsCredentials, "the proxy answered CONNECT with 407 Auth"),
        ("connection lost", Fault::Lost, "connection reset by peer"),
        ("invalid HTTP", Fault::NotHttp, "invalid HTTP version parsed"),
        ("no descriptor while connecting", Fault::Exhausted, "Too many open files"),
        ("getrandom not permitted", Fault::NoRandomNumbers, "Operation not permitted"),
        ("no memory after connecting", Fault::ExhaustedLater, "Cannot allocate memory"),
    ];
    let [pause, resume, list, delete, download, get, post] = operations();
    for (situation, fault, root) in rows {
        let needs_request = matches!(fault, Fault::Lost | Fault::NotHttp | Fault::ExhaustedLater);
        let operations = [&pause, &resume, &delete, &Operation::Connect];
        for operation in operations.into_iter().take(if needs_request { 3 } else { 4 }) {
            let situation = format!("{}, {situation}", label(operation));
            let is_of_proxy = matches!(fault, Fault::ProxyForbids | Fault::ProxyWantsCredentials);
            table.error(
                &situation,
                diagnosis::error(fault, if is_of_proxy { VIA_PROXY } else { SERVER }, BASE_URL, operation, root),
            );
        }
    }
    proxies_and_tls::failures(table);
    let lost = diagnosis::error(Fault::Lost, SERVER, BASE_URL, &pause, "connection reset by peer");
    let refused = diagnosis::error(Fault::NotConnected, SERVER, BASE_URL, &pause, "Connection refused");
    table.error("pause, connection lost, and then refused", lost_before(&pause, &refused));
    table.error("pause, connection refused in each attempt", refused.with_attempts(3));
    let variable = "ANCHORBROWSER_BASE_URL";
    table.error(
        "pause, connection refused, the base URL is a variable's",
        diagnosis::error(Fault::NotConnected, SERVER, variable, &pause, "Connection refused"),
    );
    let timeout = Some(Duration::from_millis(800));
    table.row("pause, timeout", &given_up(&pause, timeout, 1, None));
    table.row("pause, timeout in the second attempt", &given_up(&pause, timeout, 2, Some(&lost)));
    table.row("pause, timeout before the first attempt", &given_up(&pause, timeout, 0, None));
    for operation in [&resume, &list, &delete, &download, &get, &post, &Operation::Connect] {
        table.row(&format!("{}, timeout", label(operation)), &given_up(operation, timeout, 1, None));
    }
    table.error(
        "download, timeout with a kept part",
        Error::Timeout(given_up(&download, timeout, 1, None)).with_kept(65_536),
    );
    table.error(
        "download, timeout in the last step",
        Error::Timeout(given_up(&download, timeout, 1, None)).while_placing("video.mp4"),
    );
    let refused = diagnosis::error(Fault::NotConnected, SERVER, BASE_URL, &download, "Connection refused");
    table.error("download, connection refused after a lost one", refused.after_an_attempt().with_kept(65_536));
    let failed =
        Error::Api { http_status: 503, operation: download.clone(), said: None, hints: Box::default(), kept: 0 };
    table.error("download, HTTP 503 after a lost connection", failed.with_kept(65_536));
    let refusal = io::Error::other("refused stream before processing any application logic");
    table.row("log line: a request that the server did not process", &sent_again(&refusal));
    table.row("pause, cancelled", &given_up(&pause, None, 1, None));
    let call = Call::new();
    call.cancel();
    table.failure("pause, cancelled before the call", call.begin().unwrap().check_cancelled(&pause));
    table.error("pause, forked in the progress function, in the child", client::forked(&pause));
    let exhausted = io::Error::from_raw_os_error(libc::EMFILE);
    let exhaustion = |what: &str| Error::exhausted(what, &exhausted);
    for what in ["no event loop (epoll_create1, eventfd2) for another connection", "the trust store cannot be read"] {
        table.error("pause, no descriptors left", exhaustion(what).before(&pause));
    }
    let refused = Error::exhausted("no thread for the queue", &io::Error::from_raw_os_error(libc::EPERM));
    table.error("no thread is permitted", refused);
    let refused = Error::exhausted("no random numbers (getrandom) for TLS", &io::Error::from_raw_os_error(libc::EPERM));
    table.error("pause, getrandom not permitted in the first call", refused.before(&pause));
    for what in [
        "no thread for the queue",
        "no descriptor (eventfd2) for the queue",
        "no thread for a call at exit",
        "the ca_file cannot be read",
        "the client_certificate cannot be read",
    ] {
        table.error("no descriptors or threads left", exhaustion(what));
    }
    for text in [
        "no trusted CA certificate on this system: install ca-certificates, set SSL_CERT_FILE, or pass a CA file",
        "TLS cannot be set up: no usable cipher suites",
        "SSL_CERT_FILE: \"/pipe\" is a FIFO; set the variable to a PEM file of CA certificates, or unset it",
        "SSL_CERT_FILE: \"/junk\" contains no certificate in PEM format; set the variable to a PEM file of CA \
         certificates, or unset it",
        "SSL_CERT_FILE: \"/junk\" contains no certificate that can be decoded; set the variable to a PEM file of CA \
         certificates, or unset it",
        "SSL_CERT_DIR: \"/many\" cannot be read: it has more than 10000 entries; \
         set the variable to folders of CA certificates, or unset it",
        "SSL_CERT_FILE or SSL_CERT_DIR is empty, or set for a set-user-id program: unset it",
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
    table.failure("a timeout of -5 for a call", checked_timeout("call: timeout_ms", 5_u64.wrapping_neg()));
}

fn downloads(table: &mut Table) {
    table.section("Downloads: where the video goes");
    let folder = env::temp_dir().join(format!("anchor-messages-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let open = |file: &str| match Destination::find(&FilePath::new(file)?)? {
        Destination::File(target) => PartFile::begin(target, "source"),
        _ => panic!("not a file"),
    };
    let rejection = |result: Result<PartFile, Error>| {
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
    for flaw in [
        destination::OF_ANOTHER_USER,
        "is in a folder that cannot be written: choose another path",
        "is in a folder that is immutable or append-only: choose another path",
        "is a socket or a device: pass the path of a file",
        "is immutable or append-only: choose another path",
        "is a mount point that cannot be written in place: choose another path",
    ] {
        let error = Error::argument("file", format_args!("\"video.mp4\" {flaw}"));
        table.error("download, a target that cannot be replaced", error);
    }
    let (target, stdout) = (Path::new("video.mp4"), Path::new("/dev/stdout"));
    for number in [libc::ENOSPC, libc::EMFILE, libc::EACCES] {
        let reason = io::Error::from_raw_os_error(number);
        table.error("download, opening fails", destination::cannot_be_written(target, &reason));
        table.error("download, writing fails", destination::failed(target, &reason));
    }
    let terminal = io::Error::other("it is a terminal");
    table.error("download to a terminal", destination::cannot_be_written(stdout, &terminal));
    let part = Some(Path::new("video.mp4.0f1e2d3c4b5a6978.part"));
    let refused = "Device or resource busy, and not in place either: it has another name, or is another user's \
                   in a shared folder";
    table.error("download, the last step fails", destination::not_placed(target, part, &io::Error::other(refused)));
    for reason in [
        "another process changed the length of its part",
        "another process removes the files next to it",
        "another process replaced it in the same moment",
        placing::BUSY,
        "the part is shorter than the video",
    ] {
        let error = destination::not_placed(target, None, &io::Error::other(reason));
        table.error("download, another process interferes", error);
    }
    let [.., download, _, _] = operations();
    for flaw in [
        "it does not confirm that the video is the same as before",
        "its bytes differ from those that were received before",
        "it is not the part of the video that was asked for",
        "only the whole video was asked for",
        "the video does not have the announced length",
    ] {
        let error = answer::not_confirmed(StatusCode::PARTIAL_CONTENT, &download, flaw);
        table.error("download, an answer that does not fit", error);
    }
    let missing = Error::Api { http_status: 404, operation: download, said: None, hints: Box::default(), kept: 0 };
    table.error("download to a pipe, after a part of it", missing.with_written(1500, "/dev/stdout"));
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
    // The texts of the system are a table by themselves.
    for path in paths.iter().filter(|path| !path.ends_with("lib.rs") && !path.ends_with("system_errors.rs")) {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        // What the compiler says is no message of the library.
        let is_shown = |line: &&str| !line.trim_start().starts_with("//") && !line.starts_with("compile_error!");
        let lines = code.lines().filter(is_shown);
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
    refusals::rows(&mut table);
    unconfirmed_answers(&mut table);
    transport_failures(&mut table);
    arguments(&mut table);
    downloads(&mut table);
    settings::rows(&mut table);
    handles::rows(&mut table);
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
