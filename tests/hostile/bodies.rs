//! Bodies that are cut, endless, or not what the API says.

use crate::behaviour::{
    BAD_RESPONSE, Behaviour, CONNECTION_LOST, EVERY, HTTP1, Row, SUCCESS, TIMEOUT, behaviours as all, row,
};
use crate::script::{FIRST, Script, Step, answer, http1, say};

const CHUNKED: &str = "Transfer-Encoding: chunked";
/// As much as the library reads.
const MAX_BODY: usize = 1024 * 1024;

pub fn behaviours() -> Vec<Behaviour> {
    all(not_the_api().into_iter().chain(heavy()).chain(cut()).chain(chunks()).chain(endless()))
}

/// Complete answers of something else.
fn not_the_api() -> Vec<Row> {
    let says = |status, body: &[u8]| vec![Step::Hear, answer(status, body)];
    let page = b"<!DOCTYPE html><title>Log in to the network</title>";
    vec![
        row("empty 200", EVERY, BAD_RESPONSE, says(200, b"")),
        row("web page with 200", EVERY, BAD_RESPONSE, says(200, page)),
        row("web page with 500", EVERY, &[500], says(500, page)),
        row("web page with 403", EVERY, &[403], says(403, page)),
        row("web page with 511", EVERY, &[511], says(511, page)),
        row("a word", EVERY, BAD_RESPONSE, says(200, b"paused")),
        row("half of the JSON", EVERY, BAD_RESPONSE, says(200, &FIRST.as_bytes()[..20])),
        row("JSON and more", EVERY, BAD_RESPONSE, says(200, format!("{FIRST}{FIRST}").as_bytes())),
        row("JSON after a byte order mark", EVERY, BAD_RESPONSE, says(200, format!("\u{feff}{FIRST}").as_bytes())),
        row("null", EVERY, BAD_RESPONSE, says(200, b"null")),
        row("invalid UTF-8", EVERY, BAD_RESPONSE, says(200, b"{\"data\":\"\xff\xfe\"}")),
        row("UTF-16", EVERY, BAD_RESPONSE, says(200, b"\xff\xfe{\0}\0")),
        row("half of a surrogate", EVERY, BAD_RESPONSE, says(200, br#"{"data":"\ud800"}"#)),
        row("a number of 10^999", EVERY, BAD_RESPONSE, says(200, br#"{"data":1e999}"#)),
        row("an error with 200", EVERY, BAD_RESPONSE, says(200, br#"{"error":{"message":"no"}}"#)),
        row("an error twice", EVERY, BAD_RESPONSE, says(200, br#"{"error":"no","error":"still no"}"#)),
        row("101 with JSON", HTTP1, BAD_RESPONSE, says(101, FIRST.as_bytes())),
        row("205 without a body", EVERY, BAD_RESPONSE, says(205, b"")),
        row("304", EVERY, &[304], says(304, b"")),
    ]
}

/// Bodies that take more to understand than to send.
fn heavy() -> Vec<Row> {
    let says = |body: String| vec![Step::Hear, answer(200, body)];
    let list = |item: &str| {
        let count = (MAX_BODY - 100) / (item.len() + 1);
        format!(r#"{{"error":{{"list":[{}]}}}}"#, vec![item; count].join(","))
    };
    let nested = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    vec![
        row("100,000 [", EVERY, BAD_RESPONSE, says(nested("[", ""))),
        row("100,000 [ and ]", EVERY, BAD_RESPONSE, says(nested("[", "]"))),
        row("100,000 objects in each other", EVERY, BAD_RESPONSE, says(nested(r#"{"":"#, ""))),
        row("a million digits", EVERY, BAD_RESPONSE, says("9".repeat(MAX_BODY))),
        row(
            "a message of a million letters",
            EVERY,
            &[500],
            vec![Step::Hear, answer(500, format!(r#"{{"error":"{}"}}"#, "x".repeat(MAX_BODY - 12)))],
        ),
        row("half a million numbers", EVERY, BAD_RESPONSE, says(list("0"))),
        row("half a million lists", EVERY, BAD_RESPONSE, says(list("[]"))),
        row("a hundred thousand objects", EVERY, BAD_RESPONSE, says(list(r#"{"":0}"#))),
        row(
            "a hundred thousand objects and the key",
            EVERY,
            BAD_RESPONSE,
            says(list(r#"{"":0}"#).replacen("{\"\":0}", &format!("\"{}\"", crate::sandbox::API_KEY), 1)),
        ),
        row("a hundred thousand lists in lists", EVERY, BAD_RESPONSE, says(list("[[[0]]]"))),
    ]
}

/// Bodies that end before they should.
fn cut() -> Vec<Row> {
    let cut = |body: &str, end| vec![Step::Hear, say(http1("200 OK", &["Content-Length: 100"], body)), end];
    let in_chunk = |end| vec![Step::Hear, say(http1("200 OK", &[CHUNKED], "1b\r\n{\"data\":")), end];
    vec![
        row("no body at all", HTTP1, CONNECTION_LOST, cut("", Step::Close)),
        row("a truncated body", HTTP1, CONNECTION_LOST, cut(FIRST, Step::Close)),
        row("a body cut below HTTP", HTTP1, CONNECTION_LOST, cut(FIRST, Step::Cut)),
        row("a reset within the body", HTTP1, CONNECTION_LOST, cut(FIRST, Step::Reset)),
        row("a body that stalls", HTTP1, TIMEOUT, cut(FIRST, Step::Stay)),
        row("a truncated chunk", HTTP1, CONNECTION_LOST, in_chunk(Step::Close)),
        row("a reset within a chunk", HTTP1, CONNECTION_LOST, in_chunk(Step::Reset)),
        row(
            "no last chunk",
            HTTP1,
            CONNECTION_LOST,
            vec![Step::Hear, say(http1("200 OK", &[CHUNKED], format!("1b\r\n{FIRST}\r\n"))), Step::Close],
        ),
        row(
            "a truncated refusal",
            HTTP1,
            &[404],
            vec![Step::Hear, say(http1("404 Not Found", &["Content-Length: 100"], "{")), Step::Close],
        ),
        row(
            "no length, and half of the JSON",
            HTTP1,
            BAD_RESPONSE,
            vec![Step::Hear, say(http1("200 OK", &[], &FIRST[..20])), Step::Close],
        ),
        row(
            "no length, and the whole of it",
            HTTP1,
            SUCCESS,
            vec![Step::Hear, say(http1("200 OK", &[], FIRST)), Step::Close],
        ),
        row(
            "a body in a trickle",
            HTTP1,
            TIMEOUT,
            vec![
                Step::Hear,
                say(http1("200 OK", &["Content-Length: 100"], "")),
                Step::Trickle(vec![b' '; 100]),
                Step::Stay,
            ],
        ),
    ]
}

fn chunks() -> Vec<Row> {
    let says = |body: &str| vec![Step::Hear, say(http1("200 OK", &[CHUNKED], body)), Step::Close];
    let whole = |size: &str, end: &str| says(&format!("{size}\r\n{FIRST}\r\n{end}"));
    vec![
        row("a chunk size that is no number", HTTP1, BAD_RESPONSE, whole("zz", "0\r\n\r\n")),
        row("a negative chunk size", HTTP1, BAD_RESPONSE, whole("-1b", "0\r\n\r\n")),
        row("an empty chunk size", HTTP1, BAD_RESPONSE, whole("", "0\r\n\r\n")),
        row("a chunk size beyond 2^64", HTTP1, BAD_RESPONSE, whole("1000000000000001b", "0\r\n\r\n")),
        row("a chunk size of 2^63", HTTP1, CONNECTION_LOST, whole("8000000000000000", "0\r\n\r\n")),
        row("a chunk longer than its size", HTTP1, BAD_RESPONSE, whole("10", "0\r\n\r\n")),
        row("JSON where chunks should be", HTTP1, BAD_RESPONSE, says(FIRST)),
        row("an extension of a chunk", HTTP1, SUCCESS, whole("1b;name=value", "0\r\n\r\n")),
        row("a trailer", HTTP1, SUCCESS, whole("1b", "0\r\nX-A: a\r\n\r\n")),
        row("a trailer that is none", HTTP1, BAD_RESPONSE, whole("1b", "0\r\nX-A\0\r\n\r\n")),
    ]
}

fn endless() -> Vec<Row> {
    let piece = || format!("4000\r\n{}\r\n", " ".repeat(16 * 1024)).into_bytes();
    let forever = |status: &str, headers: &[&str], begin: &str, piece: Vec<u8>| -> Script {
        vec![Step::Hear, say(http1(status, headers, begin)), Step::Forever(piece)]
    };
    vec![
        row("endless chunks with 200", HTTP1, BAD_RESPONSE, forever("200 OK", &[CHUNKED], "", piece())),
        row("endless chunks with 500", HTTP1, &[500], forever("500 Broken", &[CHUNKED], "", piece())),
        row("endless chunks with 404", HTTP1, &[404], forever("404 None", &[CHUNKED], "", piece())),
        row("endless without a length", HTTP1, BAD_RESPONSE, forever("200 OK", &[], "", vec![b' '; 16 * 1024])),
        row("a length of 2^62, and it comes", HTTP1, BAD_RESPONSE, {
            forever("200 OK", &["Content-Length: 4611686018427387904"], "", vec![b' '; 16 * 1024])
        }),
        row(
            "small chunks for ever",
            HTTP1,
            BAD_RESPONSE,
            forever("200 OK", &[CHUNKED], "", b"8\r\n        \r\n".repeat(1000)),
        ),
        row(
            "an endless extension of a chunk",
            HTTP1,
            BAD_RESPONSE,
            forever("200 OK", &[CHUNKED], "1;", vec![b'x'; 16 * 1024]),
        ),
        row("an extension for every byte, for ever", HTTP1, BAD_RESPONSE, {
            forever("200 OK", &[CHUNKED], "", format!("1;{}\r\n \r\n", "x".repeat(1000)).into_bytes())
        }),
        row("zeros for a chunk size, for ever", HTTP1, TIMEOUT, forever("200 OK", &[CHUNKED], "", vec![b'0'; 4096])),
        row(
            "endless trailers",
            HTTP1,
            BAD_RESPONSE,
            forever("200 OK", &[CHUNKED], "0\r\n", b"X-A: a\r\n".repeat(2000)),
        ),
        row(
            "an endless body, slowly",
            HTTP1,
            TIMEOUT,
            vec![Step::Hear, say(http1("200 OK", &[CHUNKED], "")), Step::Slowly(5, b"1\r\n \r\n".to_vec())],
        ),
        row(
            "an endless refusal, slowly",
            HTTP1,
            TIMEOUT,
            vec![Step::Hear, say(http1("500 Broken", &[CHUNKED], "")), Step::Slowly(5, b"1\r\n \r\n".to_vec())],
        ),
    ]
}
