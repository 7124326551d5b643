//! An API that pauses and resumes when the test says so.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// What comes at once: the head, and the whole body as one chunk. A body is progress, at which the
/// command looks for signals; only the end of the answer waits for the gate.
const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
/// The chunk that ends it. It is no progress, so a signal that comes just before it is not seen
/// during the call.
const LAST_CHUNK: &str = "0\r\n\r\n";

pub struct GatedApi {
    pub url: String,
    gates: Arc<Gates>,
}

#[derive(Default)]
struct Gates {
    /// For "pause" and "resume": how often it was asked, and whether it is answered.
    by_verb: Mutex<HashMap<String, (usize, bool)>>,
    changed: Condvar,
}

impl GatedApi {
    /// It answers nothing yet, and ends with the test process.
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

    /// One that pauses at once.
    pub fn pausing() -> Self {
        let api = Self::start();
        api.open("pause");
        api
    }

    pub fn open(&self, verb: &str) {
        self.gates.by_verb.lock().unwrap().entry(verb.into()).or_default().1 = true;
        self.gates.changed.notify_all();
    }

    /// How often it was asked.
    pub fn asked(&self, verb: &str) -> usize {
        self.gates.by_verb.lock().unwrap().get(verb).map_or(0, |gate| gate.0)
    }
}

fn serve(mut stream: &TcpStream, gates: &Gates) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    lines.find(String::is_empty);
    let (verb, state) = if first.contains("/resume ") { ("resume", "recording") } else { ("pause", "paused") };
    let body = format!(r#"{{"data":{{"status":"{state}"}}}}"#);
    let _ = write!(stream, "{HEAD}{:x}\r\n{body}\r\n", body.len());
    let mut gate = gates.by_verb.lock().unwrap();
    gate.entry(verb.into()).or_default().0 += 1;
    drop(gates.changed.wait_while(gate, |gates| !gates[verb].1).unwrap());
    let _ = stream.write_all(LAST_CHUNK.as_bytes());
}
