//! A connection through a SOCKS5 proxy (RFC 1928), with a user name and a password (RFC 1929).
//!
//! hyper-util has one too. It looks up names on the calling thread for as long as that takes, offers
//! the proxy a single way to authenticate, and has room for short credentials only.

use std::net::IpAddr;

use hyper::rt::{Read, Write};

use super::proxy::Credentials;
use super::proxy_failure::ProxyFailure;
use super::socket::BoxError;
use super::wire::{fill, read_exactly, write_all};

const VERSION: u8 = 5;
const WITHOUT_CREDENTIALS: u8 = 0;
const WITH_CREDENTIALS: u8 = 2;
const NOTHING_ACCEPTABLE: u8 = 0xff;
const CREDENTIALS_VERSION: u8 = 1;
const CONNECT: u8 = 1;
const SUCCEEDED: u8 = 0;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;
const PORT_BYTES: usize = 2;

/// The host that the proxy is to connect to.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    Address(IpAddr),
    /// The proxy looks it up.
    Name(&'a str),
}

/// Has the proxy at the other end of `stream` connect to `target`.
pub async fn connect<S: Read + Write + Unpin>(
    stream: &mut S,
    target: Target<'_>,
    port: u16,
    credentials: Option<&Credentials>,
) -> Result<(), BoxError> {
    authenticate(stream, credentials).await?;
    let mut request = vec![VERSION, CONNECT, 0];
    match target {
        Target::Address(IpAddr::V4(address)) => {
            request.push(IPV4);
            request.extend_from_slice(&address.octets());
        }
        Target::Address(IpAddr::V6(address)) => {
            request.push(IPV6);
            request.extend_from_slice(&address.octets());
        }
        Target::Name(name) => {
            request.push(NAME);
            push_text(&mut request, name.as_bytes())?;
        }
    }
    request.extend_from_slice(&port.to_be_bytes());
    write_all(stream, &request).await?;
    let [version, reply, _, kind] = read_exactly(stream).await?;
    check_version(version)?;
    if reply != SUCCEEDED {
        return Err(refusal(reply).into());
    }
    // The address from which the proxy connects.
    let length = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => usize::from(read_exactly::<_, 1>(stream).await?[0]),
        _ => return Err(not_socks().into()),
    };
    fill(stream, &mut vec![0; length + PORT_BYTES]).await?;
    Ok(())
}

async fn authenticate<S: Read + Write + Unpin>(
    stream: &mut S,
    credentials: Option<&Credentials>,
) -> Result<(), BoxError> {
    let offers: &[u8] = match credentials {
        Some(_) => &[VERSION, 2, WITHOUT_CREDENTIALS, WITH_CREDENTIALS],
        None => &[VERSION, 1, WITHOUT_CREDENTIALS],
    };
    write_all(stream, offers).await?;
    let [version, chosen] = read_exactly(stream).await?;
    check_version(version)?;
    match (chosen, credentials) {
        (WITHOUT_CREDENTIALS, _) => Ok(()),
        (WITH_CREDENTIALS, Some(credentials)) => {
            let mut request = vec![CREDENTIALS_VERSION];
            push_text(&mut request, &credentials.user)?;
            push_text(&mut request, &credentials.password)?;
            write_all(stream, &request).await?;
            // Some proxies answer with the version of SOCKS.
            let [_version, reply] = read_exactly(stream).await?;
            match reply {
                SUCCEEDED => Ok(()),
                _ => Err(ProxyFailure::Unauthorized("did not accept the user name and the password".into()).into()),
            }
        }
        // It wants another kind of authentication, or none from this machine.
        (NOTHING_ACCEPTABLE, Some(_)) => {
            Err(ProxyFailure::Forbidden("accepts connections neither with a user name nor without".into()).into())
        }
        (NOTHING_ACCEPTABLE, None) => {
            Err(ProxyFailure::Unauthorized("does not accept connections without credentials".into()).into())
        }
        _ => Err(not_socks().into()),
    }
}

/// A text of at most 255 bytes, after its length.
fn push_text(request: &mut Vec<u8>, text: &[u8]) -> Result<(), ProxyFailure> {
    let too_long = |_| ProxyFailure::Impossible("cannot be given a name of more than 255 bytes".into());
    request.push(u8::try_from(text.len()).map_err(too_long)?);
    request.extend_from_slice(text);
    Ok(())
}

fn check_version(version: u8) -> Result<(), ProxyFailure> {
    if version == VERSION { Ok(()) } else { Err(not_socks()) }
}

fn not_socks() -> ProxyFailure {
    ProxyFailure::failed("does not speak SOCKS5")
}

