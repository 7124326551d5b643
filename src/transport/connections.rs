//! The connections of one HTTP client, and which of them a request uses.
//!
//! An HTTP/1 connection serves one request at a time, an HTTP/2 connection as many as its server
//! allows. Until the first connection to a server has shown which of them is spoken there, other
//! requests wait for it. With HTTP/2 they then share it, and connections are made only for those
//! that find no room.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::uri::Authority;
use tokio::sync::oneshot;

use super::http1::Http1;
use super::http2::Sender;
use super::server_connections::{IDLE_TIMEOUT, Multiplexed, Server, Surplus, Woken};
use super::socket::BoxError;
use crate::sys::caught;

/// Whether a request that is given up earlier would have been answered is unknown.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

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
    Use(Lease),
    Connect(Place),
    Wait(oneshot::Receiver<Woken>),
}

/// A connection, or a part of one, for one request and its answer.
pub enum Lease {
    Exclusive(Http1, Turn),
    Multiplexed(Part, Turn),
}

/// The time in which a request waits for its answer.
pub struct Turn {
    home: Home,
    begun: Instant,
    is_answered: bool,
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

    /// Closes the connections that no request uses.
    pub fn close_idle(&self) {
        drop(self.take_unused(Duration::ZERO));
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
    /// What a request does next, which may wait for the connection of another one or not.
    pub fn next(&self, may_wait: bool) -> Next {
        let mut surplus = self.connections.take_unused(IDLE_TIMEOUT);
        loop {
            match self.choose(may_wait, &mut surplus) {
                // Outside of the lock, because it reads what has arrived.
                Next::Use(Lease::Exclusive(connection, _)) if !connection.is_ready() => connection.close(),
                next => return next,
            }
        }
    }

    fn choose(&self, may_wait: bool, surplus: &mut Surplus) -> Next {
        self.with(|server| {
            if let Some(connection) = server.with_room(surplus) {
                let part = Part { connection, home: self.clone() };
                return Next::Use(Lease::Multiplexed(part, Turn::begin(self)));
            }
            if let Some(connection) = server.take_idle() {
                return Next::Use(Lease::Exclusive(connection, Turn::begin(self)));
            }
            if self.connections.0.may_be_http2 && may_wait && server.is_room_coming() {
                return Next::Wait(server.wait());
            }
            server.begin_connecting();
            Next::Connect(Place { home: self.clone(), is_settled: false })
        })
    }

    fn keep(&self, connection: Http1) {
        let mut surplus = Surplus::default();
        self.with(|server| server.keep(connection, self.connections.0.max_idle, &mut surplus));
        drop(surplus);
    }

    /// Wakes requests that wait, outside of the lock.
    fn wake(&self, woken: Woken, number: impl FnOnce(&mut Server) -> usize) {
        let mut waiting = self.with(|server| {
            let number = number(server);
            server.take_waiting(number)
        });
        while !waiting.is_empty() {
            // Those that were given up meanwhile leave their turn to others.
            let is_given_up = |waker: oneshot::Sender<Woken>| matches!(caught(|| waker.send(woken)), Ok(Err(_)));
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
    pub fn exclusive(mut self, connection: Http1) -> Lease {
        self.settle(Woken::Room, |server| {
            server.speaks_http1();
            usize::MAX
        });
        Lease::Exclusive(connection, Turn::begin(&self.home))
    }

    /// A connection of HTTP/2 was made. Requests that wait may use it when its server has told how
    /// many it takes.
    pub fn multiplexed(mut self, connection: Multiplexed) -> Lease {
        let connection = Arc::new(connection);
        let part = Part { connection: Arc::clone(&connection), home: self.home.clone() };
        let lease = Lease::Multiplexed(part, Turn::begin(&self.home));
        self.home.with(|server| server.add(&connection));
        tokio::spawn(async move {
            connection.sender.limit_is_told().await;
            self.settle(Woken::Room, |server| server.share(&connection));
        });
        lease
    }

    /// The connection could not be made.
    pub fn failed(mut self) {
        self.settle(Woken::NotConnected, |_| usize::MAX);
    }

    fn settle(&mut self, woken: Woken, number: impl FnOnce(&mut Server) -> usize) {
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
            self.settle(Woken::Room, |_| 1);
        }
    }
}

impl Lease {
    /// The headers of the answer have arrived.
    pub fn answered(&mut self) {
        match self {
            Self::Exclusive(_, turn) => turn.is_answered = true,
            Self::Multiplexed(part, turn) => {
                part.connection.answered();
                turn.is_answered = true;
            }
        }
    }

    /// Ends the use by a request whose answer was read. The connection is kept for others, once it
    /// can take one.
    pub fn finish(mut self) {
        self.answered();
        match self {
            Self::Exclusive(connection, turn) if connection.is_ready() => turn.home.keep(connection),
            Self::Exclusive(connection, _) => connection.close(),
            Self::Multiplexed(..) => {}
        }
    }

    /// Keeps a new connection for the next request. Its task has the time to begin HTTP/2, or to see
    /// that the peer has closed it.
    pub async fn keep_ready(mut self) -> Result<(), BoxError> {
        match &mut self {
            Self::Exclusive(connection, _) if !connection.is_ready() => {
                return Err(io::Error::from(ErrorKind::UnexpectedEof).into());
            }
            Self::Exclusive(..) => {}
            Self::Multiplexed(part, _) => {
                part.connection.sender.limit_is_told().await;
                part.home.with(|server| server.share(&part.connection));
            }
        }
        self.finish();
        Ok(())
    }

    /// Whether it takes a request.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Exclusive(connection, _) => connection.is_ready(),
            Self::Multiplexed(part, _) => !part.sender().is_closing(),
        }
    }

