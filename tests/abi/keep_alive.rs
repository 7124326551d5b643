//! A client whose rhythm meets the server's idle timeout: no call may fail on a connection that died meanwhile.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use crate::host::{Call, Options};

const IDLE: Duration = Duration::from_millis(30);
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n{\"data\":{\"status\":\"paused\"}}";

/// Answers every request, and closes each connection that says nothing for `IDLE`. Gives its address and the number
/// of connections it had.
fn impatient_server() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::Relaxed);
            thread::spawn(move || serve(stream));
        }
    });
    (address, connections)
}

fn serve(mut stream: TcpStream) {
    stream.set_read_timeout(Some(IDLE)).unwrap();
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => head.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return,
        }
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            if stream.write_all(ANSWER).is_err() {
                return;
            }
        }
    }
}

#[test]
fn no_call_fails_on_a_connection_that_was_closed_while_idle() {
    let (url, connections) = impatient_server();
    let client = Options::new().base_url(url).client().unwrap();
    let mut second_attempts = 0;
    for number in 0..200 {
        let call = Call::new();
        client.pause_call("abc", &call).unwrap_or_else(|failure| panic!("call {number}: {failure:?}"));
        second_attempts += call.attempts() - 1;
        thread::sleep(Duration::from_millis(number * 7 % 61));
    }
    let connections = connections.load(Ordering::Relaxed);
    assert!(connections > 20, "only {connections} connections: nothing was closed");
    // All but true races are seen before the request is sent.
    assert!(second_attempts <= 10, "{second_attempts} calls needed a second attempt");
}
