//! The client library for Anchor Browser session recordings behind `include/anchor.h`.
//!
//! A program pauses the video of a browser session before it types a secret, and knows that it
//! paused. The product is a shared library with a C ABI.
//!
//! The modules are layers, listed here from top to bottom. Each imports only from layers below it,
//! which `tests/layers.rs` checks. A request goes down, and its answer comes back up:
//!
//! - [`ffi`] is the C ABI, and `cli` the command `anchor`. No other layer uses them.
//! - `queue` runs calls on a thread of its own.
//! - `client` runs one call on the caller's thread.
//! - `api` says what each endpoint sends.
//! - `exchange` sends a request until it has an answer that counts.
//! - `call` has the deadline, the cancellation and the outcome of one call.
//! - `config` checks settings.
//! - `transport` carries bytes.
//! - `sys` is what the operating system provides.
//! - `handles` are the tables behind the host's pointers.
//! - `error`, `operation`, `text`, `redaction`, and the meaning of the system's errors in `sys`, are the
//!   ground: every layer may use them.
//!
//! Only `ffi`, `sys` and `handles` contain `unsafe` code.

#[cfg(panic = "abort")]
compile_error!("build libanchor with panic=unwind: a panic must become a status, never the end of the host");

mod error;
mod operation;
mod redaction;
mod refusal;
mod text;

#[allow(unsafe_code)]
mod handles;
#[allow(unsafe_code)]
mod sys;

mod call;
mod config;
mod exchange;
mod transport;

mod api;
mod client;
mod queue;

#[cfg(feature = "command")]
pub mod cli;
#[allow(unsafe_code)]
pub mod ffi;

#[cfg(test)]
#[path = "../tests/fuzz/mod.rs"]
mod fuzz;
#[cfg(test)]
#[path = "../tests/messages/table.rs"]
mod messages;
