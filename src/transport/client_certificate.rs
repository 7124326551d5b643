//! The certificate that proves to a server who the client is (mutual TLS).
//!
//! In TLS 1.3 the client's handshake ends before the server has looked at the certificate, so a
//! refusal arrives after the request was sent. A server that asked for a certificate is therefore
//! given a moment to refuse it, before anything is sent.

use std::cell::Cell;
use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use std::{fmt, io};

use hyper_rustls::MaybeHttpsStream;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{ProtocolVersion, SignatureScheme};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite};
use tokio_rustls::client::TlsStream;

use super::socket::BoxError;
use super::through_proxy::{ProxyConnectionFailed, ToProxy};
use crate::sys::fork_gate::Inside;

/// The time that a server gets to refuse a certificate.
const SHORTEST_VERDICT: Duration = Duration::from_millis(100);
const LONGEST_VERDICT: Duration = Duration::from_secs(1);

/// The peer of a TLS connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TlsPeer {
    Server,
    Proxy,
}

impl TlsPeer {
    /// As in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "the server",
            Self::Proxy => "the proxy",
        }
    }

    fn closed(self) -> String {
        format!("{} closed the connection", self.name())
    }
}

thread_local! {
    /// Who has asked a handshake that runs on this thread for a certificate. The handshake with the
    /// server is the later one.
    static ASKED_BY: Cell<Option<TlsPeer>> = const { Cell::new(None) };
}

/// A chain of certificates, the client's first, and the key of the first.
#[derive(Clone)]
pub struct ClientCertificate(Arc<CertifiedKey>);

impl ClientCertificate {
    /// Takes random numbers: see `prepare_cryptography`.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, &'static str> {
        let _inside = Inside::enter();
        let made = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider());
        made.map(|made| Self(Arc::new(made))).map_err(|reason| match reason {
            rustls::Error::InconsistentKeys(_) => {
                "has a key that does not belong to its first certificate: put the client's own certificate first"
            }
            rustls::Error::InvalidCertificate(_) => "has a certificate that cannot be decoded: export it again as PEM",
            _ => "has a key of an unsupported kind: use RSA, ECDSA (P-256, P-384, P-521) or Ed25519",
        })
    }
}

impl PartialEq for ClientCertificate {
    /// Equal certificates have equal keys.
    fn eq(&self, other: &Self) -> bool {
        self.0.cert == other.0.cert
    }
}

/// Gives a peer the certificate that it asks for, if there is one, and takes note of it.
#[derive(Debug)]
pub struct Presenter {
    certificate: Option<Arc<CertifiedKey>>,
    to: TlsPeer,
}

impl Presenter {
    pub fn to_server(certificate: Option<&ClientCertificate>) -> Arc<Self> {
        let certificate = certificate.map(|certificate| Arc::clone(&certificate.0));
        Arc::new(Self { certificate, to: TlsPeer::Server })
    }

    /// A proxy gets no certificate.
    pub fn to_proxy() -> Arc<Self> {
        Arc::new(Self { certificate: None, to: TlsPeer::Proxy })
    }
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        ASKED_BY.set(Some(self.to));
        self.certificate.clone()
    }

    fn has_certs(&self) -> bool {
        self.certificate.is_some()
    }
}

/// Who asked a handshake on this thread for a certificate since this was last called.
pub fn take_request() -> Option<TlsPeer> {
    ASKED_BY.take()
}

/// Waits until a peer that asked for a certificate accepts or refuses it, for about two round trips.
/// Nothing waits for a proxy that has opened a tunnel: it has accepted the connection.
pub async fn verdict(
    stream: &mut MaybeHttpsStream<ToProxy>,
    asked_by: TlsPeer,
    connecting_took: Duration,
) -> Result<(), BoxError> {
    let limit = (2 * connecting_took).clamp(SHORTEST_VERDICT, LONGEST_VERDICT);
    match (asked_by, stream) {
        (TlsPeer::Server, MaybeHttpsStream::Https(server)) => verdict_within(limit, server.inner_mut(), asked_by).await,
        (TlsPeer::Proxy, MaybeHttpsStream::Http(MaybeHttpsStream::Https(proxy))) => {
            let accepted = verdict_within(limit, proxy.inner_mut(), asked_by).await;
            accepted.map_err(|reason| ProxyConnectionFailed(reason).into())
        }
        _ => Ok(()),
    }
}

/// The first message after the handshake shows that the certificate, or its absence, was accepted.
/// Connections that end after that have failed for another reason.
async fn verdict_within<S>(limit: Duration, stream: &mut TlsStream<S>, asked_by: TlsPeer) -> Result<(), BoxError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // Before 1.3 the server's part of the handshake comes last.
    if stream.get_ref().1.protocol_version() != Some(ProtocolVersion::TLSv1_3) {
        return Ok(());
    }
    let accepted = poll_fn(|context| {
        // What has arrived stays in the stream.
        let reason = match Pin::new(&mut *stream).poll_fill_buf(context) {
            Poll::Ready(Ok([])) => Some(io::Error::new(io::ErrorKind::UnexpectedEof, asked_by.closed())),
            Poll::Ready(Ok(_)) => return Poll::Ready(Ok(())),
            Poll::Ready(Err(reason)) => Some(reason),
            Poll::Pending => None,
        };
        let was_accepted = stream.get_ref().1.tls13_tickets_received() > 0;
        match reason {
            Some(reason) if was_accepted => Poll::Ready(Err(reason.into())),
            Some(reason) => Poll::Ready(Err(AskedForCertificate::before(reason, asked_by))),
            None if was_accepted => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    });
    tokio::time::timeout(limit, accepted).await.unwrap_or(Ok(()))
}

/// A connection failed after a peer had asked for a certificate, and before it had accepted that or
/// its absence.
#[derive(Debug)]
pub struct AskedForCertificate {
    pub by: TlsPeer,
    reason: BoxError,
}

impl AskedForCertificate {
    pub fn before(reason: impl Into<BoxError>, by: TlsPeer) -> BoxError {
        Self { by, reason: reason.into() }.into()
    }
}

impl fmt::Display for AskedForCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl StdError for AskedForCertificate {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.reason.as_ref())
    }
}
