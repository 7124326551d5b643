//! Tests of the answer to a pause, and of its effect, under each fault. `download_test` tests
//! downloads.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::faults::{self, Act, Fault};
use crate::options::Options;
use crate::state::{Recording, Sandbox};
use crate::{routes, server};

pub async fn start(arguments: &[&str]) -> Option<(u16, Arc<Sandbox>)> {
    let options = Options::try_parse_from([&["sandbox"], arguments].concat()).ok()?;
    let plan = options.fault_plan().ok()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.ok()?;
    let port = listener.local_addr().ok()?.port();
    let sandbox = Arc::new(Sandbox::new(options, plan, "http://here".to_owned()).ok()?);
    tokio::spawn(server::serve(listener, None, routes::router(Arc::clone(&sandbox))));
    Some((port, sandbox))
}

/// The HTTP status of a pause, or 0 if no answer arrives within a moment.
async fn pause(port: u16, session: &str) -> Option<u16> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
    let request = format!(
        "POST /v1/sessions/{session}/recordings/pause HTTP/1.1\r\nhost: here\r\nanchor-api-key: sandbox-key\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut head = [0; 12];
    match timeout(Duration::from_millis(500), stream.read_exact(&mut head)).await {
        Ok(Ok(_)) => std::str::from_utf8(&head).ok()?.rsplit(' ').next()?.parse().ok(),
        _ => Some(0),
    }
}

fn is_paused(sandbox: &Sandbox, session: &str) -> Option<bool> {
    let sessions = sandbox.sessions();
    sessions.get(session)?.recording.as_ref().map(|Recording { paused, .. }| *paused)
}

fn expected_status(fault: &Fault) -> u16 {
    match fault.act {
        Act::NoContent => 204,
        Act::Close | Act::Reset | Act::Stall | Act::Delay => 0,
        // The other faults answer with the status in their name, or with 200.
        _ => fault.name.get(..3).and_then(|code| code.parse().ok()).unwrap_or(200),
    }
}

#[tokio::test]
async fn each_fault_has_its_status_and_its_effect() {
    let started = start(&["--session-per-fault"]).await;
    assert!(started.is_some());
    let Some((port, sandbox)) = started else {
        return;
    };
    for fault in faults::TABLE {
        let name = fault.name;
        assert_eq!(pause(port, name).await, Some(expected_status(fault)), "{name}");
        let takes_effect =
            matches!(fault.act, Act::Delay | Act::Trickle | Act::NoContent | Act::AnswerThenReset | Act::Video(_));
        assert_eq!(is_paused(&sandbox, name), Some(takes_effect), "{name}");
        if fault.once {
            assert_eq!(pause(port, name).await, Some(200), "{name}, again");
            assert_eq!(is_paused(&sandbox, name), Some(true), "{name}, again");
        }
    }
}

#[tokio::test]
async fn encoded_ids_reach_their_sessions() {
    let started = start(&["--session", "a b", "--session", "ü", "--session", "a/b"]).await;
    assert!(started.is_some());
    let Some((port, sandbox)) = started else {
        return;
    };
    for (encoded, id) in [("a%20b", "a b"), ("%C3%BC", "ü"), ("a%2Fb", "a/b")] {
        assert_eq!(pause(port, encoded).await, Some(200), "{id}");
        assert_eq!(is_paused(&sandbox, id), Some(true), "{id}");
    }
    assert_eq!(pause(port, "a/b").await, Some(404));
    assert_eq!(pause(port, "nobody").await, Some(404));
}
