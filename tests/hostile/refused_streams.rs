//! HTTP/2: requests that the server did not process, and says so.
//!
//! Such a request is sent again at once. That is no attempt, because it had no effect, so it happens
//! without retries too, and to a deletion, which must not take effect twice.

use std::thread;
use std::time::{Duration, Instant};

use crate::behaviour::{Behaviour, CONNECTION_LOST, check_call, client};
use crate::fault::{Checked, Fault};
use crate::folder::Folder;
use crate::frames::{goaway, head, rst_stream};
use crate::host::{Call, Client, Failure};
use crate::script::{FIRST, GOOD, Script, Step, respond, send};
use crate::server::{Server, Transport};

const REFUSED_STREAM: u32 = 7;
/// The stream of a request that was not sent.
const NEXT_STREAM: u32 = 3;
/// The most connections that a call makes to a server that refuses them all.
const MOST_CONNECTIONS: u32 = 101;
const PATIENCE: Duration = Duration::from_secs(10);

type Make = fn(&Client, &Call) -> Result<(), Failure>;

const CALLS: [(&str, Make); 3] = [
    ("a pause", |client, call| client.pause_call("abc", call)),
    ("a deletion", |client, call| client.delete("abc", "one", call)),
    ("a request with a body", |client, call| client.request("POST", "/v1/sessions", Some("{}"), call)),
];

pub fn behaviours() -> Vec<Behaviour> {
    let mut behaviours = vec![];
    for (what, make) in CALLS {
        for (how, script) in refusals() {
            behaviours.push(Behaviour::new(format!("{what}, {how}"), move || is_sent_again(script, make)));
        }
        for (how, expected, script) in others() {
            behaviours.push(Behaviour::new(format!("{what}, {how}"), move || is_sent_once(script, expected, make)));
        }
    }
    behaviours.push(Behaviour::new("refused for ever", is_given_up));
    behaviours
}

/// Refusals that a server repeats on each connection until it behaves.
fn refusals() -> [(&'static str, Script); 3] {
    let slowly = |bytes: Vec<u8>| vec![Step::Receive, Step::Wait(20), send(bytes)];
    [
        ("RST_STREAM with REFUSED_STREAM", slowly(rst_stream(1, REFUSED_STREAM))),
        ("GOAWAY that does not cover it, then the end", [slowly(goaway(0, 0)), vec![Step::Close]].concat()),
        ("GOAWAY that does not cover it, with an error", [slowly(goaway(0, 2)), vec![Step::Hang]].concat()),
    ]
}

/// What is no refusal: the request may have been processed.
fn others() -> [(&'static str, &'static [i32], Script); 4] {
    let reply = |bytes: Vec<u8>| vec![Step::Receive, send(bytes)];
    [
        ("RST_STREAM with CANCEL", CONNECTION_LOST, reply(rst_stream(1, 8))),
        ("GOAWAY that covers it", CONNECTION_LOST, [reply(goaway(1, 0)), vec![Step::Close]].concat()),
        ("GOAWAY that covers more", CONNECTION_LOST, [reply(goaway(NEXT_STREAM, 0)), vec![Step::Close]].concat()),
        (
            "REFUSED_STREAM after the head of the response",
            CONNECTION_LOST,
            reply([head(1, 200, &[]), rst_stream(1, REFUSED_STREAM)].concat()),
        ),
    ]
}

fn is_sent_again(script: Script, make: Make) -> Checked {
    let resets = matches!(script.last(), Some(Step::Send(_)));
    // A stream that is reset leaves its connection open.
    let was_refused = |server: &Server| if resets { server.has_completed_script() } else { server.connections() > 2 };
    let server = Server::start(Transport::Http2, script);
    let folder = Folder::new();
    let client = client(&server, &folder);
    let call = Call::new().max_retries(0);
    let outcome = thread::scope(|scope| {
        let made = scope.spawn(|| make(&client, &call));
        let start = Instant::now();
        while !was_refused(&server) && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
        server.behave();
        made.join().unwrap()
    });
    outcome.map_err(|failure| Fault::of_call("the call", &failure))?;
    match (call.attempts(), call.result().as_deref()) {
        (1, Some(GOOD)) => Ok(()),
        (attempts, result) => Err(format!("{attempts} attempts, result {result:?}").into()),
    }
}

fn is_sent_once(script: Script, expected: &[i32], make: Make) -> Checked {
    let server = Server::start(Transport::Http2, [script, vec![Step::Receive, respond(200, FIRST)]].concat());
    let folder = Folder::new();
    let client = client(&server, &folder);
    check_call(expected, |call| make(&client, call))?;
    match server.connections() {
        1 => Ok(()),
        connections => Err(format!("{connections} connections").into()),
    }
}

/// A server that never takes a request is not asked for ever.
fn is_given_up() -> Checked {
    let server = Server::start(Transport::Http2, vec![Step::Receive, send(goaway(0, 0)), Step::Close]);
    let folder = Folder::new();
    let client = client(&server, &folder);
    check_call(CONNECTION_LOST, |call| client.pause_call("abc", call))?;
    match server.connections() {
        2..=MOST_CONNECTIONS => Ok(()),
        connections => Err(format!("{connections} connections").into()),
    }
}
