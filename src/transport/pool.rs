//! The pool of runtimes of the process.
//!
//! A runtime and its HTTP clients work only while a caller drives them. Each call checks out a
//! runtime of its own, so that no caller slows another. At the limit, or when descriptors run out,
//! callers share runtimes.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Instant;

use tokio::runtime::{EnterGuard, Runtime};
use tokio::sync::Notify;

use super::budget::{RuntimeRoom, budget};
use super::http_client::Http;
use super::runtime::{keep_timer_armed, new_runtime, poll_idle_sockets};
use super::server_connections::IDLE_TIMEOUT;
use crate::error::Error;
use crate::sys::{PerProcess, caught, fork};

#[derive(Default)]
pub struct RuntimePool {
    runtimes: Mutex<Runtimes>,
}

#[derive(Default)]
struct Runtimes {
    /// In the order of their last use.
    idle: Vec<(Arc<SharedRuntime>, Instant)>,
    busy: BTreeMap<usize, Arc<SharedRuntime>>,
}

/// A runtime and its HTTP clients.
struct SharedRuntime {
    /// `None` only during the drop.
    runtime: Option<Runtime>,
    /// One for each engine whose calls share the runtime, with the id of the engine.
    clients: Mutex<Vec<(u64, Http)>>,
    /// Whether driving it failed: the host has closed its descriptors.
    is_broken: AtomicBool,
    /// Wakes the callers that wait for another one to drive it.
    breakage: Notify,
    _room: RuntimeRoom,
}

/// A runtime that a call has checked out. Dropping it returns the runtime to its pool.
pub struct PooledRuntime {
    pool: &'static RuntimePool,
    /// `None` only during the drop.
    runtime: Option<Arc<SharedRuntime>>,
    http: Http,
    engine: u64,
    process: u64,
    /// Whether the runtime was idle, so that the state of its connections may be out of date.
    is_stale: Cell<bool>,
    /// Whether the runtime is being driven. If that ended in a panic, it cannot be used again.
    is_driven: Cell<bool>,
}

/// The pool of this process. A forked child begins with an empty one.
pub fn pool() -> &'static RuntimePool {
    static POOL: PerProcess<RuntimePool> = PerProcess::new();
    POOL.get_or_init(|| {
        budget().when_short(|| pool().close_oldest() || pool().close_unused());
        RuntimePool::default()
    })
}

impl RuntimePool {
    /// The idle runtime that was used last for this engine, else a new one in place of the one that
    /// was idle for longest, else the busy one with the fewest callers.
    pub fn checkout(&'static self, engine: u64, new_http: impl FnOnce() -> Http) -> Result<PooledRuntime, Error> {
        let mut runtimes = self.lock();
        runtimes.close_expired();
        let used_before = runtimes.idle.iter().rposition(|(runtime, _)| runtime.serves(engine));
        let (runtime, is_stale) = match used_before.map(|index| runtimes.idle.remove(index)) {
            Some((runtime, _)) => (runtime, true),
            None => (runtimes.new_or_shared()?, false),
        };
        runtimes.busy.insert(key(&runtime), Arc::clone(&runtime));
        let http = runtime.http(engine, new_http);
        let (process, is_stale) = (fork::generation(), Cell::new(is_stale));
        let is_driven = Cell::new(false);
        Ok(PooledRuntime { pool: self, runtime: Some(runtime), http, engine, process, is_stale, is_driven })
    }

    /// Closes the idle runtimes of an engine that no client uses any more.
    pub fn close_all_of(&self, engine: u64) {
        let mut runtimes = self.lock();
        let (closed, kept) =
            std::mem::take(&mut runtimes.idle).into_iter().partition(|(runtime, _)| runtime.serves(engine));
        runtimes.idle = kept;
        drop(runtimes);
        drop::<Vec<_>>(closed);
    }

    /// Closes the runtime that was idle for longest, with its connections. Returns false if there is
    /// none.
    fn close_oldest(&self) -> bool {
        let mut runtimes = self.lock();
        let oldest = runtimes.take_oldest();
        drop(runtimes);
        oldest.is_some()
    }

