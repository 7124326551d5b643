//! Looking up host names: one resolver for the process.
//!
//! The system's resolver may take long, and nothing can stop it. So look-ups run on a bounded number
//! of helper threads. All callers that wait for a name share one look-up, and nothing but that
//! thread belongs to a look-up for which nobody waits any more.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use hyper_util::client::legacy::connect::dns::Name;
use once_cell::race::OnceBox;
use tokio::sync::Notify;
use tower_service::Service;

use crate::sys::{Helpers, PerProcess, StandardDescriptors};

/// They end at once, because a host that forks after a call should find no thread of the library.
static THREADS: Helpers = Helpers::new("anchor-resolver", 16, Duration::from_millis(1));
static LOOK_UPS: PerProcess<Mutex<BTreeMap<String, Arc<LookUp>>>> = PerProcess::new();

/// Looks up names for connections.
#[derive(Clone)]
pub struct Resolver;

/// A look-up that is under way or in line.
#[derive(Default)]
struct LookUp {
    outcome: OnceBox<Outcome>,
    done: Notify,
}

type Outcome = Result<Vec<SocketAddr>, Failure>;

/// An `io::Error` that several callers get.
#[derive(Clone)]
enum Failure {
    System(i32),
    Other(String),
}

/// No thread could be started for a look-up.
#[derive(Debug)]
pub struct NoThread(pub io::Error);

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = Box<dyn StdError + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move { Ok(addresses_of(name.as_str()).await?.into_iter()) })
    }
}

/// Why a call that timed out may have got no further, if the look-up of this host is not done.
pub fn pending(host: &str) -> Option<&'static str> {
    let is_pending = look_ups().contains_key(host);
    let note = match THREADS.are_exhausted() {
        true => "all threads that look up host names are waiting for the system's resolver",
        false => "the system's resolver did not answer",
    };
    is_pending.then_some(note)
}

pub async fn addresses_of(name: &str) -> Result<Vec<SocketAddr>, Box<dyn StdError + Send + Sync>> {
    let look_up = join_or_begin(name)?;
    let mut done = pin!(look_up.done.notified());
    // Before the outcome is read, so that its arrival is not missed.
    done.as_mut().enable();
    if look_up.outcome.get().is_none() {
        done.await;
    }
    match look_up.outcome.get() {
        Some(Ok(addresses)) => Ok(addresses.clone()),
        Some(Err(Failure::System(number))) => Err(io::Error::from_raw_os_error(*number).into()),
        Some(Err(Failure::Other(text))) => Err(text.clone().into()),
        None => Err("the look-up of the host name ended without a result".into()),
    }
}

fn join_or_begin(name: &str) -> Result<Arc<LookUp>, NoThread> {
    let mut look_ups = look_ups();
    if let Some(look_up) = look_ups.get(name) {
        return Ok(Arc::clone(look_up));
    }
    let look_up = Arc::<LookUp>::default();
    let end = End { name: name.to_owned(), look_up: Arc::clone(&look_up) };
    look_ups.insert(name.to_owned(), Arc::clone(&look_up));
    drop(look_ups);
    THREADS.run(move || end.look_up()).map_err(NoThread)?;
    Ok(look_up)
}

fn look_ups() -> MutexGuard<'static, BTreeMap<String, Arc<LookUp>>> {
    LOOK_UPS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// The work of a look-up. However it ends, its drop wakes those who wait.
struct End {
    name: String,
    look_up: Arc<LookUp>,
}

impl End {
    fn look_up(self) {
        if self.is_awaited() {
            let outcome = resolve(&self.name).map_err(|reason| match reason.raw_os_error() {
                Some(number) => Failure::System(number),
                None => Failure::Other(reason.to_string()),
            });
            self.look_up.outcome.get_or_init(|| Box::new(outcome));
        }
    }

    /// Whether anyone waits. If not, a later caller begins a look-up of its own.
    fn is_awaited(&self) -> bool {
        let mut look_ups = look_ups();
        // The two are the list's and this one. References are added only under the lock.
        let is_awaited = Arc::strong_count(&self.look_up) > 2;
        if !is_awaited {
            look_ups.remove(&self.name);
        }
        is_awaited
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut look_ups = look_ups();
        if look_ups.get(&self.name).is_some_and(|listed| Arc::ptr_eq(listed, &self.look_up)) {
            look_ups.remove(&self.name);
        }
        drop(look_ups);
        self.look_up.done.notify_waiters();
    }
}

fn resolve(name: &str) -> io::Result<Vec<SocketAddr>> {
    // With a trailing dot, the C library asks the DNS for it, and not /etc/hosts. No proxy is used for
    // this name, so it must not lead to another machine.
    let name = match name.trim_end_matches('.') {
        bare if bare.eq_ignore_ascii_case("localhost") => bare,
        _ => name,
    };
    let _guard = StandardDescriptors::occupy()?;
    Ok((name, 0).to_socket_addrs()?.collect())
}

impl fmt::Display for NoThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no thread can be started to look up the host name")
    }
}

impl StdError for NoThread {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_this_machine_with_a_trailing_dot_too() {
        for name in ["localhost", "localhost.", "LocalHost."] {
            let addresses = resolve(name).unwrap_or_else(|reason| panic!("{name}: {reason}"));
            assert!(addresses.iter().all(|address| address.ip().is_loopback()), "{name}: {addresses:?}");
        }
    }
}
