//! Why a request has no answer.

use std::error::Error as StdError;
use std::fmt;

use super::socket::BoxError;

/// Why a request has no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// There was no connection to send it on.
    NotConnected(BoxError),
    /// Its connection was closed before anything of it was sent. `is_new` tells whether it was the first
    /// request there.
    NotSent { reason: BoxError, is_new: bool },
    /// It may have been sent.
    Failed(BoxError),
}

impl Unanswered {
    /// Nothing was sent, on a connection that had been used before.
    pub fn not_sent(reason: impl Into<BoxError>) -> Self {
        Self::NotSent { reason: reason.into(), is_new: false }
    }

    /// The same, if the connection is a new one.
    pub fn on_new_connection(self) -> Self {
        match self {
            Self::NotSent { reason, .. } => Self::NotSent { reason, is_new: true },
            other => other,
        }
    }

    fn reason(&self) -> &BoxError {
        let (Self::NotConnected(reason) | Self::NotSent { reason, .. } | Self::Failed(reason)) = self;
        reason
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)
    }
}

impl StdError for Unanswered {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.reason().as_ref())
    }
}
