//! The library through its C ABI, against the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod answers;
mod bad_input;
mod callbacks;
mod canned;
mod deadline;
mod download;
mod faults;
mod folder;
mod header;
#[allow(unsafe_code)]
mod host;
mod keep_alive;
mod pause;
mod proxy;
mod queue;
#[allow(unsafe_code)]
mod queue_host;
mod recordings;
mod request;
mod resume;
mod retries;
mod sandbox;
