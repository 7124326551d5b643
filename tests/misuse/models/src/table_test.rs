//! The table of handles, used by several threads at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::cell::UnsafeCell;
use loom::sync::Arc;

use super::atomics::{AtomicU32, AtomicU64, LAST_GENERATION, OnceBox};
use super::table::{InUse, MAX_SLOTS, TAG, Table};
use super::{check_interleavings, spawn_with};

/// An object whose accesses loom checks. An access that is not ordered after its creation and
/// before its drop fails the test.
struct TrackedObject {
    number: usize,
    alive: UnsafeCell<bool>,
    drops: std::sync::Arc<AtomicUsize>,
}

impl TrackedObject {
    fn checked_number(&self) -> usize {
        // SAFETY: loom fails the test if this access races with another one.
        self.alive.with(|alive| assert!(unsafe { *alive }));
        self.number
    }
}

impl Drop for TrackedObject {
    fn drop(&mut self) {
        // SAFETY: as above.
        self.alive.with_mut(|alive| assert!(std::mem::replace(unsafe { &mut *alive }, false)));
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}

/// A table and the number of its objects that were dropped.
struct TrackedTable {
    table: Table<TrackedObject>,
    drops: std::sync::Arc<AtomicUsize>,
}

impl TrackedTable {
    fn new() -> Arc<Self> {
        let table = Table {
            segments: std::array::from_fn(|_| OnceBox::new()),
            used: AtomicU32::new(0),
            unused: AtomicU64::new(0),
        };
        Arc::new(Self { table, drops: std::sync::Arc::default() })
    }

    fn insert(&self, number: usize) -> Option<u64> {
        let drops = std::sync::Arc::clone(&self.drops);
        self.table.insert(TrackedObject { number, alive: UnsafeCell::new(true), drops })
    }

    fn find(&self, handle: u64) -> Option<InUse<'_, TrackedObject, TrackedObject>> {
        self.table.find(handle, |object| Some(object))
    }

    fn drops(&self) -> usize {
        self.drops.load(Ordering::Relaxed)
    }
}

#[test]
fn only_one_of_two_concurrent_frees_succeeds() {
    check_interleavings(|| {
        let tracked = TrackedTable::new();
        let handle = tracked.insert(7).unwrap();
        let other = spawn_with(&tracked, move |tracked| tracked.table.free(handle));
        let here = tracked.table.free(handle);
        assert!(here != other.join().unwrap());
        assert!(tracked.find(handle).is_none());
        assert_eq!(tracked.drops(), 1);
    });
}

#[test]
fn an_object_in_use_outlives_its_handle() {
    check_interleavings(|| {
        let tracked = TrackedTable::new();
        let handle = tracked.insert(7).unwrap();
        let users: Vec<_> = (0..2)
            .map(|_| {
                spawn_with(&tracked, move |tracked| {
                    if let Some(object) = tracked.find(handle) {
                        assert_eq!(object.checked_number(), 7);
                    }
                })
            })
            .collect();
        assert!(tracked.table.free(handle));
        assert!(tracked.find(handle).is_none());
        users.into_iter().for_each(|user| user.join().unwrap());
        assert_eq!(tracked.drops(), 1);
    });
}

/// A host that increments handles may guess one that is just being created.
#[test]
fn a_guessed_handle_finds_a_complete_object_or_none() {
    check_interleavings(|| {
        let tracked = TrackedTable::new();
        let before = tracked.insert(1).unwrap();
        assert!(tracked.table.free(before));
        let guess = before + (1 << 32);
        let guesser = spawn_with(&tracked, move |tracked| {
            if let Some(object) = tracked.find(guess) {
                assert_eq!(object.checked_number(), 7);
            }
            tracked.table.free(guess)
        });
        assert_eq!(tracked.insert(7), Some(guess));
        let freed = guesser.join().unwrap();
        assert_eq!(tracked.table.free(guess), !freed);
        assert_eq!(tracked.drops(), 2);
    });
}

