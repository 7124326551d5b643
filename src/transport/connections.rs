//! The connections of one HTTP client, and which of them a request uses.
//!
//! An HTTP/1 connection serves one request at a time, an HTTP/2 connection as many as its server
//! allows. Until the first connection to a server has shown which of them is spoken there, other
//! requests wait for it. With HTTP/2 they then share it, and connections are made only for those
//! that find no room.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::uri::Authority;
use tokio::sync::oneshot;

use super::http1::Http1;
use super::http2::Sender;
use super::server_connections::{self, IDLE_TIMEOUT, Multiplexed, Surplus};
use crate::sys::caught;

/// How long others wait for the limit of a new connection. A server nearby tells it at once.
const NEARBY: Duration = Duration::from_millis(2);
/// How long those wait that only a high limit gives room.
const FAR: Duration = Duration::from_secs(1);

type Server = server_connections::Server<Woken>;

/// The connections of one HTTP client. A clone is a reference.
#[derive(Clone)]
pub struct Connections(Arc<Shared>);

struct Shared {
    /// The idle connections that are kept to each server.
    max_idle: usize,
    may_be_http2: bool,
    servers: Mutex<Vec<Server>>,
}

/// What a request does next.
pub enum Next {
    Share(Part),
    Take(Http1),
    Connect(Place),
    Wait(oneshot::Receiver<Woken>),
}

/// Whether a request waits for the connection of another one.
#[derive(Clone, Copy)]
pub enum Patience {
    Fresh,
    /// It has waited long. It makes one of a few connections for itself and the others.
    Strained,
    /// The connection that it waited for could not be made. Its own attempt tells it why.
    Gone,
}

/// Why a request no longer waits.
pub enum Woken {
    /// There is room for it.
    Use(Part),
    /// It looks for room again, and perhaps makes a connection for itself and others.
    Again,
    /// The connection that it waited for could not be made.
    NotConnected,
}

/// Room for a request on a connection of HTTP/2.
pub struct Part {
    connection: Arc<Multiplexed>,
    home: Home,
}

/// Where a connection belongs: the connections of the client to one server.
#[derive(Clone)]
pub struct Home {
    connections: Connections,
    authority: Option<Authority>,
}

/// A connection that is being made.
pub struct Place {
    home: Home,
    /// Whether the connection was made, or cannot be.
    is_settled: bool,
}

impl Connections {
    pub fn new(max_idle: usize, may_be_http2: bool) -> Self {
        Self(Arc::new(Shared { max_idle, may_be_http2, servers: Mutex::default() }))
    }

    /// The connections to one server.
    pub fn to(&self, authority: Option<&Authority>) -> Home {
        Home { connections: self.clone(), authority: authority.cloned() }
    }

    /// Closes the connections that no request uses. Returns false if there is none.
    pub fn close_idle(&self) -> bool {
        let surplus = self.take_unused(Duration::ZERO);
        !surplus.is_empty()
    }