    /// Closes the connections of busy runtimes that no request uses. Returns false if there is none.
    fn close_unused(&self) -> bool {
        let runtimes = self.lock();
        let clients = runtimes.busy.values().flat_map(|runtime| runtime.clients().clone());
        let clients: Vec<_> = clients.map(|(_, http)| http).collect();
        drop(runtimes);
        clients.iter().filter(|http| caught(|| http.close_idle()).unwrap_or(false)).count() > 0
    }

    /// A panic under the lock leaves nothing that a later caller could not use.
    fn lock(&self) -> MutexGuard<'_, Runtimes> {
        self.runtimes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runtimes {
    fn close_expired(&mut self) {
        let kept = self.idle.iter().position(|(_, since)| since.elapsed() < IDLE_TIMEOUT);
        self.idle.drain(..kept.unwrap_or(self.idle.len()));
    }

    fn take_oldest(&mut self) -> Option<Arc<SharedRuntime>> {
        (!self.idle.is_empty()).then(|| self.idle.remove(0).0)
    }

    fn new_or_shared(&mut self) -> Result<Arc<SharedRuntime>, Error> {
        let others = |runtimes: &Self| runtimes.idle.len() + runtimes.busy.len();
        let room = budget().runtime(others(self)).or_else(|| {
            self.take_oldest()?;
            budget().runtime(others(self))
        });
        let Some(room) = room else {
            let no_room = || {
                Error::ResourceExhausted(
                    "no descriptors for another connection; raise the limit or make fewer calls at once".into(),
                )
            };
            return self.idle_or_shared().ok_or_else(no_room);
        };
        SharedRuntime::new(room).map(Arc::new).or_else(|error| self.idle_or_shared().ok_or(error))
    }

    /// A runtime of another engine, which is used because no other one can be made.
    fn idle_or_shared(&mut self) -> Option<Arc<SharedRuntime>> {
        self.idle.pop().map(|(runtime, _)| runtime).or_else(|| self.shared())
    }

    fn shared(&self) -> Option<Arc<SharedRuntime>> {
        self.busy.values().min_by_key(|runtime| Arc::strong_count(runtime)).cloned()
    }
}

impl SharedRuntime {
    fn new(room: RuntimeRoom) -> Result<Self, Error> {
        let runtime = new_runtime()?;
        runtime.spawn(keep_timer_armed());
        Ok(Self {
            runtime: Some(runtime),
            clients: Mutex::default(),
            is_broken: AtomicBool::new(false),
            breakage: Notify::new(),
            _room: room,
        })
    }

    fn serves(&self, engine: u64) -> bool {
        self.clients().iter().any(|(id, _)| *id == engine)
    }

    fn http(&self, engine: u64, new_http: impl FnOnce() -> Http) -> Http {
        let mut clients = self.clients();
        if let Some((_, http)) = clients.iter().find(|(id, _)| *id == engine) {
            return http.clone();
        }
        let http = new_http();
        clients.push((engine, http.clone()));
        http
    }

    fn clients(&self) -> MutexGuard<'_, Vec<(u64, Http)>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PooledRuntime {
    /// The client whose requests `run` drives.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Drives `work` to completion on this thread.
    pub fn run<W: Future>(&self, work: W) -> Result<W::Output, Error> {
        let runtime = self.runtime()?;
        self.is_driven.set(true);
        let watch = Breakage(self);
        let done = match watch.is_shared() {
            true => runtime.block_on(async { watch.before(work).await }),
            false => Ok(runtime.block_on(async {
                if self.is_stale.take() {
                    self.freshen().await;
                }
                work.await
            })),
        };
        self.is_driven.set(false);
        done
    }

    /// Notices connections that were closed while nobody drove the runtime, and data that nobody
    /// asked for: it must not be mistaken for the answer to this call.
    async fn freshen(&self) {
        poll_idle_sockets().await;
        if let Some(origins) = self.http.origins() {
            origins.drain_idle().await;
        }
    }

    /// Has the runtime closed when its last caller is done, and gives it to no other caller.
    pub fn discard(&self) {
        if let Some(runtime) = &self.runtime {
            self.pool.lock().busy.remove(&key(runtime));
        }
    }

    /// Enters the runtime, to drop work that is done.
    pub fn enter(&self) -> Result<EnterGuard<'_>, Error> {
        Ok(self.runtime()?.enter())
    }

