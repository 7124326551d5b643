//! Calls through a SOCKS5 proxy.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::host::{Options, expect_failure};
use crate::sandbox::Sandbox;
use crate::wait::TEST_TIMEOUT;

/// What the proxy wants of its clients.
#[derive(Clone, Copy)]
enum Wants {
    Nothing,
    /// A way to authenticate that the library does not know.
    AnotherKind,
    /// This user name and password.
    Credentials(&'static str, &'static str),
}

/// A proxy for connections to this address, wherever the clients want to be connected. Returns its
/// host and port, and the hosts that it was asked for.
fn start(wants: Wants, reply: u8, server: String) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, asked) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let (sender, server) = (sender.clone(), server.clone());
            // It fails when the client closes the connection.
            thread::spawn(move || serve(stream, wants, reply, &server, &sender));
        }
    });
    (address, asked)
}

fn serve(mut client: TcpStream, wants: Wants, reply: u8, server: &str, asked: &Sender<String>) -> io::Result<()> {
    client.set_read_timeout(Some(TEST_TIMEOUT))?;
    let [version, count] = take(&mut client)?;
    assert_eq!(version, 5);
    let methods = text(&mut client, count)?;
    match wants {
        Wants::Nothing if methods.contains(&0) => client.write_all(&[5, 0])?,
        Wants::Credentials(user, password) if methods.contains(&2) => {
            client.write_all(&[5, 2])?;
            let [_, length] = take(&mut client)?;
            let is_user = text(&mut client, length)? == user.as_bytes();
            let [length] = take(&mut client)?;
            let is_right = is_user && text(&mut client, length)? == password.as_bytes();
            client.write_all(&[1, u8::from(!is_right)])?;
            if !is_right {
                return Ok(());
            }
        }
        _ => return client.write_all(&[5, 0xff]),
    }
    let [_, _, _, kind] = take(&mut client)?;
    let host = match kind {
        1 => std::net::Ipv4Addr::from(take::<4>(&mut client)?).to_string(),
        4 => std::net::Ipv6Addr::from(take::<16>(&mut client)?).to_string(),
        _ => {
            let [length] = take(&mut client)?;
            format!("name {}", String::from_utf8(text(&mut client, length)?).unwrap())
        }
    };
    let port = u16::from_be_bytes(take(&mut client)?);
    let _ = asked.send(format!("{host} {port}"));
    client.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0])?;
    if reply == 0 {
        let server = TcpStream::connect(server)?;
        let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || io::copy(&mut from_server, &mut to_client));
        io::copy(&mut client, &mut &server)?;
    }
    Ok(())
}

fn take<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).map(|()| bytes)
}

fn text(stream: &mut TcpStream, length: u8) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length.into()];
    stream.read_exact(&mut bytes).map(|()| bytes)
}

fn address_of(url: &str) -> String {
    url.split_once("://").unwrap().1.to_owned()
}

#[test]
fn the_name_of_the_server_is_looked_up_here_or_by_the_proxy() {
    let (plain, tls) = (Sandbox::start(), Sandbox::with(&["--tls", "--session", "abc"]));
    for (scheme, host, asked_for) in [
        ("socks5", "127.0.0.1", "127.0.0.1"),
        ("socks5h", "127.0.0.1", "127.0.0.1"),
        ("socks5h", "localhost", "name localhost"),
        ("socks5", "localhost", "127.0.0.1"),
        ("socks5h", "[::1]", "::1"),
        ("socks5", "[::ffff:127.0.0.1]", "127.0.0.1"),
        ("socks5h", "[::ffff:127.0.0.1]", "127.0.0.1"),
    ] {
        for sandbox in [&plain, &tls] {
            // The certificate of the sandbox is not for these addresses.
            if sandbox.ca_file.is_some() && host.starts_with('[') {
                continue;
            }
            let (proxy, asked) = start(Wants::Nothing, 0, address_of(&sandbox.url));
            let url = sandbox.url.replace("127.0.0.1", host);
            let mut options = Options::for_url(&url).proxy(format!("{scheme}://{proxy}")).max_retries(0);
            if let Some(ca_file) = &sandbox.ca_file {
                options = options.ca_file(ca_file.as_str());
            }
            let before = sandbox.requests().len();
            options.client().unwrap().pause("abc").unwrap();
            let port = url.rsplit_once(':').unwrap().1;
            let mut asked: Vec<_> = asked.try_iter().collect();
            // localhost may have an IPv6 address, which is asked for first.
            if host == "localhost" && asked[0].starts_with("::1 ") && asked_for == "127.0.0.1" {
                asked[0] = format!("{asked_for} {port}");
            }
            assert_eq!(asked, [format!("{asked_for} {port}")], "{scheme} {host}");
            assert_eq!(sandbox.requests().len(), before + 1);
            // The request is one for the server, not for a proxy.
            assert_eq!(sandbox.requests()[before]["path"], "/v1/sessions/abc/recordings/pause");
        }
    }
}

