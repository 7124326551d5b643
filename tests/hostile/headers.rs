//! Headers that say nonsense, or contradict each other.

use crate::behaviour::{BAD_RESPONSE, Behaviour, CONNECTION_LOST, HTTP1, Row, SUCCESS, behaviours as all, row};
use crate::script::{FIRST, Script, Step, http1, http1_whole, say};

pub fn behaviours() -> Vec<Behaviour> {
    all(forms().into_iter().chain(lengths()))
}

fn with(header: &str) -> Script {
    vec![Step::Hear, say(http1_whole("200 OK", &[header], FIRST)), Step::Close]
}

fn forms() -> Vec<Row> {
    vec![
        row("NUL in a value", HTTP1, BAD_RESPONSE, with("X-A: a\0b")),
        row("NUL in a name", HTTP1, BAD_RESPONSE, with("X-\0A: a")),
        row("CR in a value", HTTP1, BAD_RESPONSE, with("X-A: a\rb")),
        row("no colon", HTTP1, BAD_RESPONSE, with("X-A")),
        row("no name", HTTP1, BAD_RESPONSE, with(": a")),
        row("a blank before the colon", HTTP1, BAD_RESPONSE, with("X-A : a")),
        row("a folded line", HTTP1, BAD_RESPONSE, with("X-A: a\r\n b")),
        row(
            "a value that is no UTF-8",
            HTTP1,
            SUCCESS,
            vec![
                Step::Hear,
                say([
                    b"HTTP/1.1 200 OK\r\nx-request-id: \xff\r\nContent-Length: 27\r\n\r\n".as_slice(),
                    FIRST.as_bytes(),
                ]
                .concat()),
            ],
        ),
        row(
            "lines that end in LF alone",
            HTTP1,
            SUCCESS,
            vec![Step::Hear, say(format!("HTTP/1.1 200 OK\nContent-Length: 27\n\n{FIRST}"))],
        ),
        row(
            "a pause of 10^300 seconds",
            HTTP1,
            &[429],
            vec![Step::Hear, say(http1_whole("429 Slow", &["Retry-After: 1e300", "retry-after-ms: 1e308"], "{}"))],
        ),
        row(
            "compressed without being asked",
            HTTP1,
            BAD_RESPONSE,
            vec![
                Step::Hear,
                say(http1_whole("200 OK", &["Content-Encoding: gzip"], b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xab\xae\x05\0")),
            ],
        ),
    ]
}

fn lengths() -> Vec<Row> {
    let said = |headers: &[&str], body: &str| vec![Step::Hear, say(http1("200 OK", headers, body)), Step::Close];
    let chunked = format!("{:x}\r\n{FIRST}\r\n0\r\n\r\n", FIRST.len());
    let length = |text: &str| said(&[&format!("Content-Length: {text}")], FIRST);
    vec![
        row("two lengths that differ", HTTP1, BAD_RESPONSE, said(&["Content-Length: 27", "Content-Length: 2"], FIRST)),
        row("two lengths in one line", HTTP1, BAD_RESPONSE, length("27, 2")),
        row("one length twice", HTTP1, SUCCESS, said(&["Content-Length: 27", "Content-Length: 27"], FIRST)),
        row(
            "a length and chunks",
            HTTP1,
            SUCCESS,
            said(&["Content-Length: 5", "Transfer-Encoding: chunked"], &chunked),
        ),
        row(
            "chunks and a length",
            HTTP1,
            SUCCESS,
            said(&["Transfer-Encoding: chunked", "Content-Length: 5"], &chunked),
        ),
        row("a negative length", HTTP1, BAD_RESPONSE, length("-27")),
        row("a length with a sign", HTTP1, BAD_RESPONSE, length("+27")),
        row("a length in hexadecimal", HTTP1, BAD_RESPONSE, length("0x1b")),
        row("an empty length", HTTP1, BAD_RESPONSE, length("")),
        row("a length of 2^64", HTTP1, BAD_RESPONSE, length("18446744073709551616")),
        row("a length of 2^64-1", HTTP1, BAD_RESPONSE, length("18446744073709551615")),
        row("a length of 2^63", HTTP1, CONNECTION_LOST, length("9223372036854775808")),
        row(
            "a length of 2^62 with a refusal",
            HTTP1,
            &[500],
            vec![Step::Hear, say(http1("500 Broken", &["Content-Length: 4611686018427387904"], "{}")), Step::Close],
        ),
        row("an encoding that nobody knows", HTTP1, BAD_RESPONSE, said(&["Transfer-Encoding: zip"], "PK\u{3}\u{4}")),
        row(
            "chunks that are not the last encoding",
            HTTP1,
            BAD_RESPONSE,
            said(&["Transfer-Encoding: chunked, gzip"], &chunked),
        ),
        row(
            "chunks with HTTP/1.0",
            HTTP1,
            BAD_RESPONSE,
            vec![
                Step::Hear,
                say(format!("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}")),
                Step::Close,
            ],
        ),
    ]
}
