//! Calls at the rate of the server's idle timeout, so that kept connections often close in between.
//!
//! No call may fail because of such a connection.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use crate::host::{Call, Client};
use crate::paused_server::serve;

const IDLE_TIMEOUT: Duration = Duration::from_millis(30);

/// Starts a server that closes each connection after `IDLE_TIMEOUT` without a request. Returns its
/// URL and the number of connections so far.
fn start_impatient_server() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::Relaxed);
            thread::spawn(move || {
                stream.set_read_timeout(Some(IDLE_TIMEOUT)).unwrap();
                serve(stream, |_| ());
            });
        }
    });
    (url, connections)
}

#[test]
fn no_call_fails_on_a_connection_that_was_closed_while_idle() {
    let (url, connections) = start_impatient_server();
    let client = Client::new(&url);
    let mut retries = 0;
    for number in 0..200 {
        let call = Call::new();
        client.pause_call("abc", &call).unwrap_or_else(|failure| panic!("call {number}: {failure:?}"));
        retries += call.attempts() - 1;
        thread::sleep(Duration::from_millis(number * 7 % 61));
    }
    let connections = connections.load(Ordering::Relaxed);
    assert!(connections > 20, "only {connections} connections: the server closed none");
    // A closed connection is noticed before the request is sent, except in a true race.
    assert!(retries <= 10, "{retries} retries");
}
