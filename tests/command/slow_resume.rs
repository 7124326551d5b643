//! An API that pauses at once, and resumes when the test says so.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

const PAUSED: &[u8] =
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 28\r\n\r\n{\"data\":{\"status\":\"paused\"}}";

pub struct SlowResume {
    pub url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// How often it was asked to resume, and whether it does.
    resumes: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl SlowResume {
    /// It ends with the test process.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(&stream.unwrap(), &state));
            }
        });
        Self { url, state }
    }

    pub fn resumes_asked(&self) -> usize {
        self.state.resumes.lock().unwrap().0
    }

    pub fn resume(&self) {
        self.state.resumes.lock().unwrap().1 = true;
        self.state.changed.notify_all();
    }
}

fn serve(mut stream: &TcpStream, state: &State) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    lines.find(String::is_empty);
    if first.contains("/resume ") {
        let mut resumes = state.resumes.lock().unwrap();
        resumes.0 += 1;
        drop(state.changed.wait_while(resumes, |(_, resumes)| !*resumes).unwrap());
    }
    let _ = stream.write_all(PAUSED);
}
