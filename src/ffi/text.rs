//! Strings that cross the boundary.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use super::addresses::Addresses;
use super::basis::OnceBox;

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
