//! The addresses of strings that the host holds. Without locks: one held by another thread during `fork` would stay held
//! in the child.

use super::basis::{AtomicUsize, FIRST_SLOTS, OnceBox, Ordering, REACH};

/// A hash table whose addresses each stand within `REACH` places of their hash.
pub struct Addresses {
    pub slots: OnceBox<Box<[AtomicUsize]>>,
    /// Four times as large, for when this one is crowded.
    pub more: OnceBox<Addresses>,
}

impl Addresses {
    pub fn add(&self, address: usize) {
        // A host that called free() itself left its entry behind; malloc may have given out the address again.
        self.remove(address);
        let mut table = self;
        let mut size = FIRST_SLOTS;
        while !table.exchange(size, 0, address) {
            table = table.more.get_or_init(|| Box::new(Addresses { slots: OnceBox::new(), more: OnceBox::new() }));
            size *= 4;
        }
    }

    pub fn remove(&self, address: usize) -> bool {
        let mut table = Some(self);
        let mut size = FIRST_SLOTS;
        while let Some(current) = table {
            if address != 0 && current.exchange(size, address, 0) {
                return true;
            }
            table = current.more.get();
            size *= 4;
        }
        false
    }

    /// Replaces `old` by `new` at one of the places where the address that is not 0 may stand.
    fn exchange(&self, size: usize, old: usize, new: usize) -> bool {
        let slots = self.slots.get_or_init(|| Box::new((0..size).map(|_| AtomicUsize::new(0)).collect()));
        let hash = (old | new).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        (0..REACH).filter_map(|step| slots.get((hash + step) % size)).any(|slot| {
            slot.load(Ordering::Relaxed) == old
                && slot.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        })
    }
}
