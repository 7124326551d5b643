//! A behaviour of a server, and the checks that every call against it must pass.

use std::thread;
use std::time::{Duration, Instant};

use crate::fault::{Checked, Fault};
use crate::folder::Folder;
use crate::host::{Call, Client, Failure, Options};
use crate::script::{FIRST, GOOD, Script};
use crate::server::{Server, Transport};
use crate::tls_server::{self, Certificate};

pub const HTTP1: &[Transport] = &[Transport::Plain, Transport::Tls];
pub const HTTP2: &[Transport] = &[Transport::Http2];
pub const ALL: &[Transport] = &[Transport::Plain, Transport::Tls, Transport::Http2];

pub const SUCCESS: &[i32] = &[0];
pub const CONNECT_FAILED: &[i32] = &[3];
pub const TLS_FAILED: &[i32] = &[4];
pub const CONNECTION_LOST: &[i32] = &[5];
pub const TIMEOUT: &[i32] = &[6];
pub const BAD_RESPONSE: &[i32] = &[8];
/// Either status is correct: it depends on which part of the library sees the fault first.
pub const LOST_OR_BAD: &[i32] = &[5, 8];
pub const LOST_OR_SUCCESS: &[i32] = &[5, 0];

/// For calls that are expected to time out.
const SHORT_TIMEOUT: Duration = Duration::from_millis(400);
/// For calls that must not time out, even on a slow machine.
const LONG_TIMEOUT: Duration = Duration::from_secs(15);
/// How late a call may return.
pub const GRACE: Duration = Duration::from_millis(500);

/// A named test; an error of `check` says what went wrong.
pub struct Behaviour {
    pub name: String,
    pub check: Box<dyn FnOnce() -> Checked>,
}

impl Behaviour {
    pub fn new(name: impl Into<String>, check: impl FnOnce() -> Checked + 'static) -> Self {
        Self { name: name.into(), check: Box::new(check) }
    }
}

/// A row of a family's table: what the server does, and which statuses the call may return.
pub struct Row {
    pub name: String,
    transports: &'static [Transport],
    pub expected: &'static [i32],
    pub script: Script,
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
pub fn for_each_transport(rows: impl IntoIterator<Item = Row>) -> Vec<Behaviour> {
    let each = |row: Row| {
        let Row { name, transports, expected, script, certificate } = row;
        transports.iter().map(move |transport| {
            let (transport, script) = (*transport, script.clone());
            Behaviour::new(format!("{transport:?}, {name}"), move || {
                let server = Server::with_certificate(transport, script, certificate);
                check_pause(&server, expected)
            })
        })
    };
    rows.into_iter().flat_map(each).collect()
}

/// A client of this server. The folder holds the CA file that it trusts.
pub fn client(server: &Server, folder: &Folder) -> Client {
    client_of(&server.url, folder)
}

pub fn client_of(url: &str, folder: &Folder) -> Client {
    let options = Options::new().base_url(url).timeout_ms(LONG_TIMEOUT.as_millis() as u64);
    options.ca_file(tls_server::ca_file(folder)).client().unwrap()
}

/// Makes a pause, which must return one of these statuses and leave the client usable.
pub fn check_pause(server: &Server, expected: &[i32]) -> Checked {
    let folder = Folder::new();
    let client = client(server, &folder);
    check_call(expected, |call| client.pause_call("abc", call))?;
    server.behave();
    // Let surplus bytes of the server arrive before the next request: later ones look like its
    // response.
    thread::sleep(Duration::from_millis(1));
    check_client_still_works(&client)
}

/// Makes a call without retries, which must return one of these statuses in time. A success must
/// carry the response to this call and no other.
pub fn check_call(expected: &[i32], make: impl FnOnce(&Call) -> Result<(), Failure>) -> Checked {
    let timeout = if expected == TIMEOUT { SHORT_TIMEOUT } else { LONG_TIMEOUT };
    let call = Call::new().max_retries(0).timeout_ms(timeout.as_millis() as u64);
    let start = Instant::now();
    let outcome = make(&call);
    let elapsed = start.elapsed();
    let status = outcome.as_ref().map_or_else(|failure| failure.status, |()| 0);
    if !expected.contains(&status) {
        let what = format!("status {status} instead of {expected:?}, result {:?}", call.result());
        return Err(match outcome {
            Ok(()) => what.into(),
            Err(failure) => Fault::of_call(&what, &failure),
        });
    }
    match call.result() {
        Some(result) if status == 0 && result != FIRST => Err(format!("accepted {result} as the response").into()),
        _ if elapsed > timeout + GRACE => {
            Err(Fault::late(format!("returned after {elapsed:?} with a timeout of {timeout:?}")))
        }
        _ => Ok(()),
    }
}

/// With a server that behaves, the client's next calls must succeed with their own responses.
pub fn check_client_still_works(client: &Client) -> Checked {
    for number in 1..=2 {
        let call = Call::new().timeout_ms(5000);
        client.list("good", Some(&call)).map_err(|failure| Fault::of_call(&format!("good call {number}"), &failure))?;
        if call.result().as_deref() != Some(GOOD) {
            return Err(format!("good call {number} returned {:?}", call.result()).into());
        }
    }
    Ok(())
}
