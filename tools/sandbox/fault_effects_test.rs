//! The status and the effect of a pause on a running server, under each fault. `download_test`
//! covers downloads.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::faults::{self, Effect, Fault};
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

async fn pause(port: u16, session: &str) -> Option<u16> {
    change(port, session, "pause").await
}

/// Pauses or resumes, and returns the status of the response. It is 0 if there is none within half
/// a second.
async fn change(port: u16, session: &str, action: &str) -> Option<u16> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
    let request = format!(
        "POST /v1/sessions/{session}/recordings/{action} HTTP/1.1\r\nhost: here\r\nanchor-api-key: sandbox-key\r\n\r\n"
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
    match fault.effect {
        Effect::NoContent => 204,
        Effect::Close | Effect::Reset | Effect::Stall | Effect::Delay => 0,
        // The other faults respond with the status in their name, or with 200 if it has none.
        _ => fault.name.get(..3).and_then(|code| code.parse().ok()).unwrap_or(200),
    }
}

#[tokio::test]
async fn each_fault_has_the_documented_status_and_effect() {
    let started = start(&["--session-per-fault"]).await;
    assert!(started.is_some());
    let Some((port, sandbox)) = started else {
        return;
    };
    for fault in faults::TABLE {
        let name = fault.name;
        assert_eq!(pause(port, name).await, Some(expected_status(fault)), "{name}");
        let takes_effect = matches!(
            fault.effect,
            Effect::Delay | Effect::Trickle | Effect::NoContent | Effect::RespondThenReset | Effect::Download(_)
        );
        assert_eq!(is_paused(&sandbox, name), Some(takes_effect), "{name}");
        if fault.once {
            assert_eq!(pause(port, name).await, Some(200), "{name}, again");
            assert_eq!(is_paused(&sandbox, name), Some(true), "{name}, again");
        }
    }
}

#[tokio::test]
async fn a_resume_can_fail_alone() {
    let started = start(&["--fault", "a=resume:500"]).await;
    assert!(started.is_some());
    let Some((port, sandbox)) = started else {
        return;
    };
    assert_eq!(pause(port, "a").await, Some(200));
    assert_eq!(change(port, "a", "resume").await, Some(500));
    assert_eq!(is_paused(&sandbox, "a"), Some(true));
}

#[tokio::test]
async fn percent_encoded_ids_reach_their_sessions() {
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
