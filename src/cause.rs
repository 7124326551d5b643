//! What lies behind an error of the HTTP client.

use std::error::Error as StdError;
use std::io;

/// Why a request has no answer, not even the head of one.
use hyper_util::client::legacy::Error as Unanswered;

use crate::error::Error;
use crate::operation::Operation;

/// What a failed attempt means: whether anything was sent, and what the person should look at.
pub fn error_from(reason: &(dyn StdError + 'static), server: &str, operation: &Operation) -> Error {
    let is_connecting = reason.downcast_ref().is_some_and(Unanswered::is_connect);
    let fault = if sources(reason).filter_map(|cause| cause.downcast_ref()).any(is_exhaustion) {
        if is_connecting { Fault::Exhausted } else { Fault::ExhaustedLater }
    } else if is_connecting && sources(reason).any(|cause| cause.is::<rustls::Error>()) {
        Fault::NotTrusted
    } else if is_connecting {
        Fault::NotConnected
    } else if is_no_http(reason) {
        Fault::NotHttp
    } else {
        Fault::Lost
    };
    error(fault, server, operation, &root_cause(reason))
}

/// What went wrong between this process and the server.
#[derive(Clone, Copy)]
pub enum Fault {
    Exhausted,
    /// Something was sent before.
    ExhaustedLater,
    NotTrusted,
    NotConnected,
    NotHttp,
    Lost,
}

pub fn error(fault: Fault, server: &str, operation: &Operation, root: &str) -> Error {
    let (next_step, step_if_not_done) = (operation.next_step(), operation.step_if_not_done());
    match fault {
        Fault::Exhausted => {
            let what = with_limit_advice(&format!("no connection to {server} while {operation}"), root);
            Error::ResourceExhausted(format!("{what}; {step_if_not_done}"))
        }
        Fault::ExhaustedLater => {
            let what = with_limit_advice(&format!("the connection to {server} failed while {operation}"), root);
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
            "{server} broke the rules of HTTP while {operation}: {root}; {next_step}; check the base URL"
        )),
        Fault::Lost => Error::ConnectionLost(format!(
            "the connection to {server} was lost while {operation}, before the whole answer came: {root}; {next_step}"
        )),
    }
}

/// Whether what came breaks the rules of HTTP. Where it breaks those of TLS nothing came at all.
fn is_no_http(reason: &(dyn StdError + 'static)) -> bool {
    let breaks_rules = |cause: &(dyn StdError + 'static)| {
        cause.downcast_ref().is_some_and(hyper::Error::is_parse)
            || cause.downcast_ref().is_some_and(h2::Error::is_library)
            || cause.downcast_ref().is_some_and(is_no_chunk) && !reason.is::<Unanswered>()
    };
    sources(reason).any(breaks_rules) && !sources(reason).any(|cause| cause.is::<rustls::Error>())
}

/// What the HTTP client says of a body that is not in the chunks that were announced.
fn is_no_chunk(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
}

fn sources<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        // An io::Error shows the source of what it wraps, not what it wraps.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
        Some(error)
    })
}

/// The innermost cause, without the error number that only a C programmer reads.
pub fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let root = sources(error).last().map(ToString::to_string).unwrap_or_default();
    root.split(" (os error").next().unwrap_or_default().to_owned()
}

/// What to say when something ran out.
pub fn exhausted(what: &str, reason: &(dyn StdError + 'static)) -> String {
    with_limit_advice(what, &root_cause(reason))
}

fn with_limit_advice(what: &str, root: &str) -> String {
    format!("{what}: {root}; raise the limit or make fewer calls at once")
}

/// Whether the process or the system ran out of something.
pub fn is_exhaustion(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM))
}
