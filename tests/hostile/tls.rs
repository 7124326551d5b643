//! Faults of the TLS layer. Before the handshake completes nothing is sent, and a later fault ends
//! the connection.

use crate::behaviour::{
    Behaviour, CONNECT_FAILED, CONNECTION_LOST, LOST_OR_SUCCESS, TIMEOUT, TLS_FAILED, for_each_transport, row,
};
use crate::frames;
use crate::script::{FIRST, Step, http1, http1_with_length, respond, send};
use crate::server::Transport;
use crate::tls_server::Certificate;

const BELOW_TLS: &[Transport] = &[Transport::BelowTls];
const OVER_TLS: &[Transport] = &[Transport::Tls, Transport::Http2];
const TLS: &[Transport] = &[Transport::Tls];

/// The header of an application data record of 32 bytes.
const RECORD_HEADER: &[u8] = &[23, 3, 3, 0, 32];
const HANDSHAKE_FAILURE: &[u8] = &[21, 3, 3, 0, 2, 2, 40];
const PROTOCOL_VERSION: &[u8] = &[21, 3, 1, 0, 2, 2, 70];

pub fn behaviours() -> Vec<Behaviour> {
    let forged = || Step::SendBelowTls([RECORD_HEADER, &[0; 32]].concat());
    for_each_transport([
        row("a certificate for another name", OVER_TLS, TLS_FAILED, vec![]).certificate(Certificate::OtherName),
        row("a certificate for 700 names", OVER_TLS, TLS_FAILED, vec![]).certificate(Certificate::ManyNames),
        row("a certificate for the API key", OVER_TLS, TLS_FAILED, vec![]).certificate(Certificate::NameWithKey),
        row("an expired certificate", OVER_TLS, TLS_FAILED, vec![]).certificate(Certificate::Expired),
        row("a certificate that is not yet valid", OVER_TLS, TLS_FAILED, vec![]).certificate(Certificate::NotYetValid),
        row("a certificate of an unknown authority", OVER_TLS, TLS_FAILED, vec![])
            .certificate(Certificate::UnknownAuthority),
        row(
            "a plain HTTP response at once",
            BELOW_TLS,
            TLS_FAILED,
            vec![send(http1_with_length("200 OK", &[], FIRST)), Step::Close],
        ),
        row(
            "a plain HTTP 400 in response to the ClientHello",
            BELOW_TLS,
            TLS_FAILED,
            vec![
                Step::Wait(20),
                send(http1_with_length("400 Bad Request", &["Connection: close"], "TLS?")),
                Step::Close,
            ],
        ),
        row("an SSH banner", BELOW_TLS, TLS_FAILED, vec![send("SSH-2.0-OpenSSH_9.2p1\r\n"), Step::Hang]),
        row("the alert handshake_failure", BELOW_TLS, TLS_FAILED, vec![send(HANDSHAKE_FAILURE), Step::Close]),
        row("the alert protocol_version", BELOW_TLS, TLS_FAILED, vec![send(PROTOCOL_VERSION), Step::Close]),
        row("zeros forever", BELOW_TLS, TLS_FAILED, vec![Step::Flood(vec![0; 16 * 1024])]),
        row("empty records forever", BELOW_TLS, TLS_FAILED, vec![Step::Flood([22, 3, 3, 0, 0].repeat(3000))]),
        row("stalls in the handshake", BELOW_TLS, TIMEOUT, vec![Step::Handshake(half), Step::Hang]),
        row("sends the handshake byte by byte", BELOW_TLS, TIMEOUT, vec![Step::Trickle([22, 3, 3, 1, 0].repeat(60))]),
        row("closes in the handshake", BELOW_TLS, CONNECT_FAILED, vec![Step::Handshake(half), Step::Close]),
        row(
            "resets the connection in the handshake",
            BELOW_TLS,
            CONNECT_FAILED,
            vec![Step::Handshake(half), Step::Reset],
        ),
        row("a bad MAC in the handshake", BELOW_TLS, TLS_FAILED, vec![Step::Handshake(with_bad_mac), Step::Hang]),
        row(
            "sends its part of the handshake twice",
            BELOW_TLS,
            TLS_FAILED,
            vec![Step::Handshake(|flight| flight.repeat(2)), Step::Hang],
        ),
        row(
            "a record with a bad MAC instead of a response",
            OVER_TLS,
            CONNECTION_LOST,
            vec![Step::Receive, forged(), Step::Hang],
        ),
        row(
            "a record with a bad MAC inside a response",
            TLS,
            CONNECTION_LOST,
            vec![
                Step::Receive,
                send(http1("200 OK", &["Content-Length: 100"], FIRST)),
                Step::Wait(50),
                forged(),
                Step::Hang,
            ],
        ),
        row(
            "plain HTTP instead of an encrypted response",
            OVER_TLS,
            CONNECTION_LOST,
            vec![Step::Receive, Step::SendBelowTls(http1_with_length("200 OK", &[], FIRST)), Step::Close],
        ),
        row(
            "a record with a bad MAC inside an HTTP/2 response",
            &[Transport::Http2],
            CONNECTION_LOST,
            vec![
                Step::Receive,
                send([frames::head(1, 200, &[]), frames::piece(1, &FIRST[..20])].concat()),
                Step::Wait(50),
                forged(),
                Step::Hang,
            ],
        ),
        row(
            "a response without a length, ended without close_notify",
            TLS,
            CONNECTION_LOST,
            vec![Step::Receive, send(http1("200 OK", &[], FIRST)), Step::CloseTcp],
        ),
        row(
            "a record with a bad MAC after the response",
            OVER_TLS,
            LOST_OR_SUCCESS,
            vec![Step::Receive, respond(200, FIRST), forged(), Step::Hang],
        ),
    ])
}

fn half(flight: Vec<u8>) -> Vec<u8> {
    flight[..flight.len() / 2].to_vec()
}

/// Flips a bit of the last byte, which belongs to the MAC of the last record.
fn with_bad_mac(mut flight: Vec<u8>) -> Vec<u8> {
    *flight.last_mut().unwrap() ^= 1;
    flight
}
