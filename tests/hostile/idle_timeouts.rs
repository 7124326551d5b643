//! Idle connections that the server closes, around the time of the next call.
//!
//! A call that picks a dying connection from the pool must succeed on another one. The pauses
//! between the calls vary around the server's idle timeout, so that the connection ends before,
//! during and after the choice.

use std::thread;
use std::time::Duration;

use crate::behaviour::{ALL, Behaviour, client};
use crate::fault::{Checked, Fault};
use crate::folder::Folder;
use crate::host::Call;
use crate::script::{GOOD, Step};
use crate::server::{Server, Transport};

const CALLS: u64 = 60;

pub fn behaviours() -> Vec<Behaviour> {
    let mut behaviours = vec![];
    for transport in ALL {
        for (name, end) in [
            ("closes the connection", Step::Close),
            ("closes TCP without close_notify", Step::CloseTcp),
            ("resets the connection", Step::Reset),
        ] {
            let script = vec![Step::ServeUntilIdle(15), end];
            behaviours.push(Behaviour::new(format!("{transport:?}, {name} when it is idle"), move || {
                no_call_fails(*transport, script)
            }));
        }
    }
    behaviours
}

/// Each connection ends after 15 ms without a request, and the calls are 0 to 30 ms apart.
fn no_call_fails(transport: Transport, script: Vec<Step>) -> Checked {
    let server = Server::start(transport, script);
    let folder = Folder::new();
    let client = client(&server, &folder);
    for number in 0..CALLS {
        let call = Call::new();
        client.list("abc", Some(&call)).map_err(|failure| Fault::of_call(&format!("call {number}"), &failure))?;
        if call.result().as_deref() != Some(GOOD) {
            return Err(format!("call {number} returned {:?}", call.result()).into());
        }
        thread::sleep(Duration::from_millis(number * 7 % 31));
    }
    match u64::from(server.connections()) {
        connections if connections < CALLS / 6 => {
            Err(format!("only {connections} connections: the server closed too few of them").into())
        }
        _ => Ok(()),
    }
}
