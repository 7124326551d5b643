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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use super::*;
    use crate::text::causes;
    use crate::transport::idle::ClosedUnused;
    use crate::transport::settings::Settings;
    use crate::transport::tls;

    /// A busy host may not let its runtime send the request for longer than the connection is left
    /// alone.
    #[test]
    fn a_request_whose_new_connection_was_closed_for_another_one_knows_that_it_was_not_sent() {
        let settings = Settings { https: false, ca: vec![], client_certificate: None, proxy: None };
        let connections = Arc::<Connections>::default();
        let connector =
            Connector::new(&tls::configurations(&settings).unwrap(), false, None, Some(connections.clone()));
        let http = Http::new(connector, 1);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let close_when_new = async {
            while !connections.is_any_new() {
                tokio::task::yield_now().await;
            }
            std::thread::sleep(Duration::from_millis(1100));
            connections.close_idle();
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let request = http.request(http::Request::get(url).body(Full::default()).unwrap());
        let (answered, ()) = runtime.block_on(async { tokio::join!(request, close_when_new) });
        assert!(causes(&answered.unwrap_err()).any(|cause| cause.is::<ClosedUnused>()));
    }
}