#[test]
fn a_user_name_and_a_password_are_sent_and_their_refusal_is_final() {
    let sandbox = Sandbox::start();
    for (credentials, wants, status, said) in [
        ("", Wants::Nothing, 0, ""),
        ("us%40er:p%3Aw@", Wants::Nothing, 0, ""),
        ("us%40er:p%3Aw@", Wants::Credentials("us@er", "p:w"), 0, ""),
        ("user:secret@", Wants::Credentials("user", "other"), 3, "did not accept the user name and the password"),
        ("", Wants::Credentials("user", "other"), 3, "does not accept connections without credentials"),
        (
            "user:secret@",
            Wants::AnotherKind,
            3,
            "accepts connections neither with a user name nor without; nothing was sent: ask the administrator",
        ),
    ] {
        let (proxy, asked) = start(wants, 0, address_of(&sandbox.url));
        let options = Options::for_url("http://api.invalid").proxy(format!("socks5h://{credentials}{proxy}"));
        let call = crate::host::Call::new();
        let result = options.client().unwrap().pause_call("abc", &call);
        assert_eq!(result.as_ref().map_or_else(|failure| failure.status, |()| 0), status, "{result:?}");
        assert_eq!(call.attempts(), 1);
        if let Err(failure) = result {
            assert!(failure.message.contains(said) && !failure.message.contains("secret"), "{}", failure.message);
            assert!(failure.message.contains(&format!("socks5h://{proxy} ")), "{}", failure.message);
        } else {
            assert_eq!(asked.recv_timeout(TEST_TIMEOUT).unwrap(), "name api.invalid 80");
        }
    }
}

#[test]
fn a_refusal_is_put_in_words_and_only_transient_ones_are_repeated() {
    for (reply, attempts, said) in [
        (1, 2, "failed to connect to the server"),
        (2, 1, "does not allow connections to this server"),
        (4, 2, "cannot reach the server, or does not know its name"),
        (5, 2, "was refused by the server"),
    ] {
        let (proxy, asked) = start(Wants::Nothing, reply, String::new());
        let options = Options::for_url("https://api.invalid").proxy(format!("socks5h://{proxy}")).max_retries(1);
        let failure = expect_failure(options.client().unwrap().pause("abc"));
        assert_eq!((failure.status, asked.try_iter().count()), (3, attempts), "{}", failure.message);
        let count = if attempts > 1 { format!(" ({attempts} attempts)") } else { String::new() };
        assert!(failure.message.contains(&format!("the proxy {said}{count}; nothing was sent")), "{}", failure.message);
    }
}

#[test]
fn a_name_that_is_too_long_for_socks_is_reported_once() {
    let (proxy, asked) = start(Wants::Nothing, 0, String::new());
    let url = format!("http://{}example", "a.".repeat(130));
    let (options, call) = (Options::for_url(&url).proxy(format!("socks5h://{proxy}")), crate::host::Call::new());
    let failure = expect_failure(options.client().unwrap().pause_call("abc", &call));
    assert_eq!((failure.status, call.attempts(), asked.try_iter().count()), (3, 1, 0), "{}", failure.message);
    assert!(failure.message.contains("a name of more than 255 bytes; nothing was sent"), "{}", failure.message);
}
