"""The defences, what is left when each is taken out, and the test that must fail then."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    name: str
    file: str
    #: The text of the defence, which the file holds once.
    defence: str
    without: str
    #: A shell command in the root of the sources.
    test: str


def abi(test):
    """One test of the library through its C ABI."""
    return f"timeout 120 cargo test --quiet --locked --test abi -- {test}"


MUTATIONS = [
    Mutation(
        "blocking SIGPIPE",
        "src/ffi/guard.rs",
        "[c_int; 2] = [libc::SIGPIPE, libc::SIGXFSZ]",
        "[c_int; 1] = [libc::SIGXFSZ]",
        "make host-sigpipe",
    ),
    Mutation(
        "blocking SIGXFSZ",
        "src/ffi/guard.rs",
        "[c_int; 2] = [libc::SIGPIPE, libc::SIGXFSZ]",
        "[c_int; 1] = [libc::SIGPIPE]",
        "make host-download",
    ),
    Mutation(
        "noticing a fork",
        "src/ffi/fork.rs",
        "libc::madvise(page, PAGE_BYTES, libc::MADV_WIPEONFORK)",
        "libc::madvise(page, PAGE_BYTES, libc::MADV_NORMAL)",
        "make host-fork",
    ),
    Mutation(
        "leaving a parent's file alone",
        "src/part_file.rs",
        "if self.process != fork::generation() {",
        "if self.process == 0 {",
        "make host-download",
    ),
    Mutation(
        "holding pthread_cancel off",
        "src/ffi/guard.rs",
        "let _cancellation = CancellationOff::new();",
        "",
        "make host-cancel",
    ),
    Mutation(
        "reading the environment once",
        "src/options.rs",
        "ENVIRONMENT.get_or_init(|| Box::new(read()))",
        "ENVIRONMENT.get_or_init(|| Box::new(read()));\n    Box::leak(Box::new(read()))",
        "make host-setenv",
    ),
    Mutation(
        "looking at idle connections first",
        "src/transport.rs",
        "if self.unwatched.take() {",
        "if self.unwatched.take() && false {",
        abi("keep_alive"),
    ),
    Mutation(
        "one deadline for everything",
        "src/call.rs",
        "tokio::time::timeout_at(deadline, work)",
        "tokio::time::timeout_at(deadline + Duration::from_secs(5), work)",
        abi("deadline"),
    ),
    Mutation(
        "following no redirect",
        "src/transport.rs",
        ".redirect(reqwest::redirect::Policy::none())",
        "",
        abi("a_redirect_takes_the_key_nowhere"),
    ),
    Mutation(
        "refusing dot segments",
        "src/recordings.rs",
        '"." | ".." => format!("{id:?} cannot be an id"),',
        "",
        abi("bad_input"),
    ),
    Mutation(
        "refusing control characters",
        "src/recordings.rs",
        "_ if id.contains(char::is_control) =>",
        '_ if id == "\\0" =>',
        abi("bad_input"),
    ),
    Mutation(
        "a limit for bodies",
        "src/answer.rs",
        "const MAX_BODY_BYTES: usize = 1024 * 1024;",
        "const MAX_BODY_BYTES: usize = 1 << 40;",
        abi("paused_is_said_only_when_the_api_said_so"),
    ),
    Mutation(
        "hiding an echoed key",
        "src/answer.rs",
        'text.replace(key, "[api key]")',
        "text.to_owned()",
        "timeout 300 cargo test --quiet --locked --lib both_nestings_of_an_error_are_read_and_the_key_is_hidden",
    ),
    Mutation(
        "a length for a POST without a body",
        "src/exchange.rs",
        'message.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));',
        "",
        abi("the_request_is_what_the_specification_says"),
    ),
    Mutation(
        "keeping loopback from proxies",
        "src/options.rs",
        "None if is_loopback(base_url) => Ok(None),",
        "None if false => Ok(None),",
        "make host-proxy",
    ),
    Mutation(
        "one download to a file at a time",
        "src/part_file.rs",
        "Err(TryLockError::WouldBlock) => Err(self.busy()),",
        "Err(TryLockError::WouldBlock) => Ok(file),",
        abi("two_downloads_to_one_file_do_not_mix"),
    ),
    Mutation(
        "opening no link as a part",
        "src/part_file.rs",
        "libc::O_NOFOLLOW | libc::O_NONBLOCK",
        "libc::O_NONBLOCK",
        abi("a_link_in_the_place_of_a_part_leads_nowhere"),
    ),
    Mutation(
        "mixing no versions",
        "src/download.rs",
        "if asked == Some(begin) && same_version(response.headers(), &part) =>",
        "if asked == Some(begin) =>",
        abi("parts_of_two_versions_are_never_mixed"),
    ),
    Mutation(
        "leaving half of the descriptors",
        "src/transport.rs",
        "places: (descriptors / 2).saturating_sub(kept).clamp(1, Semaphore::MAX_PERMITS)",
        "places: (descriptors / 2).saturating_sub(kept).clamp(10_000, Semaphore::MAX_PERMITS)",
        "make host-many-descriptors",
    ),
    Mutation(
        "a library that stays loaded",
        "build.rs",
        'Wl,-z,nodelete"',
        'Wl,-z,now"',
        "make host-unload",
    ),
    Mutation(
        "taking no function of the host for ours",
        "build.rs",
        'Wl,-z,nodynamic-undefined-weak"',
        'Wl,-z,now"',
        "make host-symbols",
    ),
    Mutation(
        "keeping signals from the resolver's thread",
        "src/ffi/guard.rs",
        "libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), ptr::null_mut());",
        "",
        "make host-resolver",
    ),
    Mutation(
        "not waiting for the resolver",
        "src/transport.rs",
        "runtime.shutdown_background();",
        "drop(runtime);",
        "make host-resolver",
    ),
    Mutation(
        "telling exhaustion from a wrong argument",
        "src/options.rs",
        "if cause::is_exhaustion(&reason) =>",
        "if false && cause::is_exhaustion(&reason) =>",
        "make host-limits",
    ),
    Mutation(
        "printing no panic",
        "src/ffi/guard.rs",
        "if !QUIET.try_with(Cell::get).unwrap_or(true)",
        "if true || !QUIET.try_with(Cell::get).unwrap_or(true)",
        "make host-limits",
    ),
    Mutation(
        "leaving a pending SIGPIPE to the host",
        "src/ffi/guard.rs",
        "if libc::sigismember(&before, signal) == 1 && is_pending(signal)",
        "if false && libc::sigismember(&before, signal) == 1 && is_pending(signal)",
        "make host-sigpipe",
    ),
    Mutation(
        "catching panics",
        "src/ffi/guard.rs",
        "let result = panic::catch_unwind(AssertUnwindSafe(body));",
        "let result = Ok::<_, Box<dyn Any + Send>>(body());",
        "make host-limits",
    ),
    Mutation(
        "one engine for all clients",
        "src/transport.rs",
        "if let Some(engine) = known {",
        "if let Some(engine) = known.filter(|_| false) {",
        "make host-clients",
    ),
    Mutation(
        "freeing what a handle stood for",
        "src/ffi/table.rs",
        "        drop(object);",
        "        std::mem::forget(object);",
        "make host-clients",
    ),
]
