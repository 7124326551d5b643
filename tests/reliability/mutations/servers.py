"""What servers that mean harm or are broken must not be able to do."""

from .mutation import Mutation, hostile

MUTATIONS = [
    Mutation(
        "taking no answer that nobody asked for",
        "src/transport.rs",
        "if self.unwatched.take() {",
        "if self.unwatched.take() && false {",
        hostile("desync"),
    ),
    Mutation(
        "leaving a connection after a timeout",
        "src/client.rs",
        "lane.retire();",
        "",
        hostile("connecting: Http2"),
    ),
    Mutation(
        "asking whether a stream over HTTP/2 ended",
        "src/download.rs",
        "version >= Version::HTTP_2 && !body",
        "version > Version::HTTP_2 && !body",
        hostile("downloads: Http2"),
    ),
    Mutation(
        "keeping no tree of JSON",
        "src/json.rs",
        "serde_json::from_str(std::str::from_utf8(text).ok()?).ok().map(Self)",
        "{ let tree: serde_json::Value = serde_json::from_slice(text).ok()?; "
        "let found = serde_json::from_slice(text).ok().map(Self); drop(tree); found }",
        hostile("thousand objects"),
    ),
    Mutation(
        "a limit for bodies without an end",
        "src/answer.rs",
        "const MAX_BODY_BYTES: usize = 1024 * 1024;",
        "const MAX_BODY_BYTES: usize = 1 << 40;",
        hostile("endless without"),
    ),
    Mutation(
        "an empty body is no success",
        "src/answer.rs",
        "(_, None) if body.bytes.is_empty() => verdict::flaw(operation, status, None),",
        "(_, None) if body.bytes.is_empty() => None,",
        hostile("empty 200"),
    ),
    Mutation(
        "half of a body is no success",
        "src/answer.rs",
        '(_, None) => Some("the body is not JSON".into()),',
        "(_, None) => None,",
        hostile("bodies: Plain, half"),
    ),
    Mutation(
        "telling broken HTTP/2 from a lost connection",
        "src/cause.rs",
        "            || cause.downcast_ref().is_some_and(h2::Error::is_library)\n",
        "",
        hostile("http2: "),
    ),
    Mutation(
        "telling broken chunks from a lost connection",
        "src/cause.rs",
        "            || cause.downcast_ref().is_some_and(is_no_chunk) && !reason.is::<Unanswered>()\n",
        "",
        hostile("chunk"),
    ),
    Mutation(
        "telling broken TLS from broken HTTP",
        "src/cause.rs",
        " && !sources(reason).any(|cause| cause.is::<rustls::Error>())",
        "",
        hostile("tls: "),
    ),
    Mutation(
        "one deadline, whatever is heard meanwhile",
        "src/call.rs",
        "tokio::time::timeout_at(deadline, work)",
        "tokio::time::timeout_at(deadline + Duration::from_secs(3), work)",
        hostile("connecting: Plain, hears"),
    ),
    Mutation(
        "reading no more than a few times in a turn",
        "src/connect.rs",
        "if self.reads == READS_IN_TURN {",
        "if false && self.reads == READS_IN_TURN {",
        hostile("for ever"),
    ),
    Mutation(
        "looking at the timer in a flood",
        "src/transport.rs",
        "const EVENT_INTERVAL: u32 = 4;",
        "const EVENT_INTERVAL: u32 = 61;",
        hostile("for ever"),
    ),
    Mutation(
        "a success only if its body came to its end",
        "src/exchange.rs",
        "Some(reason) if status.is_success() => Err(self.lost(reason)),",
        "Some(reason) if status.is_informational() => Err(self.lost(reason)),",
        hostile("a trailer that is none"),
    ),
]
