//! The host's functions: progress, which may end a call, and the log.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::host::{Call, Options, failure};
use crate::sandbox::Sandbox;

#[test]
fn progress_is_asked_often_and_may_end_the_call() {
    let sandbox = Sandbox::start();
    let client = Options::new().base_url(sandbox.url.as_str()).client().unwrap();
    let asked = Mutex::new(0);
    let go_on = |done, _| {
        let mut asked = asked.lock().unwrap();
        *asked += 1;
        done == 0 && *asked < 5
    };
    let call = Call::new().progress(&go_on);
    let begun = Instant::now();
    assert_eq!(failure(client.pause_call("stall", &call)).status, 7);
    assert_eq!(*asked.lock().unwrap(), 5);
    // Five slices of at most 50 ms, on a machine that may be busy.
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
}

#[test]
fn progress_tells_how_much_has_come() {
    let sandbox = Sandbox::start();
    let client = Options::new().base_url(sandbox.url.as_str()).client().unwrap();
    let told = Mutex::new(vec![]);
    let note = |done, total| {
        told.lock().unwrap().push((done, total));
        done < 5
    };
    let call = Call::new().progress(&note);
    assert_eq!(failure(client.pause_call("trickle", &call)).status, 7);
    let told = told.lock().unwrap();
    let parts: Vec<_> = told.iter().map(|(done, _)| *done).collect();
    assert!(parts.is_sorted() && parts.ends_with(&[5]) && parts.contains(&3), "{parts:?}");
    assert!(told.last().is_some_and(|(_, total)| (300..1000).contains(total)), "{told:?}");
}

#[test]
fn progress_may_make_calls_of_its_own() {
    let sandbox = Sandbox::start();
    let client = Options::new().base_url(sandbox.url.as_str()).client().unwrap();
    let inner = |_, _| {
        client.pause("abc").unwrap();
        false
    };
    let call = Call::new().progress(&inner);
    assert_eq!(failure(client.pause_call("stall", &call)).status, 7);
    assert_eq!(sandbox.recording("abc"), "paused");
    client.pause_call("404", &Call::new()).unwrap_err();
}

#[test]
fn the_log_has_a_line_for_each_attempt_and_never_the_key() {
    let sandbox = Sandbox::start();
    let lines = Mutex::new(vec![]);
    let client = Options::new().base_url(sandbox.url.as_str()).log(&lines).timeout_ms(1500).client().unwrap();
    client.pause("abc").unwrap();
    client.pause("500-once").unwrap();
    failure(client.pause("close"));
    failure(client.pause_call("stall", &Call::new().timeout_ms(100)));
    let lines = lines.into_inner().unwrap();
    let has = |level, start: &str, end: &str| {
        let fits = |line: &&(i32, String)| line.0 == level && line.1.starts_with(start) && line.1.contains(end);
        lines.iter().filter(fits).count()
    };
    assert_eq!(has(20, "POST /v1/sessions/abc/recordings/pause attempt 1, ", " ms: 200, 37 bytes"), 1, "{lines:?}");
    assert_eq!(has(20, "POST /v1/sessions/500-once/recordings/pause attempt 1, ", " ms: 500, "), 1, "{lines:?}");
    assert_eq!(
        has(30, "POST /v1/sessions/500-once/recordings/pause attempt 1, ", "500 the API failed"),
        1,
        "{lines:?}"
    );
    assert_eq!(has(20, "POST /v1/sessions/500-once/recordings/pause attempt 2, ", " ms: 200, "), 1, "{lines:?}");
    assert!(
        has(30, "POST /v1/sessions/close/recordings/pause attempt 1, ", "was lost while pausing") == 1,
        "{lines:?}"
    );
    assert_eq!(
        has(30, "POST /v1/sessions/stall/recordings/pause attempt 1, ", "timed out after 100 ms"),
        1,
        "{lines:?}"
    );
    assert!(lines.iter().all(|(_, line)| !line.contains("canary") && !line.contains('\n')), "{lines:?}");
}
