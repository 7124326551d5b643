//! The rows about handles, queues and internal errors.

use super::{SERVER, Table};
use crate::call::Call;
use crate::client::Client;
use crate::error::Error;
use crate::exchange::diagnosis::{self, Peer};
use crate::ffi::objects;
use crate::operation::Operation;
use crate::queue::Queue;
use crate::sys::caught;
use crate::transport::{NoThread, Settings};

pub fn rows(table: &mut Table) {
    table.section("Handles, queues and internal errors");
    table.failure("NULL as the client", objects::find::<Client, _>(std::ptr::null::<u8>(), "client"));
    table.failure("freed client", objects::find::<Client, _>(8 as *const u8, "client"));
    table.failure("freed call", objects::find::<Call, _>(8 as *const u8, "call"));
    table
        .failure("call that is bound to a freed queue", objects::find::<Queue, _>(8 as *const u8, "the queue of call"));
    let call = Call::new();
    let running = call.begin().unwrap();
    table.failure("call object used by two calls at once", call.begin());
    drop(running);
    for (situation, name, text) in [
        ("call object read or changed while its call runs", "call", "is still running: wait until it returns"),
        ("list without a call object", "call", "is NULL: it receives the list, see anchor_call_result"),
        (
            "call with a progress function and a queue",
            "call",
            "has a progress function and a queue: remove the function, and use anchor_call_transferred instead",
        ),
        (
            "options changed by two threads",
            "options",
            "are being changed by another thread: use them from one thread at a time",
        ),
        ("NULL as the session id", "session_id", "is NULL: pass the id of a running session"),
        ("NULL as the recording id", "recording_id", r#"is NULL: pass an id from the list, or "primary""#),
        ("NULL as the file", "file", r#"is NULL: pass a path such as "video.mp4""#),
        ("NULL as the method", "method", r#"is NULL: pass "GET" or another"#),
        ("NULL as the path", "path", r#"is NULL: pass one such as "/v1/sessions""#),
        ("NULL as the output for a client", "client", "is NULL: pass the address of a pointer"),
        ("NULL as the output for a descriptor", "descriptor", "is NULL: pass the address of an int"),
        ("NULL as the output for a status", "status", "is NULL: pass the address of a number"),
        ("NULL as another output", "the output", "is NULL: pass an address"),
        ("queue with too large a capacity", "capacity", "must be at most 1000000"),
        (
            "pause or resume that would wait for its own thread",
            "session_id",
            "\"demo\" is being paused or resumed by another call of this thread, which is suspended in its progress or \
             log function: let that call return first; nothing was sent",
        ),
    ] {
        table.error(situation, Error::argument(name, text));
    }
    for (situation, text) in [
        ("call on a full queue", "the queue is full: it holds 10000 calls; take completed ones with anchor_queue_next"),
        ("queue freed by another thread", "queue: it was freed by another thread while this one waited: stop using it"),
        ("anchor_queue_next, timeout", "no call completed within 800 ms; wait again"),
        (
            "anchor_free of a foreign pointer",
            "object did not come from this library, or was freed before: free each object once",
        ),
        ("too many handles", "16777215 handles are in use: free those that you no longer need"),
    ] {
        table.row(situation, text);
    }
    let pause = Operation::Pause { session: "demo".into() };
    let no_stack = "no memory for a stack, call from a thread with a larger one";
    let out_of_memory = std::io::Error::from_raw_os_error(libc::ENOMEM);
    table.error("no memory for a temporary stack", Error::exhausted(no_stack, &out_of_memory).before(&pause));
    table.error("the same while a call is under way", Error::exhausted(no_stack, &out_of_memory).during(&pause));
    let own_calls = Error::ResourceExhausted(
        "calls of this thread that are suspended in their progress or log functions use all descriptors; \
         raise the limit or let them return first"
            .into(),
    );
    table.error("call that would wait for descriptors of its own thread", own_calls.before(&pause));
    for (situation, number) in [("no thread for a look-up", libc::EAGAIN), ("the same, refused", libc::EPERM)] {
        let transport = Settings { https: true, ca: vec![], client_certificate: None, proxy: None };
        let peer = Peer { name: SERVER, base_url: "the base URL", transport: &transport };
        let reason = NoThread(std::io::Error::from_raw_os_error(number));
        table.error(situation, diagnosis::error_from(&reason, peer, &pause));
    }
    table.row("look-up that takes longer than the timeout", "... (the system's resolver did not answer)");
    table.row(
        "the same in an outage",
        "... (all threads that look up host names are waiting for the system's resolver)",
    );
    table.row("timeout with a proxy", "... (through the proxy http://proxy:3128)");
    table.row("download to a FIFO without a reader", "... (nobody reads the FIFO)");
    table.row("download to a file system that hangs", "... (the file system did not open the file)");
    table.error("look-up that panicked", Error::Internal("the look-up of the host name ended without a result".into()));
    let closed = Error::Internal("the descriptors of the connection were closed by the process".into());
    table.error("call whose descriptors the host closed", closed.during(&pause));
    table.error("no thread for a download", Error::exhausted("no thread to write the file", &out_of_memory));
    table.error(
        "call of a queue that was freed, or whose descriptors the host closed",
        Error::ConnectionLost(
            "the queue gave up pausing session \"demo\": it was freed, or its descriptors were closed by the process; \
             assume that it is still being recorded, and pause again; if you give up, resume: it may be paused"
                .into(),
        ),
    );
    for text in [
        "the work on a temporary stack did not run",
        "the part file is closed",
        "there is no runtime to share",
        "the runtime is closed",
        "the random numbers for TLS failed",
        "no header can hold \"x\": failed to parse header value",
        "a panic without a message",
    ] {
        table.error("internal error", Error::Internal(text.into()));
    }
    for panic in ["failed to generate random data", "index out of bounds"] {
        table.failure("panic in the library", caught(|| std::panic::panic_any(panic)));
    }
}
