//! The state of the server: its options, the sessions and their recordings.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::answers::Nesting;
use crate::canned::CannedAnswers;
use crate::faults::FaultPlan;
use crate::options::Options;
use crate::request_log::RequestLog;

pub struct Sandbox {
    pub api_key: String,
    pub base_url: String,
    pub nesting: Nesting,
    pub redirect_to: String,
    pub video_bytes: u64,
    pub faults: FaultPlan,
    pub canned: CannedAnswers,
    pub log: RequestLog,
    sessions: Mutex<Sessions>,
    requests: AtomicU64,
}

impl Sandbox {
    pub fn new(options: Options, faults: FaultPlan, base_url: String) -> io::Result<Self> {
        let mut sessions = Sessions::default();
        for id in options.sessions.iter().map(String::as_str).chain(faults.sessions()) {
            sessions.create(id, true);
        }
        Ok(Self {
            canned: CannedAnswers::read(options.answers.as_deref())?,
            log: RequestLog::open(options.log.as_deref())?,
            redirect_to: options.redirect_to.unwrap_or_else(|| format!("{base_url}/elsewhere")),
            nesting: if options.single { Nesting::Single } else { Nesting::Double },
            api_key: options.api_key,
            video_bytes: options.video_bytes,
            base_url,
            faults,
            sessions: Mutex::new(sessions),
            requests: AtomicU64::new(0),
        })
    }

    pub fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn next_request_id(&self) -> String {
        format!("req-{}", self.requests.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// Why a request for a session cannot be served.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    NoSession,
    NoRecording,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    pub id: String,
    pub paused: bool,
}

impl Recording {
    pub fn status(&self) -> &'static str {
        if self.paused { "paused" } else { "recording" }
    }
}

/// A session has its primary recording, or none when recording is off or was deleted.
#[derive(Debug, Default)]
pub struct Session {
    pub recording: Option<Recording>,
    pub requests: u64,
}

#[derive(Debug, Default)]
pub struct Sessions {
    by_id: BTreeMap<String, Session>,
    numbered: u64,
    /// How many requests each fault that happens once has met, by the session that it is counted
    /// for.
    met: HashMap<(Option<String>, &'static str), usize>,
}

impl Sessions {
    pub fn create(&mut self, id: &str, recorded: bool) {
        let recording = recorded.then(|| Recording { id: format!("{id}-primary"), paused: false });
        self.by_id.entry(id.to_owned()).or_insert(Session { recording, requests: 0 });
    }

    /// Starts a session with an unused id.
    pub fn start(&mut self, recorded: bool) -> String {
        loop {
            self.numbered += 1;
            let id = format!("session-{}", self.numbered);
            if !self.by_id.contains_key(&id) {
                self.create(&id, recorded);
                return id;
            }
        }
    }

    pub fn end(&mut self, id: &str) -> Result<(), Refusal> {
        self.by_id.remove(id).map(drop).ok_or(Refusal::NoSession)
    }

    pub fn get(&self, id: &str) -> Option<&Session> {
        self.by_id.get(id)
    }

    pub fn count_request(&mut self, id: &str) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.requests += 1;
        }
    }

    pub fn set_paused(&mut self, id: &str, paused: bool) -> Result<(), Refusal> {
        let session = self.by_id.get_mut(id).ok_or(Refusal::NoSession)?;
        session.recording.as_mut().ok_or(Refusal::NoRecording)?.paused = paused;
        Ok(())
    }

    pub fn recording(&self, id: &str) -> Result<Option<&Recording>, Refusal> {
        self.by_id.get(id).map(|session| session.recording.as_ref()).ok_or(Refusal::NoSession)
    }

    pub fn delete_recording(&mut self, id: &str, recording_id: &str) -> Result<(), Refusal> {
        let session = self.by_id.get_mut(id).ok_or(Refusal::NoSession)?;
        session
            .recording
            .take_if(|recording| recording_id == "primary" || recording_id == recording.id)
            .map(drop)
            .ok_or(Refusal::NoRecording)
    }

    /// Counts the fault for that session. Returns the count before.
    pub fn meet(&mut self, session: Option<&str>, fault: &'static str) -> usize {
        let met = self.met.entry((session.map(str::to_owned), fault)).or_default();
        *met += 1;
        *met - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pausing_twice_is_fine_and_resuming_undoes_it() {
        let mut sessions = Sessions::default();
        sessions.create("a", true);
        assert_eq!(sessions.set_paused("a", true), Ok(()));
        assert_eq!(sessions.set_paused("a", true), Ok(()));
        assert_eq!(sessions.recording("a").ok().flatten().map(Recording::status), Some("paused"));
        assert_eq!(sessions.set_paused("a", false), Ok(()));
        assert_eq!(sessions.recording("a").ok().flatten().map(Recording::status), Some("recording"));
    }

    #[test]
    fn a_session_without_recording_cannot_be_paused() {
        let mut sessions = Sessions::default();
        sessions.create("off", false);
        assert_eq!(sessions.set_paused("off", true), Err(Refusal::NoRecording));
        assert_eq!(sessions.set_paused("nobody", true), Err(Refusal::NoSession));
    }

    #[test]
    fn started_sessions_do_not_take_given_ids() {
        let mut sessions = Sessions::default();
        sessions.create("session-1", true);
        assert_eq!(sessions.start(true), "session-2");
    }

    #[test]
    fn a_recording_is_deleted_once() {
        let mut sessions = Sessions::default();
        sessions.create("a", true);
        assert_eq!(sessions.delete_recording("a", "other"), Err(Refusal::NoRecording));
        assert_eq!(sessions.delete_recording("a", "a-primary"), Ok(()));
        assert_eq!(sessions.delete_recording("a", "primary"), Err(Refusal::NoRecording));
    }

    #[test]
    fn faults_are_counted_per_session() {
        let mut sessions = Sessions::default();
        assert_eq!(sessions.meet(Some("a"), "500-once"), 0);
        assert_eq!(sessions.meet(Some("a"), "500-once"), 1);
        assert_eq!(sessions.meet(Some("a"), "500-once"), 2);
        assert_eq!(sessions.meet(Some("b"), "500-once"), 0);
        assert_eq!(sessions.meet(None, "500-once"), 0);
        assert_eq!(sessions.meet(Some("a"), "close-once"), 0);
    }
}
