//! One call: its deadline, its cancellation, its outcome, and the events that its host sees.
//!
//! A [`Call`] is what the host holds as `anchor_call`. [`Call::begin`] reserves it for one call at
//! a time and returns a [`CallGuard`], through which the work records what it learns.
//! [`CallEvents`] collects log lines and progress, and delivers them between two slices of the
//! work.

mod events;
mod object;
mod outcome;

pub use events::CallEvents;
pub use object::{Call, CallGuard, Ended, Progress, QueueBinding};
pub use outcome::Outcome;
