//! Handles: what the host holds is checked, never trusted.
//!
//! A handle is a number dressed as a pointer. It is looked up and never dereferenced, so that a stale handle, a junk
//! pointer or one cut to 32 bits finds nothing.

use std::sync::Mutex;

use super::basis::{AtomicU32, AtomicU64, OnceBox, SEGMENTS};
use super::table::{self, MAX_SLOTS, Table};
use crate::call::Call;
use crate::client::Client;
use crate::error::Error;
use crate::options::Options;
use crate::queue::Queue;

/// What a handle can stand for.
pub enum Object {
    Client(Client),
    /// Setters take the lock only if it is free; a second thread is told so.
    Options(Mutex<Options>),
    Call(Call),
    Queue(Queue),
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
kind!(Queue, Queue, "anchor_queue");

static TABLE: Table<Object> =
    Table { segments: [const { OnceBox::new() }; SEGMENTS], used: AtomicU32::new(0), unused: AtomicU64::new(0) };

/// An object that a call is using: it lives at least until this is dropped.
pub type InUse<K> = table::InUse<'static, Object, K>;

/// A new handle for `object`.
pub fn insert<T>(object: Object) -> Result<*mut T, Error> {
    let handle = TABLE.insert(object).ok_or_else(|| {
        Error::ResourceExhausted(format!("{MAX_SLOTS} handles are in use: free those that you no longer need"))
    })?;
    Ok(handle as usize as *mut T)
}

/// The living object of kind `K` behind a handle, for the argument called `name`.
pub fn find<K: Kind, T>(handle: *const T, name: &str) -> Result<InUse<K>, Error> {
    if handle.is_null() {
        return Err(Error::argument(name, format_args!("is NULL: pass a live {}", K::NAME)));
    }
    TABLE.find(handle as u64, K::of).ok_or_else(|| {
        Error::InvalidHandle(format!("{name}: it was freed, or is not an {} of this library: pass a live one", K::NAME))
    })
}

/// Frees what a handle stands for; false if it stands for nothing. Calls that are using it finish first.
pub fn free<T>(handle: *mut T) -> bool {
    if let Some(queue) = TABLE.find(handle as u64, Queue::of) {
        queue.close();
    }
    TABLE.free(handle as u64)
}

#[cfg(test)]
mod tests {
    use std::ffi::c_void;
    use std::sync::Arc;
    use std::thread;

    use super::*;
    use crate::error::{ANCHOR_INTERNAL, ANCHOR_INVALID_HANDLE};
    use crate::ffi::anchor_free;
    use crate::ffi::table::TAG;

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
    fn a_destructor_that_panics_gives_a_status_and_the_slot_is_used_again() {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("on purpose");
            }
        }
        let panics = Panics;
        let log = move |_: i32, _: &str| {
            let _ = &panics;
        };
        let options = Options { log: Some(Arc::new(log)), ..Options::default() };
        let handle: *mut c_void = insert(Object::Options(Mutex::new(options))).unwrap();
        // SAFETY: a handle may be anything.
        unsafe {
            assert_eq!(anchor_free(handle), ANCHOR_INTERNAL);
            assert_eq!(anchor_free(handle), ANCHOR_INVALID_HANDLE);
        }
        assert!(free(new_call()));
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
