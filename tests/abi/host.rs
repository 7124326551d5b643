//! A host that uses the C ABI as a C program would.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;
use std::sync::Mutex;

use anchor::ffi::*;

/// What a failed function gave.
#[derive(Debug)]
pub struct Failure {
    pub status: i32,
    pub message: String,
}

type Outcome = Result<(), Failure>;

/// The failure that a call must have.
pub fn failure(result: Outcome) -> Failure {
    result.expect_err("reported as paused")
}

fn outcome(status: i32, error: *mut c_char) -> Outcome {
    if status == 0 {
        assert!(error.is_null(), "a message with a success");
        return Ok(());
    }
    let message = taken(error).unwrap_or_default();
    assert!(!message.contains("canary"), "the key is in {message:?}");
    assert!(!message.contains('\n') && !message.is_empty(), "not one line: {message:?}");
    Err(Failure { status, message })
}

/// A string of the library's, freed.
pub fn taken(text: *mut c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the library gave out the string, and it is read before it is freed.
    let copy = unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned();
    // SAFETY: any pointer may be given.
    assert_eq!(unsafe { anchor_free(text.cast()) }, 0);
    Some(copy)
}

/// A C string of what may be given as bytes.
fn c(text: impl Into<Vec<u8>>) -> CString {
    CString::new(text).unwrap()
}

pub struct Options(pub *mut anchor_options);

impl Options {
    pub fn new() -> Self {
        let mut options = ptr::null_mut();
        // SAFETY: the output is a live local's.
        assert_eq!(unsafe { anchor_options_new(&mut options) }, 0);
        Self(options)
    }

    pub fn base_url(self, url: impl Into<Vec<u8>>) -> Self {
        // SAFETY: a C string lives through the call.
        assert_eq!(unsafe { anchor_options_set_base_url(self.0, c(url).as_ptr()) }, 0);
        self
    }

    pub fn ca_file(self, path: impl Into<Vec<u8>>) -> Self {
        // SAFETY: as above.
        assert_eq!(unsafe { anchor_options_set_ca_file(self.0, c(path).as_ptr()) }, 0);
        self
    }

    pub fn proxy(self, url: impl Into<Vec<u8>>) -> Self {
        // SAFETY: as above.
        assert_eq!(unsafe { anchor_options_set_proxy(self.0, c(url).as_ptr()) }, 0);
        self
    }

    pub fn timeout_ms(self, milliseconds: u64) -> Self {
        assert_eq!(anchor_options_set_timeout_ms(self.0, milliseconds), 0);
        self
    }

    pub fn max_retries(self, retries: u32) -> Self {
        assert_eq!(anchor_options_set_max_retries(self.0, retries), 0);
        self
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        // SAFETY: C strings live through the call.
        assert_eq!(unsafe { anchor_options_set_header(self.0, c(name).as_ptr(), c(value).as_ptr()) }, 0);
        self
    }

    pub fn wrapper(self, wrapper: &str) -> Self {
        // SAFETY: as above.
        assert_eq!(unsafe { anchor_options_set_wrapper(self.0, c(wrapper).as_ptr()) }, 0);
        self
    }

    /// Has every line of the log appended to `lines`, which must outlive the client.
    pub fn log(self, lines: &Mutex<Vec<(i32, String)>>) -> Self {
        unsafe extern "C" fn append(lines: *mut c_void, level: i32, line: *const c_char) {
            // SAFETY: the pointer is the one given below, and the line is a string.
            let (lines, line) = unsafe { (&*lines.cast::<Mutex<Vec<(i32, String)>>>(), CStr::from_ptr(line)) };
            lines.lock().unwrap().push((level, line.to_str().unwrap().to_owned()));
        }
        let user = ptr::from_ref(lines).cast_mut().cast();
        // SAFETY: the function takes what is given with it.
        assert_eq!(unsafe { anchor_options_set_log_callback(self.0, Some(append), user) }, 0);
        self
    }

