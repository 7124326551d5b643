//! Answers whose head is no head of HTTP/1.1, or has no end.

use crate::behaviour::{
    BAD_RESPONSE, Behaviour, CONNECTION_LOST, HTTP1, LOST_OR_BAD, Row, SUCCESS, TIMEOUT, behaviours as all, row,
};
use crate::script::{FIRST, POISON, Script, Step, http1, http1_whole, say};

pub fn behaviours() -> Vec<Behaviour> {
    all(not_http().into_iter().chain(too_much()).chain(interim()))
}

/// Says this to the request, and nothing more.
fn says(bytes: impl Into<Vec<u8>>) -> Script {
    vec![Step::Hear, say(bytes), Step::Stay]
}

fn ends_with(bytes: impl Into<Vec<u8>>) -> Script {
    vec![Step::Hear, say(bytes), Step::Close]
}

fn not_http() -> Vec<Row> {
    let status = |line: &str| ends_with(format!("{line}\r\nContent-Length: {}\r\n\r\n{FIRST}", FIRST.len()));
    vec![
        row("SSH banner", HTTP1, BAD_RESPONSE, says("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")),
        row("SSH banner before the request", HTTP1, LOST_OR_BAD, vec![say("SSH-2.0-OpenSSH_9.2p1\r\n"), Step::Stay]),
        row("SMTP banner", HTTP1, BAD_RESPONSE, says("220 mail.example.org ESMTP\r\n")),
        row("HTTP/0.9", HTTP1, BAD_RESPONSE, ends_with(FIRST)),
        row("HTTP/0.9, a web page", HTTP1, BAD_RESPONSE, ends_with("<html><title>Welcome</title></html>\r\n")),
        row("a TLS alert", HTTP1, BAD_RESPONSE, ends_with([21, 3, 1, 0, 2, 2, 70])),
        row("zeros", HTTP1, BAD_RESPONSE, says(vec![0; 100])),
        row("every byte there is", HTTP1, BAD_RESPONSE, says((0..=255).collect::<Vec<_>>())),
        row("HTTP/2's settings", HTTP1, BAD_RESPONSE, says(crate::frames::settings(&[]))),
        row("HTTP/1.9", HTTP1, BAD_RESPONSE, status("HTTP/1.9 200 OK")),
        row("HTTP/9.9", HTTP1, BAD_RESPONSE, status("HTTP/9.9 200 OK")),
        row("ICY", HTTP1, BAD_RESPONSE, status("ICY 200 OK")),
        row("status without a number", HTTP1, BAD_RESPONSE, status("HTTP/1.1 OK")),
        row("status of two digits", HTTP1, BAD_RESPONSE, status("HTTP/1.1 20 OK")),
        row("status of four digits", HTTP1, BAD_RESPONSE, status("HTTP/1.1 2000 OK")),
        row("status -200", HTTP1, BAD_RESPONSE, status("HTTP/1.1 -200 OK")),
        row("status 000", HTTP1, BAD_RESPONSE, status("HTTP/1.1 000 OK")),
        row("status 600", HTTP1, BAD_RESPONSE, status("HTTP/1.1 600 OK")),
        row("status 999", HTTP1, BAD_RESPONSE, status("HTTP/1.1 999 OK")),
        row(
            "reason that is no UTF-8",
            HTTP1,
            SUCCESS,
            ends_with([b"HTTP/1.1 200 \xff\xfe\r\nContent-Length: 27\r\n\r\n".as_slice(), FIRST.as_bytes()].concat()),
        ),
        row("a request for an answer", HTTP1, BAD_RESPONSE, says("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n")),
        row("a head that ends within its status line", HTTP1, CONNECTION_LOST, ends_with("HTTP/1.1 20")),
        row("a head that ends within a header", HTTP1, CONNECTION_LOST, ends_with("HTTP/1.1 200 OK\r\nContent-")),
        row(
            "a head that ends without its empty line",
            HTTP1,
            CONNECTION_LOST,
            ends_with("HTTP/1.1 200 OK\r\nA: b\r\n"),
        ),
        row(
            "a head in a trickle",
            HTTP1,
            TIMEOUT,
            vec![
                Step::Hear,
                Step::Trickle(http1_whole("200 OK", &["X-Filler: 012345678901234567890123456789"], FIRST)),
                Step::Stay,
            ],
        ),
    ]
}

