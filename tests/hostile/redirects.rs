//! The key goes to no other host, whatever the server says.

use crate::behaviour::{Behaviour, client, must_end, works_well};
use crate::folder::Folder;
use crate::frames;
use crate::script::{FIRST, Step, http1_whole, say};
use crate::server::{Server, Transport};

pub fn behaviours() -> Vec<Behaviour> {
    let mut behaviours = vec![];
    for transport in [Transport::Plain, Transport::Tls, Transport::Http2] {
        for status in [300, 301, 302, 303, 305, 307, 308] {
            behaviours.push(Behaviour::new(format!("{transport:?}, {status}"), move || {
                refers(transport, status, "location")
            }));
        }
        for header in ["alt-svc", "refresh", "content-location", "link"] {
            behaviours.push(Behaviour::new(format!("{transport:?}, {header}"), move || refers(transport, 200, header)));
        }
    }
    behaviours
}

/// Another server would be glad to answer; nobody may come to it.
fn refers(transport: Transport, status: u16, header: &str) -> Result<(), String> {
    let other = Server::start(transport, vec![Step::Hear, Step::Answer(200, FIRST.into())]);
    let value = match header {
        "alt-svc" => format!(r#"h2="{}", http/1.1="{}""#, other.address(), other.address()),
        "refresh" => format!("0; url={}/v1", other.url),
        "link" => format!("<{}/v1>; rel=preload", other.url),
        _ => format!("{}/v1/sessions/abc/recordings/pause", other.url),
    };
    let referral = match transport {
        Transport::Http2 => [frames::head(1, status, &[(header, &value)]), frames::last(1, FIRST)].concat(),
        _ => http1_whole(&format!("{status} Elsewhere"), &[&format!("{header}: {value}")], FIRST),
    };
    let server = Server::start(transport, vec![Step::Hear, say(referral.clone()), Step::Stay]);
    let folder = Folder::new();
    for method in ["pause", "list", "download"] {
        let client = client(&server, &folder);
        let expected = match (status, method) {
            (200, "pause") => 0,
            // It is not a list.
            (200, _) => 8,
            _ => i32::from(status),
        };
        let file = folder.file("video.mp4");
        let ask = |call: &_| match method {
            "pause" => client.pause_call("abc", call),
            "list" => client.list("abc", Some(call)),
            _ => client.download("abc", file.as_str(), call),
        };
        if method != "download" || status != 200 {
            must_end(&[expected], ask).map_err(|reason| format!("{method}: {reason}"))?;
        }
    }
    server.behave();
    works_well(&client(&server, &folder))?;
    match other.connections() {
        0 => Ok(()),
        count => Err(format!("{count} connections to another server")),
    }
}
