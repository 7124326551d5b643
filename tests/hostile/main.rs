//! Runs the library, through its C ABI, against malicious and broken servers.
//!
//! A *behaviour* is one thing that a server can do wrong on one transport: plain HTTP/1.1, HTTP/1.1
//! over TLS, or HTTP/2. Most behaviours are rows of a table: a name, the transports, the statuses
//! that a call may return, and the script that the server follows. Each one checks that
//!
//! - the call returns an expected status, within its timeout,
//! - the result never comes from bytes that belong to another request,
//! - the same client works again once the server behaves,
//! - it adds less than 48 MB to the memory of the process, the servers included.
//!
//! A behaviour that fails only by its time is run again by itself, after all the others, before it
//! counts: a busy machine makes calls late.
//!
//! `cargo test --test hostile` runs them all; `cargo test --test hostile -- http2` runs those with
//! "http2" in their name. They run in a child process that must not crash, hang or write to stderr.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod behaviour;
mod bodies;
mod connecting;
mod desync;
mod downloads;
mod fault;
#[path = "../abi/folder.rs"]
mod folder;
mod frames;
mod headers;
#[allow(unsafe_code, dead_code)]
#[path = "../abi/host.rs"]
mod host;
mod http2;
mod http2_streams;
mod idle_floods;
mod idle_timeouts;
mod many_calls;
mod memory;
mod peer;
#[allow(unsafe_code, dead_code)]
#[path = "../abi/queue_host.rs"]
mod queue_host;
mod redirects;
mod refused_streams;
mod response_heads;
mod script;
mod server;
mod shared_connections;
mod supervisor;
mod tls;
mod tls_server;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use behaviour::Behaviour;
use fault::{Checked, Fault};

/// `tests/abi/host.rs` takes the API key of its clients from `crate::sandbox`.
mod sandbox {
    pub const API_KEY: &str = "sk-canary-of-the-tests";
}

/// A name and a function that lists behaviours.
type Family = (&'static str, fn() -> Vec<Behaviour>);

const FAMILIES: [Family; 15] = [
    ("connecting", connecting::behaviours),
    ("tls", tls::behaviours),
    ("heads", response_heads::behaviours),
    ("headers", headers::behaviours),
    ("bodies", bodies::behaviours),
    ("desync", desync::behaviours),
    ("redirects", redirects::behaviours),
    ("http2", http2::behaviours),
    ("http2 streams", http2_streams::behaviours),
    ("refused streams", refused_streams::behaviours),
    ("many calls", many_calls::behaviours),
    ("downloads", downloads::behaviours),
    ("idle timeouts", idle_timeouts::behaviours),
    ("idle floods", idle_floods::behaviours),
    // The last one, because what it needs for downloads stays in the heap.
    ("shared connections", shared_connections::behaviours),
];

fn main() -> ExitCode {
    if supervisor::is_child() { run_behaviours() } else { supervisor::run_child() }
}

/// A behaviour that failed only by its time.
struct Late {
    name: String,
    /// Makes it again, as number `index` of its list.
    family: fn() -> Vec<Behaviour>,
    index: usize,
    fault: Fault,
    took: Duration,
}

/// Figures for the last line.
#[derive(Default)]
struct Summary {
    count: usize,
    failed: usize,
    peak_megabytes: u64,
}

fn run_behaviours() -> ExitCode {
    // Cargo passes on options, such as `--quiet`; every other argument is part of a name.
    let filters: Vec<_> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let (mut summary, mut late) = (Summary::default(), vec![]);
    for (family_name, family) in FAMILIES {
        for (index, behaviour) in family().into_iter().enumerate() {
            let name = format!("{family_name}: {}", behaviour.name);
            if !filters.iter().all(|filter| name.contains(filter.as_str())) {
                continue;
            }
            summary.count += 1;
            let (result, took) = run(behaviour, &mut summary);
            match result {
                Ok(()) => {}
                Err(fault) if fault.is_late => late.push(Late { name, family, index, fault, took }),
                Err(fault) => summary.fail(&name, &fault),
            }
        }
    }
    late.into_iter().for_each(|late| run_again(late, &mut summary));
    memory::reset_peak();
    let left = memory::peak_megabytes();
    if left >= memory::MOST_MEGABYTES {
        summary.fail("all together", &format!("{left} MB are left at the end").into());
    }
    // `make test-hostile` and the table of reliability checks show this line.
    let Summary { count, failed, peak_megabytes } = summary;
    println!("{count} behaviours, {failed} failed, at most {peak_megabytes} MB");
    if failed == 0 && count > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a behaviour, and returns how long it took.
fn run(behaviour: Behaviour, summary: &mut Summary) -> (Checked, Duration) {
    memory::reset_peak();
    let before = memory::peak_megabytes();
    let start = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(behaviour.check));
    let took = start.elapsed();
    let megabytes = memory::peak_megabytes() - before;
    summary.peak_megabytes = summary.peak_megabytes.max(megabytes);
    let result = outcome.unwrap_or_else(|_| Err("panicked: see stderr, printed below".to_owned().into()));
    if result.is_ok() && megabytes >= memory::MOST_MEGABYTES {
        let most = memory::MOST_MEGABYTES;
        return (Err(format!("added {megabytes} MB to {before} MB, and the limit is {most} MB").into()), took);
    }
    (result, took)
}

/// Runs a behaviour by itself that was late among the others. Only this result counts.
fn run_again(late: Late, summary: &mut Summary) {
    let Late { name, family, index, fault, took } = late;
    let (result, took_alone) = run(family().swap_remove(index), summary);
    let verdict = if result.is_ok() { "passed" } else { "failed" };
    println!("LATE {name}: {fault} (took {took:.2?}; by itself it {verdict} in {took_alone:.2?})");
    if let Err(fault) = result {
        summary.fail(&name, &fault);
    }
}

impl Summary {
    fn fail(&mut self, name: &str, fault: &Fault) {
        self.failed += 1;
        println!("FAILED {name}: {fault}");
    }
}
