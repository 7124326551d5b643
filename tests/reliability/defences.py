#!/usr/bin/env python3
"""Removes one defence at a time from a copy of the sources, and expects a test to fail.

    python3 tests/reliability/defences.py [WORDS...]

`cargo mutants` changes the expressions of the code that decides. The defences below are out of its
reach: flags, constants, guards, and calls that differ from an obvious one by a single word.

A test proves nothing if it also passes without its defence, or if it fails with it. So each test
must pass with all defences first. Then each changed copy must compile, and its test must fail.

Arguments select the defences whose names contain these words. Without arguments all of them run,
which takes ten minutes, and docs/RELIABILITY.md gets their table. With --check, only the texts of
the defences are looked for.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

import page
from defence import SMALL_STACK, Defence, abi, host, hostile, unit
from defences_in_process import IN_PROCESS

COPY = page.ROOT / "build/defences"
# Generous, because the first build includes all dependencies.
DEADLINE_S = 1800
# Link-time optimization takes most of a build, and no defence depends on it.
QUICK_BUILD = {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}
# Settings for the original sources, for example from a `make` that runs this script.
NOT_FOR_THE_COPY = ("ANCHOR", "CARGO_TARGET", "CGO_LDFLAGS", "MAKE", "MFLAGS")

#: Defences against the network, the API, other users' files, and secrets in messages.
OUTSIDE = [
    Defence(
        "writes of single buffers, which raise no SIGPIPE",
        "src/transport/socket.rs",
        "poll_write(context, bytes)",
        "poll_write_vectored(context, &[io::IoSlice::new(bytes)])",
        *host("sigpipe"),
    ),
    Defence(
        "a budget of half of the descriptors",
        "src/transport/budget.rs",
        "let requests = (descriptors / 2)",
        "let requests = descriptors",
        *host("budget"),
    ),
    Defence(
        "room in the budget for each socket",
        "src/transport/socket.rs",
        "let room = budget().socket().await;",
        "let room = None;",
        *host("budget"),
    ),
    Defence(
        "a budget of its own for a forked child",
        "src/transport/budget.rs",
        "PerProcess<Budget> = PerProcess::new();\n    BUDGET.get_or_init(|| Budget::new(limits::descriptors()))",
        "OnceBox<Budget> = OnceBox::new();\n    BUDGET.get_or_init(|| Box::new(Budget::new(limits::descriptors())))",
        *host("budget"),
    ),
    Defence(
        "a budget that follows the limit",
        "src/transport/budget.rs",
        "self.divide(limits::descriptors());",
        "",
        *host("budget"),
    ),
    Defence(
        "file work on helper threads",
        "src/exchange/file_work.rs",
        'FILE_WORK.run(work).map_err(|reason| Error::exhausted("no thread to write the file", &reason))',
        "work();\n    Ok(())",
        *host("disk"),
    ),
    Defence(
        "the end of a call that does not wait for a file that hangs",
        "src/exchange/attempts.rs",
        "let _ = tokio::time::timeout(RELEASE, download.close()).await;",
        "download.close().await;",
        *host("disk"),
    ),
    Defence(
        "callers woken when the runtime that they share fails",
        "src/transport/pool.rs",
        "let _ = caught(|| shared.breakage.notify_waiters());",
        "",
        *host("closed"),
    ),
    Defence(
        "an environment that is read once",
        "src/config/environment.rs",
        "ENVIRONMENT.get_or_init(|| Box::new(Environment::read()))",
        "ENVIRONMENT.get_or_init(|| Box::new(Environment::read()));\n    Box::leak(Box::new(Environment::read()))",
        *host("setenv"),
    ),
    Defence(
        "the state of a call on the heap",
        "src/exchange/attempts.rs",
        "Box::pin(self.send_until_answered(http))",
        "self.send_until_answered(http)",
        *SMALL_STACK,
    ),
    Defence(
        "partial downloads of another user that are not taken up",
        "src/exchange/part_file.rs",
        "found.is_file() && permissions::is_mine(&found)",
        "found.is_file()",
        *host("places"),
    ),
    Defence(
        "short names of parts",
        "src/exchange/destination.rs",
        "const MAX_NAME_BYTES: usize = 32;",
        "const MAX_NAME_BYTES: usize = 200;",
        *host("refusals"),
    ),
    Defence(
        "the validator that the rest of a video must repeat",
        "src/exchange/video_answer.rs",
        "text(headers, validator) != Some(asked.version.validator.as_str())",
        "text(headers, validator).is_some_and(|it| it.is_empty())",
        *abi("every_answer_to_a_range_request_has_its_outcome"),
    ),
    Defence(
        "the length that the rest of a video must repeat",
        "src/exchange/video_answer.rs",
        "|known| known != total",
        "|known| known != total && known == 0",
        *abi("every_answer_to_a_range_request_has_its_outcome"),
    ),
    Defence(
        "the bytes that the rest of a video must repeat",
        "src/exchange/part_file.rs",
        "if known != repeated {",
        "if known != repeated && known.is_empty() {",
        *abi("every_answer_to_a_range_request_has_its_outcome"),
    ),
    Defence(
        "a download that begins anew after 416",
        "src/exchange/download.rs",
        "status == StatusCode::RANGE_NOT_SATISFIABLE &&",
        "status == StatusCode::RANGE_NOT_SATISFIABLE && status != StatusCode::RANGE_NOT_SATISFIABLE &&",
        *abi("every_answer_to_a_range_request_has_its_outcome"),
    ),
    Defence(
        "a part that is compared with its name before it is renamed",
        "src/exchange/placing.rs",
        "if !self.is_at_its_name() {",
        "if self.length == 0 {",
        *abi("a_part_that_was_removed_or_replaced_is_whole_all_the_same"),
    ),
    Defence(
        "a video that is compared with its name after it was renamed",
        "src/exchange/placing.rs",
        "if !files::has_identity(to, identity) {",
        "if from == to {",
        *host("download-faults"),
    ),
    Defence(
        "a part whose length another process changed",
        "src/exchange/part_file.rs",
        "match self.file.metadata()?.len() == expected {",
        "match self.file.metadata()?.len() == expected || expected > 0 {",
        *abi("a_part_that_was_shortened_is_not_the_video"),
    ),
    Defence(
        "a stream that is not begun anew",
        "src/exchange/video_writer.rs",
        "if self.is_stream() && self.length.get() > 0 {",
        "if self.is_stream() && self.length.get() > u64::MAX - 1 {",
        *abi("a_stream_continues_with_the_same_version_or_fails"),
    ),
    Defence(
        "a stream that gets nothing after the end of its call",
        "src/exchange/stream.rs",
        "|| !self.stage.is_over()",
        "|| true",
        *unit("nothing_is_written_after_a_failure_or_the_end_of_the_call"),
    ),
    Defence(
        "a stream that gets nothing after a failure",
        "src/exchange/stream.rs",
        "self.failure = appended.as_ref().err().cloned();",
        "",
        *unit("nothing_is_written_after_a_failure_or_the_end_of_the_call"),
    ),
    Defence(
        "a last step that does not begin after the end of its call",
        "src/exchange/stage.rs",
        "self.leave_running(LAST_STEP)",
        "self.leave_running(LAST_STEP) || self.is_over()",
        *host("last-step"),
    ),
    Defence(
        "a lock on a file that is written in place",
        "src/exchange/placing.rs",
        "let Err(TryLockError::WouldBlock) = target.try_lock()",
        "let Err(TryLockError::WouldBlock) = Err::<(), _>(TryLockError::Error(io::ErrorKind::Other.into()))",
        *host("last-step"),
    ),
    Defence(
        "a video that another program may move on at once",
        "src/exchange/placing.rs",
        "if is_at_no_name || !is_missing(to) {",
        "if is_at_no_name || from != to {",
        *host("last-step"),
    ),
    Defence(
        "what waits is written while the server sends nothing",
        "src/exchange/download.rs",
        "Poll::Pending => self.writer.poll_failure(context).map(|reason| Err(reason.into())),",
        "Poll::Pending => Poll::Pending,",
        *abi("a_server_that_pauses_holds_back_nothing_that_it_sent"),
    ),
    Defence(
        "transfer codings other than chunked that are refused",
        "src/exchange/video_answer.rs",
        'it.eq_ignore_ascii_case("chunked")',
        "!it.is_empty()",
        *abi("only_an_uncompressed_video_with_a_known_end_is_accepted"),
    ),
    Defence(
        "a thread that does not wait for the reader of a pipe",
        "src/exchange/file_work.rs",
        "if is_stream { PATIENCE } else { Duration::MAX }",
        "if is_stream { PATIENCE * 1000 } else { Duration::MAX }",
        *host("readers"),
    ),
    Defence(
        "no advice to raise a limit that was not reached",
        "src/error.rs",
        "true => Self::limit_reached(what, &root),\n            false => Self::refused(what, &root),",
        "_ => Self::limit_reached(what, &root),",
        *host("seccomp"),
    ),
    Defence(
        "random numbers checked for the first TLS connection",
        "src/transport/tls.rs",
        "random::check().map_err(|reason| unavailable(&reason))?;",
        "let _ = random::check();",
        *host("seccomp"),
    ),
    Defence(
        "random numbers checked for every TLS connection",
        "src/transport/connector.rs",
        "random::check()?;",
        "let _ = random::check();",
        *host("seccomp"),
    ),
    Defence(
        "idle connections that keep talking are closed",
        "src/transport/guarded.rs",
        "self.idle_polls > MAX_IDLE_POLLS",
        "false",
        *hostile("idle floods"),
    ),
    Defence(
        "connections of requests in flight are not idle",
        "src/exchange/attempts.rs",
        "let _in_flight = http.begin(self.uri);",
        "",
        *hostile("http2: Http2, a flood"),
    ),
    Defence(
        "requests that were not processed are sent again",
        "src/exchange/attempts.rs",
        "const MAX_RESENDS: u32 = 100;",
        "const MAX_RESENDS: u32 = 0;",
        *hostile("refused streams"),
    ),
    Defence(
        "a server that ends each new connection is not asked a hundred times",
        "src/exchange/attempts.rs",
        "new_lost > MAX_NEW_LOST",
        "new_lost > MAX_RESENDS",
        *hostile("many calls: connections that all end"),
    ),
    Defence(
        "requests wait for the first connection to a server",
        "src/transport/server_connections.rs",
        "None => self.connecting > 0,",
        "None => false,",
        *hostile("many calls: HTTP/2 is shared"),
    ),
    Defence(
        "requests that wait for a connection that hangs make their own",
        "src/transport/http_client.rs",
        "const PATIENCE: Duration = Duration::from_secs(1);",
        "const PATIENCE: Duration = Duration::from_secs(60);",
        *hostile("many calls: a first connection that hangs"),
    ),
    Defence(
        "a connection that was told to end takes no other request",
        "src/transport/server_connections.rs",
        "if !found.sender.is_closing() {",
        "if true {",
        *hostile("many calls: GOAWAY"),
    ),
    Defence(
        "connections that become idle during a shortage are closed",
        "src/transport/lease.rs",
        "self.home.close_idle();",
        "",
        *host("budget"),
    ),
    Defence(
        "a limit of streams is waited for before a connection is shared",
        "src/transport/connections.rs",
        "            connection.sender.limit_is_told(NEARBY).await;\n            self.home",
        "            self.home",
        *hostile("shared connections: a limit of few streams, which"),
    ),
    Defence(
        "answers that nobody reads do not use up the window of a connection",
        "src/transport/http2.rs",
        "const CONNECTION_WINDOW: u32 = 1024 * 1024 * 1024;",
        "const CONNECTION_WINDOW: u32 = 5 * 1024 * 1024;",
        *hostile("shared connections: downloads that nobody reads"),
    ),
    Defence(
        "connections that were silent while a request waited in vain are not used again",
        "src/transport/lease.rs",
        "self.home.close_silent(waited / 2);",
        "",
        *hostile("shared connections: a stream that never ends"),
    ),
    Defence(
        "few connections are made at once, however many calls wait for the first one",
        "src/transport/server_connections.rs",
        "const FEW: usize = 8;",
        "const FEW: usize = 1_000;",
        *unit("few_connections_are_made"),
    ),
    Defence(
        "connections of a queue end with the last client that can use them",
        "src/transport/engine.rs",
        "let _ = caught(|| engine_ends().notify_waiters());",
        "",
        *abi("the_connections_of_a_queue_end_with_their_last_client"),
    ),
    Defence(
        "a connection that was closed is not taken for one that is ready",
        "src/transport/http_client.rs",
        "match lease.is_open() {",
        "match true {",
        *abi("a_connection_that_the_server_has_closed_is_replaced"),
    ),
    Defence(
        "what idle connections sent is read before a call",
        "src/transport/pool.rs",
        "origins.drain_idle().await;",
        "",
        *hostile("idle floods: Client"),
    ),
    Defence(
        "a look at the timers after each slice of a connection",
        "src/transport/slice.rs",
        "let _ = pin!(tokio::task::yield_now()).poll(&mut context);",
        "context.waker().wake_by_ref();",
        *unit("slice"),
    ),
    Defence(
        "slices that end by the clock",
        "src/transport/slice.rs",
        "begun.elapsed() > LONGEST",
        "begun.elapsed() > Duration::MAX",
        *unit("slice"),
    ),
    Defence(
        "a resume that waits for pauses in flight",
        "src/exchange/pause_count.rs",
        "let _exclusive = entry.turn(thread, entry.session.order.write()).await?;",
        "",
        *abi("a_resume_waits_for_a_pause_in_flight"),
    ),
    Defence(
        "a table of the system's errors in English",
        "src/text.rs",
        "Some(number) => system_errors::text(number)",
        "Some(_) => root.to_string()",
        *host("language"),
    ),
    Defence(
        "the API key hidden before a text is cut",
        "src/text.rs",
        'redactor.hide(one_line(&part.replace(ADVICE, "")))',
        'one_line(&part.replace(ADVICE, ""))',
        *unit("random_lines"),
    ),
    Defence(
        "the API key hidden in log lines",
        "src/config/log.rs",
        "Line::new(text, &self.redactor)",
        "Line::new(text, &Redactor::default())",
        *abi("secrets"),
    ),
]

DEFENCES = IN_PROCESS + OUTSIDE


def main():
    words = sys.argv[1:]
    if words == ["--check"]:
        check_texts(DEFENCES)
        return
    defences = [defence for defence in DEFENCES if all(word in defence.name for word in words)]
    check_texts(defences)
    copy_sources()
    for build, test in dict.fromkeys((defence.build, defence.test) for defence in defences):
        if run(build) != 0 or run(test) != 0:
            sys.exit(f"{test} fails with all defences")
        print(f"passes with all defences: {test}", flush=True)
    unnoticed = [defence.name for defence in defences if not is_noticed(defence)]
    print(f"{len(defences)} defences removed, {len(unnoticed)} of them unnoticed {unnoticed or ''}")
    if not words and not unnoticed:
        rows = [page.row(defence.name, f"`{defence.file}`", f"`{defence.test}`") for defence in defences]
        page.put("defences", page.header("defence", "file", "test that fails without it") + "".join(rows))
    sys.exit(1 if unnoticed or not defences else 0)


def check_texts(defences):
    """If the code has changed, the row of its defence must follow."""
    for defence in defences:
        count = (page.ROOT / defence.file).read_text(encoding="utf-8").count(defence.text)
        if count != 1:
            sys.exit(f"{defence.file} contains {defence.text!r} {count} times, not once")


def copy_sources():
    """Copies the files that git tracks. Unchanged ones keep their times, so little is rebuilt."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=page.ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        source, target = page.ROOT / name, COPY / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)


def is_noticed(defence):
    """Whether the test fails without the defence."""
    begun = time.monotonic()
    path = COPY / defence.file
    path.write_text(path.read_text(encoding="utf-8").replace(defence.text, defence.without), encoding="utf-8")
    if run(defence.build) != 0:
        sys.exit(f"the copy without {defence.name} does not compile")
    code = run(defence.test)
    copy_sources()
    print(f"removed {defence.name}: exit code {code} after {time.monotonic() - begun:.0f} s", flush=True)
    return code != 0


def run(command):
    """Runs a command in the copy and returns its exit code."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_THE_COPY)}
    environment |= QUICK_BUILD | {"CARGO_TARGET_DIR": str(COPY / "target")}
    process = subprocess.Popen(
        command, shell=True, cwd=COPY, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return process.wait(DEADLINE_S)
    except subprocess.TimeoutExpired:
        sys.exit(f"{command} did not end within {DEADLINE_S} s")
    finally:
        if process.poll() is None:
            # tools/with_sandbox.py then ends the sandboxes.
            os.killpg(process.pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