fn too_much() -> Vec<Row> {
    let begin = || say("HTTP/1.1 200 OK\r\n");
    let filler = |bytes: usize| format!("X-Filler: {}", "x".repeat(bytes));
    let many: String = (0..5000).map(|number| format!("X-Filler-{number}: x\r\n")).collect();
    vec![
        row("5000 headers", HTTP1, BAD_RESPONSE, says(http1_whole("200 OK", &[many.trim_end()], FIRST))),
        row("a header of 2 MB", HTTP1, BAD_RESPONSE, says(http1_whole("200 OK", &[&filler(2_000_000)], FIRST))),
        row(
            "a header name of 2 MB",
            HTTP1,
            BAD_RESPONSE,
            says(http1_whole("200 OK", &[&"x".repeat(2_000_000)], FIRST)),
        ),
        row(
            "a reason of 2 MB",
            HTTP1,
            BAD_RESPONSE,
            says(http1_whole(&format!("200 {}", "x".repeat(2_000_000)), &[], FIRST)),
        ),
        row(
            "an endless status line",
            HTTP1,
            BAD_RESPONSE,
            vec![Step::Hear, say("HTTP/1.1 200 "), Step::Forever(vec![b'x'; 16 * 1024])],
        ),
        row(
            "an endless header",
            HTTP1,
            BAD_RESPONSE,
            vec![Step::Hear, begin(), say("X-Filler: "), Step::Forever(vec![b'x'; 16 * 1024])],
        ),
        row(
            "endless headers",
            HTTP1,
            BAD_RESPONSE,
            vec![Step::Hear, begin(), Step::Forever(b"X-Filler: x\r\n".repeat(1000))],
        ),
        row("endless empty lines", HTTP1, BAD_RESPONSE, vec![Step::Hear, Step::Forever(b"\r\n".repeat(8000))]),
        row("endless zeros", HTTP1, BAD_RESPONSE, vec![Step::Hear, Step::Forever(vec![0; 16 * 1024])]),
    ]
}

/// What comes before an answer.
fn interim() -> Vec<Row> {
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
    let first = || say(http1_whole("200 OK", &[], FIRST));
    vec![
        row("5000 times 100, and an answer", HTTP1, SUCCESS, vec![Step::Hear, say(go_on.repeat(5000)), first()]),
        row("100 for ever", HTTP1, TIMEOUT, vec![Step::Hear, Step::Forever(go_on.repeat(600))]),
        row("100 for ever, slowly", HTTP1, TIMEOUT, vec![Step::Hear, Step::Slowly(5, go_on.to_vec())]),
        row("100 and nothing", HTTP1, TIMEOUT, says(go_on.as_slice())),
        row(
            "103 with large headers for ever",
            HTTP1,
            TIMEOUT,
            vec![
                Step::Hear,
                Step::Slowly(1, format!("HTTP/1.1 103 Early Hints\r\nLink: {}\r\n\r\n", "x".repeat(8000)).into_bytes()),
            ],
        ),
        row(
            "100 with a length",
            HTTP1,
            BAD_RESPONSE,
            says([b"HTTP/1.1 100 Continue\r\nContent-Length: 27\r\n\r\n".as_slice(), POISON.as_bytes()].concat()),
        ),
        row(
            "101",
            HTTP1,
            BAD_RESPONSE,
            says(http1("101 Switching Protocols", &["Connection: upgrade", "Upgrade: websocket"], "\u{1}\u{2}")),
        ),
        row(
            "101 for HTTP/2",
            HTTP1,
            BAD_RESPONSE,
            says(http1("101 Switching Protocols", &["Connection: upgrade", "Upgrade: h2c"], "")),
        ),
    ]
}
