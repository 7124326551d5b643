//! The loopback stand-in for the API, as a process of its own.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

pub const API_KEY: &str = "sk-canary-of-the-tests";

/// A client for what the library does not ask, over plain HTTP.
pub fn http() -> reqwest::blocking::Client {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    reqwest::blocking::Client::builder().tls_backend_preconfigured(tls).build().unwrap()
}

/// A running sandbox; it ends with this value, or with the test process.
pub struct Sandbox {
    process: Child,
    pub url: String,
    pub ca_file: Option<String>,
    log: PathBuf,
}

impl Sandbox {
    /// One with a session for every fault.
    pub fn start() -> Self {
        Self::with(&["--session-per-fault", "--session", "abc"])
    }

    pub fn with(arguments: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let log = env::temp_dir().join(format!("anchor-test-{}-{number}.log", std::process::id()));
        let mut process = Command::new(program())
            .args(["--exit-with-stdin", "--api-key", API_KEY, "--log"])
            .arg(&log)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut announced = |what: &str| lines.next().unwrap().unwrap().strip_prefix(what).unwrap().to_owned();
        let url = announced("listening on ");
        let ca_file = url.starts_with("https").then(|| announced("ca file "));
        Self { process, url, ca_file, log }
    }

    /// What it logged of the requests so far.
    pub fn requests(&self) -> Vec<Value> {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The requests for one session.
    pub fn requests_for(&self, session: &str) -> Vec<Value> {
        self.requests().into_iter().filter(|request| request["session"] == session).collect()
    }

    /// "recording", "paused" or "off".
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
        let _ = fs::remove_file(&self.log);
        if let Some(ca_file) = &self.ca_file {
            let _ = fs::remove_file(ca_file);
        }
    }
}

/// Cargo builds examples beside tests.
fn program() -> PathBuf {
    match env::var_os("ANCHOR_SANDBOX") {
        Some(program) => program.into(),
        None => env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples/sandbox"),
    }
}
