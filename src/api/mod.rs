//! The endpoints of the API: which request each one sends, and which arguments are acceptable.
//!
//! A function here checks its arguments and returns a [`Request`](crate::exchange::Request). It
//! sends nothing.

pub mod recordings;
pub mod request;
