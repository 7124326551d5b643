//! Handles: what the host holds is checked, never trusted.
//!
//! A handle is a number dressed as a pointer: the place of a slot and the generation of what stands there. It is
//! never dereferenced, and its top bit keeps it apart from every address that `malloc` gives. Freeing ends the
//! generation, so that a stale handle, a junk pointer or one cut to 32 bits finds nothing. Nothing here waits for a
//! lock: one held by another thread during `fork` would stay held in the child.

use std::cell::UnsafeCell;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use once_cell::race::OnceBox;

use crate::call::Call;
use crate::client::Client;
use crate::error::Error;
use crate::options::Options;

/// What a handle can stand for.
pub enum Object {
    Client(Client),
    /// Setters take the lock only if it is free; a second thread is told so.
    Options(Mutex<Options>),
    Call(Call),
}

/// A kind of object and how messages call it.
pub trait Kind {
    const NAME: &'static str;
    fn of(object: &Object) -> Option<&Self>;
}

macro_rules! kind {
    ($type:ty, $variant:ident, $name:literal) => {
        impl Kind for $type {
            const NAME: &'static str = $name;
            fn of(object: &Object) -> Option<&Self> {
                match object {
                    Object::$variant(value) => Some(value),
                    _ => None,
                }
            }
        }
    };
}
kind!(Client, Client, "anchor_client");
kind!(Mutex<Options>, Options, "anchor_options");
kind!(Call, Call, "anchor_call");

const TAG: u64 = 1 << 63;
const GENERATION_SHIFT: u32 = 32;
/// 31 bits; the last value is left out, because a handle cut to 32 bits and sign-extended would carry it.
const LAST_GENERATION: u64 = 0x7FFF_FFFE;

/// A slot's state: its generation, whether what stands there is freed, and how many use it. An object that is not
/// freed counts as used once; whoever brings the count to zero destroys it.
const USERS: u64 = 0xFFFF_FFFF;
const FREED: u64 = 1 << 32;
const STATE_GENERATION_SHIFT: u32 = 33;

struct Slot {
    state: AtomicU64,
    /// The next unused slot's place plus one, while this one is unused.
    next: AtomicU32,
    object: UnsafeCell<Option<Object>>,
}

// SAFETY: `object` is written only by the thread that took the slot from the list of unused ones or that brought its
// count of users to zero; all others only read it, while they are counted.
unsafe impl Sync for Slot {}

impl Slot {
    fn new() -> Self {
        Self { state: AtomicU64::new(0), next: AtomicU32::new(0), object: UnsafeCell::new(None) }
    }

    /// Counts one more user of this generation, if it lives.
    fn enter(&self, generation: u64) -> bool {
        self.change(generation, |state| state + 1).is_some()
    }

    /// Ends the generation, if it lives: nobody enters any more, and the owner's use is over. Gives the number of
    /// users until now.
    fn end(&self, generation: u64) -> Option<u64> {
        self.change(generation, |state| (state | FREED) - 1).map(|before| before & USERS)
    }

    fn change(&self, generation: u64, step: impl Fn(u64) -> u64) -> Option<u64> {
        let step = |state: u64| {
            let lives = state >> STATE_GENERATION_SHIFT == generation && state & FREED == 0 && state & USERS != 0;
            lives.then(|| step(state))
        };
        self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, step).ok()
    }
}

/// What stands in a slot is used by many threads at once and dropped by any.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Object>();
};

/// Segment `n` holds `FIRST_SEGMENT << n` slots, so that a slot never moves.
const SEGMENTS: usize = 16;
const FIRST_SEGMENT: usize = 64;
const MAX_SLOTS: u32 = (FIRST_SEGMENT * ((1 << SEGMENTS) - 1)) as u32;

struct Table {
    segments: [OnceBox<Box<[Slot]>>; SEGMENTS],
    /// Slots that were ever used.
    used: AtomicU32,
    /// The first unused slot's place plus one, below a count that makes each state of the list unique.
    unused: AtomicU64,
}

static TABLE: Table =
    Table { segments: [const { OnceBox::new() }; SEGMENTS], used: AtomicU32::new(0), unused: AtomicU64::new(0) };

impl Table {
    fn slot(&self, place: u32) -> Option<&Slot> {
        let shifted = place as usize / FIRST_SEGMENT + 1;
        let segment = shifted.ilog2() as usize;
        let offset = place as usize - FIRST_SEGMENT * ((1 << segment) - 1);
        self.segments.get(segment)?.get()?.get(offset)
    }

    /// A slot that nobody uses, for the caller alone.
    fn take_unused(&self) -> Option<(u32, &Slot)> {
        let mut head = self.unused.load(Ordering::Acquire);
        while let Some(place) = (head as u32).checked_sub(1) {
            let slot = self.slot(place)?;
            let next = next_head(head, slot.next.load(Ordering::Acquire));
            match self.unused.compare_exchange_weak(head, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some((place, slot)),
                Err(now) => head = now,
            }
        }
        let more = |used: u32| (used < MAX_SLOTS).then_some(used + 1);
        let place = self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        let segment = (place as usize / FIRST_SEGMENT + 1).ilog2() as usize;
        let size = FIRST_SEGMENT << segment;
        self.segments.get(segment)?.get_or_init(|| Box::new((0..size).map(|_| Slot::new()).collect()));
        Some((place, self.slot(place)?))
    }

