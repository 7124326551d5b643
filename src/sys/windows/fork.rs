//! Which process this is: the only one, because a process does not fork.

/// A number that no ancestor of this process has used.
pub fn generation() -> u64 {
    1
}

/// What a fork calls: before it, after it in the parent, and in the child.
type Handler = Option<unsafe extern "C" fn()>;

/// Has functions called at every fork from now on, or returns false.
pub fn call_at_forks(_before: Handler, _after: Handler, _in_child: Handler) -> bool {
    true
}
