//! A table of objects that the host refers to by handles.
//!
//! A handle combines the index of a slot with the generation of the object in it. Freeing an object
//! ends its generation, so a stale handle finds nothing, even after the slot has been reused.
//!
//! A slot counts its users. An object that is freed while a lookup uses it is destroyed by the last
//! user. Unused slots form a linked list, and new ones are appended to segments that never move.

use std::cell::UnsafeCell;
use std::ops::Deref;
use std::ptr::NonNull;

use super::atomics::{AtomicU32, AtomicU64, FIRST_SEGMENT, LAST_GENERATION, OnceBox, Ordering, SEGMENTS};

/// Set in every handle, so that no handle equals an address from `malloc`.
pub(crate) const TAG: u64 = 1 << 63;
const GENERATION_SHIFT: u32 = 32;

/// The layout of a slot's state: the generation, whether its object was freed, and the number of
/// users. An object that was not freed counts as one user. The thread that brings the count to zero
/// destroys it.
const USERS: u64 = 0xFFFF_FFFF;
const FREED: u64 = 1 << 32;
const STATE_GENERATION_SHIFT: u32 = 33;

pub struct Slot<T> {
    state: AtomicU64,
    /// While the slot is unused: the index of the next unused slot, plus one.
    next: AtomicU32,
    object: UnsafeCell<Option<T>>,
}

// SAFETY: `object` is written only by the thread that took the slot from the unused list, and by
// the one that brought its users to zero. All others only read it, while they are counted as users.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T> Slot<T> {
    fn new() -> Self {
        Self { state: AtomicU64::new(0), next: AtomicU32::new(0), object: UnsafeCell::new(None) }
    }

    /// Adds a user, if this generation is alive.
    fn enter(&self, generation: u64) -> bool {
        self.change(generation, |state| state + 1).is_some()
    }

    /// Ends the generation, if it is alive: no user can be added, and the owner no longer counts as
    /// one. Returns the number of users before.
    fn end(&self, generation: u64) -> Option<u64> {
        self.change(generation, |state| (state | FREED) - 1).map(|before| before & USERS)
    }

    fn change(&self, generation: u64, step: impl Fn(u64) -> u64) -> Option<u64> {
        let step = |state: u64| {
            let is_alive = state >> STATE_GENERATION_SHIFT == generation && state & FREED == 0 && state & USERS != 0;
            is_alive.then(|| step(state))
        };
        self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, step).ok()
    }
}

/// The number of objects that can exist at once.
pub(crate) const MAX_SLOTS: u32 = (FIRST_SEGMENT * ((1 << SEGMENTS) - 1)) as u32;

pub struct Table<T> {
    /// Each is twice as long as the one before, so that a slot never moves.
    pub segments: [OnceBox<Box<[Slot<T>]>>; SEGMENTS],
    /// The number of slots that were ever used.
    pub used: AtomicU32,
    /// The head of the unused list: the index of its first slot plus one in the low 32 bits, and a
    /// counter above it that makes every state of the list unique.
    pub unused: AtomicU64,
}

impl<T> Table<T> {
    /// Stores `object` and returns its handle, or `None` if the table is full.
    pub fn insert(&self, object: T) -> Option<u64> {
        let (index, slot) = self.take_unused()?;
        let generation = (slot.state.load(Ordering::Acquire) >> STATE_GENERATION_SHIFT) + 1;
        // SAFETY: the slot was unused, and no other thread uses it until its state is stored below.
        unsafe { *slot.object.get() = Some(object) };
        slot.state.store((generation << STATE_GENERATION_SHIFT) | 1, Ordering::Release);
        Some(TAG | (generation << GENERATION_SHIFT) | u64::from(index))
    }

