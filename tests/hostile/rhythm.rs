//! Calls whose rhythm meets the idle timeout of the server: none may fail on a connection that died meanwhile.

use std::thread;
use std::time::Duration;

use crate::behaviour::{Behaviour, EVERY, client};
use crate::folder::Folder;
use crate::host::Call;
use crate::script::{GOOD, Step};
use crate::server::{Server, Transport};

const CALLS: u64 = 60;

pub fn behaviours() -> Vec<Behaviour> {
    let mut behaviours = vec![];
    for transport in EVERY {
        for (name, end) in [("closes", Step::Close), ("cuts", Step::Cut), ("resets", Step::Reset)] {
            let script = vec![Step::ServeUntilIdle(15), end];
            behaviours.push(Behaviour::new(format!("{transport:?}, {name} when idle"), move || {
                no_call_fails(*transport, script)
            }));
        }
    }
    behaviours
}

/// Every connection ends when it was idle for 15 ms; the calls come after 0 to 30 ms.
fn no_call_fails(transport: Transport, script: Vec<Step>) -> Result<(), String> {
    let server = Server::start(transport, script);
    let folder = Folder::new();
    let client = client(&server, &folder);
    for number in 0..CALLS {
        let call = Call::new();
        client.list("abc", Some(&call)).map_err(|failure| format!("call {number}: {failure:?}"))?;
        if call.result().as_deref() != Some(GOOD) {
            return Err(format!("call {number} had {:?} for its answer", call.result()));
        }
        thread::sleep(Duration::from_millis(number * 7 % 31));
    }
    match u64::from(server.connections()) {
        connections if connections < CALLS / 6 => Err(format!("only {connections} connections: nothing was closed")),
        _ => Ok(()),
    }
}
