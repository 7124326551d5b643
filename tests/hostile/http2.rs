//! HTTP/2: faults of the connection, such as invalid settings and frames, GOAWAY and floods.

use crate::behaviour::{
    BAD_RESPONSE, Behaviour, CONNECTION_LOST, HTTP2, Row, SUCCESS, TIMEOUT, for_each_transport, row,
};
use crate::frames::{
    self, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, MAX_FRAME, NO_FLAGS, PING, PRIORITY, PUSH_PROMISE,
    SETTINGS, STATUS_200, WINDOW_UPDATE, frame, goaway, settings, window_update,
};
use crate::script::{FIRST, POISON, Step, http1_with_length, reply_and_close, reply_and_hang, respond, send};

/// The largest 31-bit number, which is the limit of windows and stream numbers.
const MAX: u32 = 0x7fff_ffff;

pub fn behaviours() -> Vec<Behaviour> {
    for_each_transport(rows())
}

pub fn rows() -> Vec<Row> {
    beginnings().into_iter().chain(goaways()).chain(faults()).chain(floods()).collect()
}

/// The first bytes of the server.
fn beginnings() -> Vec<Row> {
    let first = |bytes: Vec<u8>| vec![send(bytes), Step::Receive, Step::Hang];
    vec![
        row(
            "an HTTP/1.1 response instead of HTTP/2",
            HTTP2,
            BAD_RESPONSE,
            first(http1_with_length("200 OK", &[], FIRST)),
        ),
        row(
            "an HTTP/1.1 400 instead of HTTP/2",
            HTTP2,
            BAD_RESPONSE,
            first(http1_with_length("400 Bad Request", &["Connection: close"], "")),
        ),
        row("an SSH banner", HTTP2, BAD_RESPONSE, first(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n".to_vec())),
        row("zeros", HTTP2, BAD_RESPONSE, first(vec![0; 100])),
        row("0xff forever", HTTP2, BAD_RESPONSE, vec![Step::Flood(vec![0xff; MAX_FRAME])]),
        row("the preface of a client", HTTP2, BAD_RESPONSE, first(frames::PREFACE.to_vec())),
        row(
            "a response before the settings",
            HTTP2,
            SUCCESS,
            vec![send(frames::response(1, 200, FIRST.as_bytes())), Step::Receive],
        ),
        row(
            "a response before the request",
            HTTP2,
            SUCCESS,
            vec![send([settings(&[]), frames::response(1, 200, FIRST.as_bytes())].concat()), Step::Receive],
        ),
        row("settings that allow no streams", HTTP2, TIMEOUT, first(settings(&[(3, 0)]))),
        row("settings with a window of 0", HTTP2, TIMEOUT, first(settings(&[(4, 0)]))),
        row("settings that allow no streams, after the request", HTTP2, TIMEOUT, reply_and_hang(settings(&[(3, 0)]))),
        row(
            "settings without a header table, then a response",
            HTTP2,
            SUCCESS,
            vec![send(settings(&[(1, 0), (3, 1), (4, 1), (6, 1)])), Step::Receive, respond(200, FIRST)],
        ),
        row("settings with a window of 2^31", HTTP2, BAD_RESPONSE, first(settings(&[(4, MAX + 1)]))),
        row("settings with a frame size below the minimum", HTTP2, BAD_RESPONSE, first(settings(&[(5, 100)]))),
        row(
            "settings with push enabled",
            HTTP2,
            SUCCESS,
            vec![send(settings(&[(2, 1)])), Step::Receive, respond(200, FIRST)],
        ),
        row("settings with an invalid value for push", HTTP2, BAD_RESPONSE, first(settings(&[(2, 2)]))),
        row(
            "unknown settings",
            HTTP2,
            SUCCESS,
            vec![send(settings(&[(0x7777, 1), (0, MAX)])), Step::Receive, respond(200, FIRST)],
        ),
        row("settings of five bytes", HTTP2, BAD_RESPONSE, first(frame(SETTINGS, NO_FLAGS, 0, &[0; 5]))),
        row("settings on a stream", HTTP2, BAD_RESPONSE, first(frame(SETTINGS, NO_FLAGS, 1, &[]))),
        row("settings sent byte by byte", HTTP2, TIMEOUT, vec![Step::Trickle(settings(&[(3, 100); 20])), Step::Hang]),
    ]
}

fn goaways() -> Vec<Row> {
    let with = |last, code| reply_and_close(goaway(last, code));
    vec![
        row("GOAWAY that covers the request", HTTP2, CONNECTION_LOST, with(1, 0)),
        row("GOAWAY that does not cover the request", HTTP2, CONNECTION_LOST, with(0, 0)),
        row(
            "GOAWAY that does not cover the request, on an open connection",
            HTTP2,
            CONNECTION_LOST,
            reply_and_hang(goaway(0, 0)),
        ),
        row("GOAWAY that covers the request, on an open connection", HTTP2, TIMEOUT, reply_and_hang(goaway(1, 0))),
        row("GOAWAY with an error code", HTTP2, CONNECTION_LOST, with(1, 2)),
        row("GOAWAY with ENHANCE_YOUR_CALM", HTTP2, CONNECTION_LOST, with(0, 11)),
        row("GOAWAY with the largest stream", HTTP2, CONNECTION_LOST, with(MAX, 0)),
        row("GOAWAY instead of settings", HTTP2, CONNECTION_LOST, vec![send(goaway(0, 0)), Step::Receive, Step::Close]),
        row(
            "GOAWAY, then the response",
            HTTP2,
            SUCCESS,
            vec![Step::Receive, send(goaway(1, 0)), Step::Wait(20), respond(200, FIRST)],
        ),
        row(
            "the response, then GOAWAY",
            HTTP2,
            SUCCESS,
            vec![Step::Receive, respond(200, FIRST), send(goaway(1, 0)), Step::Close],
        ),
        row(
            "GOAWAY inside the response",
            HTTP2,
            CONNECTION_LOST,
            vec![Step::Receive, send(frames::head(1, 200, &[])), send(goaway(0, 0)), Step::Close],
        ),
        row("GOAWAY of seven bytes", HTTP2, BAD_RESPONSE, reply_and_hang(frame(frames::GOAWAY, NO_FLAGS, 0, &[0; 7]))),
    ]
}

fn faults() -> Vec<Row> {
    let block = [STATUS_200, &frames::literal("content-length", "27")].concat();
    let promise = [&2_u32.to_be_bytes()[..], &[0x82, 0x86, 0x84]].concat();
    vec![
        row(
            "a frame larger than the maximum",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frame(DATA, NO_FLAGS, 1, &[0; MAX_FRAME + 1])),
        ),
        row(
            "a frame of 16 MB",
            HTTP2,
            BAD_RESPONSE,
            vec![Step::Receive, send([0xff, 0xff, 0xff, DATA, 0, 0, 0, 0, 1]), Step::Flood(vec![0; MAX_FRAME])],
        ),
        row(
            "a frame of unknown type, then the response",
            HTTP2,
            SUCCESS,
            vec![Step::Receive, send(frame(0x77, 0xff, 1, b"anything")), respond(200, FIRST)],
        ),
        row("a push promise", HTTP2, BAD_RESPONSE, reply_and_hang(frame(PUSH_PROMISE, END_HEADERS, 1, &promise))),
        row(
            "CONTINUATION without HEADERS",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frame(CONTINUATION, END_HEADERS, 1, STATUS_200)),
        ),
        row(
            "a header block interrupted by another frame",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang([frame(HEADERS, NO_FLAGS, 1, &block), frame(PING, NO_FLAGS, 0, &[0; 8])].concat()),
        ),
        row(
            "CONTINUATION on another stream",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang([frame(HEADERS, NO_FLAGS, 1, &block), frame(CONTINUATION, END_HEADERS, 3, &[])].concat()),
        ),
        row(
            "HPACK: an index beyond the table",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frame(HEADERS, END_HEADERS, 1, &[0x88, 0xff, 0xff, 0x7f])),
        ),
        row("HPACK: the index 0", HTTP2, BAD_RESPONSE, reply_and_hang(frame(HEADERS, END_HEADERS, 1, &[0x80]))),
        row(
            "HPACK: an endless integer",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frame(HEADERS, END_HEADERS, 1, &[0xff; 40])),
        ),
        row(
            "HPACK: a truncated string",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frame(HEADERS, END_HEADERS, 1, &[0x88, 0, 100, b'x'])),
        ),
        row(
            "HPACK: an invalid Huffman code",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frame(HEADERS, END_HEADERS, 1, &[0x88, 0, 0x84, 255, 255, 255, 255, 0])),
        ),
        row(
            "HPACK: a table size above the maximum",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frame(HEADERS, END_HEADERS, 1, &[0x3f, 0xff, 0xff, 0xff, 0x07, 0x88])),
        ),
        row(
            "WINDOW_UPDATE beyond 2^31",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang([window_update(0, MAX), window_update(0, MAX)].concat()),
        ),
        row(
            "WINDOW_UPDATE of the stream beyond 2^31, then the response",
            HTTP2,
            SUCCESS,
            vec![Step::Receive, send([window_update(1, MAX), window_update(1, MAX)].concat()), respond(200, FIRST)],
        ),
        row("WINDOW_UPDATE by 0", HTTP2, BAD_RESPONSE, reply_and_hang(window_update(0, 0))),
        row(
            "WINDOW_UPDATE of five bytes",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frame(WINDOW_UPDATE, NO_FLAGS, 0, &[0; 5])),
        ),
        row("PING of seven bytes", HTTP2, BAD_RESPONSE, reply_and_hang(frame(PING, NO_FLAGS, 0, &[0; 7]))),
        row("PING on a stream", HTTP2, BAD_RESPONSE, reply_and_hang(frame(PING, NO_FLAGS, 1, &[0; 8]))),
        row(
            "DATA with more padding than payload",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frame(DATA, 8, 1, &[200, 0, 0])),
        ),
        row("DATA on stream 0", HTTP2, BAD_RESPONSE, reply_and_hang(frame(DATA, NO_FLAGS, 0, b"{}"))),
        row(
            "DATA on a stream that the client did not open",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frame(DATA, NO_FLAGS, 99, b"{}")),
        ),
        row(
            "a response on a stream that the client did not open",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frames::response(99, 200, POISON.as_bytes())),
        ),
        row(
            "a response on a stream with an even number",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frames::response(2, 200, POISON.as_bytes())),
        ),
        row(
            "RST_STREAM on a stream that the client did not open",
            HTTP2,
            BAD_RESPONSE,
            reply_and_hang(frames::rst_stream(99, 8)),
        ),
        row("closes inside a frame", HTTP2, CONNECTION_LOST, reply_and_close([0, 1, 0, DATA, 0])),
        row(
            "resets the connection inside a frame",
            HTTP2,
            CONNECTION_LOST,
            vec![Step::Receive, send([0, 1, 0, DATA, 0]), Step::Wait(50), Step::Reset],
        ),
    ]
}

