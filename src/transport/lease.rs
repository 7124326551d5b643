//! A connection in the hands of one request, and what becomes of it afterwards.

use std::time::{Duration, Instant};

use super::budget::budget;
use super::connections::{Home, Part};
use super::http1::Http1;

/// Whether a request that is given up earlier would have been answered is unknown.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

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

impl Lease {
    /// Of a connection that the request has to itself.
    pub fn exclusive(connection: Http1, home: &Home) -> Self {
        Self::Exclusive(connection, Turn::begin(home))
    }

    /// Of a part of a connection.
    pub fn multiplexed(part: Part, home: &Home) -> Self {
        Self::Multiplexed(part, Turn::begin(home))
    }

    /// The headers of the answer have arrived.
    pub fn answered(&mut self) {
        match self {
            Self::Exclusive(_, turn) => turn.is_answered = true,
            Self::Multiplexed(part, turn) => {
                part.connection().answered();
                turn.is_answered = true;
            }
        }
    }

    /// Ends the use by a request whose answer was read. The connection is kept for others, if it takes
    /// one.
    pub fn finish(mut self) {
        self.answered();
        match self {
            Self::Exclusive(connection, turn) if connection.is_ready() => turn.home.keep(connection),
            Self::Exclusive(connection, _) => connection.close(),
            Self::Multiplexed(..) => {}
        }
    }

    /// Keeps a connection for the next request.
    pub async fn keep_ready(mut self) {
        let Self::Multiplexed(part, turn) = &mut self else { return self.finish() };
        part.share().await;
        part.connection().used();
        // Nothing was asked, so that silence proves nothing.
        turn.is_answered = true;
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
        if let Self::Multiplexed(part, _) = self {
            part.connection().refused_one();
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
        if budget().is_short() {
            // Its connection, which is idle now, is in the way of another one.
            self.home.close_idle();
        }
        let waited = self.begun.elapsed();
        if !self.is_answered && waited >= SHORTEST_WAIT {
            self.home.close_silent(waited / 2);
        }
    }
}
