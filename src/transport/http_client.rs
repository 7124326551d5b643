//! The HTTP client: hyper's, with its pool of connections.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client as HyperClient, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connector::Connector;
use super::guarded::{InFlight, Origins};
use super::idle::Connections;

/// An idle connection is closed after this time.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

pub type HttpResponse = http::Response<Incoming>;

/// A client with its own connections. A clone is a reference.
#[derive(Clone)]
pub struct Http {
    client: HyperClient<Connector, Full<Bytes>>,
    /// Its connections, if they are closed one by one.
    connections: Option<Arc<Connections>>,
    origins: Option<Arc<Origins>>,
}

impl Http {
    /// A client that keeps up to `max_idle` connections to each host.
    pub fn new(connector: Connector, max_idle: usize) -> Self {
        let (connections, origins) = (connector.connections().cloned(), connector.origins().cloned());
        let client = HyperClient::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(max_idle)
            .build(connector);
        Self { client, connections, origins }
    }

    /// Keeps the connections to the origin of this URL open until the value is dropped, however much
    /// their peer sends.
    pub fn begin(&self, url: &Uri) -> Option<InFlight> {
        self.origins.as_ref().map(|origins| origins.requests(url).begin())
    }

    pub fn request(&self, message: http::Request<Full<Bytes>>) -> ResponseFuture {
        self.client.request(message)
    }

    /// The origins of connections that may be of HTTP/2, if there can be any.
    pub fn origins(&self) -> Option<&Origins> {
        self.origins.as_deref()
    }

    /// Closes the connections that no request uses, if they can be closed one by one.
    pub fn close_idle(&self) {
        if let Some(connections) = &self.connections {
            connections.close_idle();
        }
    }
}
