//! Runs the library, through its C ABI, against malicious and broken servers.
//!
//! A *behaviour* is one thing that a server can do wrong on one transport: plain HTTP/1.1, HTTP/1.1
//! over TLS, or HTTP/2. Most behaviours are rows of a table: a name, the transports, the statuses
//! that a call may return, and the script that the server follows. Each one checks that
//!
//! - the call returns an expected status, within its timeout,
//! - the result never comes from bytes that belong to another request,
//! - the same client works again once the server behaves,
//! - the process, the servers included, stays below 64 MB of memory.
//!
//! `cargo test --test hostile` runs them all; `cargo test --test hostile -- http2` runs those with
//! "http2" in their name. They run in a child process that must not crash, hang or write to stderr.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod behaviour;
mod bodies;
mod connecting;
mod desync;
mod downloads;
#[path = "../abi/folder.rs"]
mod folder;
mod frames;
mod headers;
#[allow(unsafe_code, dead_code)]
#[path = "../abi/host.rs"]
mod host;
mod http2;
mod http2_streams;
mod idle_timeouts;
mod memory;
mod peer;
mod redirects;
mod response_heads;
mod script;
mod server;
mod supervisor;
mod tls;
mod tls_server;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use behaviour::Behaviour;

/// `tests/abi/host.rs` takes the API key of its clients from `crate::sandbox`.
mod sandbox {
    pub const API_KEY: &str = "sk-canary-of-the-tests";
}

/// A name and a function that lists behaviours.
type Family = (&'static str, fn() -> Vec<Behaviour>);

const FAMILIES: [Family; 11] = [
    ("connecting", connecting::behaviours),
    ("tls", tls::behaviours),
    ("heads", response_heads::behaviours),
    ("headers", headers::behaviours),
    ("bodies", bodies::behaviours),
    ("desync", desync::behaviours),
    ("redirects", redirects::behaviours),
    ("http2", http2::behaviours),
    ("http2 streams", http2_streams::behaviours),
    ("downloads", downloads::behaviours),
    ("idle timeouts", idle_timeouts::behaviours),
];

fn main() -> ExitCode {
    if supervisor::is_child() { run_behaviours() } else { supervisor::run_child() }
}

fn run_behaviours() -> ExitCode {
    // Cargo passes on options, such as `--quiet`; every other argument is part of a name.
    let filters: Vec<_> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let (mut count, mut failed, mut peak) = (0, 0, 0);
    for (family, behaviours) in FAMILIES {
        for behaviour in behaviours() {
            let name = format!("{family}: {}", behaviour.name);
            if !filters.iter().all(|filter| name.contains(filter.as_str())) {
                continue;
            }
            memory::reset_peak();
            let outcome = catch_unwind(AssertUnwindSafe(behaviour.check));
            let megabytes = memory::peak_megabytes();
            let mut result = outcome.unwrap_or_else(|_| Err("panicked: see stderr, printed below".into()));
            if result.is_ok() && megabytes >= memory::LIMIT_MEGABYTES {
                result = Err(format!("used {megabytes} MB of memory, and the limit is {} MB", memory::LIMIT_MEGABYTES));
            }
            count += 1;
            peak = peak.max(megabytes);
            if let Err(reason) = result {
                failed += 1;
                println!("FAILED {name}: {reason}");
            }
        }
    }
    // `make test-hostile` and the table of reliability checks show this line.
    println!("{count} behaviours, {failed} failed, at most {peak} MB");
    if failed == 0 && count > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
