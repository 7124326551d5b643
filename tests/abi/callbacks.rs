//! The functions of the host: progress, which may cancel the call, and the log.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::host::{Call, Client, Options, expect_failure};
use crate::sandbox::Sandbox;

#[test]
fn progress_is_called_while_waiting_and_may_cancel_the_call() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let count = Mutex::new(0);
    let should_continue = |done, _| {
        let mut count = count.lock().unwrap();
        *count += 1;
        done == 0 && *count < 5
    };
    let call = Call::new().progress(&should_continue);
    let started = Instant::now();
    assert_eq!(expect_failure(client.pause_call("stall", &call)).status, 7);
    assert_eq!(*count.lock().unwrap(), 5);
    // Progress is called every 50 ms at the latest. The rest allows for a busy machine.
    assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
}

#[test]
fn progress_reports_the_bytes_received() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let reported = Mutex::new(vec![]);
    let record = |done, total| {
        reported.lock().unwrap().push((done, total));
        done < 5
    };
    let call = Call::new().progress(&record);
    assert_eq!(expect_failure(client.pause_call("trickle", &call)).status, 7);
    let reported = reported.lock().unwrap();
    let received: Vec<_> = reported.iter().map(|(done, _)| *done).collect();
    assert!(received.is_sorted() && received.ends_with(&[5]) && received.contains(&3), "{received:?}");
    assert!(reported.last().is_some_and(|(_, total)| (300..1000).contains(total)), "{reported:?}");
}

/// Functions of Python take longer than the rest of a call.
#[test]
fn a_log_line_is_no_reason_to_call_the_progress_function() {
    let sandbox = Sandbox::start();
    let lines = Mutex::new(vec![]);
    let client = Options::for_url(&sandbox.url).log(&lines).client().unwrap();
    let fewest = (0..10).map(|_| {
        let count = AtomicU32::new(0);
        let record = |_, _| count.fetch_add(1, Ordering::Relaxed) < u32::MAX;
        client.pause_call("abc", &Call::new().progress(&record)).unwrap();
        count.into_inner()
    });
    // The answer arrives in one part. A call that takes long has further calls of the function.
    assert_eq!(fewest.min(), Some(1));
    assert!(lines.lock().unwrap().len() >= 10);
}

#[test]
fn the_progress_function_may_make_calls() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let pause_and_cancel = |_, _| {
        client.pause("abc").unwrap();
        false
    };
    let call = Call::new().progress(&pause_and_cancel);
    assert_eq!(expect_failure(client.pause_call("stall", &call)).status, 7);
    assert_eq!(sandbox.recording("abc"), "paused");
    client.pause_call("404", &Call::new()).unwrap_err();
}

#[test]
fn the_log_has_a_line_for_each_attempt_and_never_the_api_key() {
    let sandbox = Sandbox::start();
    let lines = Mutex::new(vec![]);
    let client = Options::for_url(&sandbox.url).log(&lines).timeout_ms(1500).client().unwrap();
    client.pause("abc").unwrap();
    client.pause("500-once").unwrap();
    expect_failure(client.pause("close"));
    expect_failure(client.pause_call("stall", &Call::new().timeout_ms(100)));
    let lines = lines.into_inner().unwrap();
    let count = |level, start: &str, part: &str| {
        let matches = |line: &&(i32, String)| line.0 == level && line.1.starts_with(start) && line.1.contains(part);
        lines.iter().filter(matches).count()
    };
    assert_eq!(count(20, "POST /v1/sessions/abc/recordings/pause attempt 1, ", " ms: 200, 37 bytes"), 1, "{lines:?}");
    // One line for each attempt, and no advice before the last one.
    let first: Vec<_> =
        lines.iter().filter(|(_, line)| line.contains("/500-once/recordings/pause attempt 1, ")).collect();
    let [(30, line)] = first[..] else { panic!("{lines:?}") };
    assert!(
        line.ends_with(
            " ms: 500 the API failed while pausing session \"500-once\" (the API says: Failed to pause recording.)"
        ),
        "{line}"
    );
    assert_eq!(count(20, "POST /v1/sessions/500-once/recordings/pause attempt 2, ", " ms: 200, "), 1, "{lines:?}");
    assert!(
        count(30, "POST /v1/sessions/close/recordings/pause attempt 1, ", "was lost while pausing") == 1,
        "{lines:?}"
    );
    assert_eq!(
        count(30, "POST /v1/sessions/stall/recordings/pause attempt 1, ", "timed out after 100 ms"),
        1,
        "{lines:?}"
    );
    assert!(lines.iter().all(|(_, line)| !line.contains("canary") && !line.contains('\n')), "{lines:?}");
}