    fn give_back(&self, place: u32, slot: &Slot) {
        let mut head = self.unused.load(Ordering::Acquire);
        loop {
            slot.next.store(head as u32, Ordering::Release);
            match self.unused.compare_exchange_weak(
                head,
                next_head(head, place + 1),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// The slot that a handle names and the generation that it must have.
    fn find(&self, handle: u64) -> Option<(u32, u64, &Slot)> {
        let place = handle as u32;
        let generation = (handle & !TAG) >> GENERATION_SHIFT;
        (handle & TAG != 0).then_some(())?;
        Some((place, generation, self.slot(place)?))
    }
}

fn next_head(head: u64, place: u32) -> u64 {
    ((head >> 32).wrapping_add(1) << 32) | u64::from(place)
}

/// An object that a call is using: it lives at least until this is dropped.
pub struct InUse<K> {
    place: u32,
    slot: &'static Slot,
    value: NonNull<K>,
}

impl<K> Deref for InUse<K> {
    type Target = K;

    fn deref(&self) -> &K {
        // SAFETY: `value` points into the slot's object, which nobody writes or drops while this user is counted.
        unsafe { self.value.as_ref() }
    }
}

impl<K> Drop for InUse<K> {
    fn drop(&mut self) {
        leave(self.place, self.slot);
    }
}

/// Ends one use of a slot, and destroys the object if it was the last.
fn leave(place: u32, slot: &Slot) {
    if slot.state.fetch_sub(1, Ordering::AcqRel) & USERS == 1 {
        destroy(place, slot);
    }
}

fn destroy(place: u32, slot: &Slot) {
    // SAFETY: the count of users is zero and the generation is over, so this thread is alone with the slot.
    let object = unsafe { (*slot.object.get()).take() };
    let generation = slot.state.load(Ordering::Acquire) >> STATE_GENERATION_SHIFT;
    slot.state.store(generation << STATE_GENERATION_SHIFT, Ordering::Release);
    // A slot that has had every generation stays out of use: its next handle would equal an old one.
    if generation < LAST_GENERATION {
        TABLE.give_back(place, slot);
    }
    drop(object);
}

/// A new handle for `object`.
pub fn insert<T>(object: Object) -> Result<*mut T, Error> {
    let Some((place, slot)) = TABLE.take_unused() else {
        return Err(Error::ResourceExhausted(format!("{MAX_SLOTS} handles are in use: free those that are done with")));
    };
    let generation = (slot.state.load(Ordering::Acquire) >> STATE_GENERATION_SHIFT) + 1;
    // SAFETY: the slot was unused and is this thread's alone until its state is stored below.
    unsafe { *slot.object.get() = Some(object) };
    slot.state.store((generation << STATE_GENERATION_SHIFT) | 1, Ordering::Release);
    Ok((TAG | (generation << GENERATION_SHIFT) | u64::from(place)) as usize as *mut T)
}

/// The living object of kind `K` behind a handle, for the argument called `name`.
pub fn find<K: Kind, T>(handle: *const T, name: &str) -> Result<InUse<K>, Error> {
    if handle.is_null() {
        return Err(Error::argument(name, format_args!("is NULL: pass a live {}", K::NAME)));
    }
    let wrong = || Error::InvalidHandle(format!("{name} is no live {}: it was freed, or never was one", K::NAME));
    let (place, generation, slot) = TABLE.find(handle as u64).ok_or_else(wrong)?;
    if !slot.enter(generation) {
        return Err(wrong());
    }
    // SAFETY: this thread is now a counted user, so nobody writes the object.
    let object = unsafe { &*slot.object.get() };
    match object.as_ref().and_then(K::of) {
        Some(value) => Ok(InUse { place, slot, value: NonNull::from(value) }),
        None => {
            leave(place, slot);
            Err(wrong())
        }
    }
}

/// Frees what a handle stands for; false if it stands for nothing. Calls that are using it finish first.
pub fn free<T>(handle: *mut T) -> bool {
    let Some((place, generation, slot)) = TABLE.find(handle as u64) else { return false };
    let users = slot.end(generation);
    if users == Some(1) {
        destroy(place, slot);
    }
    users.is_some()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn new_call() -> *mut Call {
        insert(Object::Call(Call::new())).unwrap()
    }

    #[test]
    fn a_freed_handle_is_dead_while_its_object_is_in_use() {
        let handle = new_call();
        let in_use = find::<Call, _>(handle, "call").unwrap();
        assert!(free(handle));
        assert!(find::<Call, _>(handle, "call").is_err());
        assert!(!free(handle));
        in_use.cancel();
    }

    #[test]
    fn a_slot_that_is_used_again_does_not_revive_old_handles() {
        let old = new_call();
        assert!(free(old));
        let new: Vec<_> = (0..100).map(|_| new_call()).collect();
        assert!(find::<Call, _>(old, "call").is_err());
        assert!(!free(old));
        for handle in new {
            assert!(free(handle));
        }
    }

    #[test]
    fn junk_is_no_handle() {
        let handle = new_call();
        let cut = handle as usize & 0xFFFF_FFFF;
        let extended = cut as i32 as isize as usize;
        for junk in [1, 0x7FFF_1234_5678, usize::MAX, TAG as usize, cut, extended, handle as usize + 7_000_000] {
            assert!(find::<Call, _>(junk as *const Call, "call").is_err(), "{junk:x}");
            assert!(!free(junk as *mut Call), "{junk:x}");
        }
        assert!(find::<Client, _>(handle, "client").is_err_and(|error| matches!(error, Error::InvalidHandle(_))));
        assert!(free(handle));
    }

    #[test]
    fn of_many_threads_that_free_one_handle_one_succeeds() {
        for _ in 0..200 {
            let handle = new_call() as usize;
            let frees = || {
                let _ = find::<Call, _>(handle as *const Call, "call").map(|call| call.cancel());
                free(handle as *mut Call)
            };
            let freed = thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(frees)).collect();
                threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|freed| *freed).count()
            });
            assert_eq!(freed, 1);
        }
    }
}
