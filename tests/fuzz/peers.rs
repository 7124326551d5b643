//! What proxies and servers send before the HTTP client gets the connection.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, Error as TlsError};
use tokio::io::{AsyncReadExt, join, sink};

use super::{KEY, for_any_bytes, is_one_line, split_lines};
use crate::exchange::diagnosis;
use crate::exchange::tls_failure;
use crate::operation::Operation;
use crate::redaction::Redactor;
use crate::text::{Line, root_cause};
use crate::transport::{Credentials, ProxyFailure, Target, connect_by_socks, open_tunnel};

const MAX_BYTES: usize = 1000;

/// The result of a future that waits for nothing.
fn finished<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("it waits for a stream that is always ready"),
    }
}

/// Checks that the reason is the proxy's, and shown on one line without the key.
fn check_failure(reason: &(dyn std::error::Error + Send + Sync + 'static)) {
    let line = Line::new(&root_cause(reason), &Redactor::new(KEY)).into_string();
    assert!(is_one_line(&line) && line.len() <= MAX_BYTES, "{line:?}");
    assert!(line.starts_with("the proxy ") && !line.to_lowercase().contains(KEY), "{line:?}");
}

/// Input: what a proxy answers to CONNECT. A tunnel is open only after a status of 200 to 299, and
/// how the answer is divided into packets does not matter.
#[test]
fn tunnel() {
    for_any_bytes("tunnel", |input: &[u8]| {
        let open = |split: usize| {
            let (first, second) = input.split_at(split.min(input.len()));
            let mut stream = TokioIo::new(join(first.chain(second), sink()));
            finished(open_tunnel(&mut stream, "api.example:443", None)).map_err(|reason| {
                check_failure(&*reason);
                let is_permanent = !matches!(reason.downcast_ref(), None | Some(ProxyFailure::Failed(_)));
                (reason.to_string(), is_permanent)
            })
        };
        let whole = open(0);
        let text = String::from_utf8_lossy(input);
        if whole.is_ok() {
            let has_success = text.lines().any(|line| line.starts_with("HTTP/1.") && line.get(8..10) == Some(" 2"));
            assert!(has_success && (text.contains("\n\n") || text.contains("\n\r\n")), "{text:?}");
        }
        let page = "the proxy answered CONNECT with a page instead of a tunnel";
        for split in 0..input.len() {
            let parts = open(split);
            // What follows the head can arrive later. Then TLS finds it.
            let is_page = parts.is_ok() && whole.as_ref().is_err_and(|(text, _)| text == page);
            assert!(parts == whole || is_page, "{text:?} split at {split}: {parts:?} and {whole:?}");
        }
    });
}

/// Input: what a SOCKS5 proxy answers. Not one byte more than the answer is read.
#[test]
fn socks() {
    for_any_bytes("socks", |input: &[u8]| {
        let credentials = Credentials { user: b"user".into(), password: b"password".into() };
        for credentials in [None, Some(&credentials)] {
            let mut rest = input;
            let target = Target::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));
            let mut stream = TokioIo::new(join(&mut rest, sink()));
            let end = finished(connect_by_socks(&mut stream, target, 443, credentials));
            let read = input.len() - rest.len();
            let expected = socks_answer(input, credentials.is_some());
            assert_eq!(end.is_ok().then_some(read), expected, "{input:?}");
            if let Err(reason) = end {
                check_failure(&*reason);
            }
        }
    });
}

/// The length of an answer that connects.
fn socks_answer(input: &[u8], with_credentials: bool) -> Option<usize> {
    let begin = match input {
        [5, 0, ..] => 2,
        [5, 2, _, 0, ..] if with_credentials => 4,
        _ => return None,
    };
    let address = match input.get(begin..)? {
        [5, 0, _, 1, ..] => 4,
        [5, 0, _, 4, ..] => 16,
        [5, 0, _, 3, length, ..] => 1 + usize::from(*length),
        _ => return None,
    };
    let end = begin + 4 + address + 2;
    (input.len() >= end).then_some(end)
}

/// Input: the names of a certificate, one on each line. The words of the message stay whole.
#[test]
fn certificate_names() {
    for_any_bytes("certificate_names", |input: &[u8]| {
        let [kind, names] = split_lines(input).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let presented = names.lines().map(|name| format!("{kind}({name:?})")).collect();
        let expected = ServerName::try_from("api.example").expect("a name");
        let flaw = CertificateError::NotValidForNameContext { expected, presented };
        let (what, advice) = tls_failure::words(&TlsError::InvalidCertificate(flaw), "the server");
        let pause = Operation::Pause { session: "demo".into() };
        let error = diagnosis::not_trusted("https://api.example", &pause, &what, &advice);
        let line = Line::new(&error.to_string(), &Redactor::new(KEY)).into_string();
        assert!(is_one_line(&line) && line.len() <= MAX_BYTES, "{line:?}");
        assert!(!line.to_lowercase().contains(KEY), "{line:?}");
        assert!(line.starts_with("no trusted connection to https://api.example while pausing"), "{line:?}");
        assert!(line.ends_with("; assume that it is still being recorded, and pause again"), "{line:?}");
    });
}
