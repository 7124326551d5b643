//! Strings that cross the boundary.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use once_cell::race::OnceBox;

/// The bytes of a C string; `None` for NULL.
///
/// # Safety
///
/// `text` is NULL or points to a NUL-terminated string that nobody changes for as long as the result is used.
pub unsafe fn bytes<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: not NULL inside, and the caller promised the rest.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// A copy that the host owns. It comes from `malloc`, so that even a host's `free` on it does no harm. NULL if
/// there is no memory.
pub fn give_out(text: &str) -> *mut c_char {
    let text = text.as_bytes();
    // SAFETY: malloc has no preconditions.
    let copy = unsafe { libc::malloc(text.len() + 1) }.cast::<u8>();
    if !copy.is_null() {
        // SAFETY: the new block has room for the text and its NUL, and does not overlap it.
        unsafe {
            ptr::copy_nonoverlapping(text.as_ptr(), copy, text.len());
            copy.add(text.len()).write(0);
        }
        LENT.add(copy as usize);
    }
    copy.cast()
}

/// Frees a string that was given out; false if this is none.
pub fn take_back(text: *mut c_void) -> bool {
    let lent = LENT.remove(text as usize);
    if lent {
        // SAFETY: the address was lent and is no longer listed, so this block came from malloc in `give_out`, and no
        // other thread frees it too.
        unsafe { libc::free(text) };
    }
    lent
}

static LENT: Addresses = Addresses { slots: OnceBox::new(), more: OnceBox::new() };

/// The addresses of strings that the host holds. Without locks: one held by another thread during `fork` would stay
/// held in the child.
struct Addresses {
    slots: OnceBox<Box<[AtomicUsize]>>,
    /// Four times as large, for when this one is crowded.
    more: OnceBox<Addresses>,
}

const FIRST_SLOTS: usize = 1024;
/// An address stands at its hash or at one of the places behind it.
const REACH: usize = 16;

impl Addresses {
    fn add(&self, address: usize) {
        // A host that called free() itself left its entry behind; malloc may have given out the address again.
        self.remove(address);
        let mut table = self;
        let mut size = FIRST_SLOTS;
        while !table.exchange(size, 0, address) {
            table = table.more.get_or_init(|| Box::new(Addresses { slots: OnceBox::new(), more: OnceBox::new() }));
            size *= 4;
        }
    }

    fn remove(&self, address: usize) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_taken_back_once() {
        let text = give_out("text");
        // SAFETY: it was given out just now.
        assert_eq!(unsafe { bytes(text) }, Some(&b"text"[..]));
        assert!(take_back(text.cast()));
        assert!(!take_back(text.cast()));
        assert!(!take_back(ptr::null_mut()));
        let mut local = 0_u64;
        assert!(!take_back(ptr::from_mut(&mut local).cast()));
    }

    #[test]
    fn many_strings_are_known_at_once() {
        let texts: Vec<_> = (0..20_000).map(|number| give_out(&number.to_string())).collect();
        for text in texts {
            assert!(take_back(text.cast()));
        }
    }
}
