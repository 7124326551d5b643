//! Completion queues: calls bound to one return at once and deliver their results there.
//!
//! One thread per queue, the worker, does the work of all its calls. It starts with the first call
//! and ends when the queue is freed. The host waits for completions in [`Queue::next`], or polls
//! the queue's descriptor in an event loop of its own.

mod completions;
mod connections;
mod driver;
mod job;
mod object;
mod worker;

pub use completions::Completion;
pub use object::Queue;
