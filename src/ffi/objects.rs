//! The objects behind the host's handles.
//!
//! A handle is a number in the form of a pointer. It is looked up and never dereferenced, so a
//! stale handle, a wild pointer or one that was cut to 32 bits finds nothing. A look-up returns a
//! reference that keeps the object alive, even if another thread frees the handle meanwhile.

use std::sync::Arc;

use crate::call::Call;
use crate::client::Client;
use crate::config::Options;
use crate::error::Error;
use crate::handles::{AtomicU32, AtomicU64, MAX_SLOTS, OnceBox, SEGMENTS, Table};
use crate::queue::Queue;
use crate::sys::Exclusive;

/// An object that the host holds by a handle.
pub enum Object {
    Client(Arc<Client>),
    /// The setters never wait: a second thread gets an error.
    Options(Arc<Exclusive<Options>>),
    Call(Arc<Call>),
    Queue(Arc<Queue>),
}

/// A type of object, and its name in messages.
pub trait Kind {
    const NAME: &'static str;
    fn of(object: &Object) -> Option<&Arc<Self>>;
}

macro_rules! kind {
    ($type:ty, $variant:ident, $name:literal) => {
        impl Kind for $type {
            const NAME: &'static str = $name;
            fn of(object: &Object) -> Option<&Arc<Self>> {
                match object {
                    Object::$variant(value) => Some(value),
                    _ => None,
                }
            }
        }
    };
}
kind!(Client, Client, "anchor_client");
kind!(Exclusive<Options>, Options, "anchor_options");
kind!(Call, Call, "anchor_call");
kind!(Queue, Queue, "anchor_queue");

static TABLE: Table<Object> =
    Table { segments: [const { OnceBox::new() }; SEGMENTS], used: AtomicU32::new(0), unused: AtomicU64::new(0) };

/// Stores `object` and returns its handle.
pub fn insert<T>(object: Object) -> Result<*mut T, Error> {
    let handle = TABLE.insert(object).ok_or_else(|| {
        Error::ResourceExhausted(format!("{MAX_SLOTS} handles are in use: free those that you no longer need"))
    })?;
    Ok(handle as usize as *mut T)
}

/// Looks up the handle that was passed as the argument `name`.
pub fn find<K: Kind, T>(handle: *const T, name: &str) -> Result<Arc<K>, Error> {
    if handle.is_null() {
        return Err(Error::argument(name, format_args!("is NULL: pass a live {}", K::NAME)));
    }
    TABLE.find(handle as u64, K::of).map(|found| Arc::clone(&found)).ok_or_else(|| {
        Error::InvalidHandle(format!("{name} was freed, or is not an {} of this library: pass a live one", K::NAME))
    })
}

/// Frees the object of a handle, which lives on until the last call that uses it has ended. Returns
/// false if the handle is stale or invalid.
pub fn free<T>(handle: *mut T) -> bool {
    if let Some(queue) = TABLE.find(handle as u64, Queue::of) {
        queue.close();
    }
    TABLE.free(handle as u64)
}

#[cfg(test)]
mod tests {
    use std::ffi::c_void;
    use std::sync::atomic::Ordering;
    use std::thread;

    use super::*;
    use crate::error::{ANCHOR_INTERNAL, ANCHOR_INVALID_HANDLE};
    use crate::ffi::library::anchor_free;
    use crate::text::Line;

    const TAG: usize = 1 << 63;

    fn new_call() -> *mut Call {
        insert(Object::Call(Arc::new(Call::new()))).unwrap()
    }

    #[test]
    fn a_freed_handle_is_invalid_while_its_object_is_still_used() {
        let handle = new_call();
        let in_use = TABLE.find(handle as u64, Call::of).unwrap();
        let call = Arc::clone(&in_use);
        assert!(free(handle));
        assert!(find::<Call, _>(handle, "call").is_err());
        assert!(!free(handle));
        assert_eq!(Arc::strong_count(&call), 2);
        drop(in_use);
        assert_eq!(Arc::strong_count(&call), 1);
    }

    #[test]
    fn a_reused_slot_does_not_revive_old_handles() {
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
    fn a_wild_pointer_is_not_a_handle() {
        let handle = new_call();
        let cut = handle as usize & 0xFFFF_FFFF;
        let extended = cut as i32 as isize as usize;
        let untagged = handle as usize & !TAG;
        for junk in [1, 0x7FFF_1234_5678, usize::MAX, TAG, untagged, cut, extended, handle as usize + 7_000_000] {
            assert!(find::<Call, _>(junk as *const Call, "call").is_err(), "{junk:x}");
            assert!(!free(junk as *mut Call), "{junk:x}");
        }
        assert!(find::<Client, _>(handle, "client").is_err_and(|error| matches!(error, Error::InvalidHandle(_))));
        assert!(free(handle));
    }

    #[test]
    fn a_panic_in_a_destructor_becomes_a_status_and_the_slot_is_reused() {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("on purpose");
            }
        }
        let panics = Panics;
        let log = move |_: i32, _: &Line| {
            let _ = &panics;
        };
        let options = Options { log: Some(Arc::new(log)), ..Options::default() };
        let exclusive = Exclusive::default();
        exclusive.replace(|_: &Options| options).unwrap();
        let handle: *mut c_void = insert(Object::Options(Arc::new(exclusive))).unwrap();
        // SAFETY: a handle may be anything.
        unsafe {
            assert_eq!(anchor_free(handle), ANCHOR_INTERNAL);
            assert_eq!(anchor_free(handle), ANCHOR_INVALID_HANDLE);
        }
        assert!(free(new_call()));
    }

    #[test]
    fn if_many_threads_free_a_handle_only_one_succeeds() {
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

    #[test]
    fn many_objects_are_found_and_their_slots_reused() {
        const OBJECTS: u32 = 20_000;
        let table: Table<u32> = Table {
            segments: [const { OnceBox::new() }; SEGMENTS],
            used: AtomicU32::new(0),
            unused: AtomicU64::new(0),
        };
        for _ in 0..2 {
            let handles: Vec<_> = (0..OBJECTS).map(|number| table.insert(number).unwrap()).collect();
            for (number, handle) in (0..).zip(handles) {
                assert_eq!(table.find(handle, |number| Some(number)).map(|found| *found), Some(number));
                assert!(table.free(handle));
            }
        }
        assert_eq!(table.used.load(Ordering::Relaxed), OBJECTS);
    }

    #[test]
    fn every_slot_of_every_segment_can_be_used() {
        assert_eq!(MAX_SLOTS, (0..SEGMENTS).map(|segment| 64 << segment).sum::<u32>());
    }
}
