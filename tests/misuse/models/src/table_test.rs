//! What hosts may do to handles from several threads at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::atomics::{AtomicU32, AtomicU64, LAST_GENERATION, OnceBox};
use super::in_every_order;
use super::table::{InUse, MAX_SLOTS, TAG, Table};

/// An object whose every use is watched: one that is not ordered after its making and before its end fails the model.
struct Watched {
    number: usize,
    alive: UnsafeCell<bool>,
    ends: std::sync::Arc<AtomicUsize>,
}

impl Watched {
    fn used(&self) -> usize {
        // SAFETY: the model itself finds an access that is not safe.
        self.alive.with(|alive| assert!(unsafe { *alive }));
        self.number
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // SAFETY: as above.
        self.alive.with_mut(|alive| assert!(std::mem::replace(unsafe { &mut *alive }, false)));
        self.ends.fetch_add(1, Ordering::Relaxed);
    }
}

/// A table and how many of its objects have ended.
struct Watching {
    table: Table<Watched>,
    ends: std::sync::Arc<AtomicUsize>,
}

impl Watching {
    fn new() -> Arc<Self> {
        let table = Table {
            segments: std::array::from_fn(|_| OnceBox::new()),
            used: AtomicU32::new(0),
            unused: AtomicU64::new(0),
        };
        Arc::new(Self { table, ends: std::sync::Arc::default() })
    }

    fn insert(&self, number: usize) -> Option<u64> {
        let ends = std::sync::Arc::clone(&self.ends);
        self.table.insert(Watched { number, alive: UnsafeCell::new(true), ends })
    }

    fn find(&self, handle: u64) -> Option<InUse<'_, Watched, Watched>> {
        self.table.find(handle, |object| Some(object))
    }

    fn ends(&self) -> usize {
        self.ends.load(Ordering::Relaxed)
    }
}

#[test]
fn of_two_frees_one_succeeds_and_the_object_ends_once() {
    in_every_order(|| {
        let watching = Watching::new();
        let handle = watching.insert(7).unwrap();
        let other = thread::spawn({
            let watching = Arc::clone(&watching);
            move || watching.table.free(handle)
        });
        let here = watching.table.free(handle);
        assert!(here != other.join().unwrap());
        assert!(watching.find(handle).is_none());
        assert_eq!(watching.ends(), 1);
    });
}

#[test]
fn an_object_in_use_outlives_its_handle() {
    in_every_order(|| {
        let watching = Watching::new();
        let handle = watching.insert(7).unwrap();
        let users: Vec<_> = (0..2)
            .map(|_| {
                let watching = Arc::clone(&watching);
                thread::spawn(move || {
                    if let Some(object) = watching.find(handle) {
                        assert_eq!(object.used(), 7);
                    }
                })
            })
            .collect();
        assert!(watching.table.free(handle));
        assert!(watching.find(handle).is_none());
        users.into_iter().for_each(|user| user.join().unwrap());
        assert_eq!(watching.ends(), 1);
    });
}

/// A host that counts handles up may name one that is just being made.
#[test]
fn a_guessed_handle_finds_the_whole_object_or_none() {
    in_every_order(|| {
        let watching = Watching::new();
        let before = watching.insert(1).unwrap();
        assert!(watching.table.free(before));
        let guess = before + (1 << 32);
        let guesser = thread::spawn({
            let watching = Arc::clone(&watching);
            move || {
                if let Some(object) = watching.find(guess) {
                    assert_eq!(object.used(), 7);
                }
                watching.table.free(guess)
            }
        });
        assert_eq!(watching.insert(7), Some(guess));
        let freed = guesser.join().unwrap();
        assert_eq!(watching.table.free(guess), !freed);
        assert_eq!(watching.ends(), 2);
    });
}

