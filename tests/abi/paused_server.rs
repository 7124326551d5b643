//! The server's side of a connection on which every request is answered as a pause.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n{\"data\":{\"status\":\"paused\"}}";

/// Answers until the connection ends or its read timeout passes. Reports each number of bytes received.
pub fn serve(mut stream: TcpStream, received: impl Fn(usize)) {
    let (mut head, mut buffer) = (vec![], [0; 4096]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => {
                received(length);
                head.extend_from_slice(&buffer[..length]);
            }
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
