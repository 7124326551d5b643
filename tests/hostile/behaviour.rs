//! One behaviour of a server, and what the library must make of it.

use std::thread;
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::host::{Call, Client, Failure, Options};
use crate::script::{FIRST, GOOD, Script};
use crate::server::{Server, Transport};
use crate::tls::{self, Certificate};

pub const HTTP1: &[Transport] = &[Transport::Plain, Transport::Tls];
pub const HTTP2: &[Transport] = &[Transport::Http2];
pub const EVERY: &[Transport] = &[Transport::Plain, Transport::Tls, Transport::Http2];

pub const SUCCESS: &[i32] = &[0];
pub const CONNECT_FAILED: &[i32] = &[3];
pub const TLS_FAILED: &[i32] = &[4];
pub const CONNECTION_LOST: &[i32] = &[5];
pub const TIMEOUT: &[i32] = &[6];
pub const BAD_RESPONSE: &[i32] = &[8];
/// It depends on which part of the library meets it first.
pub const LOST_OR_BAD: &[i32] = &[5, 8];
pub const LOST_OR_SUCCESS: &[i32] = &[5, 0];

/// For calls that must run into it.
const SHORT: Duration = Duration::from_millis(400);
/// For calls that must not, however slow the machine is.
const LONG: Duration = Duration::from_secs(15);
const GRACE: Duration = Duration::from_millis(500);

/// Something to be tried; `check` says what was wrong.
pub struct Behaviour {
    pub name: String,
    pub check: Box<dyn FnOnce() -> Result<(), String>>,
}

impl Behaviour {
    pub fn new(name: impl Into<String>, check: impl FnOnce() -> Result<(), String> + 'static) -> Self {
        Self { name: name.into(), check: Box::new(check) }
    }
}

/// A line of a family's table: how the server behaves, and the status that the call must have.
pub struct Row {
    name: String,
    transports: &'static [Transport],
    expected: &'static [i32],
    script: Script,
    certificate: Certificate,
}

pub fn row(name: impl Into<String>, transports: &'static [Transport], expected: &'static [i32], script: Script) -> Row {
    Row { name: name.into(), transports, expected, script, certificate: Certificate::Good }
}

impl Row {
    pub fn certificate(self, certificate: Certificate) -> Self {
        Self { certificate, ..self }
    }
}

/// A behaviour for each transport of each row.
pub fn behaviours(rows: impl IntoIterator<Item = Row>) -> Vec<Behaviour> {
    let each = |row: Row| {
        let Row { name, transports, expected, script, certificate } = row;
        transports.iter().map(move |transport| {
            let (transport, script) = (*transport, script.clone());
            Behaviour::new(format!("{transport:?}, {name}"), move || {
                let server = Server::with_certificate(transport, script, certificate);
                pause_must_end(&server, expected)
            })
        })
    };
    rows.into_iter().flat_map(each).collect()
}

/// A client of this server; the folder holds what it trusts.
pub fn client(server: &Server, folder: &Folder) -> Client {
    client_of(&server.url, folder)
}

pub fn client_of(url: &str, folder: &Folder) -> Client {
    let options = Options::new().base_url(url).timeout_ms(LONG.as_millis() as u64);
    options.ca_file(tls::ca_file(folder)).client().unwrap()
}

/// A pause that must have this status; the client must be none the worse for it.
pub fn pause_must_end(server: &Server, expected: &[i32]) -> Result<(), String> {
    let folder = Folder::new();
    let client = client(server, &folder);
    must_end(expected, |call| client.pause_call("abc", call))?;
    server.behave();
    // What the server said beside its answer has come: what comes later, nobody can tell from the next answer.
    thread::sleep(Duration::from_millis(1));
    works_well(&client)
}

/// Makes a call without retries, which must have this status in time, and succeed with no other answer than its own.
pub fn must_end(expected: &[i32], make: impl FnOnce(&Call) -> Result<(), Failure>) -> Result<(), String> {
    let timeout = if expected == TIMEOUT { SHORT } else { LONG };
    let call = Call::new().max_retries(0).timeout_ms(timeout.as_millis() as u64);
    let begun = Instant::now();
    let outcome = make(&call);
    let taken = begun.elapsed();
    let (status, message) = outcome.map_or_else(|failure| (failure.status, failure.message), |()| (0, String::new()));
    if !expected.contains(&status) {
        return Err(format!("status {status} in place of {expected:?}: {message:?} {:?}", call.result()));
    }
    if taken > timeout + GRACE {
        return Err(format!("{taken:?} with a timeout of {timeout:?}"));
    }
    match call.result() {
        Some(result) if status == 0 && result != FIRST => Err(format!("took {result} for the answer")),
        _ => Ok(()),
    }
}

/// The server behaves now: the client's next calls must have their own answers.
pub fn works_well(client: &Client) -> Result<(), String> {
    for number in 1..=2 {
        let call = Call::new().timeout_ms(5000);
        client.list("good", Some(&call)).map_err(|failure| format!("good call {number}: {failure:?}"))?;
        if call.result().as_deref() != Some(GOOD) {
            return Err(format!("good call {number} had {:?} for its answer", call.result()));
        }
    }
    Ok(())
}
