//! What the tests of the library share: the loopback sandbox, and a host that uses the C ABI.

#![allow(dead_code, unsafe_code, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod host;
mod sandbox;

pub use host::{Call, Client, Failure, Options};
pub use sandbox::Sandbox;
