//! HTTP/2: faults of the stream that carries the response.

use crate::behaviour::{
    BAD_RESPONSE, Behaviour, CONNECTION_LOST, HTTP2, Row, SUCCESS, TIMEOUT, for_each_transport, row,
};
use crate::frames::{
    CONTINUATION, END_HEADERS, END_STREAM, HEADERS, MAX_FRAME, NO_FLAGS, STATUS_200, frame, head, last, literal, piece,
    rst_stream,
};
use crate::script::{FIRST, POISON, Script, Step, reply, respond, send};

pub fn behaviours() -> Vec<Behaviour> {
    for_each_transport(rows())
}

pub fn rows() -> Vec<Row> {
    resets().into_iter().chain(heads()).chain(bodies()).chain(surplus()).collect()
}

fn sends(frames: &[Vec<u8>]) -> Script {
    reply(frames.concat())
}

/// RST_STREAM with every defined error code and two undefined ones. After code 7 (REFUSED_STREAM) the
/// request is sent again, which the family "refused streams" is about.
fn resets() -> Vec<Row> {
    let codes = (0..=13).chain([14, u32::MAX]);
    let rows = |code| {
        let in_body = vec![Step::Receive, send([head(1, 200, &[]), piece(1, &FIRST[..20])].concat()), Step::Wait(20)];
        let refused = [Step::Receive, respond(200, FIRST)].into_iter().filter(|_| code == 7);
        [
            row(
                format!("RST_STREAM with code {code}"),
                HTTP2,
                if code == 7 { SUCCESS } else { CONNECTION_LOST },
                reply(rst_stream(1, code)).into_iter().chain(refused).collect(),
            ),
            row(
                format!("RST_STREAM with code {code} in the body"),
                HTTP2,
                CONNECTION_LOST,
                [in_body, vec![send(rst_stream(1, code))]].concat(),
            ),
        ]
    };
    codes.flat_map(rows).collect()
}

fn heads() -> Vec<Row> {
    let with = |headers: &[(&str, &str)]| sends(&[head(1, 200, headers), last(1, FIRST)]);
    let block = |block: &[u8]| sends(&[frame(HEADERS, END_HEADERS, 1, block), last(1, FIRST)]);
    let status = |text: &str| block(&literal(":status", text));
    let fields: Vec<u8> = (0..5000).flat_map(|number| literal(&format!("x-{number}"), "x")).collect();
    let large_block = [STATUS_200, &fields].concat();
    let pieces: Vec<_> = large_block.chunks(MAX_FRAME).collect();
    let mut large_head = vec![frame(HEADERS, NO_FLAGS, 1, pieces[0])];
    large_head.extend(pieces[1..].iter().map(|piece| frame(CONTINUATION, NO_FLAGS, 1, piece)));
    large_head.push(frame(CONTINUATION, END_HEADERS, 1, &[]));
    large_head.push(last(1, FIRST));
    vec![
        row("no status", HTTP2, BAD_RESPONSE, block(&literal("content-type", "application/json"))),
        row("no headers at all", HTTP2, BAD_RESPONSE, block(&[])),
        row("two :status fields", HTTP2, BAD_RESPONSE, block(&[STATUS_200, STATUS_200].concat())),
        row("a :status after a header", HTTP2, BAD_RESPONSE, block(&[&literal("x-a", "a"), STATUS_200].concat())),
        row("a status of two digits", HTTP2, BAD_RESPONSE, status("20")),
        row("status OK", HTTP2, BAD_RESPONSE, status("OK")),
        row("status 000", HTTP2, BAD_RESPONSE, status("000")),
        row("status 600", HTTP2, BAD_RESPONSE, status("600")),
        row("status 101", HTTP2, BAD_RESPONSE, status("101")),
        row("a request instead of a response", HTTP2, BAD_RESPONSE, block(&[0x83, 0x86, 0x84])),
        row("an uppercase header name", HTTP2, BAD_RESPONSE, with(&[("X-A", "a")])),
        row("NUL in a name", HTTP2, BAD_RESPONSE, with(&[("x\0a", "a")])),
        row("NUL in a value", HTTP2, BAD_RESPONSE, with(&[("x-a", "a\0b")])),
        row("a line break in a value", HTTP2, BAD_RESPONSE, with(&[("x-a", "a\r\nx-b: b")])),
        row("an empty header name", HTTP2, BAD_RESPONSE, with(&[("", "a")])),
        row("an unknown pseudo-header", HTTP2, BAD_RESPONSE, block(&[STATUS_200, &literal(":nobody", "a")].concat())),
        row("the header connection", HTTP2, BAD_RESPONSE, with(&[("connection", "close")])),
        row("the header transfer-encoding", HTTP2, BAD_RESPONSE, with(&[("transfer-encoding", "chunked")])),
        row("5000 headers", HTTP2, BAD_RESPONSE, sends(&large_head)),
        row(
            "a stream that depends on itself",
            HTTP2,
            BAD_RESPONSE,
            sends(&[frame(HEADERS, END_HEADERS | 0x20, 1, &[&[0, 0, 0, 1, 16], STATUS_200].concat()), last(1, FIRST)]),
        ),
        row(
            "a head sent byte by byte",
            HTTP2,
            TIMEOUT,
            vec![
                Step::Receive,
                Step::Trickle(head(1, 200, &[("x-filler", "012345678901234567890123456789")])),
                Step::Hang,
            ],
        ),
    ]
}

