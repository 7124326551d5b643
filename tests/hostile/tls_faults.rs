//! Faults of the TLS layer: before the connection can be trusted nothing is sent, and a fault later ends it.

use crate::behaviour::{
    Behaviour, CONNECT_FAILED, CONNECTION_LOST, LOST_OR_SUCCESS, TIMEOUT, TLS_FAILED, behaviours as all, row,
};
use crate::frames;
use crate::script::{FIRST, Step, answer, http1, http1_whole, say};
use crate::server::Transport;
use crate::tls::Certificate;

const BELOW_TLS: &[Transport] = &[Transport::BelowTls];
const OVER_TLS: &[Transport] = &[Transport::Tls, Transport::Http2];
const TLS: &[Transport] = &[Transport::Tls];

/// What a record of application data says before its 32 bytes.
const RECORD: &[u8] = &[23, 3, 3, 0, 32];
const HANDSHAKE_FAILURE: &[u8] = &[21, 3, 3, 0, 2, 2, 40];
const PROTOCOL_VERSION: &[u8] = &[21, 3, 1, 0, 2, 2, 70];

pub fn behaviours() -> Vec<Behaviour> {
    let forged = || Step::SayRaw([RECORD, &[0; 32]].concat());
    all([
        row("certificate for another name", OVER_TLS, TLS_FAILED, vec![]).certificate(Certificate::OtherName),
        row("expired certificate", OVER_TLS, TLS_FAILED, vec![]).certificate(Certificate::Expired),
        row("certificate not yet valid", OVER_TLS, TLS_FAILED, vec![]).certificate(Certificate::NotYetValid),
        row("unknown authority", OVER_TLS, TLS_FAILED, vec![]).certificate(Certificate::UnknownAuthority),
        row("plain HTTP at once", BELOW_TLS, TLS_FAILED, vec![say(http1_whole("200 OK", &[], FIRST)), Step::Close]),
        row(
            "HTTP's 400 for the hello",
            BELOW_TLS,
            TLS_FAILED,
            vec![Step::Wait(20), say(http1_whole("400 Bad Request", &["Connection: close"], "TLS?")), Step::Close],
        ),
        row("SSH banner", BELOW_TLS, TLS_FAILED, vec![say("SSH-2.0-OpenSSH_9.2p1\r\n"), Step::Stay]),
        row("alert: handshake failure", BELOW_TLS, TLS_FAILED, vec![say(HANDSHAKE_FAILURE), Step::Close]),
        row("alert: protocol version", BELOW_TLS, TLS_FAILED, vec![say(PROTOCOL_VERSION), Step::Close]),
        row("zeros for ever", BELOW_TLS, TLS_FAILED, vec![Step::Forever(vec![0; 16 * 1024])]),
        row("empty records for ever", BELOW_TLS, TLS_FAILED, vec![Step::Forever([22, 3, 3, 0, 0].repeat(3000))]),
        row("stalls within the handshake", BELOW_TLS, TIMEOUT, vec![Step::Handshake(half), Step::Stay]),
        row("handshake in a trickle", BELOW_TLS, TIMEOUT, vec![Step::Trickle([22, 3, 3, 1, 0].repeat(60))]),
        row("ends within the handshake", BELOW_TLS, CONNECT_FAILED, vec![Step::Handshake(half), Step::Close]),
        row("resets within the handshake", BELOW_TLS, CONNECT_FAILED, vec![Step::Handshake(half), Step::Reset]),
        row("bad MAC within the handshake", BELOW_TLS, TLS_FAILED, vec![Step::Handshake(flipped), Step::Stay]),
        row("a handshake twice", BELOW_TLS, TLS_FAILED, vec![Step::Handshake(|flight| flight.repeat(2)), Step::Stay]),
        row("bad MAC for an answer", OVER_TLS, CONNECTION_LOST, vec![Step::Hear, forged(), Step::Stay]),
        row(
            "bad MAC within an answer",
            TLS,
            CONNECTION_LOST,
            vec![
                Step::Hear,
                say(http1("200 OK", &["Content-Length: 100"], FIRST)),
                Step::Wait(50),
                forged(),
                Step::Stay,
            ],
        ),
        row(
            "plain HTTP for an answer",
            OVER_TLS,
            CONNECTION_LOST,
            vec![Step::Hear, Step::SayRaw(http1_whole("200 OK", &[], FIRST)), Step::Close],
        ),
        row(
            "bad MAC within an answer of HTTP/2",
            &[Transport::Http2],
            CONNECTION_LOST,
            vec![
                Step::Hear,
                say([frames::head(1, 200, &[]), frames::piece(1, &FIRST[..20])].concat()),
                Step::Wait(50),
                forged(),
                Step::Stay,
            ],
        ),
        row(
            "an answer without an end, and TLS without one",
            TLS,
            CONNECTION_LOST,
            vec![Step::Hear, say(http1("200 OK", &[], FIRST)), Step::Cut],
        ),
        row(
            "bad MAC after the answer",
            OVER_TLS,
            LOST_OR_SUCCESS,
            vec![Step::Hear, answer(200, FIRST), forged(), Step::Stay],
        ),
    ])
}

fn half(flight: Vec<u8>) -> Vec<u8> {
    flight[..flight.len() / 2].to_vec()
}

/// The last byte belongs to the last record's MAC.
fn flipped(mut flight: Vec<u8>) -> Vec<u8> {
    *flight.last_mut().unwrap() ^= 1;
    flight
}
