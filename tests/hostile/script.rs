//! What a server does with one connection, step by step.

/// The answers tell by their words which request they belong to.
pub const FIRST: &str = r#"{"data":{"status":"first"}}"#;
pub const GOOD: &str = r#"{"data":{"status":"good","items":["good"]}}"#;
/// Must never be taken for an answer.
pub const POISON: &str = r#"{"data":{"status":"poison","items":["poison"]}}"#;

#[derive(Clone)]
pub enum Step {
    /// Waits for a request. An HTTP/2 server that has said nothing so far says its settings first.
    Hear,
    Say(Vec<u8>),
    /// An answer with this status and body, as the transport writes it.
    Answer(u16, Vec<u8>),
    /// Past the TLS layer.
    SayRaw(Vec<u8>),
    /// Byte by byte, so slowly that no call can wait for its end.
    Trickle(Vec<u8>),
    /// Again and again, as fast as the client takes it, until the server is to behave.
    Forever(Vec<u8>),
    /// Again and again, with milliseconds in between.
    Slowly(u64, Vec<u8>),
    Wait(u64),
    /// Serves well until no request came for so many milliseconds.
    ServeUntilIdle(u64),
    /// The server's part of a TLS handshake, changed.
    Handshake(fn(Vec<u8>) -> Vec<u8>),
    /// Ends the stream properly.
    Close,
    /// Ends the TCP connection, without TLS's own end.
    Cut,
    Reset,
    /// Never says anything more.
    Stay,
}

pub type Script = Vec<Step>;

pub fn say(bytes: impl Into<Vec<u8>>) -> Step {
    Step::Say(bytes.into())
}

pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> Step {
    Step::Answer(status, body.into())
}

/// An answer of HTTP/1.1 with these header lines.
pub fn http1(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n");
    headers.iter().for_each(|line| head += &format!("{line}\r\n"));
    [head.as_bytes(), b"\r\n", body.as_ref()].concat()
}

/// The same, with a length that is true.
pub fn http1_whole(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = format!("Content-Length: {}", body.as_ref().len());
    http1(status, &[headers, &[length.as_str()]].concat(), body)
}
