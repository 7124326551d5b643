//! A tunnel through an HTTP proxy: CONNECT and its answer.

use http::HeaderValue;
use httparse::{EMPTY_HEADER, Response, Status};
use hyper::rt::{Read, Write};

use super::proxy_failure::ProxyFailure;
use super::socket::BoxError;
use super::wire::{read_some, write_all};

/// More than any proxy sends. The deadline of the call ends a head that arrives slowly.
const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 100;
/// The ways to authenticate that a message names, if a proxy wants them instead of Basic.
const UNSUPPORTED_SCHEMES: [&str; 5] = ["Negotiate", "Kerberos", "NTLM", "Digest", "Bearer"];
const USER_AGENT: &str = concat!("libanchor/", env!("CARGO_PKG_VERSION"));

/// Has the proxy at the other end of `stream` connect to `target`, which is `host:port`.
pub async fn open<S: Read + Write + Unpin>(
    stream: &mut S,
    target: &str,
    credentials: Option<&HeaderValue>,
) -> Result<(), BoxError> {
    let head = ["CONNECT ", target, " HTTP/1.1\r\n", "Host: ", target, "\r\nUser-Agent: ", USER_AGENT, "\r\n"];
    let mut request = head.concat().into_bytes();
    if let Some(credentials) = credentials {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(credentials.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    write_all(stream, &request).await?;
    let (mut head, mut received, mut buffer) = (Vec::new(), 0, [0; 1024]);
    loop {
        let length = read_some(stream, &mut buffer).await?;
        head.extend_from_slice(buffer.get(..length).unwrap_or_default());
        received += length;
        while let Some((answer, end)) = parse(&head)? {
            match answer {
                Answer::Interim => drop(head.drain(..end)),
                // Nothing can follow: the server speaks after the client.
                Answer::Connected if head.len() > end => {
                    return Err(ProxyFailure::failed("answered CONNECT with a page instead of a tunnel").into());
                }
                Answer::Connected => return Ok(()),
                Answer::Refused(failure) => return Err(failure.into()),
            }
        }
        if received >= MAX_HEAD_BYTES {
            return Err(ProxyFailure::failed("sent an endless answer to CONNECT").into());
        }
    }
}

enum Answer {
    Interim,
    Connected,
    Refused(ProxyFailure),
}

/// The answer at the beginning of these bytes and its length, if it is complete.
fn parse(bytes: &[u8]) -> Result<Option<(Answer, usize)>, ProxyFailure> {
    let mut headers = [EMPTY_HEADER; MAX_HEADERS];
    let mut response = Response::new(&mut headers);
    let end = match response.parse(bytes) {
        Ok(Status::Complete(end)) => end,
        Ok(Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(ProxyFailure::failed("sent too many headers in its answer to CONNECT"));
        }
        Err(_) => return Err(ProxyFailure::failed("did not answer CONNECT in HTTP")),
    };
    let answer = match response.code.unwrap_or_default() {
        // A switch to another protocol was not asked for.
        100 | 102..=199 => Answer::Interim,
        200..=299 => Answer::Connected,
        code => Answer::Refused(refusal(code, &response)),
    };
    Ok(Some((answer, end)))
}

fn refusal(code: u16, response: &Response<'_, '_>) -> ProxyFailure {
    let said = format!("answered CONNECT with {code} {}", response.reason.unwrap_or_default()).trim_end().to_owned();
    match code {
        403 => ProxyFailure::Forbidden(said),
        407 => match unsupported_scheme(response) {
            Some(scheme) => {
                let text = format!("{said}: it wants {scheme} authentication, and the library supports only Basic");
                ProxyFailure::Forbidden(text)
            }
            None => ProxyFailure::Unauthorized(said),
        },
        _ => ProxyFailure::Failed(said),
    }
}

/// A way to authenticate that the proxy offers, if Basic is not among them. It is one of our words: the
/// proxy's own could be a part of the API key.
fn unsupported_scheme(response: &Response<'_, '_>) -> Option<&'static str> {
    let offers = response.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("proxy-authenticate"));
    let offers: Vec<_> = offers.map(|header| String::from_utf8_lossy(header.value)).collect();
    let schemes: Vec<_> = offers.iter().flat_map(|offer| schemes(offer)).collect();
    let is_offered = |known: &str| schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(known));
    if schemes.is_empty() || is_offered("Basic") {
        return None;
    }
    Some(UNSUPPORTED_SCHEMES.into_iter().find(|known| is_offered(known)).unwrap_or("another kind of"))
}

