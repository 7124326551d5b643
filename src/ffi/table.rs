//! A table of objects that are known by handles.
//!
//! A handle is the place of a slot and the generation of what stands there. Freeing ends the generation, so that a stale
//! handle finds nothing. Nothing here waits for a lock: one held by another thread during `fork` would stay held in the
//! child.

use std::cell::UnsafeCell;
use std::ops::Deref;
use std::ptr::NonNull;

use super::basis::{AtomicU32, AtomicU64, FIRST_SEGMENT, LAST_GENERATION, OnceBox, Ordering, SEGMENTS};

/// Set in every handle: it keeps them apart from all addresses that `malloc` gives.
pub(super) const TAG: u64 = 1 << 63;
const GENERATION_SHIFT: u32 = 32;

/// A slot's state: its generation, whether what stands there is freed, and how many use it. An object that is not
/// freed counts as used once; whoever brings the count to zero destroys it.
const USERS: u64 = 0xFFFF_FFFF;
const FREED: u64 = 1 << 32;
const STATE_GENERATION_SHIFT: u32 = 33;

pub struct Slot<T> {
    state: AtomicU64,
    /// The next unused slot's place plus one, while this one is unused.
    next: AtomicU32,
    object: UnsafeCell<Option<T>>,
}

// SAFETY: `object` is written only by the thread that took the slot from the list of unused ones or that brought its
// count of users to zero; all others only read it, while they are counted.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T> Slot<T> {
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

/// How many objects there can be at once.
pub(super) const MAX_SLOTS: u32 = (FIRST_SEGMENT * ((1 << SEGMENTS) - 1)) as u32;

pub struct Table<T> {
    /// Each twice as long as the one before, so that a slot never moves.
    pub segments: [OnceBox<Box<[Slot<T>]>>; SEGMENTS],
    /// Slots that were ever used.
    pub used: AtomicU32,
    /// The first unused slot's place plus one, below a count that makes each state of the list unique.
    pub unused: AtomicU64,
}

impl<T> Table<T> {
    /// A new handle for `object`; `None` if there is no room.
    pub fn insert(&self, object: T) -> Option<u64> {
        let (place, slot) = self.take_unused()?;
        let generation = (slot.state.load(Ordering::Acquire) >> STATE_GENERATION_SHIFT) + 1;
        // SAFETY: the slot was unused and is this thread's alone until its state is stored below.
        unsafe { *slot.object.get() = Some(object) };
        slot.state.store((generation << STATE_GENERATION_SHIFT) | 1, Ordering::Release);
        Some(TAG | (generation << GENERATION_SHIFT) | u64::from(place))
    }

    /// The part of the living object behind a handle; `None` if there is no such object, or it has no such part.
    pub fn find<P>(&self, handle: u64, part: impl FnOnce(&T) -> Option<&P>) -> Option<InUse<'_, T, P>> {
        let (place, generation, slot) = self.named(handle)?;
        slot.enter(generation).then_some(())?;
        let entered = Entered { table: self, place, slot };
        // SAFETY: this thread is now a counted user, so nobody writes the object.
        let object = unsafe { &*slot.object.get() };
        let part = NonNull::from(part(object.as_ref()?)?);
        Some(InUse { _entered: entered, part })
    }

    /// Frees what a handle stands for; false if it stands for nothing. Whoever is using it finishes first.
    pub fn free(&self, handle: u64) -> bool {
        let Some((place, generation, slot)) = self.named(handle) else { return false };
        let users = slot.end(generation);
        if users == Some(1) {
            self.destroy(place, slot);
        }
        users.is_some()
    }

    /// The slot that a handle names and the generation that it must have.
    fn named(&self, handle: u64) -> Option<(u32, u64, &Slot<T>)> {
        let place = handle as u32;
        let generation = (handle & !TAG) >> GENERATION_SHIFT;
        (handle & TAG != 0).then_some(())?;
        Some((place, generation, self.slot(place)?))
    }

    fn slot(&self, place: u32) -> Option<&Slot<T>> {
        let shifted = place as usize / FIRST_SEGMENT + 1;
        let segment = shifted.ilog2() as usize;
        let offset = place as usize - FIRST_SEGMENT * ((1 << segment) - 1);
        self.segments.get(segment)?.get()?.get(offset)
    }

    /// A slot that nobody uses, for the caller alone.
    fn take_unused(&self) -> Option<(u32, &Slot<T>)> {
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

    fn give_back(&self, place: u32, slot: &Slot<T>) {
        let mut head = self.unused.load(Ordering::Acquire);
        loop {
            slot.next.store(head as u32, Ordering::Release);
            let next = next_head(head, place + 1);
            match self.unused.compare_exchange_weak(head, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    fn destroy(&self, place: u32, slot: &Slot<T>) {
        // SAFETY: the count of users is zero and the generation is over, so this thread is alone with the slot.
        let object = unsafe { (*slot.object.get()).take() };
        let generation = slot.state.load(Ordering::Acquire) >> STATE_GENERATION_SHIFT;
        slot.state.store(generation << STATE_GENERATION_SHIFT, Ordering::Release);
        // A slot that has had every generation stays out of use: its next handle would equal an old one.
        if generation < LAST_GENERATION {
            self.give_back(place, slot);
        }
        drop(object);
    }
}

fn next_head(head: u64, place: u32) -> u64 {
    ((head >> 32).wrapping_add(1) << 32) | u64::from(place)
}

/// Part of an object that a call is using: the object lives at least until this is dropped.
pub struct InUse<'t, T, P> {
    _entered: Entered<'t, T>,
    part: NonNull<P>,
}

// SAFETY: the pointer is a shared reference to a part of an object that all threads may use at once, and whichever
// thread drops the last use may drop the object.
unsafe impl<T: Send + Sync, P: Sync> Send for InUse<'_, T, P> {}

impl<T, P> Deref for InUse<'_, T, P> {
    type Target = P;

    fn deref(&self) -> &P {
        // SAFETY: `part` points into the slot's object, which nobody writes or drops while this user is counted.
        unsafe { self.part.as_ref() }
    }
}

/// One use of a slot.
struct Entered<'t, T> {
    table: &'t Table<T>,
    place: u32,
    slot: &'t Slot<T>,
}

impl<T> Drop for Entered<'_, T> {
    /// Destroys the object if this was its last use.
    fn drop(&mut self) {
        if self.slot.state.fetch_sub(1, Ordering::AcqRel) & USERS == 1 {
            self.table.destroy(self.place, self.slot);
        }
    }
}