    /// The server refused one more request than it takes on this connection.
    pub fn was_too_many(&self) {
        if let Self::Multiplexed(Part { connection, .. }, _) = self {
            connection.refused_one();
        }
    }
}

impl Turn {
    fn begin(home: &Home) -> Self {
        Self { home: home.clone(), begun: Instant::now(), is_answered: false }
    }
}

impl Drop for Turn {
    /// A server that is out of reach answers on no connection, so none of those that were silent while
    /// a request waited in vain is used again.
    fn drop(&mut self) {
        let waited = self.begun.elapsed();
        if self.is_answered || waited < SHORTEST_WAIT {
            return;
        }
        let mut surplus = Surplus::default();
        self.home.with(|server| server.take_silent(waited / 2, &mut surplus));
        drop(surplus);
    }
}

impl Part {
    pub fn sender(&self) -> &Sender {
        &self.connection.sender
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.connection.end();
        self.home.wake(Woken::Room, |_| 1);
    }
}

#[cfg(test)]
mod tests {
    use hyper_util::rt::TokioIo;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::transport::http2;

    /// A connection that takes two requests, and the end of its peer.
    async fn open(place: Place) -> (Lease, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (theirs, _) = listener.accept().await.unwrap();
        let sender = http2::begin(TokioIo::new(ours), 2).await.unwrap();
        let lease = place.multiplexed(Multiplexed::new(sender));
        tokio::task::yield_now().await;
        (lease, theirs)
    }

    fn place(home: &Home, may_wait: bool) -> Place {
        let Next::Connect(place) = home.next(may_wait) else { panic!("no connection is to be made") };
        place
    }

    fn wait(home: &Home) -> oneshot::Receiver<Woken> {
        let Next::Wait(woken) = home.next(true) else { panic!("the request does not wait") };
        woken
    }

    fn take(home: &Home) -> Lease {
        let Next::Use(lease) = home.next(true) else { panic!("there is no room") };
        lease
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
            let woken = waiting.iter_mut().filter_map(|waiting| waiting.try_recv().ok()).count();
            assert_eq!(woken, 3);
            let two = take(&home);
            let made = [place(&home, true), place(&home, true)];
            let _last = wait(&home);
            drop(two);
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
        assert!(matches!(one.try_recv(), Ok(Woken::Room)) && other.try_recv().is_err());
        place(&home, true).failed();
        assert!(matches!(other.try_recv(), Ok(Woken::NotConnected)));
        let _first = place(&home, true);
        place(&home, false).failed();
    }

    #[test]
    fn idle_connections_are_closed_and_used_ones_are_not() {
        run(async {
            let connections = Connections::new(1, true);
            let home = connections.to(None);
            let (lease, _peer) = open(place(&home, true)).await;
            connections.close_idle();
            drop(take(&home));
            drop(lease);
            connections.close_idle();
            drop(place(&home, true));
        });
    }
}
