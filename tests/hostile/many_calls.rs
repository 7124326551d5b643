//! Many calls at once, through a queue: whether they share connections, and what one of them or one
//! connection does to the others.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::behaviour::{Behaviour, client, client_of};
use crate::fault::{Checked, Fault};
use crate::folder::Folder;
use crate::frames::{goaway, rst_stream};
use crate::host::{Call, Client};
use crate::queue_host::Queue;
use crate::script::{GOOD, Script, Step, respond, send};
use crate::server::{Server, Transport};

const CALLS: u64 = 50;
/// So many that they are not all sent before the first connection has ended.
const MANY: u64 = 300;
const TIMEOUT_MS: u64 = 5000;
const LOST: i32 = 5;
const TIMED_OUT: i32 = 6;
/// The requests that a server takes on one connection.
const FEW: u32 = 7;

struct Row {
    name: &'static str,
    transport: Transport,
    /// What the server does on its first connections.
    script: Script,
    /// When the server behaves on new connections.
    behaves: Behaves,
    /// The statuses of the one call that fails, if there is one.
    failures: &'static [i32],
    most_connections: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Behaves {
    FromTheBeginning,
    AfterTheFirstConnection,
    Never,
}

pub fn behaviours() -> Vec<Behaviour> {
    let rows = rows().into_iter().map(|row| Behaviour::new(row.name, move || check(row)));
    rows.chain([Behaviour::new("connections that all end at once", few_connections_are_made)]).collect()
}

fn rows() -> [Row; 7] {
    use Behaves::{AfterTheFirstConnection, FromTheBeginning, Never};
    let few = (1..=FEW).flat_map(|_| [Step::Receive, respond(200, GOOD)]);
    let row = |name, script, behaves, failures, most_connections| Row {
        name,
        transport: Transport::Http2,
        script,
        behaves,
        failures,
        most_connections,
    };
    let below_tls = |row: Row| Row { transport: Transport::BelowTls, ..row };
    [
        row("HTTP/2 is shared", vec![], FromTheBeginning, &[], 1),
        Row { transport: Transport::Tls, ..row("HTTP/1 is not shared", vec![], FromTheBeginning, &[], CALLS as u32) },
        row("one call without an answer", vec![Step::Receive], Never, &[TIMED_OUT], 1),
        row("one call whose stream is reset", vec![Step::Receive, send(rst_stream(1, 8))], Never, &[LOST], 1),
        row(
            "GOAWAY after a few requests",
            few.chain([send(goaway(2 * FEW - 1, 0)), Step::Close]).collect(),
            Never,
            &[],
            CALLS as u32,
        ),
        // The others wait for it for a second, and then make connections of their own.
        below_tls(row(
            "a first connection that hangs",
            vec![Step::Hang],
            AfterTheFirstConnection,
            &[TIMED_OUT],
            CALLS as u32,
        )),
        below_tls(row(
            "a first connection that fails",
            vec![Step::Wait(500), Step::Reset],
            AfterTheFirstConnection,
            &[3, 4, LOST],
            CALLS as u32,
        )),
    ]
}

/// Makes the calls. Each must get its own answer, except for the one that the row has fail.
fn check(row: Row) -> Checked {
    let server = Server::start(row.transport, row.script);
    if row.behaves == Behaves::FromTheBeginning {
        server.behave();
    }
    let (folder, queue) = (Folder::new(), Queue::new(0));
    let client = client(&server, &folder);
    let calls = begin(&client, &queue, CALLS)?;
    if row.behaves == Behaves::AfterTheFirstConnection {
        wait_for_connection(&server)?;
        server.behave();
    }
    let failed: Vec<_> = calls.iter().filter_map(|_| queue.next().result.err()).collect();
    let answers = calls.iter().filter(|call| call.result().as_deref() == Some(GOOD)).count();
    let resent = calls.iter().filter(|call| call.attempts() > 1).count();
    let connections = server.connections();
    let are_expected = failed.iter().all(|failure| row.failures.contains(&failure.status));
    let expected = usize::from(!row.failures.is_empty());
    if !are_expected || failed.len() != expected || answers + failed.len() != calls.len() || resent > 0 {
        return Err(format!("{answers} right answers, {resent} with more attempts, failures {failed:?}").into());
    }
    if connections > row.most_connections {
        return Err(format!("{connections} connections").into());
    }
    Ok(())
}

fn begin(client: &Client, queue: &Queue, number: u64) -> Result<Vec<Call>, Fault> {
    let calls: Vec<Call> = (0..number).map(|tag| queue.call(tag).max_retries(0).timeout_ms(TIMEOUT_MS)).collect();
    for call in &calls {
        client.pause_call("abc", call).map_err(|failure| format!("not begun: {failure:?}"))?;
    }
    Ok(calls)
}

/// A server that ends each connection, often before the request is sent, is not asked more often than
/// necessary.
fn few_connections_are_made() -> Checked {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let is_over = AtomicBool::new(false);
    let (folder, queue) = (Folder::new(), Queue::new(0));
    let client = client_of(&format!("http://{address}"), &folder);
    let (failed, connections) = thread::scope(|scope| {
        // One thread, because the end has to arrive before the requests are sent.
        let serving = scope.spawn(|| {
            let mut connections = 0;
            for stream in listener.incoming().map_while(Result::ok) {
                if is_over.load(Ordering::Acquire) {
                    break;
                }
                connections += 1;
                let _ = (&stream).write_all(b"SSH-2.0-x\r\n");
            }
            connections
        });
        let failed = begin(&client, &queue, MANY)
            .map(|calls| calls.iter().filter(|_| queue.next().result.is_err()).count() as u64);
        is_over.store(true, Ordering::Release);
        let _ = TcpStream::connect(address);
        (failed, serving.join().unwrap())
    });
    match failed? {
        failed if failed < MANY => Err(format!("only {failed} calls failed").into()),
        _ if connections > 2 * MANY => Err(format!("{connections} connections").into()),
        _ => Ok(()),
    }
}

fn wait_for_connection(server: &Server) -> Checked {
    let begun = Instant::now();
    while !server.has_begun_script() {
        if begun.elapsed() > Duration::from_millis(TIMEOUT_MS) {
            return Err("no connection".to_owned().into());
        }
        thread::yield_now();
    }
    Ok(())
}
