//! Replaces `src/handles/atomics.rs`: atomics that loom controls, and tables so small that they
//! fill up.

pub use loom::sync::atomic::Ordering;

pub const FIRST_SEGMENT: usize = 1;
pub const SEGMENTS: usize = 2;
pub const LAST_GENERATION: u64 = 3;
pub const FIRST_SLOTS: usize = 1;
pub const MAX_PROBES: usize = 1;

/// An atomic that lets another thread run before every access. By itself, loom compares an access
/// only with the one before it. So it would miss orders in which another thread's access before a
/// load matters to the exchange that follows the load.
macro_rules! atomic {
    ($name:ident, $value:ty $(, $parameter:ident)?) => {
        pub struct $name$(<$parameter>)? {
            value: loom::sync::atomic::$name$(<$parameter>)?,
            yields: loom::sync::atomic::AtomicUsize,
        }

        #[allow(dead_code)]
        impl$(<$parameter>)? $name$(<$parameter>)? {
            pub fn new(value: $value) -> Self {
                Self { value: loom::sync::atomic::$name::new(value), yields: Default::default() }
            }

            /// Relaxed, so that this access orders no other.
            fn after_yield(&self) -> &loom::sync::atomic::$name$(<$parameter>)? {
                self.yields.fetch_add(1, Ordering::Relaxed);
                &self.value
            }

            pub fn load(&self, order: Ordering) -> $value {
                self.after_yield().load(order)
            }

            pub fn store(&self, value: $value, order: Ordering) {
                self.after_yield().store(value, order);
            }

            pub fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.after_yield().compare_exchange(old, new, success, failure)
            }

            pub fn compare_exchange_weak(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(old, new, success, failure)
            }

            pub fn fetch_update(
                &self,
                success: Ordering,
                failure: Ordering,
                step: impl Fn($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut current = self.load(failure);
                while let Some(next) = step(current) {
                    match self.compare_exchange_weak(current, next, success, failure) {
                        Ok(previous) => return Ok(previous),
                        Err(actual) => current = actual,
                    }
                }
                Err(current)
            }
        }
    };
}
atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);
atomic!(AtomicUsize, usize);
atomic!(AtomicPtr, *mut T, T);

impl AtomicU64 {
    pub fn fetch_sub(&self, value: u64, order: Ordering) -> u64 {
        self.after_yield().fetch_sub(value, order)
    }
}

/// Like `once_cell::race::OnceBox`: racing threads each create a value, and the first one is kept.
pub struct OnceBox<T> {
    value: AtomicPtr<T>,
}

impl<T> OnceBox<T> {
    pub fn new() -> Self {
        Self { value: AtomicPtr::new(std::ptr::null_mut()) }
    }

    pub fn get(&self) -> Option<&T> {
        // SAFETY: the pointer is null, or points to a box that is dropped with `self`.
        unsafe { self.value.load(Ordering::Acquire).as_ref() }
    }

    pub fn get_or_init(&self, create: impl FnOnce() -> Box<T>) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        let created = Box::into_raw(create());
        let kept =
            match self.value.compare_exchange(std::ptr::null_mut(), created, Ordering::Release, Ordering::Acquire) {
                Ok(_) => created,
                Err(first) => {
                    // SAFETY: the pointer was created from a box above, and no other thread has seen
                    // it.
                    drop(unsafe { Box::from_raw(created) });
                    first
                }
            };
        // SAFETY: as in `get`, and the pointer is not null.
        unsafe { &*kept }
    }
}

impl<T> Drop for OnceBox<T> {
    fn drop(&mut self) {
        let value = self.value.value.with_mut(|value| *value);
        if !value.is_null() {
            // SAFETY: the pointer was created from a box, and `&mut self` rules out other users.
            drop(unsafe { Box::from_raw(value) });
        }
    }
}
