//! Replaces `src/handles/atomics.rs`: atomics that loom watches, and tables so small that they fill up.

pub use loom::sync::atomic::Ordering;

pub const FIRST_SEGMENT: usize = 1;
pub const SEGMENTS: usize = 2;
pub const LAST_GENERATION: u64 = 3;
pub const FIRST_SLOTS: usize = 1;
pub const MAX_PROBES: usize = 1;

/// An atomic before whose every access another thread may have its turn. loom alone compares an access with the one before
/// it only, and so does not see that what another thread did before a thread's load matters to the exchange after it.
macro_rules! atomic {
    ($name:ident, $value:ty $(, $parameter:ident)?) => {
        pub struct $name$(<$parameter>)? {
            value: loom::sync::atomic::$name$(<$parameter>)?,
            turns: loom::sync::atomic::AtomicUsize,
        }

        #[allow(dead_code)]
        impl$(<$parameter>)? $name$(<$parameter>)? {
            pub fn new(value: $value) -> Self {
                Self { value: loom::sync::atomic::$name::new(value), turns: Default::default() }
            }

            /// Relaxed: it orders no other access.
            fn turn(&self) -> &loom::sync::atomic::$name$(<$parameter>)? {
                self.turns.fetch_add(1, Ordering::Relaxed);
                &self.value
            }

            pub fn load(&self, order: Ordering) -> $value {
                self.turn().load(order)
            }

            pub fn store(&self, value: $value, order: Ordering) {
                self.turn().store(value, order);
            }

            pub fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.turn().compare_exchange(old, new, success, failure)
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
                let mut known = self.load(failure);
                while let Some(next) = step(known) {
                    match self.compare_exchange_weak(known, next, success, failure) {
                        Ok(before) => return Ok(before),
                        Err(now) => known = now,
                    }
                }
                Err(known)
            }
        }
    };
}
atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);
atomic!(AtomicUsize, usize);
atomic!(AtomicPtr, *mut T, T);

impl AtomicU64 {
    pub fn fetch_sub(&self, less: u64, order: Ordering) -> u64 {
        self.turn().fetch_sub(less, order)
    }
}

/// As `once_cell::race::OnceBox`: threads that race each make a value, and the first is kept.
pub struct OnceBox<T> {
    value: AtomicPtr<T>,
}

impl<T> OnceBox<T> {
    pub fn new() -> Self {
        Self { value: AtomicPtr::new(std::ptr::null_mut()) }
    }

    pub fn get(&self) -> Option<&T> {
        // SAFETY: it is null or came from a box that is dropped with this.
        unsafe { self.value.load(Ordering::Acquire).as_ref() }
    }

    pub fn get_or_init(&self, make: impl FnOnce() -> Box<T>) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        let made = Box::into_raw(make());
        let kept = match self.value.compare_exchange(std::ptr::null_mut(), made, Ordering::Release, Ordering::Acquire) {
            Ok(_) => made,
            Err(first) => {
                // SAFETY: it came from a box just now, and no other thread saw it.
                drop(unsafe { Box::from_raw(made) });
                first
            }
        };
        // SAFETY: as in `get`, and it is not null.
        unsafe { &*kept }
    }
}

impl<T> Drop for OnceBox<T> {
    fn drop(&mut self) {
        let value = self.value.value.with_mut(|value| *value);
        if !value.is_null() {
            // SAFETY: it came from a box, and nobody uses what is dropped.
            drop(unsafe { Box::from_raw(value) });
        }
    }
}