#[test]
fn an_old_handle_never_reaches_what_stands_in_its_place() {
    in_every_order(|| {
        let watching = Watching::new();
        let old = watching.insert(1).unwrap();
        let other = thread::spawn({
            let watching = Arc::clone(&watching);
            move || {
                if let Some(object) = watching.find(old) {
                    assert_eq!(object.used(), 1);
                }
                watching.table.free(old)
            }
        });
        let freed = watching.table.free(old);
        let new = watching.insert(2).unwrap();
        assert_ne!(new, old);
        assert!(freed != other.join().unwrap());
        assert_eq!(watching.find(new).unwrap().used(), 2);
        assert!(watching.find(old).is_none() && !watching.table.free(old));
        assert!(watching.table.free(new));
        assert_eq!(watching.ends(), 2);
    });
}

/// The list of unused slots looks the same to a thread that was interrupted, but is another one.
#[test]
fn no_two_objects_share_a_slot() {
    in_every_order(|| {
        let watching = Watching::new();
        let first = watching.insert(1).unwrap();
        let second = watching.insert(2).unwrap();
        assert!(watching.table.free(first) && watching.table.free(second));
        let other = thread::spawn({
            let watching = Arc::clone(&watching);
            move || {
                let top = watching.insert(3).unwrap();
                let below = watching.insert(4).unwrap();
                assert!(watching.table.free(top));
                below
            }
        });
        let here = watching.insert(5).unwrap();
        let there = other.join().unwrap();
        let more = watching.insert(6).unwrap();
        for (handle, number) in [(here, 5), (there, 4), (more, 6)] {
            assert_eq!(watching.find(handle).unwrap().used(), number);
            assert!(watching.table.free(handle));
        }
        assert_eq!(watching.ends(), 6);
    });
}

#[test]
fn the_first_objects_of_two_threads_have_slots_of_their_own() {
    in_every_order(|| {
        let watching = Watching::new();
        let threads: Vec<_> = (0..2)
            .map(|number| {
                let watching = Arc::clone(&watching);
                thread::spawn(move || {
                    let handle = watching.insert(number).unwrap();
                    assert_eq!(watching.find(handle).unwrap().used(), number);
                    handle
                })
            })
            .collect();
        let handles: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        for (number, handle) in handles.into_iter().enumerate() {
            assert_eq!(watching.find(handle).unwrap().used(), number);
            assert!(watching.table.free(handle));
        }
        assert_eq!(watching.ends(), 2);
    });
}

#[test]
fn a_full_table_refuses_and_takes_more_once_there_is_room() {
    in_every_order(|| {
        let watching = Watching::new();
        let handles: Vec<_> = (1..MAX_SLOTS as usize).map(|number| watching.insert(number).unwrap()).collect();
        let other = thread::spawn({
            let watching = Arc::clone(&watching);
            move || watching.insert(10)
        });
        let (here, there) = (watching.insert(11), other.join().unwrap());
        assert!(here.is_some() != there.is_some());
        assert_eq!(watching.ends(), 1);
        assert!(watching.table.free(handles[0]));
        assert!(watching.insert(12).is_some() && watching.insert(13).is_none());
    });
}

/// Whatever two threads do, no handle is given twice: a slot that has had every generation is given up.
#[test]
fn no_handle_is_ever_given_again() {
    in_every_order(|| {
        let watching = Watching::new();
        let use_up = |watching: Arc<Watching>| {
            let mut given = Vec::new();
            for _ in 0..2 {
                let handle = watching.insert(1).unwrap();
                assert!(watching.table.free(handle));
                given.push(handle);
            }
            given
        };
        let other = thread::spawn({
            let watching = Arc::clone(&watching);
            move || use_up(watching)
        });
        let mut given = use_up(Arc::clone(&watching));
        given.extend(other.join().unwrap());
        while let Some(handle) = watching.insert(1) {
            assert!((handle & !TAG) >> 32 <= LAST_GENERATION);
            assert!(watching.table.free(handle));
            given.push(handle);
        }
        let times = given.len();
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), times);
        assert_eq!(watching.ends(), times + 1);
    });
}
