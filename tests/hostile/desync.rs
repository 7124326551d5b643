//! More bytes than the answer: what is left on a connection must never be taken for the answer of the next call.

use std::thread;

use crate::behaviour::{
    BAD_RESPONSE, Behaviour, EVERY, HTTP1, Row, SUCCESS, behaviours as all, client, must_end, row, works_well,
};
use crate::folder::Folder;
use crate::script::{FIRST, POISON, Step, answer, http1, http1_whole, say};
use crate::server::{Server, Transport};

const ROUNDS: u32 = 20;

pub fn behaviours() -> Vec<Behaviour> {
    let mut behaviours = all(rows());
    for transport in HTTP1 {
        behaviours.push(Behaviour::new(format!("{transport:?}, an answer that lies in wait"), move || {
            lies_in_wait(*transport)
        }));
    }
    behaviours
}

/// An answer that nobody asked for comes between two calls, which follow each other at once.
fn lies_in_wait(transport: Transport) -> Result<(), String> {
    let poison = say(http1_whole("200 OK", &[], POISON));
    for _ in 0..ROUNDS {
        let script = vec![Step::Hear, answer(200, FIRST), Step::Wait(1), poison.clone()];
        let (server, folder) = (Server::start(transport, script), Folder::new());
        let client = client(&server, &folder);
        must_end(SUCCESS, |call| client.pause_call("abc", call))?;
        while !server.has_played() {
            thread::yield_now();
        }
        server.behave();
        works_well(&client)?;
    }
    Ok(())
}

fn rows() -> Vec<Row> {
    let first = || http1_whole("200 OK", &[], FIRST);
    let poison = || http1_whole("200 OK", &[], POISON);
    let then = |bytes: Vec<u8>| vec![Step::Hear, say([first(), bytes].concat())];
    vec![
        row("a second answer at once", HTTP1, SUCCESS, then(poison())),
        row("a hundred answers at once", HTTP1, SUCCESS, then(poison().repeat(100))),
        row("half of a second answer at once", HTTP1, SUCCESS, then(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec())),
        row("a second answer soon", HTTP1, SUCCESS, vec![Step::Hear, say(first()), say(poison())]),
        row("an interim answer after the answer", HTTP1, SUCCESS, then(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())),
        row("an empty line after the answer", HTTP1, SUCCESS, then(b"\r\n".to_vec())),
        row("garbage after the answer", HTTP1, SUCCESS, then(vec![0xff; 100])),
        row(
            "a body that is longer than it says",
            HTTP1,
            SUCCESS,
            vec![Step::Hear, say(http1("200 OK", &["Content-Length: 27"], format!("{FIRST}{POISON}")))],
        ),
        row(
            "an answer after the last chunk",
            HTTP1,
            SUCCESS,
            vec![
                Step::Hear,
                say(http1("200 OK", &["Transfer-Encoding: chunked"], format!("1b\r\n{FIRST}\r\n0\r\n\r\n"))),
                say(poison()),
            ],
        ),
        row(
            "204 with a body",
            HTTP1,
            BAD_RESPONSE,
            vec![Step::Hear, say(http1_whole("204 No Content", &[], poison()))],
        ),
        row(
            "204 with chunks",
            HTTP1,
            BAD_RESPONSE,
            vec![Step::Hear, say(http1("204 No Content", &["Transfer-Encoding: chunked"], "1b\r\n{}"))],
        ),
        row("304 with a body", HTTP1, &[304], vec![Step::Hear, say(http1_whole("304 Not Modified", &[], poison()))]),
        row(
            "a refusal, and an answer behind it",
            HTTP1,
            &[404],
            vec![Step::Hear, say([http1_whole("404 Not Found", &[], "{}"), poison()].concat())],
        ),
        row(
            "says that it closes, and goes on",
            HTTP1,
            SUCCESS,
            vec![Step::Hear, say([http1_whole("200 OK", &["Connection: close"], FIRST), poison()].concat())],
        ),
        row(
            "HTTP/1.0 that goes on",
            HTTP1,
            SUCCESS,
            vec![Step::Hear, say(format!("HTTP/1.0 200 OK\r\nContent-Length: 27\r\n\r\n{FIRST}")), say(poison())],
        ),
        row("closes after the answer", EVERY, SUCCESS, vec![Step::Hear, answer(200, FIRST), Step::Close]),
        row(
            "resets after the answer",
            EVERY,
            SUCCESS,
            vec![Step::Hear, answer(200, FIRST), Step::Wait(50), Step::Reset],
        ),
        row("says nothing after the answer", HTTP1, SUCCESS, vec![Step::Hear, answer(200, FIRST)]),
    ]
}
