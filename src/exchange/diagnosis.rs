//! What an error of the HTTP client means for the caller.
//!
//! Each failed attempt is traced to a [`Fault`]: it decides the status, whether anything was sent,
//! and what the message advises.

use std::error::Error as StdError;
use std::io;

/// The error of a request that received no response.
use hyper_util::client::legacy::Error as Unanswered;

use crate::error::Error;
use crate::operation::Operation;
use crate::sys::errors::is_exhaustion;
use crate::text::{causes, root_cause};

/// What went wrong between this process and the server.
#[derive(Clone, Copy)]
pub enum Fault {
    /// Descriptors or memory ran out while connecting.
    Exhausted,
    /// Descriptors or memory ran out after something was sent.
    ExhaustedLater,
    NotTrusted,
    NotConnected,
    NotHttp,
    Lost,
}

/// The error for an attempt that the HTTP client gave up for `reason`.
pub fn error_from(reason: &(dyn StdError + 'static), server: &str, operation: &Operation) -> Error {
    let was_connecting = reason.downcast_ref().is_some_and(Unanswered::is_connect);
    let fault = if causes(reason).filter_map(|cause| cause.downcast_ref()).any(is_exhaustion) {
        if was_connecting { Fault::Exhausted } else { Fault::ExhaustedLater }
    } else if was_connecting && causes(reason).any(|cause| cause.is::<rustls::Error>()) {
        Fault::NotTrusted
    } else if was_connecting {
        Fault::NotConnected
    } else if is_not_http(reason) {
        Fault::NotHttp
    } else {
        Fault::Lost
    };
    error(fault, server, operation, &root_cause(reason))
}

pub fn error(fault: Fault, server: &str, operation: &Operation, root: &str) -> Error {
    let (next_step, step_if_not_done) = (operation.next_step(), operation.step_if_not_done());
    match fault {
        Fault::Exhausted => {
            let what = Error::limit_reached(&format!("no connection to {server} while {operation}"), root);
            Error::ResourceExhausted(format!("{what}; {step_if_not_done}"))
        }
        Fault::ExhaustedLater => {
            let what = Error::limit_reached(&format!("the connection to {server} failed while {operation}"), root);
            Error::ResourceExhausted(format!("{what}; {next_step}"))
        }
        Fault::NotTrusted => Error::TlsFailed(format!(
            "no trusted connection to {server} while {operation}: {root}; nothing was sent: \
             check the server's certificate, and pass its CA as the CA file if it is your own; {step_if_not_done}"
        )),
        Fault::NotConnected => Error::ConnectFailed(format!(
            "cannot connect to {server} while {operation}: {root}; nothing was sent: \
             check the base URL, the network and the proxy; {step_if_not_done}"
        )),
        Fault::NotHttp => Error::BadResponse(format!(
            "{server} sent invalid HTTP while {operation}: {root}; {next_step}; check the base URL"
        )),
        Fault::Lost => Error::ConnectionLost(format!(
            "the connection to {server} was lost while {operation}, before the complete answer arrived: {root}; {next_step}"
        )),
    }
}

/// Whether the answer sent invalid HTTP. Behind a TLS error there is no answer at all.
fn is_not_http(reason: &(dyn StdError + 'static)) -> bool {
    let breaks_rules = |cause: &(dyn StdError + 'static)| {
        cause.downcast_ref().is_some_and(hyper::Error::is_parse)
            || cause.downcast_ref().is_some_and(h2::Error::is_library)
            || cause.downcast_ref().is_some_and(is_bad_chunk) && !reason.is::<Unanswered>()
    };
    causes(reason).any(breaks_rules) && !causes(reason).any(|cause| cause.is::<rustls::Error>())
}

/// The error kinds by which the HTTP client reports a malformed chunk of a body.
fn is_bad_chunk(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
}
