"""What calls do, seen through the C ABI against a server that behaves."""

from .mutation import Mutation, abi

MUTATIONS = [
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
        "refusing dot segments",
        "src/recordings.rs",
        '"." | ".." => format!("{id:?} cannot be an id: pass an id of the API"),',
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
        "a length for a POST without a body",
        "src/exchange.rs",
        'message.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));',
        "",
        abi("the_request_is_what_the_specification_says"),
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
]