/// The first words between the commas of a header that are outside of quotation marks. The schemes of
/// the challenges are among them, and so are the names of their parameters.
fn schemes(offer: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let parts = offer.split(move |c| {
        let is_plain = !std::mem::take(&mut is_escaped);
        match c {
            '\\' if is_quoted && is_plain => is_escaped = true,
            '"' if is_plain => is_quoted = !is_quoted,
            _ => {}
        }
        c == ',' && !is_quoted
    });
    parts.filter_map(|part| part.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// The request, and how the tunnel fails if the proxy sends these parts.
    async fn opened(parts: Vec<Vec<u8>>, credentials: Option<&HeaderValue>) -> (String, Result<(), String>) {
        let (client, mut proxy) = duplex(64);
        let proxy = tokio::spawn(async move {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(proxy.read_u8().await.unwrap());
            }
            for part in parts {
                // It fails when the client has given up.
                let _ = proxy.write_all(&part).await;
                tokio::task::yield_now().await;
            }
            String::from_utf8(request).unwrap()
        });
        let mut stream = TokioIo::new(client);
        let end = tokio::time::timeout(Duration::from_secs(30), open(&mut stream, "api.example:443", credentials));
        let end = end.await.expect("an end").map_err(|reason| reason.to_string());
        drop(stream);
        (proxy.await.unwrap(), end)
    }

    fn answers(answer: &[u8]) -> [Vec<Vec<u8>>; 2] {
        [vec![answer.to_vec()], answer.iter().map(|byte| vec![*byte]).collect()]
    }

    const OPEN: &str = "";

    #[tokio::test]
    async fn each_answer_to_connect_opens_a_tunnel_or_says_why_not() {
        let long_reason = format!("HTTP/1.1 502 {}\r\n\r\n", "x".repeat(5000));
        let long_reason_whole = format!("the proxy answered CONNECT with 502 {}", "x".repeat(5000));
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(20_000));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(101));
        let interims = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000);
        let rows = [
            ("HTTP/1.1 200 Connection established\r\n\r\n", OPEN),
            ("HTTP/1.0 200 OK\r\nProxy-agent: x\r\n\r\n", OPEN),
            ("HTTP/1.1 200\r\n\r\n", OPEN),
            ("HTTP/1.1 204 No Content\r\n\r\n", OPEN),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", OPEN),
            ("HTTP/1.1 200 OK\nX: y\n\n", OPEN),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", OPEN),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\n\r\n", "the proxy answered CONNECT with 403 No"),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "the proxy answered CONNECT with 101 Switching Protocols"),
            ("HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n", "the proxy answered CONNECT with 302 Found"),
            ("HTTP/1.1 400 Bad Request\r\n\r\n<html>", "the proxy answered CONNECT with 400 Bad Request"),
            ("HTTP/1.0 403 Forbidden\r\n\r\n", "the proxy answered CONNECT with 403 Forbidden"),
            ("HTTP/1.1 403\r\n\r\n", "the proxy answered CONNECT with 403"),
            ("HTTP/1.1 407 Auth\r\n\r\n", "the proxy answered CONNECT with 407 Auth"),
            (
                "HTTP/1.1 407 Auth\r\nProxy-Authenticate: NTLM\r\nProxy-authenticate: Basic realm=x\r\n\r\n",
                "the proxy answered CONNECT with 407 Auth",
            ),
            (
                "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n",
                "the proxy answered CONNECT with 407 Auth: it wants Negotiate authentication, and the library supports \
                 only Basic",
            ),
            ("HTTP/1.1 502 Bad Gateway\r\n\r\n", "the proxy answered CONNECT with 502 Bad Gateway"),
            (&long_reason, &long_reason_whole),
            (&interims, "the proxy sent an endless answer to CONNECT"),
            (&endless, "the proxy sent an endless answer to CONNECT"),
            (&many, "the proxy sent too many headers in its answer to CONNECT"),
            ("SSH-2.0-OpenSSH\r\n", "the proxy did not answer CONNECT in HTTP"),
            ("HTTP/2 200\r\n\r\n", "the proxy did not answer CONNECT in HTTP"),
            ("HTTP/1.1 2000 OK\r\n\r\n", "the proxy did not answer CONNECT in HTTP"),
            ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "the proxy did not answer CONNECT in HTTP"),
            ("\x16\x03\x01\x02", "the proxy did not answer CONNECT in HTTP"),
            ("\x05\x00", "the proxy did not answer CONNECT in HTTP"),
            ("HTTP/1.1 200 OK\r\n", "the proxy closed the connection"),
            ("HTTP/1.1 100 Continue\r\n\r\n", "the proxy closed the connection"),
            ("", "the proxy closed the connection"),
        ];
        for (answer, expected) in rows {
            for parts in answers(answer.as_bytes()) {
                let expected = if expected == OPEN { Ok(()) } else { Err(expected.to_owned()) };
                assert_eq!(opened(parts, None).await.1, expected, "{answer:.60}");
            }
        }
        for (offers, scheme) in [
            ("Proxy-Authenticate:", None),
            ("Proxy-Authenticate: basic", None),
            ("Proxy-Authenticate: Digest realm=\"x\", BASIC realm=\"y\"", None),
            ("Proxy-Authenticate: Digest realm=\"a\\\"b\", Basic realm=\"y\"", None),
            ("Proxy-Authenticate: Digest realm=\"basic-users\"", Some("Digest")),
            ("Proxy-Authenticate: Digest realm=\"x, Basic y\"", Some("Digest")),
            ("Proxy-Authenticate: Digest realm=\"x\\\", Basic y\"", Some("Digest")),
            ("Proxy-Authenticate: Basics realm=x", Some("another kind of")),
            ("Proxy-Authenticate: sk-canary_7f3a", Some("another kind of")),
            ("Proxy-Authenticate: sk-canary, ntlm", Some("NTLM")),
            ("Proxy-Authenticate: Bearer", Some("Bearer")),
        ] {
            let answer = format!("HTTP/1.1 407 Auth\r\n{offers}\r\n\r\n");
            let wants = |name| format!(": it wants {name} authentication, and the library supports only Basic");
            let expected = format!("the proxy answered CONNECT with 407 Auth{}", scheme.map(wants).unwrap_or_default());
            assert_eq!(opened(vec![answer.into_bytes()], None).await.1, Err(expected), "{offers}");
        }
        let page = b"HTTP/1.1 200 OK\r\n\r\n<html>".to_vec();
        let expected = "the proxy answered CONNECT with a page instead of a tunnel";
        assert_eq!(opened(vec![page], None).await.1, Err(expected.to_owned()));
    }

    #[tokio::test]
    async fn connect_names_the_target_the_library_and_the_credentials() {
        let credentials = HeaderValue::from_static("Basic dTpw");
        let established = || vec![b"HTTP/1.1 200 OK\r\n\r\n".to_vec()];
        let plain =
            format!("CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\nUser-Agent: {USER_AGENT}\r\n");
        assert_eq!(opened(established(), None).await.0, format!("{plain}\r\n"));
        let with_credentials = format!("{plain}Proxy-Authorization: Basic dTpw\r\n\r\n");
        assert_eq!(opened(established(), Some(&credentials)).await.0, with_credentials);
    }
}