    /// Takes those that no request has used for this long, to whichever server.
    fn take_unused(&self, time: Duration) -> Surplus {
        let mut surplus = Surplus::default();
        self.lock().iter_mut().for_each(|server| server.take_unused(time, &mut surplus));
        surplus
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Server>> {
        self.0.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Home {
    /// Closes the connections of the client that no request uses.
    pub fn close_idle(&self) {
        self.connections.close_idle();
    }

    /// Has those on which no answer has arrived for this long take no other request.
    pub fn close_silent(&self, time: Duration) {
        let mut surplus = Surplus::default();
        self.with(|server| server.take_silent(time, &mut surplus));
        drop(surplus);
    }

    /// What a request does next.
    pub fn next(&self, patience: Patience) -> Next {
        let mut surplus = self.connections.take_unused(IDLE_TIMEOUT);
        loop {
            match self.choose(patience, &mut surplus) {
                // Outside of the lock, because it reads what has arrived.
                Next::Take(connection) if !connection.is_ready() => connection.close(),
                next => return next,
            }
        }
    }

    fn choose(&self, patience: Patience, surplus: &mut Surplus) -> Next {
        self.with(|server| {
            if let Some(connection) = server.with_room(surplus) {
                return Next::Share(Part { connection, home: self.clone() });
            }
            if let Some(connection) = server.take_idle() {
                return Next::Take(connection);
            }
            let is_worth_waiting = match patience {
                Patience::Fresh => server.is_room_coming(false),
                Patience::Strained => server.is_room_coming(true),
                Patience::Gone => false,
            };
            if self.connections.0.may_be_http2 && is_worth_waiting {
                return Next::Wait(server.wait());
            }
            server.begin_connecting();
            Next::Connect(Place { home: self.clone(), is_settled: false })
        })
    }

    /// Keeps a connection for the next request.
    pub fn keep(&self, connection: Http1) {
        let mut surplus = Surplus::default();
        self.with(|server| server.keep(connection, self.connections.0.max_idle, &mut surplus));
        drop(surplus);
    }

    /// Lets requests that wait use a connection, as many as have room there.
    fn share(&self, connection: &Arc<Multiplexed>) {
        self.with(|server| server.share(connection));
        self.hand_over(connection);
    }

    /// Gives the room on a connection to the requests that wait, the first one first.
    fn hand_over(&self, connection: &Arc<Multiplexed>) {
        if !self.with(|server| server.offers(connection)) {
            return self.wake(|| Woken::Again, |server| server.number_to_connect().max(1));
        }
        while let Some(waker) = self.with(|server| server.take_waiting_for(connection)) {
            let part = Part { connection: Arc::clone(connection), home: self.clone() };
            // If the request was given up meanwhile, the drop of the part hands the room to another.
            drop(caught(|| waker.send(Woken::Use(part))));
        }
    }

    /// Wakes so many requests that wait, outside of the lock.
    fn wake(&self, woken: fn() -> Woken, number: impl FnOnce(&mut Server) -> usize) {
        let mut waiting = self.with(|server| {
            let number = number(server);
            server.take_waiting(number)
        });
        while !waiting.is_empty() {
            // Those that were given up meanwhile leave their turn to others.
            let is_given_up = |waker: oneshot::Sender<Woken>| matches!(caught(|| waker.send(woken())), Ok(Err(_)));
            let given_up = waiting.into_iter().map(is_given_up).filter(|given_up| *given_up).count();
            waiting = self.with(|server| server.take_waiting(given_up));
        }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Server) -> R) -> R {
        let mut servers = self.connections.lock();
        let authority = self.authority.as_ref();
        if let Some(server) = servers.iter_mut().find(|server| server.is(authority)) {
            return work(server);
        }
        servers.retain(|server| !server.is_unused());
        let mut server = Server::new(authority);
        let result = work(&mut server);
        servers.push(server);
        result
    }
}

impl Place {
    /// The requests at once that the connection is expected to take, if it is one of HTTP/2.
    pub fn expected_streams(&self) -> usize {
        self.home.with(|server| server.most())
    }

    /// A connection of HTTP/1 was made. The requests that waited for it make their own.
    pub fn exclusive(mut self) {
        self.settle(
            || Woken::Again,
            |server| {
                server.speaks_http1();
                usize::MAX
            },
        );
    }

    /// A connection of HTTP/2 was made. Requests that wait may use it when its server has told how
    /// many it takes.
    pub fn multiplexed(mut self, sender: Sender) -> Part {
        let connection = Arc::new(Multiplexed::new(sender));
        let part = Part { connection: Arc::clone(&connection), home: self.home.clone() };
        self.home.with(|server| server.add(&connection));
        tokio::spawn(async move {
            connection.sender.limit_is_told(NEARBY).await;
            self.home.share(&connection);
            self.settle(|| Woken::Again, |server| server.number_to_connect());
            if !connection.sender.is_limit_told() {
                connection.sender.limit_is_told(FAR).await;
                self.home.share(&connection);
                self.home.wake(|| Woken::Again, |server| server.number_to_connect());
            }
        });
        part
    }

    /// The connection could not be made.
    pub fn failed(mut self) {
        self.settle(|| Woken::NotConnected, |_| usize::MAX);
    }

    fn settle(&mut self, woken: fn() -> Woken, number: impl FnOnce(&mut Server) -> usize) {
        self.is_settled = true;
        self.home.wake(woken, |server| {
            server.end_connecting();
            number(server)
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_settled {
            // Its request was given up. One that waits makes a connection in its place.
            self.settle(|| Woken::Again, |_| 1);
        }
    }
}

impl Part {
    /// Lets other requests use a new connection. Its task has the time to begin HTTP/2 before.
    pub async fn share(&self) {
        self.connection.sender.limit_is_told(NEARBY).await;
        self.home.share(&self.connection);
    }

    pub fn connection(&self) -> &Multiplexed {
        &self.connection
    }

    pub fn sender(&self) -> &Sender {
        &self.connection.sender
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.connection.end();
        self.home.hand_over(&self.connection);
    }
}

#[cfg(test)]
mod tests {
    use hyper_util::rt::TokioIo;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::transport::http2;

    /// A connection that takes two requests, and the end of its peer.
    async fn open(place: Place) -> (Part, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (theirs, _) = listener.accept().await.unwrap();
        let sender = http2::begin(TokioIo::new(ours), 2).await.unwrap();
        let part = place.multiplexed(sender);
        tokio::task::yield_now().await;
        (part, theirs)
    }

    fn place(home: &Home, may_wait: bool) -> Place {
        let Next::Connect(place) = home.next(if may_wait { Patience::Fresh } else { Patience::Gone }) else {
            panic!("no connection is to be made")
        };
        place
    }

    fn wait(home: &Home) -> oneshot::Receiver<Woken> {
        let Next::Wait(woken) = home.next(Patience::Fresh) else { panic!("the request does not wait") };
        woken
    }

    fn take(home: &Home) -> Part {
        let Next::Share(part) = home.next(Patience::Fresh) else { panic!("there is no room") };
        part
    }

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
    }

    #[test]
    fn requests_share_a_connection_up_to_its_limit_and_wait_for_the_next() {
        run(async {
            let home = Connections::new(1, true).to(None);
            let first = place(&home, true);
            let mut waiting: Vec<_> = (0..4).map(|_| wait(&home)).collect();
            let (one, _peer) = open(first).await;
            // One has room, and two make a connection for themselves and one other each.
            let woken: Vec<_> = waiting.iter_mut().map(|waiting| waiting.try_recv().ok()).collect();
            assert!(matches!(woken[..], [Some(Woken::Use(_)), Some(Woken::Again), Some(Woken::Again), None]));
            let made = [place(&home, true), place(&home, true)];
            let mut next = wait(&home);
            // The room of a request that has ended goes to the one that has waited longest.
            drop(woken);
            assert!(matches!(waiting[3].try_recv(), Ok(Woken::Use(_))));
            assert!(matches!(next.try_recv(), Ok(Woken::Use(_))));
            let _two = take(&home);
            drop((one, made));
        });
    }

    #[test]
    fn a_request_that_waits_takes_the_place_of_one_that_was_given_up_and_shares_no_failure() {
        let home = Connections::new(1, true).to(None);
        let first = place(&home, true);
        let (mut one, mut other) = (wait(&home), wait(&home));
        drop(first);
        assert!(matches!(one.try_recv(), Ok(Woken::Again)) && other.try_recv().is_err());
        place(&home, true).failed();
        assert!(matches!(other.try_recv(), Ok(Woken::NotConnected)));
        let _first = place(&home, true);
        place(&home, false).failed();
    }

    #[test]
    fn few_connections_are_made_however_many_requests_have_waited_long() {
        let home = Connections::new(1, true).to(None);
        let next = || home.next(Patience::Strained);
        let places: Vec<_> = (0..100).map(|_| next()).filter(|next| matches!(next, Next::Connect(_))).collect();
        assert_eq!(places.len(), 8);
    }

    #[test]
    fn idle_connections_are_closed_and_used_ones_are_not() {
        run(async {
            let connections = Connections::new(1, true);
            let home = connections.to(None);
            let (part, _peer) = open(place(&home, true)).await;
            connections.close_idle();
            drop(take(&home));
            drop(part);
            connections.close_idle();
            drop(place(&home, true));
        });
    }
}
