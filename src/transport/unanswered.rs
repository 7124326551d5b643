//! Why a request has no answer.

use std::error::Error as StdError;
use std::fmt;

use super::socket::BoxError;

/// Why a request has no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// There was no connection to send it on.
    NotConnected(BoxError),
    /// Its connection was closed before anything of it was sent.
    NotSent { reason: BoxError, is_new: bool },
    /// It may have been sent.
    Failed(BoxError),
}

impl Unanswered {
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
