//! Completion queues: calls bound to a queue return at once and deliver their results there.

use std::collections::HashSet;
use std::fs;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::host::{Call, Client, Options, expect_failure};
use crate::queue_host::Queue;
use crate::sandbox::Sandbox;
use crate::wait::wait_until;

const CANCELLED: i32 = 7;
const TIMEOUT: i32 = 6;

#[test]
fn completions_carry_the_tag_and_the_outcome_of_their_call() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(0));
    let sessions = ["abc", "missing", "401"];
    let calls = [queue.call(0), queue.call(1), queue.call(2)];
    for (session, call) in sessions.iter().zip(&calls) {
        client.pause_call(*session, call).unwrap();
    }
    let mut statuses = [0; 3];
    for _ in 0..calls.len() {
        let completion = queue.next();
        let tag = completion.tag as usize;
        statuses[tag] = completion.result.map_or_else(|failure| failure.status, |()| calls[tag].http_status());
        assert_eq!(calls[tag].attempts(), 1);
    }
    assert_eq!(statuses, [200, 404, 401]);
    assert_eq!(sandbox.requests_for("abc").len(), 1);
    assert_eq!(queue.next_within(Duration::ZERO).unwrap_err(), TIMEOUT);
}

#[test]
fn a_quick_call_overtakes_a_slow_one() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(0));
    let (slow, quick) = (queue.call(1).timeout_ms(600), queue.call(2));
    client.pause_call("stall", &slow).unwrap();
    client.pause_call("abc", &quick).unwrap();
    assert_eq!(queue.next().tag, 2);
    let last = queue.next();
    assert_eq!((last.tag, expect_failure(last.result).status), (1, TIMEOUT));
}

#[test]
fn every_endpoint_completes_through_a_queue() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(0));
    let call = queue.call(5);
    let complete = || queue.next().result;
    client.pause_begin_call("abc", &call).unwrap();
    complete().unwrap();
    client.pause_end_call("abc", &call).unwrap();
    complete().unwrap();
    client.list("abc", Some(&call)).unwrap();
    complete().unwrap();
    assert!(call.result().unwrap().contains("primary"));
    let file = folder.file("video.mp4");
    client.download("abc", file.as_str(), &call).unwrap();
    complete().unwrap();
    assert_eq!(fs::metadata(&file).unwrap().len(), call.transferred().0);
    client.request("GET", "/v1/sessions/abc/recordings", None, &call).unwrap();
    complete().unwrap();
    client.delete("abc", "primary", &call).unwrap();
    complete().unwrap();
}

#[test]
fn invalid_arguments_fail_at_once_without_a_completion() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(0));
    let call = queue.call(1);
    assert_eq!(expect_failure(client.pause_call("..", &call)).status, 1);
    let should_continue = |_, _| true;
    let with_progress = Call::new().progress(&should_continue);
    queue.bind(&with_progress, 2);
    assert!(expect_failure(client.pause_call("abc", &with_progress)).message.contains("progress"));
    assert_eq!(queue.next_within(Duration::from_millis(50)).unwrap_err(), TIMEOUT);
    client.pause_call("abc", &call).unwrap();
    queue.next().result.unwrap();
}

#[test]
fn cancelling_a_call_does_not_affect_the_others() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(0));
    let (before, during, other) = (queue.call(1), queue.call(2), queue.call(3).timeout_ms(1000));
    before.cancel();
    client.pause_call("abc", &before).unwrap();
    let first = queue.next();
    assert_eq!((first.tag, expect_failure(first.result).status), (1, CANCELLED));
    assert!(sandbox.requests_for("abc").is_empty());
    client.pause_call("stall", &other).unwrap();
    client.pause_call("stall", &during).unwrap();
    thread::sleep(Duration::from_millis(100));
    during.cancel();
    let second = queue.next();
    assert_eq!((second.tag, expect_failure(second.result).status), (2, CANCELLED));
    let third = queue.next();
    assert_eq!((third.tag, expect_failure(third.result).status), (3, TIMEOUT));
    // A cancellation after the end of a call applies to the next one and completes nothing itself.
    other.cancel();
    assert_eq!(queue.next_within(Duration::from_millis(50)).unwrap_err(), TIMEOUT);
}

#[test]
fn a_full_queue_rejects_calls_until_a_completion_is_taken() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(2));
    let calls = [queue.call(0), queue.call(1), queue.call(2)];
    client.pause_call("abc", &calls[0]).unwrap();
    client.pause_call("abc", &calls[1]).unwrap();
    let full = expect_failure(client.pause_call("abc", &calls[2]));
    assert_eq!(full.status, 9);
    assert!(full.message.contains("anchor_queue_next"), "{}", full.message);
    queue.next().result.unwrap();
    client.pause_call("abc", &calls[2]).unwrap();
    queue.next().result.unwrap();
    queue.next().result.unwrap();
}

#[test]
fn a_call_object_serves_one_call_at_a_time() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(0));
    let call = queue.call(1).timeout_ms(300);
    client.pause_call("stall", &call).unwrap();
    assert_eq!(expect_failure(client.pause_call("abc", &call)).status, 1);
    assert_eq!(expect_failure(queue.next().result).status, TIMEOUT);
    client.pause_call("abc", &call).unwrap();
    queue.next().result.unwrap();
}

