//! HTTP/1.1: headers that are malformed or contradict each other.

use crate::behaviour::{BAD_RESPONSE, Behaviour, CONNECTION_LOST, HTTP1, Row, SUCCESS, for_each_transport, row};
use crate::script::{FIRST, Script, http1, http1_with_length, reply, reply_and_close};

pub fn behaviours() -> Vec<Behaviour> {
    for_each_transport(syntax().into_iter().chain(lengths()))
}

fn with_header(header: &str) -> Script {
    reply_and_close(http1_with_length("200 OK", &[header], FIRST))
}

fn syntax() -> Vec<Row> {
    vec![
        row("NUL in a value", HTTP1, BAD_RESPONSE, with_header("X-A: a\0b")),
        row("NUL in a name", HTTP1, BAD_RESPONSE, with_header("X-\0A: a")),
        row("CR in a value", HTTP1, BAD_RESPONSE, with_header("X-A: a\rb")),
        row("a header without a colon", HTTP1, BAD_RESPONSE, with_header("X-A")),
        row("a header without a name", HTTP1, BAD_RESPONSE, with_header(": a")),
        row("a space before the colon", HTTP1, BAD_RESPONSE, with_header("X-A : a")),
        row("a folded header line", HTTP1, BAD_RESPONSE, with_header("X-A: a\r\n b")),
        row(
            "a value that is not UTF-8",
            HTTP1,
            SUCCESS,
            reply(
                [b"HTTP/1.1 200 OK\r\nx-request-id: \xff\r\nContent-Length: 27\r\n\r\n".as_slice(), FIRST.as_bytes()]
                    .concat(),
            ),
        ),
        row(
            "lines that end in LF instead of CRLF",
            HTTP1,
            SUCCESS,
            reply(format!("HTTP/1.1 200 OK\nContent-Length: 27\n\n{FIRST}")),
        ),
        row(
            "a retry delay of 10^300 seconds",
            HTTP1,
            &[429],
            reply(http1_with_length("429 Slow", &["Retry-After: 1e300", "retry-after-ms: 1e308"], "{}")),
        ),
        row(
            "a compressed body that the client did not ask for",
            HTTP1,
            BAD_RESPONSE,
            reply(http1_with_length(
                "200 OK",
                &["Content-Encoding: gzip"],
                b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xab\xae\x05\0",
            )),
        ),
    ]
}

fn lengths() -> Vec<Row> {
    let sends = |headers: &[&str], body: &str| reply_and_close(http1("200 OK", headers, body));
    let chunked = format!("{:x}\r\n{FIRST}\r\n0\r\n\r\n", FIRST.len());
    let length = |text: &str| sends(&[&format!("Content-Length: {text}")], FIRST);
    vec![
        row("two different lengths", HTTP1, BAD_RESPONSE, sends(&["Content-Length: 27", "Content-Length: 2"], FIRST)),
        row("two lengths in one line", HTTP1, BAD_RESPONSE, length("27, 2")),
        row("the same length twice", HTTP1, SUCCESS, sends(&["Content-Length: 27", "Content-Length: 27"], FIRST)),
        row(
            "a length, then chunked encoding",
            HTTP1,
            SUCCESS,
            sends(&["Content-Length: 5", "Transfer-Encoding: chunked"], &chunked),
        ),
        row(
            "chunked encoding, then a length",
            HTTP1,
            SUCCESS,
            sends(&["Transfer-Encoding: chunked", "Content-Length: 5"], &chunked),
        ),
        row("a negative length", HTTP1, BAD_RESPONSE, length("-27")),
        row("a length with a sign", HTTP1, BAD_RESPONSE, length("+27")),
        row("a length in hexadecimal", HTTP1, BAD_RESPONSE, length("0x1b")),
        row("an empty length", HTTP1, BAD_RESPONSE, length("")),
        row("a length of 2^64", HTTP1, BAD_RESPONSE, length("18446744073709551616")),
        row("a length of 2^64-1", HTTP1, BAD_RESPONSE, length("18446744073709551615")),
        row("a length of 2^63", HTTP1, CONNECTION_LOST, length("9223372036854775808")),
        row(
            "a 500 with a length of 2^62",
            HTTP1,
            &[500],
            reply_and_close(http1("500 Broken", &["Content-Length: 4611686018427387904"], "{}")),
        ),
        row("an unknown transfer encoding", HTTP1, BAD_RESPONSE, sends(&["Transfer-Encoding: zip"], "PK\u{3}\u{4}")),
        row(
            "chunked is not the last transfer encoding",
            HTTP1,
            BAD_RESPONSE,
            sends(&["Transfer-Encoding: chunked, gzip"], &chunked),
        ),
        row(
            "a chunked HTTP/1.0 response",
            HTTP1,
            BAD_RESPONSE,
            reply_and_close(format!("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}")),
        ),
    ]
}