#[test]
fn a_stale_handle_never_reaches_the_next_object_in_its_slot() {
    check_interleavings(|| {
        let tracked = TrackedTable::new();
        let old = tracked.insert(1).unwrap();
        let other = spawn_with(&tracked, move |tracked| {
            if let Some(object) = tracked.find(old) {
                assert_eq!(object.checked_number(), 1);
            }
            tracked.table.free(old)
        });
        let freed = tracked.table.free(old);
        let new = tracked.insert(2).unwrap();
        assert_ne!(new, old);
        assert!(freed != other.join().unwrap());
        assert_eq!(tracked.find(new).unwrap().checked_number(), 2);
        assert!(tracked.find(old).is_none() && !tracked.table.free(old));
        assert!(tracked.table.free(new));
        assert_eq!(tracked.drops(), 2);
    });
}

/// The ABA problem: the list of unused slots has the same head as before, but its tail has changed.
#[test]
fn no_two_objects_share_a_slot() {
    check_interleavings(|| {
        let tracked = TrackedTable::new();
        let first = tracked.insert(1).unwrap();
        let second = tracked.insert(2).unwrap();
        assert!(tracked.table.free(first) && tracked.table.free(second));
        let other = spawn_with(&tracked, move |tracked| {
            let top = tracked.insert(3).unwrap();
            let below = tracked.insert(4).unwrap();
            assert!(tracked.table.free(top));
            below
        });
        let here = tracked.insert(5).unwrap();
        let there = other.join().unwrap();
        let more = tracked.insert(6).unwrap();
        for (handle, number) in [(here, 5), (there, 4), (more, 6)] {
            assert_eq!(tracked.find(handle).unwrap().checked_number(), number);
            assert!(tracked.table.free(handle));
        }
        assert_eq!(tracked.drops(), 6);
    });
}

#[test]
fn the_first_objects_of_two_threads_get_separate_slots() {
    check_interleavings(|| {
        let tracked = TrackedTable::new();
        let threads: Vec<_> = (0..2)
            .map(|number| {
                spawn_with(&tracked, move |tracked| {
                    let handle = tracked.insert(number).unwrap();
                    assert_eq!(tracked.find(handle).unwrap().checked_number(), number);
                    handle
                })
            })
            .collect();
        let handles: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        for (number, handle) in handles.into_iter().enumerate() {
            assert_eq!(tracked.find(handle).unwrap().checked_number(), number);
            assert!(tracked.table.free(handle));
        }
        assert_eq!(tracked.drops(), 2);
    });
}

#[test]
fn a_full_table_rejects_objects_until_one_is_freed() {
    check_interleavings(|| {
        let tracked = TrackedTable::new();
        let handles: Vec<_> = (1..MAX_SLOTS as usize).map(|number| tracked.insert(number).unwrap()).collect();
        let other = spawn_with(&tracked, move |tracked| tracked.insert(10));
        let (here, there) = (tracked.insert(11), other.join().unwrap());
        assert!(here.is_some() != there.is_some());
        assert_eq!(tracked.drops(), 1);
        assert!(tracked.table.free(handles[0]));
        assert!(tracked.insert(12).is_some() && tracked.insert(13).is_none());
    });
}

/// A slot that has used all its generations is not reused.
#[test]
fn no_handle_is_issued_twice() {
    check_interleavings(|| {
        let tracked = TrackedTable::new();
        let use_up = |tracked: &TrackedTable| {
            let mut issued = Vec::new();
            for _ in 0..2 {
                let handle = tracked.insert(1).unwrap();
                assert!(tracked.table.free(handle));
                issued.push(handle);
            }
            issued
        };
        let other = spawn_with(&tracked, move |tracked| use_up(tracked));
        let mut issued = use_up(&tracked);
        issued.extend(other.join().unwrap());
        while let Some(handle) = tracked.insert(1) {
            assert!((handle & !TAG) >> 32 <= LAST_GENERATION);
            assert!(tracked.table.free(handle));
            issued.push(handle);
        }
        let count = issued.len();
        issued.sort_unstable();
        issued.dedup();
        assert_eq!(issued.len(), count);
        assert_eq!(tracked.drops(), count + 1);
    });
}
