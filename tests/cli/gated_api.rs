//! A server that completes its answers to "pause" and "resume" only when the test opens a gate.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// The head and the whole body, as one chunk, are sent at once, and only the last chunk waits for
/// the gate. The body is progress, and the command checks for signals whenever there is progress.
const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
/// The chunk that ends the answer. It is no progress, so the call does not notice a signal that
/// arrives just before it.
const LAST_CHUNK: &str = "0\r\n\r\n";

pub struct GatedApi {
    pub url: String,
    gates: Arc<Gates>,
}

#[derive(Default)]
struct Gates {
    /// For "pause" and "resume": the number of requests, and whether the gate is open.
    by_action: Mutex<HashMap<String, (usize, bool)>>,
    changed: Condvar,
}

impl GatedApi {
    /// Starts a server with both gates closed. It ends with the test process.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let gates = Arc::new(Gates::default());
        let shared = Arc::clone(&gates);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let gates = Arc::clone(&shared);
                thread::spawn(move || serve(&stream.unwrap(), &gates));
            }
        });
        Self { url, gates }
    }

    /// Starts a server that answers every pause at once.
    pub fn with_pause_open() -> Self {
        let api = Self::start();
        api.open("pause");
        api
    }

    pub fn open(&self, action: &str) {
        self.gates.by_action.lock().unwrap().entry(action.into()).or_default().1 = true;
        self.gates.changed.notify_all();
    }

    /// The number of requests so far.
    pub fn requests(&self, action: &str) -> usize {
        self.gates.by_action.lock().unwrap().get(action).map_or(0, |gate| gate.0)
    }
}

fn serve(mut stream: &TcpStream, gates: &Gates) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let request_line = lines.next().unwrap_or_default();
    lines.find(String::is_empty);
    let (action, state) = if request_line.contains("/resume ") { ("resume", "recording") } else { ("pause", "paused") };
    let body = format!(r#"{{"data":{{"status":"{state}"}}}}"#);
    let _ = write!(stream, "{HEAD}{:x}\r\n{body}\r\n", body.len());
    let mut gate = gates.by_action.lock().unwrap();
    gate.entry(action.into()).or_default().0 += 1;
    drop(gates.changed.wait_while(gate, |gates| !gates[action].1).unwrap());
    let _ = stream.write_all(LAST_CHUNK.as_bytes());
}
