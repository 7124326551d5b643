//! Connections that are not made, or that lead nowhere.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::behaviour::{
    Behaviour, CONNECT_FAILED, CONNECTION_LOST, EVERY, HTTP1, TIMEOUT, behaviours as all, client, must_end, row,
    works_well,
};
use crate::folder::Folder;
use crate::host::Call;
use crate::script::Step;
use crate::server::{Server, Transport};
use crate::tls::Certificate;

const BELOW_TLS: &[Transport] = &[Transport::BelowTls];

pub fn behaviours() -> Vec<Behaviour> {
    let mut behaviours = all([
        row("accepts and says nothing", EVERY, TIMEOUT, vec![Step::Stay]),
        row("hears the request and says nothing", EVERY, TIMEOUT, vec![Step::Hear, Step::Stay]),
        row("accepts and closes at once", EVERY, CONNECTION_LOST, vec![Step::Close]),
        row("hears the request and closes", EVERY, CONNECTION_LOST, vec![Step::Hear, Step::Close]),
        row("accepts and resets at once", EVERY, CONNECTION_LOST, vec![Step::Reset]),
        row("hears the request and resets", EVERY, CONNECTION_LOST, vec![Step::Hear, Step::Reset]),
        row("hears the request and cuts", HTTP1, CONNECTION_LOST, vec![Step::Hear, Step::Cut]),
        row("says nothing where TLS is expected", BELOW_TLS, TIMEOUT, vec![Step::Stay]),
        row("closes where TLS is expected", BELOW_TLS, CONNECT_FAILED, vec![Step::Close]),
        row("resets where TLS is expected", BELOW_TLS, CONNECT_FAILED, vec![Step::Reset]),
    ]);
    behaviours.push(Behaviour::new("Plain, nobody listens", nobody_listens));
    behaviours.push(Behaviour::new("Plain, never accepts, its queue is full", never_accepts));
    behaviours.push(Behaviour::new("Tls, never accepts, its queue is full", never_accepts_tls));
    behaviours.push(Behaviour::new("Http2, says nothing, and the progress function gives up", given_up));
    behaviours
}

fn given_up() -> Result<(), String> {
    let server = Server::start(Transport::Http2, vec![Step::Hear, Step::Stay]);
    let folder = Folder::new();
    let client = client(&server, &folder);
    let begun = Instant::now();
    let goes_on = |_, _| begun.elapsed() < Duration::from_millis(100);
    let call = Call::new().progress(&goes_on);
    match client.pause_call("abc", &call) {
        Err(failure) if failure.status == 7 => {}
        other => return Err(format!("{other:?} in place of a cancelled call")),
    }
    server.behave();
    works_well(&client)
}

fn nobody_listens() -> Result<(), String> {
    let server = Server::start(Transport::Plain, vec![]);
    let (folder, address) = (Folder::new(), server.address());
    let client = client(&server, &folder);
    drop(server);
    must_end(CONNECT_FAILED, |call| client.pause_call("abc", call))?;
    let listener = TcpListener::bind(address).map_err(|reason| format!("the port is taken: {reason}"))?;
    let server = Server::on(listener, Transport::Plain, vec![], Certificate::Good);
    server.behave();
    works_well(&client)
}

fn never_accepts() -> Result<(), String> {
    full(Transport::Plain)
}

fn never_accepts_tls() -> Result<(), String> {
    full(Transport::Tls)
}

/// The kernel drops what knocks at a listener with a full queue, as a firewall does.
fn full(transport: Transport) -> Result<(), String> {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let listener = TcpListener::from(listener);
    let address = listener.local_addr().unwrap();
    let mut waiting = vec![];
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(stream);
    }
    let folder = Folder::new();
    let client = crate::behaviour::client_of(&format!("{}://{address}", transport.scheme()), &folder);
    must_end(TIMEOUT, |call| client.pause_call("abc", call))?;
    drop(waiting);
    let server = Server::on(listener, transport, vec![], Certificate::Good);
    server.behave();
    // Until there is room in the queue: what knocks before would knock again after a second only.
    thread::sleep(Duration::from_millis(100));
    works_well(&client)
}