    /// Drops work that is not done. Its connection then returns to the HTTP client, which needs the
    /// runtime. Inside of it, what it wakes needs no descriptor, which the host may have closed.
    pub fn abandon<W>(&self, work: W) {
        let Ok(runtime) = self.runtime() else { return };
        self.is_driven.set(true);
        let _watch = Breakage(self);
        if caught(|| runtime.block_on(async { drop(work) })).is_ok() {
            self.is_driven.set(false);
        }
    }

    fn runtime(&self) -> Result<&Runtime, Error> {
        let shared = self.runtime.as_ref();
        shared.and_then(|shared| shared.runtime.as_ref()).ok_or_else(|| Error::Internal("the runtime is closed".into()))
    }
}

/// Tells the callers that share a runtime when driving it fails. A caller that waits for another
/// one to drive it would never be woken otherwise.
struct Breakage<'a>(&'a PooledRuntime);

impl Breakage<'_> {
    /// Whether other callers use the runtime, too. If not, only this one and the pool have it.
    fn is_shared(&self) -> bool {
        self.0.runtime.as_ref().is_some_and(|shared| Arc::strong_count(shared) > 2)
    }

    /// Does `work`, unless the runtime breaks.
    async fn before<W: Future>(&self, work: W) -> Result<W::Output, Error> {
        let Some(shared) = &self.0.runtime else { return Err(closed()) };
        let mut work = pin!(work);
        let mut breakage = pin!(shared.breakage.notified());
        poll_fn(|context| {
            if breakage.as_mut().poll(context).is_ready() || shared.is_broken.load(Ordering::Acquire) {
                return Poll::Ready(Err(closed()));
            }
            work.as_mut().poll(context).map(Ok)
        })
        .await
    }
}

impl Drop for Breakage<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0.runtime.as_ref().filter(|_| self.0.is_driven.get()) {
            shared.is_broken.store(true, Ordering::Release);
            self.0.discard();
            let _ = caught(|| shared.breakage.notify_waiters());
        }
    }
}

fn closed() -> Error {
    Error::Internal("the descriptors of the connection were closed by the process".into())
}

impl Drop for PooledRuntime {
    fn drop(&mut self) {
        if self.process != fork::generation() {
            // In a forked child, the runtime and its pool belong to the parent.
            std::mem::forget(self.runtime.take());
            return;
        }
        let mut runtimes = self.pool.lock();
        // References are made and dropped only under the lock. Two of them are this one and the
        // entry in `busy`, unless the runtime was discarded.
        let Some(runtime) = self.runtime.take().filter(|runtime| Arc::strong_count(runtime) == 2) else { return };
        let is_intact = runtimes.busy.remove(&key(&runtime)).is_some() && !self.is_driven.get();
        // The budget may be smaller than when the runtime was made.
        if is_intact && runtimes.idle.len() + runtimes.busy.len() < budget().max_runtimes() {
            // Only the budget of one engine's idle connections is set aside for each runtime.
            runtime.clients().retain(|(engine, _)| *engine == self.engine);
            runtimes.idle.push((runtime, Instant::now()));
        }
    }
}

/// Identifies a runtime among all that are alive.
fn key(runtime: &Arc<SharedRuntime>) -> usize {
    Arc::as_ptr(runtime).addr()
}

impl Drop for SharedRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::transport::connector::Connector;
    use crate::transport::settings::Settings;
    use crate::transport::tls;

    #[test]
    fn every_runtime_returns_to_the_pool_however_many_share_it() {
        let pool: &'static RuntimePool = Box::leak(Box::default());
        let settings = Settings { https: false, ca: vec![], client_certificate: None, proxy: None };
        let tls = tls::configurations(&settings).unwrap();
        thread::scope(|scope| {
            for caller in 0..32 {
                let tls = &tls;
                scope.spawn(move || {
                    for call in 0..1000 {
                        let new_http = || Http::new(Connector::new(tls, false, None), 1);
                        let _runtime = pool.checkout((caller + call) % 10, new_http).unwrap();
                        thread::yield_now();
                    }
                });
            }
        });
        let runtimes = pool.lock();
        assert_eq!(runtimes.busy.len(), 0);
        assert!(!runtimes.idle.is_empty());
        assert!(runtimes.idle.iter().all(|(runtime, _)| runtime.clients().len() == 1));
    }
}