fn refusal(reply: u8) -> ProxyFailure {
    ProxyFailure::failed(match reply {
        1 => "failed to connect to the server",
        2 => return ProxyFailure::Forbidden("does not allow connections to this server".into()),
        3 => "cannot reach the server's network",
        4 => "cannot reach the server, or does not know its name",
        5 => "was refused by the server",
        6 => "did not reach the server in time",
        7 => "does not support connections to servers",
        8 => "does not support this kind of address",
        _ => return ProxyFailure::Failed(format!("failed to connect to the server (reply {reply})")),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// What is sent to a proxy that answers with these bytes, and how the connection ends.
    async fn connected(
        answer: &[u8],
        target: Target<'_>,
        credentials: Option<&Credentials>,
    ) -> (Vec<u8>, Result<(), String>) {
        let (client, proxy) = duplex(4096);
        let (mut from_client, mut to_client) = tokio::io::split(proxy);
        for byte in answer {
            to_client.write_u8(*byte).await.unwrap();
        }
        to_client.shutdown().await.unwrap();
        let mut stream = TokioIo::new(client);
        let end = tokio::time::timeout(Duration::from_secs(30), connect(&mut stream, target, 443, credentials));
        let end = end.await.expect("an end").map_err(|reason| reason.to_string());
        // Not one byte more than the answer is read.
        let mut rest = Vec::new();
        let mut client = stream.into_inner();
        if end.is_ok() {
            client.read_to_end(&mut rest).await.unwrap();
            assert_eq!(rest, b"+");
        }
        drop(client);
        let mut sent = Vec::new();
        from_client.read_to_end(&mut sent).await.unwrap();
        (sent, end)
    }

    fn credentials(user: &str, password: &str) -> Credentials {
        Credentials { user: user.into(), password: password.into() }
    }

    const V4: Target<'_> = Target::Address(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    #[tokio::test]
    async fn the_target_is_sent_as_an_address_or_as_a_name() {
        let v6 = Target::Address("2001:db8::1".parse().unwrap());
        let v6_request = [&[5, 1, 0, 4, 0x20, 1, 0xd, 0xb8][..], &[0; 11], &[1, 1, 0xbb]].concat();
        for (target, request) in [
            (V4, vec![5, 1, 0, 1, 192, 0, 2, 1, 1, 0xbb]),
            (v6, v6_request),
            (Target::Name("a.example"), [b"\x05\x01\x00\x03\x09a.example".as_slice(), &[1, 0xbb]].concat()),
        ] {
            let (sent, end) = connected(b"\x05\0\x05\0\0\x01123456+", target, None).await;
            assert_eq!((sent, end), ([&[5, 1, 0][..], &request].concat(), Ok(())));
        }
        let long = "x".repeat(256);
        let (_, end) = connected(b"\x05\0", Target::Name(&long), None).await;
        assert_eq!(end, Err("the proxy cannot be given a name of more than 255 bytes".into()));
    }

    #[tokio::test]
    async fn credentials_are_sent_if_the_proxy_wants_them() {
        let longest = credentials(&"u".repeat(255), &"p".repeat(255));
        let (sent, end) = connected(b"\x05\x02\x01\0\x05\0\0\x01123456+", V4, Some(&longest)).await;
        assert_eq!(end, Ok(()));
        assert_eq!(sent[..6], [5, 2, 0, 2, 1, 255]);
        assert_eq!(sent[6..261], [b'u'; 255]);
        assert_eq!(sent[261], 255);
        assert_eq!(sent[262..517], [b'p'; 255]);
        let (sent, end) = connected(b"\x05\0\x05\0\0\x01123456+", V4, Some(&longest)).await;
        assert_eq!((&sent[..6], end), (&[5, 2, 0, 2, 5, 1][..], Ok(())));
    }

    #[tokio::test]
    async fn each_answer_connects_or_says_why_not() {
        let some = credentials("user", "pw");
        let rows: [(&[u8], Option<&Credentials>, &str); 25] = [
            (b"\x05\0\x05\0\0\x01123456+", None, ""),
            (b"\x05\0\x05\0\0\x04123456789012345678+", None, ""),
            (b"\x05\0\x05\0\0\x03\x03abc12+", None, ""),
            (b"\x05\0\x05\0\0\x03\x0012+", None, ""),
            (b"\x05\x02\x05\0\x05\0\0\x01123456+", Some(&some), ""),
            (b"\x05\x02\x01\x01", Some(&some), "did not accept the user name and the password"),
            (b"\x05\xff", Some(&some), "accepts connections neither with a user name nor without"),
            (b"\x05\xff", None, "does not accept connections without credentials"),
            (b"\x05\x02", None, "does not speak SOCKS5"),
            (b"\x05\x01", Some(&some), "does not speak SOCKS5"),
            (b"\x04\x5a", None, "does not speak SOCKS5"),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", None, "does not speak SOCKS5"),
            (b"\x05\0\x05\x01", None, "!"),
            (b"\x05\0\x05\x01\0\x01", None, "failed to connect to the server"),
            (b"\x05\0\x05\x02\0\x01", None, "does not allow connections to this server"),
            (b"\x05\0\x05\x03\0\x01", None, "cannot reach the server's network"),
            (b"\x05\0\x05\x04\0\x01", None, "cannot reach the server, or does not know its name"),
            (b"\x05\0\x05\x05\0\x01", None, "was refused by the server"),
            (b"\x05\0\x05\x06\0\x01", None, "did not reach the server in time"),
            (b"\x05\0\x05\x07\0\x01", None, "does not support connections to servers"),
            (b"\x05\0\x05\x08\0\x01", None, "does not support this kind of address"),
            (b"\x05\0\x05\xf0\0\x01", None, "failed to connect to the server (reply 240)"),
            (b"\x05\0\x05\0\0\x07", None, "does not speak SOCKS5"),
            (b"\x05\0\x05\0\0\x01123", None, "!"),
            (b"", None, "!"),
        ];
        for (answer, credentials, expected) in rows {
            let expected = match expected {
                "" => Ok(()),
                "!" => Err("the proxy closed the connection".to_owned()),
                text => Err(format!("the proxy {text}")),
            };
            assert_eq!(connected(answer, V4, credentials).await.1, expected, "{answer:?}");
        }
    }
}