fn bodies() -> Vec<Row> {
    let length = |text: &str, body: &str| sends(&[head(1, 200, &[("content-length", text)]), last(1, body)]);
    let forever =
        |status| vec![Step::Receive, send(head(1, status, &[])), Step::Flood(piece(1, vec![b' '; MAX_FRAME]))];
    let then = |end| vec![Step::Receive, send([head(1, 200, &[]), piece(1, &FIRST[..20])].concat()), end];
    vec![
        row("a length that is too long", HTTP2, BAD_RESPONSE, length("100", FIRST)),
        row("a length that is too short", HTTP2, BAD_RESPONSE, length("20", FIRST)),
        row("a negative length", HTTP2, BAD_RESPONSE, length("-27", FIRST)),
        row("a length of 2^64", HTTP2, BAD_RESPONSE, length("18446744073709551616", FIRST)),
        row(
            "two lengths",
            HTTP2,
            BAD_RESPONSE,
            sends(&[head(1, 200, &[("content-length", "27"), ("content-length", "2")]), last(1, FIRST)]),
        ),
        row("DATA without a head", HTTP2, BAD_RESPONSE, sends(&[last(1, FIRST)])),
        row(
            "a second head instead of trailers",
            HTTP2,
            SUCCESS,
            sends(&[head(1, 200, &[]), piece(1, FIRST), frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200)]),
        ),
        row(
            "trailers that do not end the stream",
            HTTP2,
            BAD_RESPONSE,
            sends(&[head(1, 200, &[]), piece(1, FIRST), frame(HEADERS, END_HEADERS, 1, &literal("x-a", "a"))]),
        ),
        row(
            "trailers",
            HTTP2,
            SUCCESS,
            reply(
                [head(1, 200, &[]), piece(1, FIRST), frame(HEADERS, END_HEADERS | END_STREAM, 1, &literal("x-a", "a"))]
                    .concat(),
            ),
        ),
        row("a 204 with a body", HTTP2, BAD_RESPONSE, reply([head(1, 204, &[]), last(1, FIRST)].concat())),
        row("a 200 with an endless body", HTTP2, BAD_RESPONSE, forever(200)),
        row("a 500 with an endless body", HTTP2, &[500], forever(500)),
        row("a stream that never ends", HTTP2, TIMEOUT, then(Step::Hang)),
        row("an endless body, sent slowly", HTTP2, TIMEOUT, then(Step::Repeat(5, piece(1, b" ")))),
        row("a body sent byte by byte", HTTP2, TIMEOUT, then(Step::Trickle(piece(1, vec![b' '; 100])))),
        row("closes in the body", HTTP2, CONNECTION_LOST, then(Step::Close)),
        row("closes TCP without close_notify in the body", HTTP2, CONNECTION_LOST, then(Step::CloseTcp)),
        row("resets the connection in the body", HTTP2, CONNECTION_LOST, then(Step::Reset)),
    ]
}

/// Frames that follow the complete response.
fn surplus() -> Vec<Row> {
    let then = |frames: &[Vec<u8>]| vec![Step::Receive, respond(200, FIRST), send(frames.concat())];
    vec![
        row("DATA after the end of the stream", HTTP2, SUCCESS, then(&[last(1, POISON)])),
        row("a second response on the same stream", HTTP2, SUCCESS, then(&[head(1, 200, &[]), last(1, POISON)])),
        row("a response to the next request", HTTP2, SUCCESS, then(&[head(3, 200, &[]), last(3, POISON)])),
        row("RST_STREAM after the end of the stream", HTTP2, SUCCESS, then(&[rst_stream(1, 0)])),
        row("garbage after the end of the stream", HTTP2, SUCCESS, then(&[vec![0xff; 100]])),
        row("a complete response, then RST_STREAM", HTTP2, SUCCESS, {
            vec![Step::Receive, respond(200, FIRST), Step::Wait(20), send(rst_stream(1, 8))]
        }),
    ]
}
