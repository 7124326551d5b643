//! HTTP/2: faults and floods of the connection.

use crate::behaviour::{
    BAD_RESPONSE, Behaviour, CONNECTION_LOST, HTTP2, Row, SUCCESS, TIMEOUT, behaviours as all, row,
};
use crate::frames::{
    self, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, MAX_FRAME, NO_FLAGS, PING, PRIORITY, PUSH_PROMISE,
    SETTINGS, STATUS_200, WINDOW_UPDATE, frame, goaway, settings, window_update,
};
use crate::script::{FIRST, POISON, Script, Step, answer, http1_whole, say};

const LARGEST: u32 = 0x7fff_ffff;

pub fn behaviours() -> Vec<Behaviour> {
    all(beginnings().into_iter().chain(goodbyes()).chain(faults()).chain(floods()))
}

fn says(bytes: impl Into<Vec<u8>>) -> Script {
    vec![Step::Hear, say(bytes), Step::Stay]
}

/// What an HTTP/2 server says first.
fn beginnings() -> Vec<Row> {
    let first = |bytes: Vec<u8>| vec![say(bytes), Step::Hear, Step::Stay];
    vec![
        row("HTTP/1.1 after all", HTTP2, BAD_RESPONSE, first(http1_whole("200 OK", &[], FIRST))),
        row("HTTP/1.1's 400", HTTP2, BAD_RESPONSE, first(http1_whole("400 Bad Request", &["Connection: close"], ""))),
        row("SSH banner", HTTP2, BAD_RESPONSE, first(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n".to_vec())),
        row("zeros", HTTP2, BAD_RESPONSE, first(vec![0; 100])),
        row("0xff for ever", HTTP2, BAD_RESPONSE, vec![Step::Forever(vec![0xff; MAX_FRAME])]),
        row("a client's preface", HTTP2, BAD_RESPONSE, first(frames::PREFACE.to_vec())),
        row(
            "an answer before the settings",
            HTTP2,
            SUCCESS,
            vec![say(frames::answer(1, 200, FIRST.as_bytes())), Step::Hear],
        ),
        row(
            "an answer before the request",
            HTTP2,
            SUCCESS,
            vec![say([settings(&[]), frames::answer(1, 200, FIRST.as_bytes())].concat()), Step::Hear],
        ),
        row("no stream at a time", HTTP2, TIMEOUT, first(settings(&[(3, 0)]))),
        row("no window for anything", HTTP2, TIMEOUT, first(settings(&[(4, 0)]))),
        row("no stream at a time, after the request", HTTP2, TIMEOUT, says(settings(&[(3, 0)]))),
        row(
            "no table for headers, and an answer",
            HTTP2,
            SUCCESS,
            vec![say(settings(&[(1, 0), (3, 1), (4, 1), (6, 1)])), Step::Hear, answer(200, FIRST)],
        ),
        row("a window beyond 2^31", HTTP2, BAD_RESPONSE, first(settings(&[(4, LARGEST + 1)]))),
        row("frames that are too small", HTTP2, BAD_RESPONSE, first(settings(&[(5, 100)]))),
        row(
            "push turned on by the server",
            HTTP2,
            SUCCESS,
            vec![say(settings(&[(2, 1)])), Step::Hear, answer(200, FIRST)],
        ),
        row("push that is neither on nor off", HTTP2, BAD_RESPONSE, first(settings(&[(2, 2)]))),
        row(
            "settings that nobody knows",
            HTTP2,
            SUCCESS,
            vec![say(settings(&[(0x7777, 1), (0, LARGEST)])), Step::Hear, answer(200, FIRST)],
        ),
        row("settings of five bytes", HTTP2, BAD_RESPONSE, first(frame(SETTINGS, NO_FLAGS, 0, &[0; 5]))),
        row("settings of a stream", HTTP2, BAD_RESPONSE, first(frame(SETTINGS, NO_FLAGS, 1, &[]))),
        row("settings in a trickle", HTTP2, TIMEOUT, vec![Step::Trickle(settings(&[(3, 100); 20])), Step::Stay]),
    ]
}

fn goodbyes() -> Vec<Row> {
    let with = |last, code| vec![Step::Hear, say(goaway(last, code)), Step::Close];
    vec![
        row("goodbye that covers the request", HTTP2, CONNECTION_LOST, with(1, 0)),
        row("goodbye that does not cover it", HTTP2, CONNECTION_LOST, with(0, 0)),
        row("goodbye that does not cover it, and stays", HTTP2, CONNECTION_LOST, says(goaway(0, 0))),
        row("goodbye that covers it, and stays", HTTP2, TIMEOUT, says(goaway(1, 0))),
        row("goodbye with an error", HTTP2, CONNECTION_LOST, with(1, 2)),
        row("goodbye: calm down", HTTP2, CONNECTION_LOST, with(0, 11)),
        row("goodbye for another stream", HTTP2, CONNECTION_LOST, with(LARGEST, 0)),
        row("goodbye instead of settings", HTTP2, CONNECTION_LOST, vec![say(goaway(0, 0)), Step::Hear, Step::Close]),
        row(
            "goodbye, and the answer",
            HTTP2,
            SUCCESS,
            vec![Step::Hear, say(goaway(1, 0)), Step::Wait(20), answer(200, FIRST)],
        ),
        row(
            "the answer, and goodbye",
            HTTP2,
            SUCCESS,
            vec![Step::Hear, answer(200, FIRST), say(goaway(1, 0)), Step::Close],
        ),
        row(
            "goodbye within the answer",
            HTTP2,
            BAD_RESPONSE,
            vec![Step::Hear, say(frames::head(1, 200, &[])), say(goaway(0, 0)), Step::Close],
        ),
        row("goodbye of seven bytes", HTTP2, BAD_RESPONSE, says(frame(frames::GOAWAY, NO_FLAGS, 0, &[0; 7]))),
    ]
}

fn faults() -> Vec<Row> {
    let block = [STATUS_200, &frames::literal("content-length", "27")].concat();
    let promise = [&2_u32.to_be_bytes()[..], &[0x82, 0x86, 0x84]].concat();
    vec![
        row("a frame larger than agreed", HTTP2, BAD_RESPONSE, says(frame(DATA, NO_FLAGS, 1, &[0; MAX_FRAME + 1]))),
        row(
            "a frame of 16 MB",
            HTTP2,
            BAD_RESPONSE,
            vec![Step::Hear, say([0xff, 0xff, 0xff, DATA, 0, 0, 0, 0, 1]), Step::Forever(vec![0; MAX_FRAME])],
        ),
        row(
            "a frame that nobody knows, and an answer",
            HTTP2,
            SUCCESS,
            vec![Step::Hear, say(frame(0x77, 0xff, 1, b"anything")), answer(200, FIRST)],
        ),
        row("a promise", HTTP2, BAD_RESPONSE, says(frame(PUSH_PROMISE, END_HEADERS, 1, &promise))),
        row("a continuation of nothing", HTTP2, BAD_RESPONSE, says(frame(CONTINUATION, END_HEADERS, 1, STATUS_200))),
        row(
            "a header block with another frame in it",
            HTTP2,
            BAD_RESPONSE,
            says([frame(HEADERS, NO_FLAGS, 1, &block), frame(PING, NO_FLAGS, 0, &[0; 8])].concat()),
        ),
        row(
            "a continuation of another stream",
            HTTP2,
            BAD_RESPONSE,
            says([frame(HEADERS, NO_FLAGS, 1, &block), frame(CONTINUATION, END_HEADERS, 3, &[])].concat()),
        ),
        row(
            "HPACK: no such entry",
            HTTP2,
            BAD_RESPONSE,
            says(frame(HEADERS, END_HEADERS, 1, &[0x88, 0xff, 0xff, 0x7f])),
        ),
        row("HPACK: an entry of number 0", HTTP2, BAD_RESPONSE, says(frame(HEADERS, END_HEADERS, 1, &[0x80]))),
        row("HPACK: a number without an end", HTTP2, BAD_RESPONSE, says(frame(HEADERS, END_HEADERS, 1, &[0xff; 40]))),
        row(
            "HPACK: a text that is cut",
            HTTP2,
            BAD_RESPONSE,
            says(frame(HEADERS, END_HEADERS, 1, &[0x88, 0, 100, b'x'])),
        ),
        row(
            "HPACK: no Huffman code",
            HTTP2,
            BAD_RESPONSE,
            says(frame(HEADERS, END_HEADERS, 1, &[0x88, 0, 0x84, 255, 255, 255, 255, 0])),
        ),
        row(
            "HPACK: a table larger than agreed",
            HTTP2,
            BAD_RESPONSE,
            says(frame(HEADERS, END_HEADERS, 1, &[0x3f, 0xff, 0xff, 0xff, 0x07, 0x88])),
        ),
        row(
            "window beyond 2^31",
            HTTP2,
            BAD_RESPONSE,
            says([window_update(0, LARGEST), window_update(0, LARGEST)].concat()),
        ),
        row(
            "window of the stream beyond 2^31, and an answer",
            HTTP2,
            SUCCESS,
            vec![Step::Hear, say([window_update(1, LARGEST), window_update(1, LARGEST)].concat()), answer(200, FIRST)],
        ),
        row("window more by 0", HTTP2, BAD_RESPONSE, says(window_update(0, 0))),
        row("window of five bytes", HTTP2, BAD_RESPONSE, says(frame(WINDOW_UPDATE, NO_FLAGS, 0, &[0; 5]))),
        row("ping of seven bytes", HTTP2, BAD_RESPONSE, says(frame(PING, NO_FLAGS, 0, &[0; 7]))),
        row("ping of a stream", HTTP2, BAD_RESPONSE, says(frame(PING, NO_FLAGS, 1, &[0; 8]))),
        row("padding larger than its frame", HTTP2, BAD_RESPONSE, says(frame(DATA, 8, 1, &[200, 0, 0]))),
        row("data of no stream", HTTP2, BAD_RESPONSE, says(frame(DATA, NO_FLAGS, 0, b"{}"))),
        row("data of a stream that nobody opened", HTTP2, BAD_RESPONSE, says(frame(DATA, NO_FLAGS, 99, b"{}"))),
        row(
            "an answer on a stream that nobody opened",
            HTTP2,
            BAD_RESPONSE,
            says(frames::answer(99, 200, POISON.as_bytes())),
        ),
        row(
            "an answer on a stream of the server's",
            HTTP2,
            BAD_RESPONSE,
            says(frames::answer(2, 200, POISON.as_bytes())),
        ),
        row("a reset of a stream that nobody opened", HTTP2, BAD_RESPONSE, says(frames::rst_stream(99, 8))),
        row("cut within a frame", HTTP2, CONNECTION_LOST, vec![Step::Hear, say([0, 1, 0, DATA, 0]), Step::Close]),
        row(
            "reset within a frame",
            HTTP2,
            CONNECTION_LOST,
            vec![Step::Hear, say([0, 1, 0, DATA, 0]), Step::Wait(50), Step::Reset],
        ),
    ]
}

fn floods() -> Vec<Row> {
    let flood = |frame: Vec<u8>| vec![Step::Hear, Step::Forever(frame.repeat(MAX_FRAME / frame.len()))];
    let continued = |block: &[u8]| {
        vec![
            Step::Hear,
            say(frame(HEADERS, NO_FLAGS, 1, STATUS_200)),
            Step::Forever(frame(CONTINUATION, NO_FLAGS, 1, block)),
        ]
    };
    let filler = frames::literal("x-filler", &"x".repeat(4000));
    vec![
        row("settings", HTTP2, TIMEOUT, flood(settings(&[(3, 100)]))),
        row("settings, slowly", HTTP2, TIMEOUT, vec![Step::Hear, Step::Slowly(5, settings(&[(3, 100)]))]),
        row("acknowledgements that nobody asked for", HTTP2, BAD_RESPONSE, flood(frames::settings_ack())),
        row("pings", HTTP2, TIMEOUT, flood(frame(PING, NO_FLAGS, 0, &[0; 8]))),
        row("pongs", HTTP2, TIMEOUT, flood(frames::pong(&[0; 8]))),
        row("priorities", HTTP2, TIMEOUT, flood(frame(PRIORITY, NO_FLAGS, 1, &[0, 0, 0, 0, 16]))),
        row("frames that nobody knows", HTTP2, TIMEOUT, flood(frame(0x77, NO_FLAGS, 0, &[0; 1000]))),
        row("windows more by 1", HTTP2, TIMEOUT, flood(window_update(0, 1))),
        row("resets of a stream that nobody opened", HTTP2, BAD_RESPONSE, flood(frames::rst_stream(2, 8))),
        row("goodbyes", HTTP2, TIMEOUT, flood(goaway(1, 0))),
        row("empty continuations", HTTP2, BAD_RESPONSE, continued(&[])),
        row("continuations", HTTP2, BAD_RESPONSE, continued(&filler)),
        row(
            "continuations that fill the table",
            HTTP2,
            BAD_RESPONSE,
            continued(&frames::indexed_literal("x-filler", &"x".repeat(4000))),
        ),
        row("interim answers", HTTP2, TIMEOUT, flood(frames::head(1, 100, &[]))),
        row(
            "interim answers with large headers",
            HTTP2,
            TIMEOUT,
            flood(frames::head(1, 103, &[("x-filler", &"x".repeat(4000))])),
        ),
        row(
            "empty data",
            HTTP2,
            BAD_RESPONSE,
            vec![Step::Hear, say(frames::head(1, 200, &[])), Step::Forever(frames::piece(1, b"").repeat(1000))],
        ),
        row(
            "trailers again and again",
            HTTP2,
            BAD_RESPONSE,
            vec![
                Step::Hear,
                say(frames::head(1, 200, &[])),
                Step::Forever(
                    frame(HEADERS, END_HEADERS | END_STREAM, 1, &frames::literal("x-filler", "x")).repeat(100),
                ),
            ],
        ),
        row("an entry of 4 KB, 60,000 times", HTTP2, BAD_RESPONSE, {
            let bomb = [STATUS_200, &frames::indexed_literal("x-filler", &"x".repeat(4000)), &[0xbe; 12_000]].concat();
            let more = frame(CONTINUATION, NO_FLAGS, 1, &[0xbe; 12_000]).repeat(4);
            says([frame(HEADERS, NO_FLAGS, 1, &bomb), more, frame(CONTINUATION, END_HEADERS, 1, &[])].concat())
        }),
    ]
}