    /// Looks a handle up and selects a part of its object. Returns `None` if the handle is stale or
    /// invalid, or if the object has no such part.
    pub fn find<P>(&self, handle: u64, part: impl FnOnce(&T) -> Option<&P>) -> Option<InUse<'_, T, P>> {
        let (index, generation, slot) = self.decode(handle)?;
        slot.enter(generation).then_some(())?;
        let user = User { table: self, index, slot };
        // SAFETY: this thread is now counted as a user, so no thread writes the object.
        let object = unsafe { &*slot.object.get() };
        let part = NonNull::from(part(object.as_ref()?)?);
        Some(InUse { _user: user, part })
    }

    /// Frees the object of a handle, or leaves that to its last user. Returns false if the handle
    /// is stale or invalid.
    pub fn free(&self, handle: u64) -> bool {
        let Some((index, generation, slot)) = self.decode(handle) else { return false };
        let users = slot.end(generation);
        if users == Some(1) {
            self.destroy(index, slot);
        }
        users.is_some()
    }

    /// Splits a handle into the index of its slot and the generation it must have.
    fn decode(&self, handle: u64) -> Option<(u32, u64, &Slot<T>)> {
        let index = handle as u32;
        let generation = (handle & !TAG) >> GENERATION_SHIFT;
        (handle & TAG != 0).then_some(())?;
        Some((index, generation, self.slot(index)?))
    }

    fn slot(&self, index: u32) -> Option<&Slot<T>> {
        let shifted = index as usize / FIRST_SEGMENT + 1;
        let segment = shifted.ilog2() as usize;
        let offset = index as usize - FIRST_SEGMENT * ((1 << segment) - 1);
        self.segments.get(segment)?.get()?.get(offset)
    }

    /// Takes a slot from the unused list, or appends one.
    fn take_unused(&self) -> Option<(u32, &Slot<T>)> {
        let mut head = self.unused.load(Ordering::Acquire);
        while let Some(index) = (head as u32).checked_sub(1) {
            let slot = self.slot(index)?;
            let next = next_head(head, slot.next.load(Ordering::Acquire));
            match self.unused.compare_exchange_weak(head, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some((index, slot)),
                Err(now) => head = now,
            }
        }
        let append = |used: u32| (used < MAX_SLOTS).then_some(used + 1);
        let index = self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, append).ok()?;
        let segment = (index as usize / FIRST_SEGMENT + 1).ilog2() as usize;
        let size = FIRST_SEGMENT << segment;
        self.segments.get(segment)?.get_or_init(|| Box::new((0..size).map(|_| Slot::new()).collect()));
        Some((index, self.slot(index)?))
    }

    fn put_back(&self, index: u32, slot: &Slot<T>) {
        let mut head = self.unused.load(Ordering::Acquire);
        loop {
            slot.next.store(head as u32, Ordering::Release);
            let next = next_head(head, index + 1);
            match self.unused.compare_exchange_weak(head, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    fn destroy(&self, index: u32, slot: &Slot<T>) {
        // SAFETY: the slot has no users and its generation has ended, so no other thread uses it.
        let object = unsafe { (*slot.object.get()).take() };
        let generation = slot.state.load(Ordering::Acquire) >> STATE_GENERATION_SHIFT;
        slot.state.store(generation << STATE_GENERATION_SHIFT, Ordering::Release);
        // A slot that has had every generation is retired: its next handle would equal an old one.
        if generation < LAST_GENERATION {
            self.put_back(index, slot);
        }
        drop(object);
    }
}

fn next_head(head: u64, index_plus_one: u32) -> u64 {
    ((head >> 32).wrapping_add(1) << 32) | u64::from(index_plus_one)
}

/// A part of an object, which is not destroyed before this is dropped.
pub struct InUse<'t, T, P> {
    _user: User<'t, T>,
    part: NonNull<P>,
}

// SAFETY: the pointer is a shared reference into an object that all threads may use at once, and
// any thread may drop the object.
unsafe impl<T: Send + Sync, P: Sync> Send for InUse<'_, T, P> {}

impl<T, P> Deref for InUse<'_, T, P> {
    type Target = P;

    fn deref(&self) -> &P {
        // SAFETY: `part` points into the slot's object, which is not written or dropped while this
        // user is counted.
        unsafe { self.part.as_ref() }
    }
}

/// Counts as a user of a slot.
struct User<'t, T> {
    table: &'t Table<T>,
    index: u32,
    slot: &'t Slot<T>,
}

impl<T> Drop for User<'_, T> {
    /// Destroys the object if this was its last user.
    fn drop(&mut self) {
        if self.slot.state.fetch_sub(1, Ordering::AcqRel) & USERS == 1 {
            self.table.destroy(self.index, self.slot);
        }
    }
}
