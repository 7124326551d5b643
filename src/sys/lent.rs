//! A value of one thread that another one uses, while the first waits for the end of the other.

/// See above.
pub struct Lent<T>(T);

// SAFETY: the two threads never use the value at once, which `new` demands.
unsafe impl<T> Send for Lent<T> {}

impl<T> Lent<T> {
    /// # Safety
    ///
    /// The two threads must never use the value at once.
    pub unsafe fn new(value: T) -> Self {
        Self(value)
    }

    /// A method, so that a closure captures the wrapper and not the value in it.
    pub fn into_inner(self) -> T {
        self.0
    }
}
