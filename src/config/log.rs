//! The host's log function.

/// A log line about an answer.
pub const ANCHOR_LOG_INFO: i32 = 20;
/// A log line about a failed attempt or a failed call.
pub const ANCHOR_LOG_WARNING: i32 = 30;

/// Takes a level and one line.
pub type Log = dyn Fn(i32, &str) + Send + Sync;
