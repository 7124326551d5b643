//! The state of the server: its settings, and the sessions with their recordings.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::canned::CannedResponses;
use crate::faults::FaultPlan;
use crate::options::Options;
use crate::request_log::RequestLog;
use crate::responses::Nesting;
use crate::routes::Operation;

pub struct Sandbox {
    pub api_key: String,
    pub base_url: String,
    pub nesting: Nesting,
    pub redirect_to: String,
    pub video_bytes: u64,
    pub faults: FaultPlan,
    pub canned: CannedResponses,
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
            canned: CannedResponses::read(options.answers.as_deref())?,
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
pub enum SessionError {
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

/// A session has no recording if it was started without one or the recording was deleted. The
/// recording stays when the session ends.
#[derive(Debug, Default)]
pub struct Session {
    pub recording: Option<Recording>,
    has_ended: bool,
    pub requests: u64,
}

impl Session {
    pub fn status(&self) -> &'static str {
        if self.has_ended { "ended" } else { "running" }
    }
}

#[derive(Debug, Default)]
pub struct Sessions {
    by_id: BTreeMap<String, Session>,
    /// The number in the last generated session id.
    last_number: u64,
    /// How many requests each once-only fault has applied to.
    fault_counts: HashMap<FaultKey, usize>,
}

/// The session and the operation that a fault is limited to, if any, and its name.
type FaultKey = (Option<String>, Option<Operation>, &'static str);

impl Sessions {
    pub fn create(&mut self, id: &str, recorded: bool) {
        let recording = recorded.then(|| Recording { id: format!("{id}-primary"), paused: false });
        self.by_id.entry(id.to_owned()).or_insert(Session { recording, ..Session::default() });
    }

    /// Starts a session with a new id.
    pub fn start(&mut self, recorded: bool) -> String {
        loop {
            self.last_number += 1;
            let id = format!("session-{}", self.last_number);
            if !self.by_id.contains_key(&id) {
                self.create(&id, recorded);
                return id;
            }
        }
    }

    pub fn end(&mut self, id: &str) -> Result<(), SessionError> {
        self.running(id)?.has_ended = true;
        Ok(())
    }

    /// The session, unless it has ended.
    pub fn running(&mut self, id: &str) -> Result<&mut Session, SessionError> {
        self.by_id.get_mut(id).filter(|session| !session.has_ended).ok_or(SessionError::NoSession)
    }

    pub fn get(&self, id: &str) -> Option<&Session> {
        self.by_id.get(id)
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &Session)> {
        self.by_id.iter().map(|(id, session)| (id.as_str(), session))
    }

    pub fn count_request(&mut self, id: &str) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.requests += 1;
        }
    }

    pub fn set_paused(&mut self, id: &str, paused: bool) -> Result<(), SessionError> {
        let session = self.running(id)?;
        session.recording.as_mut().ok_or(SessionError::NoRecording)?.paused = paused;
        Ok(())
    }

    pub fn recording(&self, id: &str) -> Result<Option<&Recording>, SessionError> {
        self.by_id.get(id).map(|session| session.recording.as_ref()).ok_or(SessionError::NoSession)
    }

    pub fn delete_recording(&mut self, id: &str, recording_id: &str) -> Result<(), SessionError> {
        let session = self.by_id.get_mut(id).ok_or(SessionError::NoSession)?;
        session
            .recording
            .take_if(|recording| recording_id == "primary" || recording_id == recording.id)
            .map(drop)
            .ok_or(SessionError::NoRecording)
    }

    /// Counts a request that meets the fault, and returns how many did before.
    pub fn count_fault(&mut self, session: Option<&str>, only: Option<Operation>, fault: &'static str) -> usize {
        let count = self.fault_counts.entry((session.map(str::to_owned), only, fault)).or_default();
        *count += 1;
        *count - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pausing_twice_succeeds_and_one_resume_undoes_it() {
        let mut sessions = Sessions::default();
        sessions.create("a", true);
        assert_eq!(sessions.set_paused("a", true), Ok(()));
        assert_eq!(sessions.set_paused("a", true), Ok(()));
        assert_eq!(sessions.recording("a").ok().flatten().map(Recording::status), Some("paused"));
        assert_eq!(sessions.set_paused("a", false), Ok(()));
        assert_eq!(sessions.recording("a").ok().flatten().map(Recording::status), Some("recording"));
    }

    #[test]
    fn a_session_without_a_recording_cannot_be_paused() {
        let mut sessions = Sessions::default();
        sessions.create("off", false);
        assert_eq!(sessions.set_paused("off", true), Err(SessionError::NoRecording));
        assert_eq!(sessions.set_paused("nobody", true), Err(SessionError::NoSession));
    }

    #[test]
    fn the_recording_of_an_ended_session_stays() {
        let mut sessions = Sessions::default();
        sessions.create("a", true);
        assert_eq!(sessions.end("a"), Ok(()));
        assert_eq!(sessions.end("a"), Err(SessionError::NoSession));
        assert_eq!(sessions.set_paused("a", true), Err(SessionError::NoSession));
        assert!(sessions.recording("a").is_ok_and(|recording| recording.is_some()));
        assert_eq!(sessions.delete_recording("a", "primary"), Ok(()));
    }

    #[test]
    fn started_sessions_get_unused_ids() {
        let mut sessions = Sessions::default();
        sessions.create("session-1", true);
        assert_eq!(sessions.start(true), "session-2");
    }

    #[test]
    fn a_recording_can_be_deleted_once() {
        let mut sessions = Sessions::default();
        sessions.create("a", true);
        assert_eq!(sessions.delete_recording("a", "other"), Err(SessionError::NoRecording));
        assert_eq!(sessions.delete_recording("a", "a-primary"), Ok(()));
        assert_eq!(sessions.delete_recording("a", "primary"), Err(SessionError::NoRecording));
    }

    #[test]
    fn faults_are_counted_per_session() {
        let mut sessions = Sessions::default();
        assert_eq!(sessions.count_fault(Some("a"), None, "500-once"), 0);
        assert_eq!(sessions.count_fault(Some("a"), None, "500-once"), 1);
        assert_eq!(sessions.count_fault(Some("a"), None, "500-once"), 2);
        assert_eq!(sessions.count_fault(Some("b"), None, "500-once"), 0);
        assert_eq!(sessions.count_fault(None, None, "500-once"), 0);
        assert_eq!(sessions.count_fault(Some("a"), Some(Operation::Resume), "500-once"), 0);
        assert_eq!(sessions.count_fault(Some("a"), None, "close-once"), 0);
    }
}
