//! Calls that return at once and complete through a queue.

use std::collections::HashSet;
use std::fs;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::host::{Call, Client, Options, failure};
use crate::queue_host::Queue;
use crate::sandbox::Sandbox;

const CANCELLED: i32 = 7;
const TIMEOUT: i32 = 6;

fn client(sandbox: &Sandbox) -> Client {
    Options::new().base_url(sandbox.url.as_str()).client().unwrap()
}

#[test]
fn calls_complete_with_their_tags_and_what_they_learnt() {
    let sandbox = Sandbox::start();
    let (client, queue) = (client(&sandbox), Queue::new(0));
    let calls: Vec<_> = ["abc", "missing", "401"].iter().enumerate().collect();
    let calls: Vec<_> = calls.into_iter().map(|(tag, id)| (queue.call(tag as u64), *id)).collect();
    for (call, id) in &calls {
        client.pause_call(*id, call).unwrap();
    }
    let mut statuses = [0; 3];
    for _ in 0..calls.len() {
        let completion = queue.next();
        let tag = completion.tag as usize;
        statuses[tag] = completion.result.map_or_else(|failure| failure.status, |()| calls[tag].0.http_status());
        assert_eq!(calls[tag].0.attempts(), 1);
    }
    assert_eq!(statuses, [200, 404, 401]);
    assert_eq!(sandbox.requests_for("abc").len(), 1);
    assert_eq!(queue.next_within(Duration::ZERO).unwrap_err(), TIMEOUT);
}

#[test]
fn what_is_quick_overtakes_what_is_slow() {
    let sandbox = Sandbox::start();
    let (client, queue) = (client(&sandbox), Queue::new(0));
    let (slow, quick) = (queue.call(1).timeout_ms(600), queue.call(2));
    client.pause_call("stall", &slow).unwrap();
    client.pause_call("abc", &quick).unwrap();
    assert_eq!(queue.next().tag, 2);
    let last = queue.next();
    assert_eq!((last.tag, failure(last.result).status), (1, TIMEOUT));
}

