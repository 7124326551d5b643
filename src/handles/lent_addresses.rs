//! The addresses of the strings that the host owns: a lock-free hash set.

use super::atomics::{AtomicUsize, FIRST_SLOTS, MAX_PROBES, OnceBox, Ordering};

/// An open-addressing table. Each address is within `MAX_PROBES` slots of its hash.
pub struct Addresses {
    pub slots: OnceBox<Box<[AtomicUsize]>>,
    /// A table four times as large, used when an address finds no free slot in this one.
    pub overflow: OnceBox<Addresses>,
}

impl Addresses {
    pub fn add(&self, address: usize) {
        // A host that called free() on a string left its entry behind, and malloc may have reused
        // the address.
        self.remove(address);
        let mut table = self;
        let mut size = FIRST_SLOTS;
        while !table.replace(size, 0, address) {
            table =
                table.overflow.get_or_init(|| Box::new(Addresses { slots: OnceBox::new(), overflow: OnceBox::new() }));
            size *= 4;
        }
    }

    pub fn remove(&self, address: usize) -> bool {
        let mut table = Some(self);
        let mut size = FIRST_SLOTS;
        while let Some(current) = table {
            if address != 0 && current.replace(size, address, 0) {
                return true;
            }
            table = current.overflow.get();
            size *= 4;
        }
        false
    }

    /// Replaces `old` by `new` in one slot. One of the two is 0, and the other one decides which
    /// slots are probed.
    fn replace(&self, size: usize, old: usize, new: usize) -> bool {
        let slots = self.slots.get_or_init(|| Box::new((0..size).map(|_| AtomicUsize::new(0)).collect()));
        let hash = (old | new).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        (0..MAX_PROBES).filter_map(|step| slots.get((hash + step) % size)).any(|slot| {
            slot.load(Ordering::Relaxed) == old
                && slot.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        })
    }
}
