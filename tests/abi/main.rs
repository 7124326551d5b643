//! The library through its C ABI.
//!
//! The tests call the exported functions as a C program would, through the safe wrappers in `host`
//! and `queue_host`. Most of them run against the sandbox, a stand-in for the API that misbehaves
//! on request: the session "500-once" answers its first request with 500, "stall" never answers,
//! and so on. Others run against servers of their own that send prepared bytes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod advice;
mod answers;
mod bad_input;
mod call_object;
mod callbacks;
mod canned_server;
mod certificates;
mod client_certificate;
mod connect;
mod deadline;
mod download;
mod download_places;
mod download_ranges;
mod download_resume;
mod download_streams;
mod faults;
mod folder;
mod header;
#[allow(unsafe_code)]
mod host;
mod keep_alive;
mod pause;
mod pause_count;
mod paused_server;
mod proxy;
mod queue;
#[allow(unsafe_code)]
mod queue_host;
mod recordings;
mod request;
mod retries;
mod sandbox;
mod secrets;
mod socks;
mod tls_failures;
mod tls_proxy;
mod wait;
