//! The sandbox: a stand-in for the API on the loopback interface, in a process of its own.
//!
//! It logs each request that it receives. Tests read that log to see what the library really sent.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::Value;

use crate::folder::Folder;
use crate::wait::wait_until;

pub const API_KEY: &str = "sk-canary-of-the-tests";

/// A plain HTTP client for requests that the library under test does not make.
pub fn http() -> reqwest::blocking::Client {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    reqwest::blocking::Client::builder().tls_backend_preconfigured(tls).build().unwrap()
}

/// A running sandbox. It is killed on drop, and exits by itself if the test process dies.
pub struct Sandbox {
    process: Child,
    pub url: String,
    pub ca_file: Option<String>,
    folder: Folder,
}

impl Sandbox {
    /// Starts a sandbox with the session "abc" and one session for each fault, named after it.
    pub fn start() -> Self {
        Self::with(&["--session-per-fault", "--session", "abc"])
    }

    pub fn with(arguments: &[&str]) -> Self {
        let folder = Folder::new();
        let mut process = Command::new(program())
            .args(["--exit-with-stdin", "--api-key", API_KEY, "--log", &log_file(&folder)])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut announced = |prefix: &str| lines.next().unwrap().unwrap().strip_prefix(prefix).unwrap().to_owned();
        let url = announced("listening on ");
        let ca_file = url.starts_with("https").then(|| announced("ca file "));
        Self { process, url, ca_file, folder }
    }

    /// The requests received so far.
    pub fn requests(&self) -> Vec<Value> {
        let log = fs::read_to_string(log_file(&self.folder)).unwrap_or_default();
        // The last line may be half written.
        log.split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub fn requests_for(&self, session: &str) -> Vec<Value> {
        self.requests().into_iter().filter(|request| request["session"] == session).collect()
    }

    /// The last path segment of each request for a session, such as "pause".
    pub fn actions(&self, session: &str) -> Vec<String> {
        let last_segment = |request: &Value| request["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        self.requests_for(session).iter().map(last_segment).collect()
    }

    pub fn wait_for_requests(&self, session: &str, count: usize) {
        wait_until(&format!("request {count} for {session}"), || self.requests_for(session).len() >= count);
    }

    /// The state of a recording: "recording", "paused" or "off".
    pub fn recording(&self, session: &str) -> String {
        let answer = http().get(format!("{}/sandbox/sessions/{session}", self.url)).send().unwrap();
        let state: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
        state["recording"].as_str().unwrap().to_owned()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(ca_file) = &self.ca_file {
            let _ = fs::remove_file(ca_file);
        }
    }
}

fn log_file(folder: &Folder) -> String {
    folder.file("requests.log")
}

/// The path of the sandbox, whose package is built into the same folder as the tests.
fn program() -> String {
    env::var("ANCHOR_SANDBOX").unwrap_or_else(|_| {
        let target = env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
        target.join("sandbox").to_str().unwrap().to_owned()
    })
}

/// Whether these bytes are a video of the sandbox: a header of 24 bytes, and then a pattern.
pub fn is_video(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().skip(24).all(|(at, byte)| usize::from(*byte) == (at - 24) % 251)
}