    /// A client with the key that the sandbox knows.
    pub fn client(&self) -> Result<Client, Failure> {
        self.client_with_key(crate::sandbox::API_KEY)
    }

    pub fn client_with_key(&self, key: impl Into<Vec<u8>>) -> Result<Client, Failure> {
        self.new_client(c(key).as_ptr())
    }

    /// A client with the environment's key.
    pub fn client_with_environment(&self) -> Result<Client, Failure> {
        self.new_client(ptr::null())
    }

    fn new_client(&self, key: *const c_char) -> Result<Client, Failure> {
        let (mut client, mut error) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the outputs are live locals', and the key is NULL or lives through the call.
        let status = unsafe { anchor_client_new(key, self.0, &mut client, &mut error) };
        assert_eq!(status == 0, !client.is_null());
        outcome(status, error).map(|()| Client(client))
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: any pointer may be given.
        assert_eq!(unsafe { anchor_free(self.0.cast::<c_void>()) }, 0);
    }
}

type Endpoint = unsafe extern "C" fn(*mut anchor_client, *const c_char, *mut anchor_call, *mut *mut c_char) -> i32;

pub struct Client(pub *mut anchor_client);

// SAFETY: the header lets any thread use a client.
unsafe impl Sync for Client {}

impl Client {
    pub fn pause(&self, session: impl Into<Vec<u8>>) -> Outcome {
        self.ask(anchor_pause_recording, session, ptr::null_mut())
    }

    pub fn pause_call(&self, session: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        self.ask(anchor_pause_recording, session, call.0)
    }

    pub fn resume(&self, session: impl Into<Vec<u8>>) -> Outcome {
        self.ask(anchor_resume_recording, session, ptr::null_mut())
    }

    pub fn resume_call(&self, session: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        self.ask(anchor_resume_recording, session, call.0)
    }

    pub fn begin(&self, session: impl Into<Vec<u8>>) -> Outcome {
        self.ask(anchor_pause_begin, session, ptr::null_mut())
    }

    pub fn begin_call(&self, session: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        self.ask(anchor_pause_begin, session, call.0)
    }

    pub fn end(&self, session: impl Into<Vec<u8>>) -> Outcome {
        self.ask(anchor_pause_end, session, ptr::null_mut())
    }

    pub fn end_call(&self, session: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        self.ask(anchor_pause_end, session, call.0)
    }

    pub fn list(&self, session: impl Into<Vec<u8>>, call: Option<&Call>) -> Outcome {
        self.ask(anchor_list_recordings, session, call.map_or(ptr::null_mut(), |call| call.0))
    }

    pub fn delete(&self, session: impl Into<Vec<u8>>, recording: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        let (session, recording, mut error) = (c(session), c(recording), ptr::null_mut());
        // SAFETY: the output is a live local's, and the ids live through the call.
        let status =
            unsafe { anchor_delete_recording(self.0, session.as_ptr(), recording.as_ptr(), call.0, &mut error) };
        outcome(status, error)
    }

    pub fn download(&self, session: impl Into<Vec<u8>>, file: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        let (session, file, mut error) = (c(session), c(file), ptr::null_mut());
        // SAFETY: the output is a live local's, and the strings live through the call.
        let status = unsafe { anchor_download_recording(self.0, session.as_ptr(), file.as_ptr(), call.0, &mut error) };
        outcome(status, error)
    }

    pub fn request(&self, method: &str, path: impl Into<Vec<u8>>, body: Option<&str>, call: &Call) -> Outcome {
        let (method, path, body) = (c(method), c(path), body.map(c));
        let body = body.as_ref().map_or(ptr::null(), |body| body.as_ptr());
        let mut error = ptr::null_mut();
        // SAFETY: the output is a live local's, and the strings live through the call.
        let status = unsafe { anchor_request(self.0, method.as_ptr(), path.as_ptr(), body, call.0, &mut error) };
        outcome(status, error)
    }

