//! Scripts: the steps that a server takes on one connection.

/// The response to the first request. Each response names its kind, so that a test can tell which
/// one a call returned.
pub const FIRST: &str = r#"{"data":{"status":"first"}}"#;
/// The response of a server that behaves.
pub const GOOD: &str = r#"{"data":{"status":"good","items":["good"]}}"#;
/// A response that no request asked for. A call that returns it has failed the test.
pub const POISON: &str = r#"{"data":{"status":"poison","items":["poison"]}}"#;

#[derive(Clone)]
pub enum Step {
    /// Waits for a request. An HTTP/2 server that has sent nothing yet sends its settings first.
    Receive,
    Send(Vec<u8>),
    /// Sends the bytes this many times.
    SendTimes(usize, Vec<u8>),
    /// Sends a well-formed response with this status and body.
    Respond(u16, Vec<u8>),
    /// Sends bytes on the TCP connection, bypassing TLS.
    SendBelowTls(Vec<u8>),
    /// Sends the bytes one at a time, so slowly that a call times out before the last one.
    Trickle(Vec<u8>),
    /// Sends the bytes again and again, as fast as the client reads them, until the server is
    /// switched to behave.
    Flood(Vec<u8>),
    /// Like `Flood`, waiting this many milliseconds after each time.
    Repeat(u64, Vec<u8>),
    /// Waits this many milliseconds.
    Wait(u64),
    /// Serves correctly until no request has arrived for this many milliseconds.
    ServeUntilIdle(u64),
    /// Reads a ClientHello and sends the server's reply to it, altered by the function.
    Handshake(fn(Vec<u8>) -> Vec<u8>),
    /// Closes the connection properly, with close_notify if there is TLS.
    Close,
    /// Closes the TCP connection without close_notify.
    CloseTcp,
    /// Sends a TCP reset.
    Reset,
    /// Sends nothing more, and keeps the connection open until the client closes it.
    Hang,
}

pub type Script = Vec<Step>;

pub fn send(bytes: impl Into<Vec<u8>>) -> Step {
    Step::Send(bytes.into())
}

pub fn respond(status: u16, body: impl Into<Vec<u8>>) -> Step {
    Step::Respond(status, body.into())
}

/// Sends these bytes in response to a request.
pub fn reply(bytes: impl Into<Vec<u8>>) -> Script {
    vec![Step::Receive, send(bytes)]
}

/// Sends these bytes in response to a request, and closes the connection.
pub fn reply_and_close(bytes: impl Into<Vec<u8>>) -> Script {
    vec![Step::Receive, send(bytes), Step::Close]
}

/// Sends these bytes in response to a request, and nothing more.
pub fn reply_and_hang(bytes: impl Into<Vec<u8>>) -> Script {
    vec![Step::Receive, send(bytes), Step::Hang]
}

/// An HTTP/1.1 response with these header lines and no others except the content type.
pub fn http1(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n");
    headers.iter().for_each(|line| head += &format!("{line}\r\n"));
    [head.as_bytes(), b"\r\n", body.as_ref()].concat()
}

/// The same with a correct `Content-Length`.
pub fn http1_with_length(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = format!("Content-Length: {}", body.as_ref().len());
    http1(status, &[headers, &[length.as_str()]].concat(), body)
}