#[test]
fn every_endpoint_completes() {
    let (sandbox, folder) = (Sandbox::start(), Folder::new());
    let (client, queue) = (client(&sandbox), Queue::new(0));
    let call = queue.call(5);
    let complete = || queue.next().result;
    client.begin_call("abc", &call).unwrap();
    complete().unwrap();
    client.end_call("abc", &call).unwrap();
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
fn a_wrong_argument_is_told_at_once_and_nothing_completes() {
    let sandbox = Sandbox::start();
    let (client, queue) = (client(&sandbox), Queue::new(0));
    let call = queue.call(1);
    assert_eq!(failure(client.pause_call("..", &call)).status, 1);
    let asked = |_, _| true;
    let with_progress = Call::new().progress(&asked);
    queue.bind(&with_progress, 2);
    assert!(failure(client.pause_call("abc", &with_progress)).message.contains("progress"));
    assert_eq!(queue.next_within(Duration::from_millis(50)).unwrap_err(), TIMEOUT);
    client.pause_call("abc", &call).unwrap();
    queue.next().result.unwrap();
}

#[test]
fn one_that_is_cancelled_disturbs_no_other() {
    let sandbox = Sandbox::start();
    let (client, queue) = (client(&sandbox), Queue::new(0));
    let (before, during, other) = (queue.call(1), queue.call(2), queue.call(3).timeout_ms(1000));
    before.cancel();
    client.pause_call("abc", &before).unwrap();
    let first = queue.next();
    assert_eq!((first.tag, failure(first.result).status), (1, CANCELLED));
    assert!(sandbox.requests_for("abc").is_empty());
    client.pause_call("stall", &other).unwrap();
    client.pause_call("stall", &during).unwrap();
    thread::sleep(Duration::from_millis(100));
    during.cancel();
    let second = queue.next();
    assert_eq!((second.tag, failure(second.result).status), (2, CANCELLED));
    let third = queue.next();
    assert_eq!((third.tag, failure(third.result).status), (3, TIMEOUT));
    // After its end a cancel counts for the next call, as for one that blocks.
    other.cancel();
    assert_eq!(queue.next_within(Duration::from_millis(50)).unwrap_err(), TIMEOUT);
}

#[test]
fn a_full_queue_says_so_until_a_completion_is_taken() {
    let sandbox = Sandbox::start();
    let (client, queue) = (client(&sandbox), Queue::new(2));
    let calls = [queue.call(0), queue.call(1), queue.call(2)];
    client.pause_call("abc", &calls[0]).unwrap();
    client.pause_call("abc", &calls[1]).unwrap();
    let full = failure(client.pause_call("abc", &calls[2]));
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
    let (client, queue) = (client(&sandbox), Queue::new(0));
    let call = queue.call(1).timeout_ms(300);
    client.pause_call("stall", &call).unwrap();
    assert_eq!(failure(client.pause_call("abc", &call)).status, 1);
    assert_eq!(failure(queue.next().result).status, TIMEOUT);
    client.pause_call("abc", &call).unwrap();
    queue.next().result.unwrap();
}

#[test]
fn a_queue_that_is_freed_ends_what_is_open_and_wakes_who_waits() {
    let sandbox = Sandbox::start();
    let (client, queue) = (client(&sandbox), Queue::new(0));
    let (calls, later): (Vec<_>, _) = ((0..20).map(|tag| queue.call(tag)).collect(), queue.call(20));
    for call in &calls {
        client.pause_call("stall", call).unwrap();
    }
    thread::scope(|scope| {
        let waiting = scope.spawn(|| queue.next_within(Duration::from_secs(20)).unwrap_err());
        thread::sleep(Duration::from_millis(100));
        let begun = Instant::now();
        assert_eq!(queue.free(), 0);
        assert_eq!(waiting.join().unwrap(), 2);
        assert!(begun.elapsed() < Duration::from_secs(2));
    });
    assert_eq!(queue.free(), 2);
    assert_eq!(failure(client.pause_call("abc", &later)).status, 2);
}

#[test]
fn calls_whose_objects_and_client_are_freed_complete() {
    let sandbox = Sandbox::start();
    let queue = Queue::new(0);
    {
        let client = client(&sandbox);
        client.pause_call("abc", &queue.call(8)).unwrap();
    }
    let completion = queue.next();
    completion.result.unwrap();
    assert_eq!(completion.tag, 8);
}

#[test]
fn the_log_is_told_by_the_thread_that_takes() {
    let sandbox = Sandbox::start();
    let lines = Mutex::new(vec![]);
    let client = Options::new().base_url(sandbox.url.as_str()).log(&lines).client().unwrap();
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
fn thousands_are_under_way_at_once() {
    let sandbox = Sandbox::start();
    let (client, queue) = (client(&sandbox), Queue::new(2000));
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
fn each_begin_of_a_queue_sends_its_pause_and_the_last_end_resumes() {
    let sandbox = Sandbox::start();
    let (client, queue) = (client(&sandbox), Queue::new(0));
    let calls: Vec<_> = (0..10).map(|tag| queue.call(tag)).collect();
    for change in [Client::begin_call, Client::end_call] {
        for call in &calls {
            change(&client, "abc", call).unwrap();
        }
        for _ in &calls {
            queue.next().result.unwrap();
        }
    }
    assert_eq!((sandbox.requests_for("abc").len(), sandbox.recording("abc")), (11, "recording".into()));
    assert_eq!(failure(client.end("abc")).status, 1);
}

#[test]
fn a_hold_that_the_host_never_heard_of_is_none() {
    let sandbox = Sandbox::start();
    let (client, queue) = (client(&sandbox), Queue::new(0));
    client.begin_call("abc", &queue.call(1)).unwrap();
    while sandbox.recording("abc") != "paused" {
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(Duration::from_millis(200));
    assert_eq!(queue.free(), 0);
    // The next one is the first and the last.
    client.begin("abc").unwrap();
    client.end("abc").unwrap();
    assert_eq!((sandbox.recording("abc"), failure(client.end("abc")).status), ("recording".into(), 1));
}

#[test]
fn an_end_that_a_full_queue_refuses_leaves_the_hold() {
    let sandbox = Sandbox::start();
    let (client, queue) = (client(&sandbox), Queue::new(1));
    client.begin("abc").unwrap();
    client.pause_call("404", &queue.call(1)).unwrap();
    assert_eq!(failure(client.end_call("abc", &queue.call(2))).status, 9);
    client.end("abc").unwrap();
    assert_eq!(sandbox.recording("abc"), "recording");
}
