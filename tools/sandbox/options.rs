//! The command line.

use std::path::PathBuf;

use clap::Parser;
use clap::builder::NonEmptyStringValueParser;

use crate::faults::{self, FaultPlan};

/// A stand-in for the Anchor API on 127.0.0.1.
#[derive(Debug, Parser)]
#[command(name = "sandbox", after_help = faults::help())]
pub struct Options {
    /// Port to listen on; 0 selects a free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,

    /// The only key that is accepted.
    #[arg(long, value_name = "KEY", default_value = "sandbox-key", value_parser = NonEmptyStringValueParser::new())]
    pub api_key: String,

    /// A session that exists from the start and is being recorded (repeatable).
    #[arg(long = "session", value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub sessions: Vec<String>,

    /// Serve HTTPS; the certificate authority to trust is printed.
    #[arg(long)]
    pub tls: bool,

    /// With --tls: offer HTTP/1.1 only, without HTTP/2.
    #[arg(long, requires = "tls")]
    pub http1: bool,

    /// Append one JSON object per request to this file.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// Fail every API request, or those for SESSION, with the fault NAME (repeatable).
    #[arg(long = "fault", value_name = "[SESSION=]NAME")]
    pub faults: Vec<String>,

    /// Start one session for every fault, with the fault's name as its id.
    #[arg(long)]
    pub session_per_fault: bool,

    /// Length of every session's video.
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub video_bytes: u64,

    /// Answer requests for the sessions in this file with the statuses and bodies in it.
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,

    /// Target of the redirect faults; /elsewhere on this server by default.
    #[arg(long, value_name = "URL")]
    pub redirect_to: Option<String>,

    /// Nest bodies once, {"data":{"status":..}}, instead of twice.
    #[arg(long)]
    pub single: bool,

    /// End when standard input ends.
    #[arg(long)]
    pub exit_with_stdin: bool,
}

impl Options {
    pub fn fault_plan(&self) -> Result<FaultPlan, String> {
        let mut plan = FaultPlan::default();
        for argument in &self.faults {
            let (session, fault) = faults::parse_argument(argument)?;
            plan.add(session, fault);
        }
        if self.session_per_fault {
            for fault in faults::TABLE {
                plan.add(Some(fault.name.to_owned()), fault);
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
    fn defaults_need_no_arguments() {
        let options = parse(&[]);
        assert_eq!(options.as_ref().map(|o| o.port), Some(0));
        assert_eq!(options.as_ref().map(|o| o.video_bytes), Some(4096));
        assert_eq!(options.map(|o| o.api_key), Some("sandbox-key".to_owned()));
    }

    #[test]
    fn sessions_and_faults_repeat() {
        let options = parse(&["--session", "a", "--session", "b", "--fault", "500", "--fault", "a=close"]);
        assert_eq!(options.as_ref().map(|o| o.sessions.len()), Some(2));
        let plan = options.and_then(|o| o.fault_plan().ok());
        assert_eq!(plan.map(|p| p.sessions().collect::<Vec<_>>().len()), Some(1));
    }

    #[test]
    fn unknown_fault_is_named_in_one_line() {
        let message = parse(&["--fault", "a=nonsense"]).and_then(|o| o.fault_plan().err());
        assert!(message.is_some_and(|m| m.contains("nonsense") && m.contains("500-once") && !m.contains('\n')));
    }

    #[test]
    fn every_fault_can_have_its_session() {
        let plan = parse(&["--session-per-fault"]).and_then(|o| o.fault_plan().ok());
        assert_eq!(plan.map(|p| p.sessions().count()), Some(faults::TABLE.len()));
    }

    #[test]
    fn an_empty_key_is_refused() {
        assert!(parse(&["--api-key", ""]).is_none());
    }
}
