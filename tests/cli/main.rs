//! The command `anchor`, as a process of its own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod anchor;
mod calls;
mod download;
mod every_signal;
#[path = "../abi/folder.rs"]
mod folder;
mod gated_api;
mod key;
mod orphans;
mod packaged;
#[path = "../abi/sandbox.rs"]
mod sandbox;
mod settings;
mod signals;
mod terminal;
mod while_paused;
