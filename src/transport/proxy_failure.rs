//! Why a proxy that was reached gave no connection to the server.

use std::error::Error as StdError;
use std::fmt;

/// The texts say what the proxy did, and continue the name of the proxy.
#[derive(Debug, PartialEq)]
pub enum ProxyFailure {
    /// It does not allow this connection.
    Forbidden(String),
    /// The credentials are missing or wrong.
    Unauthorized(String),
    /// A later attempt would fail as well.
    Impossible(String),
    /// A later attempt may succeed.
    Failed(String),
}

impl ProxyFailure {
    pub fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }
}

impl fmt::Display for ProxyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden(text) | Self::Unauthorized(text) | Self::Impossible(text) | Self::Failed(text) => {
                write!(f, "the proxy {text}")
            }
        }
    }
}

impl StdError for ProxyFailure {}
