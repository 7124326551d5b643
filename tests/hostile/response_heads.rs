//! HTTP/1.1: response heads (the status line and the headers) that are malformed, too large or
//! endless.

use crate::behaviour::{
    BAD_RESPONSE, Behaviour, CONNECTION_LOST, HTTP1, LOST_OR_BAD, Row, SUCCESS, TIMEOUT, for_each_transport, row,
};
use crate::script::{FIRST, POISON, Step, http1, http1_with_length, reply_and_close, reply_and_hang, send};

pub fn behaviours() -> Vec<Behaviour> {
    for_each_transport(malformed().into_iter().chain(too_large()).chain(interim()))
}

fn malformed() -> Vec<Row> {
    let status = |line: &str| reply_and_close(format!("{line}\r\nContent-Length: {}\r\n\r\n{FIRST}", FIRST.len()));
    vec![
        row("an SSH banner", HTTP1, BAD_RESPONSE, reply_and_hang("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")),
        row(
            "an SSH banner before the request",
            HTTP1,
            LOST_OR_BAD,
            vec![send("SSH-2.0-OpenSSH_9.2p1\r\n"), Step::Hang],
        ),
        row("an SMTP banner", HTTP1, BAD_RESPONSE, reply_and_hang("220 mail.example.org ESMTP\r\n")),
        row("an HTTP/0.9 response", HTTP1, BAD_RESPONSE, reply_and_close(FIRST)),
        row(
            "an HTTP/0.9 response with a web page",
            HTTP1,
            BAD_RESPONSE,
            reply_and_close("<html><title>Welcome</title></html>\r\n"),
        ),
        row("a TLS alert", HTTP1, BAD_RESPONSE, reply_and_close([21, 3, 1, 0, 2, 2, 70])),
        row("zeros", HTTP1, BAD_RESPONSE, reply_and_hang(vec![0; 100])),
        row("every byte value once", HTTP1, BAD_RESPONSE, reply_and_hang((0..=255).collect::<Vec<_>>())),
        row("an HTTP/2 SETTINGS frame", HTTP1, BAD_RESPONSE, reply_and_hang(crate::frames::settings(&[]))),
        row("version HTTP/1.9", HTTP1, BAD_RESPONSE, status("HTTP/1.9 200 OK")),
        row("version HTTP/9.9", HTTP1, BAD_RESPONSE, status("HTTP/9.9 200 OK")),
        row("version ICY", HTTP1, BAD_RESPONSE, status("ICY 200 OK")),
        row("a status without a number", HTTP1, BAD_RESPONSE, status("HTTP/1.1 OK")),
        row("a status of two digits", HTTP1, BAD_RESPONSE, status("HTTP/1.1 20 OK")),
        row("a status of four digits", HTTP1, BAD_RESPONSE, status("HTTP/1.1 2000 OK")),
        row("status -200", HTTP1, BAD_RESPONSE, status("HTTP/1.1 -200 OK")),
        row("status 000", HTTP1, BAD_RESPONSE, status("HTTP/1.1 000 OK")),
        row("status 600", HTTP1, BAD_RESPONSE, status("HTTP/1.1 600 OK")),
        row("status 999", HTTP1, BAD_RESPONSE, status("HTTP/1.1 999 OK")),
        row(
            "a reason phrase that is not UTF-8",
            HTTP1,
            SUCCESS,
            reply_and_close(
                [b"HTTP/1.1 200 \xff\xfe\r\nContent-Length: 27\r\n\r\n".as_slice(), FIRST.as_bytes()].concat(),
            ),
        ),
        row(
            "a request instead of a response",
            HTTP1,
            BAD_RESPONSE,
            reply_and_hang("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ),
        row("a head that ends in its status line", HTTP1, CONNECTION_LOST, reply_and_close("HTTP/1.1 20")),
        row("a head that ends in a header", HTTP1, CONNECTION_LOST, reply_and_close("HTTP/1.1 200 OK\r\nContent-")),
        row(
            "a head that ends without its empty line",
            HTTP1,
            CONNECTION_LOST,
            reply_and_close("HTTP/1.1 200 OK\r\nA: b\r\n"),
        ),
        row(
            "a head sent byte by byte",
            HTTP1,
            TIMEOUT,
            vec![
                Step::Receive,
                Step::Trickle(http1_with_length("200 OK", &["X-Filler: 012345678901234567890123456789"], FIRST)),
                Step::Hang,
            ],
        ),
    ]
}

fn too_large() -> Vec<Row> {
    let status_line = || send("HTTP/1.1 200 OK\r\n");
    let filler = |bytes: usize| format!("X-Filler: {}", "x".repeat(bytes));
    let many: String = (0..5000).map(|number| format!("X-Filler-{number}: x\r\n")).collect();
    vec![
        row(
            "5000 headers",
            HTTP1,
            BAD_RESPONSE,
            reply_and_hang(http1_with_length("200 OK", &[many.trim_end()], FIRST)),
        ),
        row(
            "a header of 2 MB",
            HTTP1,
            BAD_RESPONSE,
            reply_and_hang(http1_with_length("200 OK", &[&filler(2_000_000)], FIRST)),
        ),
        row(
            "a header name of 2 MB",
            HTTP1,
            BAD_RESPONSE,
            reply_and_hang(http1_with_length("200 OK", &[&"x".repeat(2_000_000)], FIRST)),
        ),
        row(
            "a reason phrase of 2 MB",
            HTTP1,
            BAD_RESPONSE,
            reply_and_hang(http1_with_length(&format!("200 {}", "x".repeat(2_000_000)), &[], FIRST)),
        ),
        row(
            "an endless status line",
            HTTP1,
            BAD_RESPONSE,
            vec![Step::Receive, send("HTTP/1.1 200 "), Step::Flood(vec![b'x'; 16 * 1024])],
        ),
        row(
            "an endless header",
            HTTP1,
            BAD_RESPONSE,
            vec![Step::Receive, status_line(), send("X-Filler: "), Step::Flood(vec![b'x'; 16 * 1024])],
        ),
        row(
            "endless headers",
            HTTP1,
            BAD_RESPONSE,
            vec![Step::Receive, status_line(), Step::Flood(b"X-Filler: x\r\n".repeat(1000))],
        ),
        row("endless empty lines", HTTP1, BAD_RESPONSE, vec![Step::Receive, Step::Flood(b"\r\n".repeat(8000))]),
        row("endless zeros", HTTP1, BAD_RESPONSE, vec![Step::Receive, Step::Flood(vec![0; 16 * 1024])]),
    ]
}

/// Interim responses, which precede the final one.
fn interim() -> Vec<Row> {
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
    let response = || send(http1_with_length("200 OK", &[], FIRST));
    vec![
        row(
            "5000 interim 100 responses, then the response",
            HTTP1,
            SUCCESS,
            vec![Step::Receive, send(interim.repeat(5000)), response()],
        ),
        row("interim 100 responses forever", HTTP1, TIMEOUT, vec![Step::Receive, Step::Flood(interim.repeat(600))]),
        row(
            "interim 100 responses forever, slowly",
            HTTP1,
            TIMEOUT,
            vec![Step::Receive, Step::Repeat(5, interim.to_vec())],
        ),
        row("an interim 100 response, then nothing", HTTP1, TIMEOUT, reply_and_hang(interim.as_slice())),
        row(
            "interim 103 responses with large headers forever",
            HTTP1,
            TIMEOUT,
            vec![
                Step::Receive,
                Step::Repeat(1, format!("HTTP/1.1 103 Early Hints\r\nLink: {}\r\n\r\n", "x".repeat(8000)).into_bytes()),
            ],
        ),
        row(
            "an interim 100 response with a length",
            HTTP1,
            BAD_RESPONSE,
            reply_and_hang(
                [b"HTTP/1.1 100 Continue\r\nContent-Length: 27\r\n\r\n".as_slice(), POISON.as_bytes()].concat(),
            ),
        ),
        row(
            "a 101 that switches to WebSocket",
            HTTP1,
            BAD_RESPONSE,
            reply_and_hang(http1(
                "101 Switching Protocols",
                &["Connection: upgrade", "Upgrade: websocket"],
                "\u{1}\u{2}",
            )),
        ),
        row(
            "a 101 that switches to HTTP/2",
            HTTP1,
            BAD_RESPONSE,
            reply_and_hang(http1("101 Switching Protocols", &["Connection: upgrade", "Upgrade: h2c"], "")),
        ),
    ]
}
