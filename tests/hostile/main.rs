//! The library through its C ABI, against servers that mean harm or are broken.
//!
//! `cargo test --test hostile` runs every behaviour, and with `-- http2` behind it those whose name holds "http2".
//! The behaviours run in a process of their own: it may neither crash nor hang, and its stderr must stay empty.

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
mod heads;
#[allow(unsafe_code, dead_code)]
#[path = "../abi/host.rs"]
mod host;
mod http2;
mod memory;
mod peer;
mod redirects;
mod rhythm;
mod script;
mod server;
mod streams;
mod supervisor;
mod tls;
mod tls_faults;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use behaviour::Behaviour;

/// What tests/abi/host.rs asks of its surroundings.
mod sandbox {
    pub const API_KEY: &str = "sk-canary-of-the-tests";
}

const FAMILIES: [(&str, fn() -> Vec<Behaviour>); 11] = [
    ("connecting", connecting::behaviours),
    ("tls", tls_faults::behaviours),
    ("heads", heads::behaviours),
    ("headers", headers::behaviours),
    ("bodies", bodies::behaviours),
    ("desync", desync::behaviours),
    ("redirects", redirects::behaviours),
    ("http2", http2::behaviours),
    ("streams", streams::behaviours),
    ("downloads", downloads::behaviours),
    ("rhythm", rhythm::behaviours),
];

fn main() -> ExitCode {
    if supervisor::is_child() { run() } else { supervisor::supervise() }
}

fn run() -> ExitCode {
    // What `cargo test` itself passes on begins with a dash.
    let wanted: Vec<_> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let (mut count, mut failed, mut peak) = (0, 0, 0);
    for (family, behaviours) in FAMILIES {
        for behaviour in behaviours() {
            let name = format!("{family}: {}", behaviour.name);
            if !wanted.iter().all(|word| name.contains(word.as_str())) {
                continue;
            }
            memory::reset_peak();
            let caught = catch_unwind(AssertUnwindSafe(behaviour.check));
            let megabytes = memory::peak_megabytes();
            let mut result = caught.unwrap_or_else(|_| Err("panicked, see below".into()));
            if result.is_ok() && megabytes >= memory::LIMIT_MEGABYTES {
                result = Err(format!("took {megabytes} MB of memory"));
            }
            count += 1;
            peak = peak.max(megabytes);
            if let Err(reason) = result {
                failed += 1;
                println!("FAILED {name}: {reason}");
            }
        }
    }
    println!("{count} behaviours, {failed} failed, at most {peak} MB");
    if failed == 0 && count > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
