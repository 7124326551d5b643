//! A server that sends one prepared answer per connection, byte for byte, and then closes it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub struct CannedServer {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl CannedServer {
    /// Listens until all answers have been sent.
    pub fn start(answers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(vec![]));
        let (received, answers) = (Arc::clone(&requests), answers.into_iter().collect::<Vec<_>>());
        thread::spawn(move || {
            let mut listener = Some(listener);
            for (index, answer) in answers.iter().enumerate() {
                let stream = listener.as_ref().unwrap().accept().unwrap().0;
                // Closed before the last answer is sent, so that whoever calls after it is refused.
                listener = listener.filter(|_| index + 1 < answers.len());
                serve(stream, answer, &received);
            }
        });
        Self { url, requests }
    }

    /// The heads of the requests so far, in lower case.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Reads a request that has no body, and answers it.
fn serve(mut stream: TcpStream, answer: &[u8], received: &Mutex<Vec<String>>) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let (mut request, mut byte) = (vec![], [0]);
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        request.push(byte[0]);
    }
    received.lock().unwrap().push(String::from_utf8(request).unwrap().to_lowercase());
    let _ = stream.write_all(answer);
    let _ = stream.shutdown(Shutdown::Write);
    // Wait until the peer has closed too: closing early could discard bytes that it has not read
    // yet.
    let _ = stream.read(&mut byte);
}

/// Headers of a video, and of two versions of it.
pub const MP4: &str = "Content-Type: video/mp4";
pub const V1: &str = r#"ETag: "v1""#;
pub const V2: &str = r#"ETag: "v2""#;

/// An answer with these header lines.
pub fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    headers.iter().for_each(|line| head += &format!("{line}\r\n"));
    [head.as_bytes(), b"\r\n", body].concat()
}
