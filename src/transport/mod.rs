//! How bytes travel: runtimes, connections, TLS and name look-up.
//!
//! An [`Engine`] is one TLS configuration. All clients of a process with the same transport settings
//! share it. A runtime is single-threaded, has an HTTP client with its own connections for each
//! engine that uses it, and works only while a caller drives it. All runtimes of a process are in
//! one pool, and all descriptors in one budget.

mod body;
mod budget;
mod client_certificate;
mod connections;
mod connector;
mod engine;
mod guarded;
mod http1;
mod http2;
mod http_client;
mod lease;
mod permits;
mod pool;
mod proxy;
mod proxy_failure;
mod resolver;
mod runtime;
mod server_connections;
mod settings;
mod slice;
mod socket;
mod socks;
mod through_proxy;
mod tls;
mod trust_store;
mod tunnel;
mod unanswered;
mod wire;

pub use body::AnswerBody;
pub(crate) use budget::RUNTIME_DESCRIPTORS;
pub use budget::{Need, RequestPermit, budget};
pub use client_certificate::{AskedForCertificate, ClientCertificate, TlsPeer};
pub use engine::{Engine, engine, engine_end};
pub use http_client::{Http, HttpResponse};
pub use lease::Lease;
pub use pool::PooledRuntime;
pub use proxy::{Credentials, Proxy, ProxyProtocol};
pub use proxy_failure::ProxyFailure;
pub use resolver::{NoThread, pending as pending_look_up};
pub use runtime::{keep_timer_armed, new_runtime, poll_idle_sockets};
pub(crate) use server_connections::IDLE_TIMEOUT;
pub use settings::Settings;
pub use socket::BoxError;
// For the tests of arbitrary input.
#[cfg(test)]
pub use socks::{Target, connect as connect_by_socks};
pub use through_proxy::ProxyConnectionFailed;
pub use tls::prepare_cryptography;
#[cfg(test)]
pub use tunnel::open as open_tunnel;
pub use unanswered::Unanswered;
