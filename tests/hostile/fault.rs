//! Why a behaviour failed, and whether a slow machine may be the reason.

use std::fmt;

use crate::host::Failure;

/// The status of a call that timed out.
const TIMED_OUT: i32 = 6;

pub type Checked = Result<(), Fault>;

#[derive(Debug)]
pub struct Fault {
    reason: String,
    /// Nothing is wrong except the time that it took.
    pub is_late: bool,
}

impl Fault {
    pub fn late(reason: String) -> Self {
        Self { reason, is_late: true }
    }

    /// A call that should have succeeded, or failed for another reason.
    pub fn of_call(what: &str, failure: &Failure) -> Self {
        Self { reason: format!("{what}: {failure:?}"), is_late: failure.status == TIMED_OUT }
    }

    /// Adds which part of the behaviour failed.
    pub fn within(self, part: &str) -> Self {
        Self { reason: format!("{part}: {}", self.reason), ..self }
    }
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Self { reason, is_late: false }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}
