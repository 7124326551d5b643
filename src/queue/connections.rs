//! The connections that the calls of a queue share.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Weak};

use crate::transport::{Engine, Http};

/// One HTTP client for each engine. Its connections are shared by the calls of the queue.
#[derive(Default)]
pub struct Connections {
    clients: RefCell<Vec<HttpOfEngine>>,
    /// Whether a call ended early, so that its connection is about to be closed.
    are_closing: Cell<bool>,
}

struct HttpOfEngine {
    engine: Weak<Engine>,
    http: Http,
}

impl HttpOfEngine {
    fn is_orphan(&self) -> bool {
        self.engine.strong_count() == 0
    }
}

impl Connections {
    pub fn http(&self, engine: &Arc<Engine>) -> Http {
        let mut clients = self.clients.borrow_mut();
        if let Some(client) = clients.iter().find(|client| client.engine.as_ptr() == Arc::as_ptr(engine)) {
            return client.http.clone();
        }
        clients.retain(|client| !client.is_orphan());
        let http = engine.shared_http();
        clients.push(HttpOfEngine { engine: Arc::downgrade(engine), http: http.clone() });
        http
    }

    /// A call was given up, so that the connection that it used ends.
    pub fn expect_closing(&self) {
        self.are_closing.set(true);
    }

    /// Whether some connections are of an engine that has ended.
    pub fn has_orphans(&self) -> bool {
        self.clients.borrow().iter().any(HttpOfEngine::is_orphan)
    }

    /// Closes the connections of engines that have ended.
    pub fn close_orphans(&self) {
        let orphans: Vec<_> = self.clients.borrow_mut().extract_if(.., |client| client.is_orphan()).collect();
        orphans.iter().for_each(|client| _ = client.http.close_idle());
    }

    /// Whether there are connections to close, which takes a few turns of the runtime. Asking
    /// answers for the calls that ended since the last time.
    pub fn take_closing(&self) -> bool {
        self.are_closing.take()
    }

    /// Reads what has arrived on idle connections.
    pub async fn drain_idle(&self) {
        let clients: Vec<_> = self.clients.borrow().iter().map(|client| client.http.clone()).collect();
        for origins in clients.iter().filter_map(Http::origins) {
            origins.drain_idle().await;
        }
    }

    /// Closes the connections that no request uses.
    pub fn close_idle(&self) {
        self.clients.borrow().iter().for_each(|client| _ = client.http.close_idle());
    }
}
