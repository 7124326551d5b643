//! The library's lock-free tables, built on atomics that run through every order of events and every value that the
//! memory model lets a thread see.

#![cfg(test)]

#[path = "../../../../src/handles/addresses.rs"]
mod addresses;
mod atomics;
#[path = "../../../../src/handles/table.rs"]
mod table;

mod addresses_test;
mod table_test;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::model::Builder;

/// Runs `model` in every order of events in which threads are interrupted at most three times where they could go on, and
/// tells how many those were.
fn in_every_order(model: impl Fn() + Sync + Send + 'static) {
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&orders);
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    println!(" {} orders", orders.load(Ordering::Relaxed));
}
