//! The HTTP client: hyper's, with its pool of connections.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connector::Connector;

/// An idle connection is closed after this time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

pub type Http = HyperClient<Connector, Full<Bytes>>;
pub type HttpResponse = http::Response<Incoming>;

pub fn new_http(connector: Connector, max_idle_connections: usize) -> Http {
    HyperClient::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(max_idle_connections)
        .build(connector)
}
