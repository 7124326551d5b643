//! The command `anchor`, run as a child process against the sandbox or a server of the test.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod api_key;
mod download;
mod every_signal;
#[path = "../abi/folder.rs"]
mod folder;
mod gated_api;
mod json;
mod man_page;
mod non_blocking;
mod options;
mod orphans;
mod packaged;
mod process;
mod proxy_variables;
#[path = "../abi/sandbox.rs"]
mod sandbox;
mod several_sessions;
mod signals;
mod subcommands;
mod terminal;
#[path = "../abi/wait.rs"]
mod wait;
mod while_paused;