    fn ask(&self, endpoint: Endpoint, session: impl Into<Vec<u8>>, call: *mut anchor_call) -> Outcome {
        let mut error = ptr::null_mut();
        // SAFETY: the output is a live local's, and the id lives through the call.
        let status = unsafe { endpoint(self.0, c(session).as_ptr(), call, &mut error) };
        outcome(status, error)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: any pointer may be given.
        assert_eq!(unsafe { anchor_free(self.0.cast()) }, 0);
    }
}

pub struct Call(pub *mut anchor_call);

// SAFETY: the header lets any thread use a call.
unsafe impl Sync for Call {}

impl Call {
    pub fn new() -> Self {
        let mut call = ptr::null_mut();
        // SAFETY: the output is a live local's.
        assert_eq!(unsafe { anchor_call_new(&mut call) }, 0);
        Self(call)
    }

    pub fn timeout_ms(self, milliseconds: u64) -> Self {
        assert_eq!(anchor_call_set_timeout_ms(self.0, milliseconds), 0);
        self
    }

    pub fn max_retries(self, retries: u32) -> Self {
        assert_eq!(anchor_call_set_max_retries(self.0, retries), 0);
        self
    }

    pub fn retry_after_ms(&self) -> u64 {
        let mut milliseconds = u64::MAX;
        // SAFETY: the output is a live local's.
        assert_eq!(unsafe { anchor_call_retry_after_ms(self.0, &mut milliseconds) }, 0);
        milliseconds
    }

    /// Has `go_on` asked, which must outlive the call's uses.
    pub fn progress<F: Fn(u64, u64) -> bool>(self, go_on: &F) -> Self {
        unsafe extern "C" fn ask<F: Fn(u64, u64) -> bool>(go_on: *mut c_void, done: u64, total: u64) -> i32 {
            // SAFETY: the pointer is the one given below.
            i32::from(!unsafe { &*go_on.cast::<F>() }(done, total))
        }
        let user = ptr::from_ref(go_on).cast_mut().cast();
        // SAFETY: the function takes what is given with it.
        assert_eq!(unsafe { anchor_call_set_progress(self.0, Some(ask::<F>), user) }, 0);
        self
    }

    pub fn cancel(&self) {
        assert_eq!(anchor_call_cancel(self.0), 0);
    }

    pub fn http_status(&self) -> i32 {
        let mut status = -1;
        // SAFETY: the output is a live local's.
        assert_eq!(unsafe { anchor_call_http_status(self.0, &mut status) }, 0);
        status
    }

    pub fn attempts(&self) -> u32 {
        let mut attempts = u32::MAX;
        // SAFETY: the output is a live local's.
        assert_eq!(unsafe { anchor_call_attempts(self.0, &mut attempts) }, 0);
        attempts
    }

    /// How much has come, and how much there is; also while the call is under way.
    pub fn transferred(&self) -> (u64, u64) {
        let (mut done, mut total) = (u64::MAX, u64::MAX);
        // SAFETY: the outputs are live locals'.
        assert_eq!(unsafe { anchor_call_transferred(self.0, &mut done, &mut total) }, 0);
        (done, total)
    }

    pub fn request_id(&self) -> Option<String> {
        let mut text = ptr::null_mut();
        // SAFETY: the output is a live local's.
        assert_eq!(unsafe { anchor_call_request_id(self.0, &mut text) }, 0);
        taken(text)
    }

    pub fn result(&self) -> Option<String> {
        let mut text = ptr::null_mut();
        // SAFETY: the output is a live local's.
        assert_eq!(unsafe { anchor_call_result(self.0, &mut text) }, 0);
        taken(text)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // SAFETY: any pointer may be given.
        assert_eq!(unsafe { anchor_free(self.0.cast()) }, 0);
    }
}
