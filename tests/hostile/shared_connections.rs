//! HTTP/2 faults while many calls share the connection.
//!
//! Each fault of the other families meets the first of the calls. The others must get their own
//! answers, unless the fault is one of the whole connection. Then they fail in the same way, and no
//! call gets the answer to another.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::behaviour::{Behaviour, GRACE, Row, TIMEOUT, client};
use crate::fault::{Checked, Fault};
use crate::folder::Folder;
use crate::frames::{self, piece, settings};
use crate::host::{Call, Client};
use crate::queue_host::{Completion, Queue};
use crate::script::{FIRST, GOOD, Step, send};
use crate::server::{Server, Transport};
use crate::{http2, http2_streams};

const CALLS: u64 = 20;
const LOST: i32 = 5;
const TIMED_OUT: i32 = 6;
const INVALID: i32 = 8;
const SHORT_TIMEOUT: Duration = Duration::from_millis(600);
const LONG_TIMEOUT: Duration = Duration::from_secs(10);
/// The requests at once that a server with a small limit takes.
const FEW: u32 = 3;
/// As much as a server may send of one answer at a time, and how often until the library reads no more
/// of it. Together these downloads are more than a usual window of a connection.
const PIECES: usize = 64;
const WINDOWS: usize = 3;
const DOWNLOADS: u64 = 6;

/// The faults of a stream with which the connection ends: because the server ends it, because its next
/// bytes are no frame, or because h2 takes it as a fault of the whole connection.
const END_THE_CONNECTION: [&str; 16] = [
    "closes in the body",
    "closes TCP without close_notify in the body",
    "resets the connection in the body",
    "garbage after the end of the stream",
    "a status of two digits",
    "status OK",
    "status 000",
    "status 101",
    "an uppercase header name",
    "NUL in a name",
    "NUL in a value",
    "a line break in a value",
    "an empty header name",
    "an unknown pseudo-header",
    "5000 headers",
    "DATA without a head",
];

/// What a fault is a fault of.
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    Connection,
    Stream,
}

pub fn behaviours() -> Vec<Behaviour> {
    let of_connection = http2::rows().into_iter().map(|row| (row, Scope::Connection));
    let of_stream = http2_streams::rows().into_iter().map(|row| (row, Scope::Stream));
    let shared = of_connection.chain(of_stream).filter(|(row, _)| is_about_the_first_stream(row));
    let shared = shared.map(|(row, scope)| Behaviour::new(row.name.clone(), move || check(row, scope)));
    let others: [(&str, fn() -> Checked); 4] = [
        ("a connection made ahead", connected_ahead),
        ("a limit of few streams", few_streams),
        ("a limit of few streams, which are never answered", few_streams_without_answers),
        ("downloads that nobody reads", unread_downloads),
    ];
    shared.chain(others.map(|(name, check)| Behaviour::new(name, check))).collect()
}

/// With several calls, a response on stream 3 is no surplus, and a refused request is answered on
/// another stream.
fn is_about_the_first_stream(row: &Row) -> bool {
    !["a response to the next request", "RST_STREAM with code 7"].contains(&row.name.as_str())
}

fn check(row: Row, scope: Scope) -> Checked {
    let hangs = matches!(row.script.last(), Some(Step::Hang | Step::Flood(_) | Step::Repeat(..) | Step::Trickle(_)));
    let ends_one_stream = scope == Scope::Stream && !hangs && !END_THE_CONNECTION.contains(&row.name.as_str());
    let timeout = if hangs || row.expected == TIMEOUT { SHORT_TIMEOUT } else { LONG_TIMEOUT };
    let server = Server::start(Transport::Http2, row.script);
    let (folder, queue) = (Folder::new(), Queue::new(0));
    let client = client(&server, &folder);
    let start = Instant::now();
    let calls = begin(&client, &queue, CALLS, timeout)?;
    for completion in complete(&queue, CALLS)? {
        let Completion { tag, result } = completion;
        let status = result.as_ref().map_or_else(|failure| failure.status, |()| 0);
        let is_allowed = match status {
            0 => tag > 0 || row.expected.contains(&0) || hangs,
            _ if row.expected.contains(&status) => tag == 0 || !ends_one_stream,
            LOST | INVALID => tag > 0 && !ends_one_stream,
            TIMED_OUT => hangs,
            _ => false,
        };
        let answer = calls[usize::try_from(tag).unwrap()].result();
        if !is_allowed {
            return Err(format!("call {tag} returned {result:?}, {answer:?}").into());
        }
        if status == 0 && !answer.as_deref().is_some_and(|answer| [FIRST, GOOD].contains(&answer)) {
            return Err(format!("call {tag} accepted {answer:?} as the response").into());
        }
    }
    let elapsed = start.elapsed();
    if elapsed > timeout + GRACE {
        return Err(Fault::late(format!("completed after {elapsed:?} with a timeout of {timeout:?}")));
    }
    server.behave();
    check_all_succeed(&client, &queue)
}

