//! Responses that refer the client to another server.
//!
//! The client follows none of them: a redirect is a failure, and `Alt-Svc`, `Refresh`, `Link` and
//! `Content-Location` are ignored. So the API key never reaches another host.

use crate::behaviour::{Behaviour, check_call, check_client_still_works, client};
use crate::fault::Checked;
use crate::folder::Folder;
use crate::frames;
use crate::script::{FIRST, Step, http1_with_length, reply_and_hang};
use crate::server::{Server, Transport};

pub fn behaviours() -> Vec<Behaviour> {
    let mut behaviours = vec![];
    for transport in [Transport::Plain, Transport::Tls, Transport::Http2] {
        for status in [300, 301, 302, 303, 305, 307, 308] {
            behaviours.push(Behaviour::new(format!("{transport:?}, {status} with a location"), move || {
                check_referral(transport, status, "location")
            }));
        }
        for header in ["alt-svc", "refresh", "content-location", "link"] {
            behaviours.push(Behaviour::new(format!("{transport:?}, 200 with {header}"), move || {
                check_referral(transport, 200, header)
            }));
        }
    }
    behaviours
}

/// The server refers every call to another server, which must not get a single connection.
fn check_referral(transport: Transport, status: u16, header: &str) -> Checked {
    let other = Server::start(transport, vec![Step::Receive, Step::Respond(200, FIRST.into())]);
    let value = match header {
        "alt-svc" => format!(r#"h2="{}", http/1.1="{}""#, other.address(), other.address()),
        "refresh" => format!("0; url={}/v1", other.url),
        "link" => format!("<{}/v1>; rel=preload", other.url),
        _ => format!("{}/v1/sessions/abc/recordings/pause", other.url),
    };
    let referral = match transport {
        Transport::Http2 => [frames::head(1, status, &[(header, &value)]), frames::last(1, FIRST)].concat(),
        _ => http1_with_length(&format!("{status} Elsewhere"), &[&format!("{header}: {value}")], FIRST),
    };
    let server = Server::start(transport, reply_and_hang(referral.clone()));
    let folder = Folder::new();
    for method in ["pause", "list", "download"] {
        let client = client(&server, &folder);
        let expected = match (status, method) {
            (200, "pause") => 0,
            // The body is not a list of recordings.
            (200, _) => 8,
            _ => i32::from(status),
        };
        let file = folder.file("video.mp4");
        let make = |call: &_| match method {
            "pause" => client.pause_call("abc", call),
            "list" => client.list("abc", Some(call)),
            _ => client.download("abc", file.as_str(), call),
        };
        if method != "download" || status != 200 {
            check_call(&[expected], make).map_err(|fault| fault.within(method))?;
        }
    }
    server.behave();
    check_client_still_works(&client(&server, &folder))?;
    match other.connections() {
        0 => Ok(()),
        count => Err(format!("{count} connections to another server").into()),
    }
}
