//! Response bodies that are not from the API, expensive to parse, truncated, badly chunked or
//! endless.

use crate::behaviour::{
    ALL, BAD_RESPONSE, Behaviour, CONNECTION_LOST, HTTP1, Row, SUCCESS, TIMEOUT, for_each_transport, row,
};
use crate::script::{FIRST, Script, Step, http1, reply_and_close, respond, send};

const CHUNKED: &str = "Transfer-Encoding: chunked";
/// The largest body that the library reads.
const MAX_BODY: usize = 1024 * 1024;

pub fn behaviours() -> Vec<Behaviour> {
    for_each_transport(not_the_api().into_iter().chain(expensive()).chain(truncated()).chain(chunks()).chain(endless()))
}

/// Complete responses that the API would not send.
fn not_the_api() -> Vec<Row> {
    let sends = |status, body: &[u8]| vec![Step::Receive, respond(status, body)];
    let page = b"<!DOCTYPE html><title>Log in to the network</title>";
    vec![
        row("an empty 200", ALL, BAD_RESPONSE, sends(200, b"")),
        row("a web page with 200", ALL, BAD_RESPONSE, sends(200, page)),
        row("a web page with 500", ALL, &[500], sends(500, page)),
        row("a web page with 403", ALL, &[403], sends(403, page)),
        row("a web page with 511", ALL, &[511], sends(511, page)),
        row("a word", ALL, BAD_RESPONSE, sends(200, b"paused")),
        row("half of the JSON", ALL, BAD_RESPONSE, sends(200, &FIRST.as_bytes()[..20])),
        row("the JSON twice", ALL, BAD_RESPONSE, sends(200, format!("{FIRST}{FIRST}").as_bytes())),
        row("JSON after a byte order mark", ALL, BAD_RESPONSE, sends(200, format!("\u{feff}{FIRST}").as_bytes())),
        row("the JSON null", ALL, BAD_RESPONSE, sends(200, b"null")),
        row("invalid UTF-8", ALL, BAD_RESPONSE, sends(200, b"{\"data\":\"\xff\xfe\"}")),
        row("JSON in UTF-16", ALL, BAD_RESPONSE, sends(200, b"\xff\xfe{\0}\0")),
        row("half of a surrogate pair", ALL, BAD_RESPONSE, sends(200, br#"{"data":"\ud800"}"#)),
        row("a number of 10^999", ALL, BAD_RESPONSE, sends(200, br#"{"data":1e999}"#)),
        row("a 200 with an error", ALL, BAD_RESPONSE, sends(200, br#"{"error":{"message":"no"}}"#)),
        row("a 200 with two errors", ALL, BAD_RESPONSE, sends(200, br#"{"error":"no","error":"still no"}"#)),
        row("a 101 with JSON", HTTP1, BAD_RESPONSE, sends(101, FIRST.as_bytes())),
        row("a 205 without a body", ALL, BAD_RESPONSE, sends(205, b"")),
        row("a 304 without a body", ALL, &[304], sends(304, b"")),
    ]
}

/// Bodies that are small to send and expensive to parse.
fn expensive() -> Vec<Row> {
    let sends = |body: String| vec![Step::Receive, respond(200, body)];
    let list = |item: &str| {
        let count = (MAX_BODY - 100) / (item.len() + 1);
        format!(r#"{{"error":{{"list":[{}]}}}}"#, vec![item; count].join(","))
    };
    let nested = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    vec![
        row("100,000 opening brackets", ALL, BAD_RESPONSE, sends(nested("[", ""))),
        row("100,000 nested arrays", ALL, BAD_RESPONSE, sends(nested("[", "]"))),
        row("100,000 nested objects", ALL, BAD_RESPONSE, sends(nested(r#"{"":"#, ""))),
        row("a million digits", ALL, BAD_RESPONSE, sends("9".repeat(MAX_BODY))),
        row(
            "a message of a million letters",
            ALL,
            &[500],
            vec![Step::Receive, respond(500, format!(r#"{{"error":"{}"}}"#, "x".repeat(MAX_BODY - 12)))],
        ),
        row("half a million numbers", ALL, BAD_RESPONSE, sends(list("0"))),
        row("half a million arrays", ALL, BAD_RESPONSE, sends(list("[]"))),
        row("a hundred thousand objects", ALL, BAD_RESPONSE, sends(list(r#"{"":0}"#))),
        row(
            "a hundred thousand objects and the API key",
            ALL,
            BAD_RESPONSE,
            sends(list(r#"{"":0}"#).replacen("{\"\":0}", &format!("\"{}\"", crate::sandbox::API_KEY), 1)),
        ),
        row("a hundred thousand nested arrays", ALL, BAD_RESPONSE, sends(list("[[[0]]]"))),
    ]
}

/// Bodies that end too early.
fn truncated() -> Vec<Row> {
    let truncated = |body: &str, end| vec![Step::Receive, send(http1("200 OK", &["Content-Length: 100"], body)), end];
    let in_chunk = |end| vec![Step::Receive, send(http1("200 OK", &[CHUNKED], "1b\r\n{\"data\":")), end];
    vec![
        row("a body that ends before its first byte", HTTP1, CONNECTION_LOST, truncated("", Step::Close)),
        row("a truncated body", HTTP1, CONNECTION_LOST, truncated(FIRST, Step::Close)),
        row("a truncated body, ended without close_notify", HTTP1, CONNECTION_LOST, truncated(FIRST, Step::CloseTcp)),
        row("a reset in the body", HTTP1, CONNECTION_LOST, truncated(FIRST, Step::Reset)),
        row("a body that stalls", HTTP1, TIMEOUT, truncated(FIRST, Step::Hang)),
        row("a truncated chunk", HTTP1, CONNECTION_LOST, in_chunk(Step::Close)),
        row("a reset in a chunk", HTTP1, CONNECTION_LOST, in_chunk(Step::Reset)),
        row(
            "a chunked body without its last chunk",
            HTTP1,
            CONNECTION_LOST,
            reply_and_close(http1("200 OK", &[CHUNKED], format!("1b\r\n{FIRST}\r\n"))),
        ),
        row("a truncated 404", HTTP1, &[404], reply_and_close(http1("404 Not Found", &["Content-Length: 100"], "{"))),
        row(
            "half of the JSON without a length",
            HTTP1,
            BAD_RESPONSE,
            reply_and_close(http1("200 OK", &[], &FIRST[..20])),
        ),
        row("the whole JSON without a length", HTTP1, SUCCESS, reply_and_close(http1("200 OK", &[], FIRST))),
        row(
            "a body sent byte by byte",
            HTTP1,
            TIMEOUT,
            vec![
                Step::Receive,
                send(http1("200 OK", &["Content-Length: 100"], "")),
                Step::Trickle(vec![b' '; 100]),
                Step::Hang,
            ],
        ),
    ]
}

fn chunks() -> Vec<Row> {
    let sends = |body: &str| reply_and_close(http1("200 OK", &[CHUNKED], body));
    let chunk = |size: &str, end: &str| sends(&format!("{size}\r\n{FIRST}\r\n{end}"));
    vec![
        row("a chunk size that is not a number", HTTP1, BAD_RESPONSE, chunk("zz", "0\r\n\r\n")),
        row("a negative chunk size", HTTP1, BAD_RESPONSE, chunk("-1b", "0\r\n\r\n")),
        row("an empty chunk size", HTTP1, BAD_RESPONSE, chunk("", "0\r\n\r\n")),
        row("a chunk size beyond 2^64", HTTP1, BAD_RESPONSE, chunk("1000000000000001b", "0\r\n\r\n")),
        row("a chunk size of 2^63", HTTP1, CONNECTION_LOST, chunk("8000000000000000", "0\r\n\r\n")),
        row("a chunk longer than its size", HTTP1, BAD_RESPONSE, chunk("10", "0\r\n\r\n")),
        row("JSON without the announced chunks", HTTP1, BAD_RESPONSE, sends(FIRST)),
        row("a chunk extension", HTTP1, SUCCESS, chunk("1b;name=value", "0\r\n\r\n")),
        row("a trailer", HTTP1, SUCCESS, chunk("1b", "0\r\nX-A: a\r\n\r\n")),
        row("a malformed trailer", HTTP1, BAD_RESPONSE, chunk("1b", "0\r\nX-A\0\r\n\r\n")),
    ]
}

fn endless() -> Vec<Row> {
    let piece = || format!("4000\r\n{}\r\n", " ".repeat(16 * 1024)).into_bytes();
    let forever = |status: &str, headers: &[&str], begin: &str, piece: Vec<u8>| -> Script {
        vec![Step::Receive, send(http1(status, headers, begin)), Step::Flood(piece)]
    };
    vec![
        row("a 200 with endless chunks", HTTP1, BAD_RESPONSE, forever("200 OK", &[CHUNKED], "", piece())),
        row("a 500 with endless chunks", HTTP1, &[500], forever("500 Broken", &[CHUNKED], "", piece())),
        row("a 404 with endless chunks", HTTP1, &[404], forever("404 None", &[CHUNKED], "", piece())),
        row("an endless body without a length", HTTP1, BAD_RESPONSE, forever("200 OK", &[], "", vec![b' '; 16 * 1024])),
        row("an endless body with a length of 2^62", HTTP1, BAD_RESPONSE, {
            forever("200 OK", &["Content-Length: 4611686018427387904"], "", vec![b' '; 16 * 1024])
        }),
        row(
            "small chunks forever",
            HTTP1,
            BAD_RESPONSE,
            forever("200 OK", &[CHUNKED], "", b"8\r\n        \r\n".repeat(1000)),
        ),
        row(
            "an endless chunk extension",
            HTTP1,
            BAD_RESPONSE,
            forever("200 OK", &[CHUNKED], "1;", vec![b'x'; 16 * 1024]),
        ),
        row("small chunks with a long extension each, forever", HTTP1, BAD_RESPONSE, {
            forever("200 OK", &[CHUNKED], "", format!("1;{}\r\n \r\n", "x".repeat(1000)).into_bytes())
        }),
        row("zeros as a chunk size, forever", HTTP1, TIMEOUT, forever("200 OK", &[CHUNKED], "", vec![b'0'; 4096])),
        row(
            "endless trailers",
            HTTP1,
            BAD_RESPONSE,
            forever("200 OK", &[CHUNKED], "0\r\n", b"X-A: a\r\n".repeat(2000)),
        ),
        row(
            "an endless body, sent slowly",
            HTTP1,
            TIMEOUT,
            vec![Step::Receive, send(http1("200 OK", &[CHUNKED], "")), Step::Repeat(5, b"1\r\n \r\n".to_vec())],
        ),
        row(
            "an endless 500, sent slowly",
            HTTP1,
            TIMEOUT,
            vec![Step::Receive, send(http1("500 Broken", &[CHUNKED], "")), Step::Repeat(5, b"1\r\n \r\n".to_vec())],
        ),
    ]
}
