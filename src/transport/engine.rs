//! What all clients with the same transport settings share.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::SemaphorePermit;

use super::connector::Connector;
use super::http_client::{Http, new_http};
use super::pool::{MAX_IDLE_CONNECTIONS, PooledRuntime, RuntimePool};
use super::settings::Settings;
use super::tls;
use crate::error::Error;
use crate::sys::{PerProcess, limits};

/// One TLS configuration and one pool of runtimes.
pub struct Engine {
    settings: Arc<Settings>,
    tls: rustls::ClientConfig,
    pool: RuntimePool,
}

/// The process's engine for these settings. It is made for the first client that needs it.
pub fn engine(settings: &Arc<Settings>) -> Result<Arc<Engine>, Error> {
    static ENGINES: PerProcess<Mutex<Vec<Weak<Engine>>>> = PerProcess::new();
    let mut engines = ENGINES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    engines.retain(|engine| engine.strong_count() > 0);
    let existing = engines.iter().filter_map(Weak::upgrade).find(|engine| engine.settings == *settings);
    if let Some(engine) = existing {
        return Ok(engine);
    }
    let engine = Arc::new(Engine::new(settings)?);
    engines.push(Arc::downgrade(&engine));
    Ok(engine)
}

impl Engine {
    fn new(settings: &Arc<Settings>) -> Result<Self, Error> {
        Ok(Self {
            settings: Arc::clone(settings),
            tls: tls::configuration(settings.uses_tls(), &settings.ca)?,
            pool: RuntimePool::new(limits::descriptors()),
        })
    }

    /// Checks out a runtime for one call.
    pub fn checkout(&self) -> Result<PooledRuntime<'_>, Error> {
        self.pool.checkout(|| self.new_http(MAX_IDLE_CONNECTIONS))
    }

    /// Waits for a permit to send a request.
    pub async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        self.pool.permit().await
    }

    /// An HTTP client for concurrent calls on one thread. It keeps as many connections as they
    /// needed.
    pub fn shared_http(&self) -> Http {
        self.new_http(self.pool.max_requests())
    }

    fn new_http(&self, max_idle_connections: usize) -> Http {
        new_http(Connector::new(self.tls.clone(), self.settings.proxy.as_ref()), max_idle_connections)
    }
}
