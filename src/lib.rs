//! The client library for Anchor Browser session recordings behind `include/anchor.h`.
//!
//! A program pauses the video of a browser session before it types a secret, and knows that it paused. The
//! product is a shared library with a C ABI, which is [`ffi`]. Only [`ffi`] and `sys`, what the operating system provides,
//! hold `unsafe` code. A call flows one way, and a value or an `error::Error` comes back the same way:
//!
//! `ffi` → `recordings` (what is asked) → `client`, `exchange` (attempts, one checked answer) → `transport` (lanes, sockets)
//!
//! An answer is JSON, checked by `answer`, or a video, which `download` puts into a `part_file`.
//!
//! The caller's thread does all the work: the HTTP client is driven to completion on it, so the library owns no
//! thread, and a deadline, a cancellation and a fork are simple things. Only a `queue`, for calls that complete later, has
//! a thread: its `driver` does for many calls what `client` does for one.

#[cfg(panic = "abort")]
compile_error!("build libanchor with panic=unwind: a panic must become a status, never the end of the host");
#[cfg(not(unix))]
compile_error!("libanchor needs a Unix system: it deals with signals, forks and descriptors");
#[cfg(not(target_pointer_width = "64"))]
compile_error!("libanchor's handles need 64-bit pointers");

mod address;
mod answer;
mod call;
mod cause;
mod client;
#[cfg(feature = "command")]
pub mod command;
mod connect;
mod download;
mod driver;
mod error;
mod exchange;
#[allow(unsafe_code)]
pub mod ffi;
#[cfg(test)]
#[path = "../tests/fuzz/mod.rs"]
mod fuzz;
mod headers;
mod json;
#[cfg(test)]
#[path = "../tests/messages/table.rs"]
mod messages;
mod notices;
mod operation;
mod options;
mod part_file;
mod pause_count;
mod process;
mod queue;
mod recordings;
mod request;
mod retry;
#[allow(unsafe_code)]
mod sys;
mod tls;
mod transport;
mod verdict;
