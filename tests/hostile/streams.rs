//! HTTP/2: faults of the answer itself.

use crate::behaviour::{
    BAD_RESPONSE, Behaviour, CONNECTION_LOST, HTTP2, Row, SUCCESS, TIMEOUT, behaviours as all, row,
};
use crate::frames::{
    END_HEADERS, END_STREAM, HEADERS, MAX_FRAME, STATUS_200, frame, head, last, literal, piece, rst_stream,
};
use crate::script::{FIRST, POISON, Script, Step, answer, say};

pub fn behaviours() -> Vec<Behaviour> {
    all(resets().into_iter().chain(heads()).chain(bodies()).chain(afterwards()))
}

fn says(frames: &[Vec<u8>]) -> Script {
    vec![Step::Hear, say(frames.concat())]
}

/// With every code that there is, and two that there are not. With code 0 a stream has an end, and what came before it
/// is no JSON.
fn resets() -> Vec<Row> {
    let codes = (0..=13).chain([14, u32::MAX]);
    let both = |code| {
        let within = vec![Step::Hear, say([head(1, 200, &[]), piece(1, &FIRST[..20])].concat()), Step::Wait(20)];
        [
            row(format!("reset with code {code}"), HTTP2, CONNECTION_LOST, vec![Step::Hear, say(rst_stream(1, code))]),
            row(
                format!("reset with code {code} within the body"),
                HTTP2,
                if code == 0 { BAD_RESPONSE } else { CONNECTION_LOST },
                [within, vec![say(rst_stream(1, code))]].concat(),
            ),
        ]
    };
    codes.flat_map(both).collect()
}

fn heads() -> Vec<Row> {
    let with = |headers: &[(&str, &str)]| says(&[head(1, 200, headers), last(1, FIRST)]);
    let block = |block: &[u8]| says(&[frame(HEADERS, END_HEADERS, 1, block), last(1, FIRST)]);
    let status = |text: &str| block(&literal(":status", text));
    let many: Vec<_> = (0..5000).map(|number| (format!("x-{number}"), "x")).collect();
    let many: Vec<u8> = many.iter().flat_map(|(name, value)| literal(name, value)).collect();
    let large = [STATUS_200, &many].concat();
    let pieces: Vec<_> = large.chunks(MAX_FRAME).collect();
    let mut heads = vec![frame(HEADERS, 0, 1, pieces[0])];
    heads.extend(pieces[1..].iter().map(|piece| frame(crate::frames::CONTINUATION, 0, 1, piece)));
    heads.push(frame(crate::frames::CONTINUATION, END_HEADERS, 1, &[]));
    heads.push(last(1, FIRST));
    vec![
        row("no status", HTTP2, BAD_RESPONSE, block(&literal("content-type", "application/json"))),
        row("no headers at all", HTTP2, BAD_RESPONSE, block(&[])),
        row("two statuses", HTTP2, BAD_RESPONSE, block(&[STATUS_200, STATUS_200].concat())),
        row("a status behind a header", HTTP2, BAD_RESPONSE, block(&[&literal("x-a", "a"), STATUS_200].concat())),
        row("status of two digits", HTTP2, BAD_RESPONSE, status("20")),
        row("status OK", HTTP2, BAD_RESPONSE, status("OK")),
        row("status 000", HTTP2, BAD_RESPONSE, status("000")),
        row("status 600", HTTP2, BAD_RESPONSE, status("600")),
        row("status 101", HTTP2, BAD_RESPONSE, status("101")),
        row("a request for an answer", HTTP2, BAD_RESPONSE, block(&[0x83, 0x86, 0x84])),
        row("a name in capitals", HTTP2, BAD_RESPONSE, with(&[("X-A", "a")])),
        row("NUL in a name", HTTP2, BAD_RESPONSE, with(&[("x\0a", "a")])),
        row("NUL in a value", HTTP2, BAD_RESPONSE, with(&[("x-a", "a\0b")])),
        row("a line end in a value", HTTP2, BAD_RESPONSE, with(&[("x-a", "a\r\nx-b: b")])),
        row("an empty name", HTTP2, BAD_RESPONSE, with(&[("", "a")])),
        row(
            "a pseudo-header that nobody knows",
            HTTP2,
            BAD_RESPONSE,
            block(&[STATUS_200, &literal(":nobody", "a")].concat()),
        ),
        row("a header of the connection", HTTP2, BAD_RESPONSE, with(&[("connection", "close")])),
        row("chunks", HTTP2, BAD_RESPONSE, with(&[("transfer-encoding", "chunked")])),
        row("5000 headers", HTTP2, BAD_RESPONSE, says(&heads)),
        row(
            "a stream that depends on itself",
            HTTP2,
            BAD_RESPONSE,
            says(&[frame(HEADERS, END_HEADERS | 0x20, 1, &[&[0, 0, 0, 1, 16], STATUS_200].concat()), last(1, FIRST)]),
        ),
        row(
            "a head in a trickle",
            HTTP2,
            TIMEOUT,
            vec![
                Step::Hear,
                Step::Trickle(head(1, 200, &[("x-filler", "012345678901234567890123456789")])),
                Step::Stay,
            ],
        ),
    ]
}

