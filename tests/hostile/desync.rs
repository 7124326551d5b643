//! Desynchronised connections: the server sends more bytes than the response.
//!
//! The next call on the same client must never read the surplus as its own response.

use std::thread;

use crate::behaviour::{
    ALL, BAD_RESPONSE, Behaviour, HTTP1, Row, SUCCESS, check_call, check_client_still_works, client,
    for_each_transport, row,
};
use crate::fault::Checked;
use crate::folder::Folder;
use crate::script::{FIRST, POISON, Step, http1, http1_with_length, reply, respond, send};
use crate::server::{Server, Transport};

const ROUNDS: u32 = 20;

pub fn behaviours() -> Vec<Behaviour> {
    let mut behaviours = for_each_transport(rows());
    for transport in HTTP1 {
        behaviours
            .push(Behaviour::new(format!("{transport:?}, a response that waits for the next request"), move || {
                unsolicited_response(*transport)
            }));
    }
    behaviours
}

/// A surplus response arrives between two calls in quick succession.
fn unsolicited_response(transport: Transport) -> Checked {
    let poison = send(http1_with_length("200 OK", &[], POISON));
    for _ in 0..ROUNDS {
        let script = vec![Step::Receive, respond(200, FIRST), Step::Wait(1), poison.clone()];
        let (server, folder) = (Server::start(transport, script), Folder::new());
        let client = client(&server, &folder);
        check_call(SUCCESS, |call| client.pause_call("abc", call))?;
        while !server.has_completed_script() {
            thread::yield_now();
        }
        server.behave();
        check_client_still_works(&client)?;
    }
    Ok(())
}

fn rows() -> Vec<Row> {
    let first = || http1_with_length("200 OK", &[], FIRST);
    let poison = || http1_with_length("200 OK", &[], POISON);
    let then = |bytes: Vec<u8>| reply([first(), bytes].concat());
    vec![
        row("a second response at once", HTTP1, SUCCESS, then(poison())),
        row("a hundred responses at once", HTTP1, SUCCESS, then(poison().repeat(100))),
        row("half of a second response at once", HTTP1, SUCCESS, then(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec())),
        row("a second response soon after", HTTP1, SUCCESS, vec![Step::Receive, send(first()), send(poison())]),
        row("an interim response after the response", HTTP1, SUCCESS, then(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())),
        row("an empty line after the response", HTTP1, SUCCESS, then(b"\r\n".to_vec())),
        row("garbage after the response", HTTP1, SUCCESS, then(vec![0xff; 100])),
        row(
            "a body longer than its length",
            HTTP1,
            SUCCESS,
            reply(http1("200 OK", &["Content-Length: 27"], format!("{FIRST}{POISON}"))),
        ),
        row(
            "a response after the last chunk",
            HTTP1,
            SUCCESS,
            vec![
                Step::Receive,
                send(http1("200 OK", &["Transfer-Encoding: chunked"], format!("1b\r\n{FIRST}\r\n0\r\n\r\n"))),
                send(poison()),
            ],
        ),
        row("a 204 with a body", HTTP1, BAD_RESPONSE, reply(http1_with_length("204 No Content", &[], poison()))),
        row(
            "a 204 with chunks",
            HTTP1,
            BAD_RESPONSE,
            reply(http1("204 No Content", &["Transfer-Encoding: chunked"], "1b\r\n{}")),
        ),
        row("a 304 with a body", HTTP1, &[304], reply(http1_with_length("304 Not Modified", &[], poison()))),
        row(
            "a 404 with another response behind it",
            HTTP1,
            &[404],
            reply([http1_with_length("404 Not Found", &[], "{}"), poison()].concat()),
        ),
        row(
            "announces that it closes, then sends more",
            HTTP1,
            SUCCESS,
            reply([http1_with_length("200 OK", &["Connection: close"], FIRST), poison()].concat()),
        ),
        row(
            "an HTTP/1.0 response, then more",
            HTTP1,
            SUCCESS,
            vec![Step::Receive, send(format!("HTTP/1.0 200 OK\r\nContent-Length: 27\r\n\r\n{FIRST}")), send(poison())],
        ),
        row("closes after the response", ALL, SUCCESS, vec![Step::Receive, respond(200, FIRST), Step::Close]),
        row(
            "resets the connection after the response",
            ALL,
            SUCCESS,
            vec![Step::Receive, respond(200, FIRST), Step::Wait(50), Step::Reset],
        ),
        row("sends nothing after the response", HTTP1, SUCCESS, vec![Step::Receive, respond(200, FIRST)]),
    ]
}