fn floods() -> Vec<Row> {
    let flood = |frame: Vec<u8>| vec![Step::Receive, Step::Flood(frame.repeat(MAX_FRAME / frame.len()))];
    let continued = |block: &[u8]| {
        vec![
            Step::Receive,
            send(frame(HEADERS, NO_FLAGS, 1, STATUS_200)),
            Step::Flood(frame(CONTINUATION, NO_FLAGS, 1, block)),
        ]
    };
    let filler = frames::literal("x-filler", &"x".repeat(4000));
    vec![
        row("a flood of SETTINGS", HTTP2, TIMEOUT, flood(settings(&[(3, 100)]))),
        row("SETTINGS forever, slowly", HTTP2, TIMEOUT, vec![Step::Receive, Step::Repeat(5, settings(&[(3, 100)]))]),
        row("a flood of unsolicited SETTINGS acknowledgements", HTTP2, BAD_RESPONSE, flood(frames::settings_ack())),
        row("a flood of PING", HTTP2, TIMEOUT, flood(frame(PING, NO_FLAGS, 0, &[0; 8]))),
        row("a flood of PING acknowledgements", HTTP2, TIMEOUT, flood(frames::pong(&[0; 8]))),
        row("a flood of PRIORITY", HTTP2, TIMEOUT, flood(frame(PRIORITY, NO_FLAGS, 1, &[0, 0, 0, 0, 16]))),
        row("a flood of frames of unknown type", HTTP2, TIMEOUT, flood(frame(0x77, NO_FLAGS, 0, &[0; 1000]))),
        row("a flood of WINDOW_UPDATE by 1", HTTP2, TIMEOUT, flood(window_update(0, 1))),
        row(
            "a flood of RST_STREAM on a stream that the client did not open",
            HTTP2,
            BAD_RESPONSE,
            flood(frames::rst_stream(2, 8)),
        ),
        row("a flood of GOAWAY", HTTP2, TIMEOUT, flood(goaway(1, 0))),
        row("a flood of empty CONTINUATION", HTTP2, BAD_RESPONSE, continued(&[])),
        row("a flood of CONTINUATION", HTTP2, BAD_RESPONSE, continued(&filler)),
        row(
            "a flood of CONTINUATION that fills the header table",
            HTTP2,
            BAD_RESPONSE,
            continued(&frames::indexed_literal("x-filler", &"x".repeat(4000))),
        ),
        row("a flood of interim responses", HTTP2, TIMEOUT, flood(frames::head(1, 100, &[]))),
        row(
            "a flood of interim responses with large headers",
            HTTP2,
            TIMEOUT,
            flood(frames::head(1, 103, &[("x-filler", &"x".repeat(4000))])),
        ),
        row(
            "a flood of empty DATA",
            HTTP2,
            BAD_RESPONSE,
            vec![Step::Receive, send(frames::head(1, 200, &[])), Step::Flood(frames::piece(1, b"").repeat(1000))],
        ),
        row(
            "a flood of trailers",
            HTTP2,
            BAD_RESPONSE,
            vec![
                Step::Receive,
                send(frames::head(1, 200, &[])),
                Step::Flood(frame(HEADERS, END_HEADERS | END_STREAM, 1, &frames::literal("x-filler", "x")).repeat(100)),
            ],
        ),
        row("HPACK: an entry of 4 KB, 60,000 times", HTTP2, BAD_RESPONSE, {
            let bomb = [STATUS_200, &frames::indexed_literal("x-filler", &"x".repeat(4000)), &[0xbe; 12_000]].concat();
            let more = frame(CONTINUATION, NO_FLAGS, 1, &[0xbe; 12_000]).repeat(4);
            reply_and_hang(
                [frame(HEADERS, NO_FLAGS, 1, &bomb), more, frame(CONTINUATION, END_HEADERS, 1, &[])].concat(),
            )
        }),
    ]
}