fn bodies() -> Vec<Row> {
    let length = |text: &str, body: &str| says(&[head(1, 200, &[("content-length", text)]), last(1, body)]);
    let forever = |status| vec![Step::Hear, say(head(1, status, &[])), Step::Forever(piece(1, vec![b' '; MAX_FRAME]))];
    let then = |end| vec![Step::Hear, say([head(1, 200, &[]), piece(1, &FIRST[..20])].concat()), end];
    vec![
        row("a length that is too long", HTTP2, BAD_RESPONSE, length("100", FIRST)),
        row("a length that is too short", HTTP2, BAD_RESPONSE, length("20", FIRST)),
        row("a negative length", HTTP2, BAD_RESPONSE, length("-27", FIRST)),
        row("a length of 2^64", HTTP2, BAD_RESPONSE, length("18446744073709551616", FIRST)),
        row(
            "two lengths",
            HTTP2,
            BAD_RESPONSE,
            says(&[head(1, 200, &[("content-length", "27"), ("content-length", "2")]), last(1, FIRST)]),
        ),
        row("data without a head", HTTP2, BAD_RESPONSE, says(&[last(1, FIRST)])),
        row(
            "a head for trailers",
            HTTP2,
            SUCCESS,
            says(&[head(1, 200, &[]), piece(1, FIRST), frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200)]),
        ),
        row(
            "trailers that do not end the stream",
            HTTP2,
            BAD_RESPONSE,
            says(&[head(1, 200, &[]), piece(1, FIRST), frame(HEADERS, END_HEADERS, 1, &literal("x-a", "a"))]),
        ),
        row(
            "trailers",
            HTTP2,
            SUCCESS,
            vec![
                Step::Hear,
                say([
                    head(1, 200, &[]),
                    piece(1, FIRST),
                    frame(HEADERS, END_HEADERS | END_STREAM, 1, &literal("x-a", "a")),
                ]
                .concat()),
            ],
        ),
        row(
            "204 with a body",
            HTTP2,
            BAD_RESPONSE,
            vec![Step::Hear, say([head(1, 204, &[]), last(1, FIRST)].concat())],
        ),
        row("an endless body with 200", HTTP2, BAD_RESPONSE, forever(200)),
        row("an endless body with 500", HTTP2, &[500], forever(500)),
        row("a stream that never ends", HTTP2, TIMEOUT, then(Step::Stay)),
        row("an endless body, slowly", HTTP2, TIMEOUT, then(Step::Slowly(5, piece(1, b" ")))),
        row("a body in a trickle", HTTP2, TIMEOUT, then(Step::Trickle(piece(1, vec![b' '; 100])))),
        row("a body that is closed", HTTP2, CONNECTION_LOST, then(Step::Close)),
        row("a body that is cut", HTTP2, CONNECTION_LOST, then(Step::Cut)),
        row("a body that is reset", HTTP2, CONNECTION_LOST, then(Step::Reset)),
    ]
}

/// What comes when the answer is there.
fn afterwards() -> Vec<Row> {
    let then = |frames: &[Vec<u8>]| vec![Step::Hear, answer(200, FIRST), say(frames.concat())];
    vec![
        row("data after the end", HTTP2, SUCCESS, then(&[last(1, POISON)])),
        row("a second answer", HTTP2, SUCCESS, then(&[head(1, 200, &[]), last(1, POISON)])),
        row("an answer to the next request", HTTP2, SUCCESS, then(&[head(3, 200, &[]), last(3, POISON)])),
        row("a reset after the end", HTTP2, SUCCESS, then(&[rst_stream(1, 0)])),
        row("garbage after the end", HTTP2, SUCCESS, then(&[vec![0xff; 100]])),
        row("a whole answer that is reset", HTTP2, SUCCESS, {
            vec![Step::Hear, answer(200, FIRST), Step::Wait(20), say(rst_stream(1, 8))]
        }),
    ]
}