/// A connection that is made ahead carries no request until calls share it.
fn connected_ahead() -> Checked {
    let server = Server::start(Transport::Http2, vec![Step::ServeUntilIdle(LONG_TIMEOUT.as_millis() as u64)]);
    let silent = Server::start(Transport::Http2, vec![Step::Receive]);
    let (folder, queue) = (Folder::new(), Queue::new(0));
    let clients = [&server, &silent].map(|server| client(server, &folder));
    for client in &clients {
        let call = queue.call(0);
        client.connect(Some(&call)).map_err(|failure| Fault::of_call("not begun", &failure))?;
        queue.next().result.map_err(|failure| Fault::of_call("connecting", &failure))?;
    }
    check_all_succeed(&clients[0], &queue)?;
    match (server.connections(), silent.connections(), silent.has_completed_script()) {
        (1, 1, false) => Ok(()),
        (one, other, is_sent) => Err(format!("{one} and {other} connections, request sent: {is_sent}").into()),
    }
}

/// A server that tells a small limit gets no more requests at once, on as many connections as that
/// takes.
fn few_streams() -> Checked {
    let server = Server::start(Transport::Http2, vec![send(settings(&[(3, FEW)]))]);
    let (folder, queue) = (Folder::new(), Queue::new(0));
    check_all_succeed(&client(&server, &folder), &queue)?;
    match u64::from(server.connections()) {
        // A slow machine sees the limit late.
        1 => Err(Fault::late("a single connection".into())),
        connections if connections > CALLS => Err(format!("{connections} connections").into()),
        _ => Ok(()),
    }
}

/// Calls that find no room on a connection do not wait for those that occupy it.
fn few_streams_without_answers() -> Checked {
    let server = Server::start(Transport::Http2, vec![send(settings(&[(3, FEW)])), Step::Receive, Step::Hang]);
    let (folder, queue) = (Folder::new(), Queue::new(0));
    let client = client(&server, &folder);
    let _calls = begin(&client, &queue, CALLS, LONG_TIMEOUT)?;
    while !server.has_begun_script() {
        std::thread::yield_now();
    }
    server.behave();
    let failed = complete(&queue, CALLS)?.iter().filter(|completion| completion.result.is_err()).count();
    match failed {
        0 => Err("no call timed out".to_owned().into()),
        // A slow machine sees the limit late.
        _ if failed > FEW as usize => Err(Fault::late(format!("{failed} calls waited for {FEW} others"))),
        _ => Ok(()),
    }
}

/// Answers that arrive and are not read, because nobody reads the FIFOs, leave room for others.
fn unread_downloads() -> Checked {
    let streams = || (0..DOWNLOADS).map(|download| u32::try_from(2 * download + 1).unwrap());
    let mut script = vec![];
    for stream in streams() {
        let mut block = frames::literal(":status", "200");
        block.extend(frames::literal("content-type", "video/mp4"));
        script.extend([Step::Receive, send(frames::frame(frames::HEADERS, frames::END_HEADERS, stream, &block))]);
    }
    for _ in 0..WINDOWS {
        let windows = streams().map(|stream| Step::SendTimes(PIECES, piece(stream, vec![7; frames::MAX_FRAME])));
        script.extend(windows.chain([Step::Wait(500)]));
    }
    let server = Server::start(Transport::Http2, script);
    let (folder, fifos, queue) = (Folder::new(), Folder::new(), Queue::new(0));
    let client = client(&server, &folder);
    let mut downloads = vec![];
    for download in 0..DOWNLOADS {
        let fifo = fifos.file(&format!("{download}"));
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&fifo).unwrap();
        let call = queue.call(CALLS + download).timeout_ms(60_000);
        client.download("abc", fifo.as_str(), &call).map_err(|failure| Fault::of_call("not begun", &failure))?;
        downloads.push((call, reader));
    }
    while !server.has_completed_script() {
        if let Ok(Completion { tag, result }) = queue.next_within(Duration::from_millis(1)) {
            return Err(format!("download {tag} ended: {result:?}").into());
        }
    }
    check_all_succeed(&client, &queue)?;
    match server.connections() {
        1 => Ok(()),
        connections => Err(format!("{connections} connections").into()),
    }
}

fn begin(client: &Client, queue: &Queue, number: u64, timeout: Duration) -> Result<Vec<Call>, Fault> {
    let milliseconds = u64::try_from(timeout.as_millis()).unwrap();
    let calls: Vec<Call> = (0..number).map(|tag| queue.call(tag).max_retries(0).timeout_ms(milliseconds)).collect();
    for call in &calls {
        client.pause_call("abc", call).map_err(|failure| format!("not begun: {failure:?}"))?;
    }
    Ok(calls)
}

fn complete(queue: &Queue, number: u64) -> Result<Vec<Completion>, Fault> {
    let limit = LONG_TIMEOUT + Duration::from_secs(5);
    let next = |_| queue.next_within(limit).map_err(|status| format!("a call never completed: {status}").into());
    (0..number).map(next).collect()
}

/// Calls of the queue succeed, and each gets the response of a server that behaves.
fn check_all_succeed(client: &Client, queue: &Queue) -> Checked {
    let calls = begin(client, queue, CALLS, LONG_TIMEOUT)?;
    for Completion { tag, result } in complete(queue, CALLS)? {
        result.map_err(|failure| Fault::of_call(&format!("good call {tag}"), &failure))?;
    }
    match calls.iter().find(|call| call.result().as_deref() != Some(GOOD)) {
        Some(call) => Err(format!("a good call returned {:?}", call.result()).into()),
        None => Ok(()),
    }
}
