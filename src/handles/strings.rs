//! Strings that the host owns until it passes them to `anchor_free`.

use std::ffi::{c_char, c_void};
use std::ptr;

use super::atomics::OnceBox;
use super::lent_addresses::Addresses;

static LENT_STRINGS: Addresses = Addresses { slots: OnceBox::new(), overflow: OnceBox::new() };

/// A copy for the host, NULL if there is no memory. It comes from `malloc`, so that a host that
/// calls `free` on it does no harm.
pub fn lend_string(text: &str) -> *mut c_char {
    let text = text.as_bytes();
    // SAFETY: malloc has no preconditions.
    let copy = unsafe { libc::malloc(text.len() + 1) }.cast::<u8>();
    if !copy.is_null() {
        // SAFETY: the new block has room for the text and its NUL, and does not overlap it.
        unsafe {
            ptr::copy_nonoverlapping(text.as_ptr(), copy, text.len());
            copy.add(text.len()).write(0);
        }
        LENT_STRINGS.add(copy as usize);
    }
    copy.cast()
}

/// Frees a string that was lent. Returns false for any other pointer.
pub fn free_string(text: *mut c_void) -> bool {
    let was_lent = LENT_STRINGS.remove(text as usize);
    if was_lent {
        // SAFETY: the address was listed, so this block came from malloc in `lend_string`. It is no
        // longer listed, so no other thread frees it too.
        unsafe { libc::free(text) };
    }
    was_lent
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn a_string_can_be_freed_once() {
        let text = lend_string("text");
        // SAFETY: the string was lent just now.
        assert_eq!(unsafe { CStr::from_ptr(text) }, c"text");
        assert!(free_string(text.cast()));
        assert!(!free_string(text.cast()));
        assert!(!free_string(ptr::null_mut()));
        let mut local = 0_u64;
        assert!(!free_string(ptr::from_mut(&mut local).cast()));
    }

    #[test]
    fn many_strings_can_be_lent_at_once() {
        let texts: Vec<_> = (0..20_000).map(|number| lend_string(&number.to_string())).collect();
        for text in texts {
            assert!(free_string(text.cast()));
        }
    }

    #[test]
    fn a_hundred_strings_fit_into_the_first_table() {
        let addresses = Addresses { slots: OnceBox::new(), overflow: OnceBox::new() };
        (1..=100).for_each(|number| addresses.add(number * 32));
        assert!(addresses.overflow.get().is_none());
    }
}
