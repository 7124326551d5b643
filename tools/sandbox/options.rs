//! The command-line options.

use std::path::PathBuf;

use clap::Parser;
use clap::builder::NonEmptyStringValueParser;

use crate::faults::{self, Choice, FaultPlan};

/// A stand-in for the Anchor API on 127.0.0.1 that can fail the way networks and servers do.
#[derive(Debug, Parser)]
#[command(name = "sandbox", after_help = faults::help())]
pub struct Options {
    /// Port to listen on; 0 picks a free one, which is printed.
    #[arg(long, default_value_t = 0)]
    pub port: u16,

    /// The only API key that is accepted.
    #[arg(long, value_name = "KEY", default_value = "sandbox-key", value_parser = NonEmptyStringValueParser::new())]
    pub api_key: String,

    /// Create a session that is being recorded (repeatable).
    #[arg(long = "session", value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub sessions: Vec<String>,

    /// Serve HTTPS, and print the path of the CA file to trust.
    #[arg(long)]
    pub tls: bool,

    /// With --tls: offer only HTTP/1.1, not HTTP/2.
    #[arg(long, requires = "tls")]
    pub http1: bool,

    /// Append a JSON object for each request to this file.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// Apply a fault to every API request, or to those for one session, which is created
    /// (repeatable).
    #[arg(long = "fault", value_name = "[SESSION=][pause:|resume:]NAME")]
    pub faults: Vec<String>,

    /// Create a session for each fault, with the name of the fault as its id.
    #[arg(long)]
    pub session_per_fault: bool,

    /// Length of each session's video, in bytes.
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub video_bytes: u64,

    /// Send the responses in this tab-separated file for the sessions that it lists.
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,

    /// Target of the redirect faults [default: /elsewhere on this server].
    #[arg(long, value_name = "URL")]
    pub redirect_to: Option<String>,

    /// Nest response bodies once, {"data":{"status":..}}, instead of twice.
    #[arg(long)]
    pub single: bool,

    /// Also print the lines that make the clients in a shell use this sandbox.
    #[arg(long)]
    pub exports: bool,

    /// Exit when standard input ends.
    #[arg(long)]
    pub exit_with_stdin: bool,
}

impl Options {
    pub fn fault_plan(&self) -> Result<FaultPlan, String> {
        let mut plan = FaultPlan::default();
        for argument in &self.faults {
            let (session, choice) = faults::parse_argument(argument)?;
            plan.add(session, choice);
        }
        if self.session_per_fault {
            for fault in faults::TABLE {
                plan.add(Some(fault.name.to_owned()), Choice { only: None, fault });
            }
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Option<Options> {
        Options::try_parse_from([&["sandbox"], arguments].concat()).ok()
    }

    #[test]
    fn every_option_has_a_default() {
        let options = parse(&[]);
        assert_eq!(options.as_ref().map(|o| o.port), Some(0));
        assert_eq!(options.as_ref().map(|o| o.video_bytes), Some(4096));
        assert_eq!(options.map(|o| o.api_key), Some("sandbox-key".to_owned()));
    }

    #[test]
    fn sessions_and_faults_are_repeatable() {
        let options = parse(&["--session", "a", "--session", "b", "--fault", "500", "--fault", "a=close"]);
        assert_eq!(options.as_ref().map(|o| o.sessions.len()), Some(2));
        let plan = options.and_then(|o| o.fault_plan().ok());
        assert_eq!(plan.map(|p| p.sessions().collect::<Vec<_>>().len()), Some(1));
    }

    #[test]
    fn an_unknown_fault_is_reported_in_one_line_with_the_known_ones() {
        let message = parse(&["--fault", "a=nonsense"]).and_then(|o| o.fault_plan().err());
        assert!(message.is_some_and(|m| m.contains("nonsense") && m.contains("500-once") && !m.contains('\n')));
    }

    #[test]
    fn session_per_fault_creates_a_session_for_each_fault() {
        let plan = parse(&["--session-per-fault"]).and_then(|o| o.fault_plan().ok());
        assert_eq!(plan.map(|p| p.sessions().count()), Some(faults::TABLE.len()));
    }

    #[test]
    fn an_empty_api_key_is_rejected() {
        assert!(parse(&["--api-key", ""]).is_none());
    }
}
