//! What an error of the HTTP client means for the caller.
//!
//! Each failed attempt is traced to a [`Fault`]: it decides the status, whether anything was sent,
//! and what the message advises.

use std::error::Error as StdError;
use std::io;

use super::tls_failure;
use crate::error::Error;
use crate::operation::Operation;
use crate::sys::errors::is_exhaustion;
use crate::sys::random::NoRandomNumbers;
use crate::text::{ADVICE, causes, root_cause};
use crate::transport::{
    AskedForCertificate, NoThread, ProxyConnectionFailed, ProxyFailure, Settings, TlsPeer, Unanswered,
};

/// The root of a failure behind a proxy that seemed to open a connection.
const NOT_TLS: &str = "the proxy, or the server behind it, answered in something other than TLS";

/// What went wrong between this process and the server.
#[derive(Clone, Copy)]
pub enum Fault {
    /// Descriptors or memory ran out while connecting.
    Exhausted,
    /// The system provides no random numbers for TLS.
    NoRandomNumbers,
    /// Descriptors or memory ran out after something was sent.
    ExhaustedLater,
    NotConnected,
    ProxyForbids,
    ProxyWantsCredentials,
    NotHttp,
    Lost,
}

/// The other end of the connection.
#[derive(Clone, Copy)]
pub struct Peer<'a> {
    /// For messages: the server, and the proxy on the way to it.
    pub name: &'a str,
    /// The words for the base URL.
    pub base_url: &'a str,
    pub transport: &'a Settings,
}

impl Peer<'_> {
    fn has_client_certificate(&self) -> bool {
        self.transport.client_certificate.is_some()
    }

    /// Whose TLS has failed.
    fn of_tls(&self, reason: &(dyn StdError + 'static)) -> TlsPeer {
        match causes(reason).any(|cause| cause.is::<ProxyConnectionFailed>()) || !self.transport.https {
            true => TlsPeer::Proxy,
            false => TlsPeer::Server,
        }
    }
}

