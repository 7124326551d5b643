//! What all clients with the same transport settings share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use super::budget::{IDLE_PER_RUNTIME, budget};
use super::connector::Connector;
use super::http_client::Http;
use super::pool::{PooledRuntime, pool};
use super::settings::Settings;
use super::tls::{self, Tls};
use crate::error::Error;
use crate::sys::{PerProcess, caught};

/// The transport settings that some clients have in common, so that they can share connections.
pub struct Engine {
    /// No other engine ever has the same.
    id: u64,
    settings: Arc<Settings>,
    tls: Tls,
}

/// Completes when an engine ends, because its last client does.
pub async fn engine_end() {
    engine_ends().notified().await;
}

fn engine_ends() -> &'static Notify {
    static ENDS: PerProcess<Notify> = PerProcess::new();
    ENDS.get_or_init(Notify::new)
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
        static LAST_ID: AtomicU64 = AtomicU64::new(0);
        Ok(Self {
            id: LAST_ID.fetch_add(1, Ordering::Relaxed) + 1,
            settings: Arc::clone(settings),
            tls: tls::configurations(settings)?,
        })
    }

    /// Checks out a runtime for one call.
    pub fn checkout(&self) -> Result<PooledRuntime, Error> {
        pool().checkout(self.id, || self.new_http(IDLE_PER_RUNTIME))
    }

    /// An HTTP client for concurrent calls on one thread. It keeps as many connections as they
    /// needed.
    pub fn shared_http(&self) -> Http {
        self.new_http(budget().max_requests())
    }

    fn new_http(&self, max_idle: usize) -> Http {
        let (uses_tls, proxy) = (self.settings.uses_tls(), self.settings.proxy.as_ref());
        Http::new(Connector::new(&self.tls, uses_tls, proxy), max_idle)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        pool().close_all_of(self.id);
        // The connections of queues.
        let _ = caught(|| engine_ends().notify_waiters());
    }
}
