//! The host's log function, and what it receives.

use std::sync::Arc;

use crate::redaction::Redactor;
use crate::text::Line;

/// A log line about an attempt that succeeded.
pub const ANCHOR_LOG_INFO: i32 = 20;
/// A log line about a failed attempt or a failed call.
pub const ANCHOR_LOG_WARNING: i32 = 30;

/// Takes a level and one line.
pub type LogFunction = dyn Fn(i32, &Line) + Send + Sync;

/// The log of a client.
pub struct Log {
    function: Arc<LogFunction>,
    redactor: Arc<Redactor>,
}

impl Log {
    pub fn new(function: Arc<LogFunction>, redactor: Arc<Redactor>) -> Self {
        Self { function, redactor }
    }

    /// Passes a line to the host.
    pub fn write(&self, level: i32, text: &str) {
        (self.function)(level, &Line::new(text, &self.redactor));
    }
}
