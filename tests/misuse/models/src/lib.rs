//! Models of the lock-free tables of the library, checked with loom.
//!
//! The tables are compiled from the library's own source files, on top of the atomics of this
//! package instead of those of the standard library. loom runs each test once for every
//! interleaving of its threads and every value that the memory model allows a load to return.

#![cfg(test)]

mod atomics;
#[path = "../../../../src/handles/lent_addresses.rs"]
mod lent_addresses;
#[path = "../../../../src/handles/table.rs"]
mod table;

mod lent_addresses_test;
mod table_test;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::model::Builder;
use loom::thread::{self, JoinHandle};

/// Runs `model` in every interleaving with at most three preemptions, and prints their number.
fn check_interleavings(model: impl Fn() + Sync + Send + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        model();
    });
    // tests/misuse/run.py adds up these lines.
    println!(" {} orders", count.load(Ordering::Relaxed));
}

/// Starts a thread that uses a shared object.
fn spawn_with<T: 'static, R: 'static>(
    shared: &loom::sync::Arc<T>,
    run: impl FnOnce(&T) -> R + 'static,
) -> JoinHandle<R> {
    let shared = loom::sync::Arc::clone(shared);
    thread::spawn(move || run(&shared))
}
