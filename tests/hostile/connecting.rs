//! Connections that fail, or that never carry a response.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::behaviour::{
    ALL, Behaviour, CONNECT_FAILED, CONNECTION_LOST, HTTP1, TIMEOUT, check_call, check_client_still_works, client,
    for_each_transport, row,
};
use crate::fault::Checked;
use crate::folder::Folder;
use crate::host::Call;
use crate::script::Step;
use crate::server::{Server, Transport};
use crate::tls_server::Certificate;

const BELOW_TLS: &[Transport] = &[Transport::BelowTls];

/// The reset may arrive before HTTP/2 has begun.
const REFUSED_OR_LOST: &[i32] = &[3, 5];

pub fn behaviours() -> Vec<Behaviour> {
    let mut behaviours = for_each_transport([
        row("accepts and sends nothing", ALL, TIMEOUT, vec![Step::Hang]),
        row("reads the request and sends nothing", ALL, TIMEOUT, vec![Step::Receive, Step::Hang]),
        row("accepts and closes at once", ALL, CONNECTION_LOST, vec![Step::Close]),
        row("reads the request and closes", ALL, CONNECTION_LOST, vec![Step::Receive, Step::Close]),
        row("accepts and resets the connection at once", ALL, REFUSED_OR_LOST, vec![Step::Reset]),
        row("reads the request and resets the connection", ALL, CONNECTION_LOST, vec![Step::Receive, Step::Reset]),
        row(
            "reads the request and closes TCP without close_notify",
            HTTP1,
            CONNECTION_LOST,
            vec![Step::Receive, Step::CloseTcp],
        ),
        row("sends nothing where TLS is expected", BELOW_TLS, TIMEOUT, vec![Step::Hang]),
        row("closes where TLS is expected", BELOW_TLS, CONNECT_FAILED, vec![Step::Close]),
        row("resets the connection where TLS is expected", BELOW_TLS, CONNECT_FAILED, vec![Step::Reset]),
    ]);
    behaviours.push(Behaviour::new("Plain, nothing listens on the port", nothing_listens));
    behaviours.push(Behaviour::new("Plain, never accepts, and its backlog is full", never_accepts));
    behaviours.push(Behaviour::new("Tls, never accepts, and its backlog is full", never_accepts_tls));
    behaviours
        .push(Behaviour::new("Http2, sends nothing, and the progress function cancels the call", progress_cancels));
    behaviours
}

fn progress_cancels() -> Checked {
    let server = Server::start(Transport::Http2, vec![Step::Receive, Step::Hang]);
    let folder = Folder::new();
    let client = client(&server, &folder);
    let start = Instant::now();
    let should_continue = |_, _| start.elapsed() < Duration::from_millis(100);
    let call = Call::new().progress(&should_continue);
    match client.pause_call("abc", &call) {
        Err(failure) if failure.status == 7 => {}
        other => return Err(format!("{other:?} instead of a cancelled call").into()),
    }
    server.behave();
    check_client_still_works(&client)
}

fn nothing_listens() -> Checked {
    let server = Server::start(Transport::Plain, vec![]);
    let (folder, address) = (Folder::new(), server.address());
    let client = client(&server, &folder);
    drop(server);
    check_call(CONNECT_FAILED, |call| client.pause_call("abc", call))?;
    let listener =
        TcpListener::bind(address).map_err(|reason| format!("another process has taken the port: {reason}"))?;
    let server = Server::on(listener, Transport::Plain, vec![], Certificate::Good);
    server.behave();
    check_client_still_works(&client)
}

fn never_accepts() -> Checked {
    check_full_backlog(Transport::Plain)
}

fn never_accepts_tls() -> Checked {
    check_full_backlog(Transport::Tls)
}

/// The kernel drops connection requests to a listener with a full backlog, as a firewall does.
fn check_full_backlog(transport: Transport) -> Checked {
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
    check_call(TIMEOUT, |call| client.pause_call("abc", call))?;
    drop(waiting);
    let server = Server::on(listener, transport, vec![], Certificate::Good);
    server.behave();
    // Let the server drain the backlog first: a connection request that is dropped is resent only
    // after a second.
    thread::sleep(Duration::from_millis(100));
    check_client_still_works(&client)
}
