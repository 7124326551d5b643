//! How bytes travel: runtimes, connections, TLS and name look-up.
//!
//! An [`Engine`] is one TLS configuration and one pool of runtimes. All clients of a process with
//! the same transport settings share it. A runtime is single-threaded, has an HTTP client with its
//! own connections, and works only while a caller drives it. Each call checks out a runtime of its
//! own, so that no caller slows another. At the limit, or when descriptors run out, callers share
//! runtimes.

mod connector;
mod engine;
mod http_client;
mod pool;
mod runtime;
mod settings;
mod socket;
mod tls;

pub use engine::{Engine, engine};
pub use http_client::{Http, HttpResponse};
pub use pool::PooledRuntime;
pub use runtime::new_runtime;
pub use settings::{Proxy, Settings};