#[test]
fn freeing_a_queue_ends_its_calls_and_wakes_waiting_threads() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(0));
    let (calls, later): (Vec<_>, _) = ((0..20).map(|tag| queue.call(tag)).collect(), queue.call(20));
    for call in &calls {
        client.pause_call("stall", call).unwrap();
    }
    thread::scope(|scope| {
        let waiting = scope.spawn(|| queue.next_within(Duration::from_secs(20)).unwrap_err());
        thread::sleep(Duration::from_millis(100));
        let started = Instant::now();
        assert_eq!(queue.free(), 0);
        assert_eq!(waiting.join().unwrap(), 2);
        assert!(started.elapsed() < Duration::from_secs(2));
    });
    assert_eq!(queue.free(), 2);
    assert_eq!(expect_failure(client.pause_call("abc", &later)).status, 2);
}

#[test]
fn a_call_completes_after_its_object_and_client_were_freed() {
    let sandbox = Sandbox::start();
    let queue = Queue::new(0);
    {
        let client = Client::new(&sandbox.url);
        client.pause_call("abc", &queue.call(8)).unwrap();
    }
    let completion = queue.next();
    completion.result.unwrap();
    assert_eq!(completion.tag, 8);
}

#[test]
fn log_lines_are_delivered_on_the_thread_that_takes_completions() {
    let sandbox = Sandbox::start();
    let lines = Mutex::new(vec![]);
    let client = Options::for_url(&sandbox.url).log(&lines).client().unwrap();
    let queue = Queue::new(0);
    let (missing, stalled) = (queue.call(1), queue.call(2).timeout_ms(50));
    client.pause_call("missing", &missing).unwrap();
    client.pause_call("stall", &stalled).unwrap();
    thread::sleep(Duration::from_millis(400));
    assert!(lines.lock().unwrap().is_empty());
    queue.next().result.unwrap_err();
    queue.next().result.unwrap_err();
    for text in ["404", "timed out after 50 ms"] {
        assert!(lines.lock().unwrap().iter().any(|(_, line)| line.contains(text)), "{text}: {lines:?}");
    }
}

#[test]
fn thousands_of_calls_are_in_flight_at_once() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(2000));
    let calls: Vec<_> = (0..2000).map(|tag| queue.call(tag)).collect();
    for call in &calls {
        client.pause_call("abc", call).unwrap();
    }
    let tags: HashSet<_> = (0..2000)
        .map(|_| {
            let completion = queue.next();
            completion.result.unwrap();
            completion.tag
        })
        .collect();
    assert_eq!(tags.len(), 2000);
}

#[test]
fn each_queued_begin_pauses_and_the_last_end_resumes() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(0));
    let calls: Vec<_> = (0..10).map(|tag| queue.call(tag)).collect();
    for operation in [Client::pause_begin_call, Client::pause_end_call] {
        for call in &calls {
            operation(&client, "abc", call).unwrap();
        }
        for _ in &calls {
            queue.next().result.unwrap();
        }
    }
    assert_eq!((sandbox.requests_for("abc").len(), sandbox.recording("abc")), (11, "recording".into()));
    assert_eq!(expect_failure(client.pause_end("abc")).status, 1);
}

#[test]
fn a_begin_whose_completion_is_never_taken_does_not_count() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(0));
    client.pause_begin_call("abc", &queue.call(1)).unwrap();
    wait_until("the pause", || sandbox.recording("abc") == "paused");
    thread::sleep(Duration::from_millis(200));
    assert_eq!(queue.free(), 0);
    // This begin is the only one that counts, so its end resumes.
    client.pause_begin("abc").unwrap();
    client.pause_end("abc").unwrap();
    assert_eq!((sandbox.recording("abc"), expect_failure(client.pause_end("abc")).status), ("recording".into(), 1));
}

#[test]
fn an_end_does_not_wait_until_the_completion_of_a_begin_is_taken() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(0));
    client.pause_begin("delay").unwrap();
    client.pause_begin_call("delay", &queue.call(1)).unwrap();
    sandbox.wait_for_requests("delay", 2);
    // The resume waits for the pause in flight, and then finds the session held again.
    client.pause_end_call("delay", &Call::new().timeout_ms(20_000)).unwrap();
    assert_eq!((sandbox.requests_for("delay").len(), sandbox.recording("delay")), (2, "paused".into()));
    queue.next().result.unwrap();
    client.pause_end("delay").unwrap();
    assert_eq!(sandbox.recording("delay"), "recording");
}

#[test]
fn an_end_rejected_by_a_full_queue_does_not_count() {
    let sandbox = Sandbox::start();
    let (client, queue) = (Client::new(&sandbox.url), Queue::new(1));
    client.pause_begin("abc").unwrap();
    client.pause_call("404", &queue.call(1)).unwrap();
    assert_eq!(expect_failure(client.pause_end_call("abc", &queue.call(2))).status, 9);
    client.pause_end("abc").unwrap();
    assert_eq!(sandbox.recording("abc"), "recording");
}

#[test]
fn a_file_is_released_before_the_completion_of_its_download() {
    let sandbox = Sandbox::start();
    let (client, queue, folder) = (Client::new(&sandbox.url), Queue::new(0), Folder::new());
    let call = queue.call(1);
    for round in 0..30 {
        // A download that fails releases the file too.
        let session = if round % 3 == 0 { "404" } else { "abc" };
        client.download(session, folder.file("video.mp4"), &call).unwrap();
        let result = queue.next().result.map_err(|failure| failure.status);
        assert_eq!(result, if session == "abc" { Ok(()) } else { Err(404) }, "{round}");
    }
    assert_eq!(folder.names(), ["video.mp4"]);
}