/// The error for an attempt that the HTTP client gave up for `reason`.
pub fn error_from(reason: &(dyn StdError + 'static), peer: Peer<'_>, operation: &Operation) -> Error {
    if let Some(NoThread(reason)) = find(reason) {
        return Error::exhausted("no thread can be started to look up the host name", reason).before(operation);
    }
    let was_connecting = matches!(reason.downcast_ref(), Some(Unanswered::NotConnected(_)));
    let asked = find::<AskedForCertificate>(reason).map(|asked| asked.by);
    let tls = find::<rustls::Error>(reason);
    let fault = if causes(reason).filter_map(|cause| cause.downcast_ref()).any(is_exhaustion) {
        if was_connecting { Fault::Exhausted } else { Fault::ExhaustedLater }
    } else if causes(reason).any(|cause| cause.is::<NoRandomNumbers>()) {
        Fault::NoRandomNumbers
    } else if let Some(failure) = find(reason) {
        match failure {
            ProxyFailure::Forbidden(_) => Fault::ProxyForbids,
            ProxyFailure::Unauthorized(_) => Fault::ProxyWantsCredentials,
            ProxyFailure::Impossible(_) | ProxyFailure::Failed(_) => Fault::NotConnected,
        }
    } else if was_connecting && tls.is_some_and(tls_failure::is_no_tls) && is_behind_proxy(reason, peer) {
        return error(Fault::NotConnected, peer.name, peer.base_url, operation, NOT_TLS);
    } else if let Some(tls) = tls.filter(|tls| was_connecting || tls_failure::is_about_client_certificate(tls)) {
        let (what, advice) = tls_words(tls, reason, peer);
        return not_trusted(peer.name, operation, &what, &advice);
    } else if asked == Some(TlsPeer::Server) && !peer.has_client_certificate() && causes(reason).any(is_end) {
        // It may have closed the connection before its alert was read.
        let (what, advice) = tls_failure::client_certificate_words(&root_cause(reason), false);
        return not_trusted(peer.name, operation, &what, &advice);
    } else if was_connecting {
        Fault::NotConnected
    } else if is_not_http(reason) {
        Fault::NotHttp
    } else {
        Fault::Lost
    };
    let root = match asked {
        Some(peer) => format!("{}, after {} had asked for a client certificate", root_cause(reason), peer.name()),
        None => root_cause(reason),
    };
    error(fault, peer.name, peer.base_url, operation, &root)
}

/// Whether a request without any answer certainly had no effect: it was still to be sent when its
/// connection closed, or the server told that it would not process the stream.
pub fn is_unprocessed(reason: &(dyn StdError + 'static)) -> bool {
    let is_refusal = |refusal: &h2::Error| {
        let is_reset = refusal.is_reset() && refusal.reason() == Some(h2::Reason::REFUSED_STREAM);
        // Only streams above the last one that a GOAWAY names end with it.
        refusal.is_remote() && (is_reset || refusal.is_go_away())
    };
    matches!(reason.downcast_ref(), Some(Unanswered::NotSent { .. })) || find(reason).is_some_and(is_refusal)
}

/// Whether the next attempt would fail for the same reason.
pub fn is_permanent(reason: &(dyn StdError + 'static)) -> bool {
    match find(reason) {
        Some(ProxyFailure::Forbidden(_) | ProxyFailure::Unauthorized(_) | ProxyFailure::Impossible(_)) => true,
        Some(ProxyFailure::Failed(_)) | None => false,
    }
}

/// Whether what failed is the TLS of the server, on a connection that a proxy has opened.
fn is_behind_proxy(reason: &(dyn StdError + 'static), peer: Peer<'_>) -> bool {
    peer.transport.proxy.is_some() && peer.of_tls(reason) == TlsPeer::Server
}

fn find<'a, E: StdError + 'static>(reason: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    causes(reason).find_map(|cause| cause.downcast_ref())
}

/// Whether the peer ended the connection.
fn is_end(cause: &(dyn StdError + 'static)) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let kind = cause.downcast_ref().map(io::Error::kind);
    matches!(kind, Some(BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof))
}

fn tls_words(tls: &rustls::Error, reason: &(dyn StdError + 'static), peer: Peer<'_>) -> (String, String) {
    let was_asked = causes(reason).any(|cause| cause.is::<AskedForCertificate>());
    let is_alert = matches!(tls, rustls::Error::AlertReceived(_));
    let is_about_certificate = tls_failure::is_about_client_certificate(tls) || was_asked && is_alert;
    match peer.of_tls(reason) {
        TlsPeer::Server if is_about_certificate => {
            tls_failure::client_certificate_words(tls, peer.has_client_certificate())
        }
        of => tls_failure::words(tls, of.name()),
    }
}

/// The error for a connection whose TLS failed.
pub fn not_trusted(server: &str, operation: &Operation, what: &str, advice: &str) -> Error {
    Error::TlsFailed(format!(
        "no trusted connection to {server} while {operation}: {what}; nothing was sent{ADVICE}: {advice}; {}",
        operation.step_if_not_done()
    ))
}

pub fn error(fault: Fault, server: &str, base_url: &str, operation: &Operation, root: &str) -> Error {
    let (step_if_unknown, step_if_not_done) = (operation.step_if_unknown(), operation.step_if_not_done());
    match fault {
        Fault::Exhausted => {
            let what = Error::limit_reached(&format!("no connection to {server} while {operation}"), root);
            Error::ResourceExhausted(format!("{what}; {step_if_not_done}"))
        }
        Fault::NoRandomNumbers => {
            let what = format!("no random numbers (getrandom) for a connection to {server} while {operation}");
            Error::ResourceExhausted(format!("{}; {step_if_not_done}", Error::refused(&what, root)))
        }
        Fault::ExhaustedLater => {
            let what = Error::limit_reached(&format!("the connection to {server} failed while {operation}"), root);
            Error::ResourceExhausted(format!("{what}; {step_if_unknown}"))
        }
        Fault::NotConnected => Error::ConnectFailed(format!(
            "cannot connect to {server} while {operation}: {root}; nothing was sent{ADVICE}: \
             check {base_url}, the network and the proxy; {step_if_not_done}"
        )),
        Fault::ProxyForbids => Error::ConnectFailed(format!(
            "cannot connect to {server} while {operation}: {root}; nothing was sent{ADVICE}: \
             ask the administrator of the proxy to allow it, or call without the proxy; {step_if_not_done}"
        )),
        Fault::ProxyWantsCredentials => Error::ConnectFailed(format!(
            "cannot connect to {server} while {operation}: {root}; nothing was sent{ADVICE}: \
             put the right user:password@ before the host in the proxy's URL; {step_if_not_done}"
        )),
        Fault::NotHttp => Error::BadResponse(format!(
            "{server} sent invalid HTTP while {operation}: {root}{ADVICE}; {}; check {base_url}",
            operation.next_step()
        )),
        Fault::Lost => Error::ConnectionLost(format!(
            "the connection to {server} was lost while {operation}, before the complete answer arrived: {root}{ADVICE}; {step_if_unknown}"
        )),
    }
}

/// Whether the answer sent invalid HTTP. Behind a TLS error there is no answer at all.
fn is_not_http(reason: &(dyn StdError + 'static)) -> bool {
    let breaks_rules = |cause: &(dyn StdError + 'static)| {
        cause.downcast_ref().is_some_and(hyper::Error::is_parse)
            || cause.downcast_ref().is_some_and(h2::Error::is_library)
            || cause.downcast_ref().is_some_and(is_bad_chunk) && reason.is::<hyper::Error>()
    };
    causes(reason).any(breaks_rules) && !causes(reason).any(|cause| cause.is::<rustls::Error>())
}

/// The error kinds by which hyper reports a malformed chunk of a body.
fn is_bad_chunk(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
}
