//! A value of one thread that another one uses, while the first waits for the end of the other.

/// See above. Whoever makes one waits for the other thread before it uses the value again.
pub struct Lent<T>(pub T);

// SAFETY: the two threads never use the value at once: its owner waits in `join` for the other's
// end.
unsafe impl<T> Send for Lent<T> {}

impl<T> Lent<T> {
    /// A method, so that a closure captures the wrapper and not the value in it.
    pub fn into_inner(self) -> T {
        self.0
    }
}
