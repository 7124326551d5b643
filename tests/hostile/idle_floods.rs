//! Servers that keep talking on an HTTP/2 connection that no call uses.
//!
//! The host's process must not pay for it, whether it waits for nothing or for another server.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::behaviour::{Behaviour, SUCCESS, check_call, check_client_still_works, client};
use crate::fault::{Checked, Fault};
use crate::folder::Folder;
use crate::frames::{self, MAX_FRAME, NO_FLAGS, PING, PRIORITY, frame, settings, window_update};
use crate::host::{Call, Client};
use crate::queue_host::Queue;
use crate::script::{FIRST, Script, Step, respond};
use crate::server::{Server, Transport};

/// For the first bytes of the flood, which fill the buffers of the socket.
const BEGINNING: Duration = Duration::from_millis(100);
const MEASURED: Duration = Duration::from_millis(500);
/// A flood that is read takes at least all of one processor.
const MOST_CPU: Duration = Duration::from_millis(100);
/// For the next call to the same server, whose answer comes after what it sent before.
const MOST_CPU_AFTERWARDS: Duration = Duration::from_millis(40);

#[derive(Clone, Copy, Debug)]
enum Idle {
    Client,
    Queue,
    /// While a call to another server is in flight.
    BesideACall,
    InAQueueBesideACall,
    /// The other call uses connections of its own.
    InAQueueBesideACallWithAnotherCaFile,
}

pub fn behaviours() -> Vec<Behaviour> {
    let ping = || ("PING", frame(PING, NO_FLAGS, 0, &[0; 8]));
    let others = [
        ("PING acknowledgements", frames::pong(&[0; 8])),
        ("SETTINGS", settings(&[(3, 100)])),
        ("WINDOW_UPDATE", window_update(0, 1)),
        ("PRIORITY", frame(PRIORITY, NO_FLAGS, 1, &[0, 0, 0, 0, 16])),
        ("frames of unknown type", frame(0x77, NO_FLAGS, 0, &[0; 10])),
    ];
    let everywhere = [
        Idle::Client,
        Idle::Queue,
        Idle::BesideACall,
        Idle::InAQueueBesideACall,
        Idle::InAQueueBesideACallWithAnotherCaFile,
    ];
    let rows = everywhere.map(|idle| (idle, ping())).into_iter();
    let rows = rows.chain(others.into_iter().map(|other| (Idle::InAQueueBesideACall, other)));
    let floods = rows
        .map(|(idle, (what, frame))| Behaviour::new(format!("{idle:?}, {what}"), move || costs_nothing(idle, &frame)));
    floods.chain([Behaviour::new("some frames in a second, which are no flood", keeps_the_connection)]).collect()
}

fn costs_nothing(idle: Idle, frame: &[u8]) -> Checked {
    let flood = Step::Flood(frame.repeat(MAX_FRAME / frame.len()));
    let flooding = Server::start(Transport::Http2, vec![Step::Receive, respond(200, FIRST), flood]);
    let slow = Server::start(Transport::Http2, answer_after(BEGINNING + MEASURED));
    let (folder, other_folder) = (Folder::new(), Folder::new());
    let flooded = client(&flooding, &folder);
    let other = |folder| client(&slow, folder);
    let queue = Queue::new(0);
    match idle {
        Idle::Client | Idle::BesideACall => check_call(SUCCESS, |call| flooded.pause_call("abc", call))?,
        _ => succeed(&queue, &flooded)?,
    }
    let cpu = match idle {
        Idle::Client | Idle::Queue => cpu_during(|| Ok(())),
        Idle::BesideACall => cpu_during(|| check_call(SUCCESS, |call| other(&folder).pause_call("abc", call))),
        Idle::InAQueueBesideACall => cpu_during(|| succeed(&queue, &other(&folder))),
        Idle::InAQueueBesideACallWithAnotherCaFile => cpu_during(|| succeed(&queue, &other(&other_folder))),
    }?;
    if cpu > MOST_CPU {
        return Err(format!("{cpu:?} of processor time in {MEASURED:?}").into());
    }
    flooding.behave();
    let before = cpu_time();
    match idle {
        Idle::Client | Idle::BesideACall => check_client_still_works(&flooded)?,
        _ => succeed(&queue, &flooded)?,
    }
    match cpu_time() - before {
        cpu if cpu > MOST_CPU_AFTERWARDS => Err(format!("what came next took {cpu:?} of processor time").into()),
        _ => Ok(()),
    }
}

/// What servers send on an idle connection must not cost it.
fn keeps_the_connection() -> Checked {
    let send = |frame| [Step::Wait(40), Step::Send(frame)];
    let frames = [settings(&[(3, 100)]), window_update(0, 1000), frame(PING, NO_FLAGS, 0, &[0; 8])];
    let frames = frames.into_iter().cycle().take(10).flat_map(send);
    let script: Script = [Step::Receive, respond(200, FIRST)].into_iter().chain(frames).collect();
    let talking = Server::start(Transport::Http2, script);
    let slow = Server::start(Transport::Http2, answer_after(Duration::from_millis(600)));
    let (folder, queue) = (Folder::new(), Queue::new(0));
    let talked_to = client(&talking, &folder);
    succeed(&queue, &talked_to)?;
    succeed(&queue, &client(&slow, &folder))?;
    succeed(&queue, &talked_to)?;
    match talking.connections() {
        1 => Ok(()),
        count => Err(format!("{count} connections").into()),
    }
}

fn answer_after(delay: Duration) -> Script {
    let milliseconds = u64::try_from(delay.as_millis()).unwrap();
    vec![Step::Receive, Step::Wait(milliseconds), respond(200, FIRST)]
}

fn succeed(queue: &Queue, client: &Client) -> Checked {
    let call: Call = queue.call(0);
    client.pause_call("abc", &call).map_err(|failure| Fault::of_call("the queued call", &failure))?;
    queue.next().result.map_err(|failure| Fault::of_call("the queued call", &failure))
}

/// The processor time that this process takes while `work` and the flood go on.
fn cpu_during(work: impl FnOnce() -> Checked + Send) -> Result<Duration, Fault> {
    thread::scope(|scope| {
        let working = scope.spawn(work);
        thread::sleep(BEGINNING);
        let before = cpu_time();
        thread::sleep(MEASURED);
        let used = cpu_time() - before;
        working.join().unwrap().map(|()| used)
    })
}

/// The processor time of this process so far.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    // A tick is 10 ms.
    let ticks = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum::<u64>();
    Duration::from_millis(ticks * 10)
}
