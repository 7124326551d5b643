//! A proxy and its credentials.

use std::fmt;

use http::{HeaderValue, Uri};

/// The proxy for every request of a client.
#[derive(PartialEq)]
pub struct Proxy {
    pub uri: Uri,
    pub credentials: Option<HeaderValue>,
}

impl fmt::Debug for Proxy {
    /// Omits the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("uri", &self.uri).finish_non_exhaustive()
    }
}
