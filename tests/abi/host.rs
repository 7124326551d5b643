//! A host that calls the C ABI as a C program would.
//!
//! Each wrapper owns one object of the library and frees it on drop. Every message of a failure is
//! checked here: it is one line of at most 1,000 bytes and does not contain the API key.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;
use std::sync::Mutex;

use anchor::ffi::*;

/// The status and the message of a function that failed.
#[derive(Debug)]
pub struct Failure {
    pub status: i32,
    pub message: String,
}

pub type Outcome = Result<(), Failure>;

/// Fails the test if the call succeeded.
pub fn expect_failure(result: Outcome) -> Failure {
    result.expect_err("the call succeeded")
}

fn outcome(status: i32, error: *mut c_char) -> Outcome {
    if status == 0 {
        assert!(error.is_null(), "a success has a message");
        return Ok(());
    }
    let message = take_string(error).unwrap_or_default();
    assert!(!message.contains("canary"), "the key is in {message:?}");
    assert!(!message.contains('\n') && !message.is_empty(), "not one line: {message:?}");
    assert!(message.len() <= 1000, "{} bytes: {message:?}", message.len());
    Err(Failure { status, message })
}

/// Copies a string that the library returned, and frees it.
pub fn take_string(text: *mut c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the library lent the string, which is read before it is freed.
    let copy = unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned();
    // SAFETY: anchor_free accepts any pointer.
    assert_eq!(unsafe { anchor_free(text.cast()) }, 0);
    Some(copy)
}

fn c_string(text: impl Into<Vec<u8>>) -> CString {
    CString::new(text).unwrap()
}

type TextSetter = unsafe extern "C" fn(*mut anchor_options, *const c_char) -> i32;

pub struct Options(pub *mut anchor_options);

impl Options {
    pub fn new() -> Self {
        let mut options = ptr::null_mut();
        // SAFETY: the output points to a live local.
        assert_eq!(unsafe { anchor_options_new(&mut options) }, 0);
        Self(options)
    }

    /// Options for the API at this URL.
    pub fn for_url(url: &str) -> Self {
        Self::new().base_url(url)
    }

    pub fn base_url(self, url: impl Into<Vec<u8>>) -> Self {
        self.set_text(anchor_options_set_base_url, url)
    }

    pub fn ca_file(self, path: impl Into<Vec<u8>>) -> Self {
        self.set_text(anchor_options_set_ca_file, path)
    }

    pub fn client_certificate(self, path: impl Into<Vec<u8>>) -> Self {
        self.set_text(anchor_options_set_client_certificate, path)
    }

    pub fn proxy(self, url: impl Into<Vec<u8>>) -> Self {
        self.set_text(anchor_options_set_proxy, url)
    }

    pub fn wrapper(self, wrapper: &str) -> Self {
        self.set_text(anchor_options_set_wrapper, wrapper)
    }

    fn set_text(self, setter: TextSetter, text: impl Into<Vec<u8>>) -> Self {
        // SAFETY: the C string lives through the call.
        assert_eq!(unsafe { setter(self.0, c_string(text).as_ptr()) }, 0);
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
        // SAFETY: both C strings live through the call.
        assert_eq!(unsafe { anchor_options_set_header(self.0, c_string(name).as_ptr(), c_string(value).as_ptr()) }, 0);
        self
    }

    /// Appends every line of the log to `lines`, which must outlive the client.
    pub fn log(self, lines: &Mutex<Vec<(i32, String)>>) -> Self {
        unsafe extern "C-unwind" fn append(lines: *mut c_void, level: i32, line: *const c_char) {
            // SAFETY: `lines` is the pointer set below, and `line` is a C string.
            let (lines, line) = unsafe { (&*lines.cast::<Mutex<Vec<(i32, String)>>>(), CStr::from_ptr(line)) };
            lines.lock().unwrap().push((level, line.to_str().unwrap().to_owned()));
        }
        let user = ptr::from_ref(lines).cast_mut().cast();
        // SAFETY: `append` casts the pointer back to the type that it was made from.
        assert_eq!(unsafe { anchor_options_set_log_callback(self.0, Some(append), user) }, 0);
        self
    }

    /// A client with the API key that the sandbox accepts.
    pub fn client(&self) -> Result<Client, Failure> {
        self.client_with_key(crate::sandbox::API_KEY)
    }

    pub fn client_with_key(&self, key: impl Into<Vec<u8>>) -> Result<Client, Failure> {
        self.new_client(c_string(key).as_ptr())
    }

    /// A client with the API key from the environment.
    pub fn client_with_key_from_environment(&self) -> Result<Client, Failure> {
        self.new_client(ptr::null())
    }

    fn new_client(&self, key: *const c_char) -> Result<Client, Failure> {
        let (mut client, mut error) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the outputs point to live locals, and the key is NULL or lives through the call.
        let status = unsafe { anchor_client_new(key, self.0, &mut client, &mut error) };
        assert_eq!(status == 0, !client.is_null());
        outcome(status, error).map(|()| Client(client))
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: anchor_free accepts any pointer.
        assert_eq!(unsafe { anchor_free(self.0.cast::<c_void>()) }, 0);
    }
}

type Endpoint =
    unsafe extern "C-unwind" fn(*mut anchor_client, *const c_char, *mut anchor_call, *mut *mut c_char) -> i32;

pub struct Client(pub *mut anchor_client);

// SAFETY: the header allows any thread to use a client.
unsafe impl Sync for Client {}

impl Client {
    /// A client for the API at this URL, with the default settings.
    pub fn new(url: &str) -> Self {
        Options::for_url(url).client().unwrap()
    }

    pub fn without_retries(url: &str) -> Self {
        Options::for_url(url).max_retries(0).client().unwrap()
    }

    pub fn pause(&self, session: impl Into<Vec<u8>>) -> Outcome {
        self.invoke(anchor_pause_recording, session, ptr::null_mut())
    }

    pub fn pause_call(&self, session: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        self.invoke(anchor_pause_recording, session, call.0)
    }

    pub fn resume(&self, session: impl Into<Vec<u8>>) -> Outcome {
        self.invoke(anchor_resume_recording, session, ptr::null_mut())
    }

    pub fn resume_call(&self, session: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        self.invoke(anchor_resume_recording, session, call.0)
    }

    pub fn pause_begin(&self, session: impl Into<Vec<u8>>) -> Outcome {
        self.invoke(anchor_pause_begin, session, ptr::null_mut())
    }

    pub fn pause_begin_call(&self, session: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        self.invoke(anchor_pause_begin, session, call.0)
    }

    pub fn pause_end(&self, session: impl Into<Vec<u8>>) -> Outcome {
        self.invoke(anchor_pause_end, session, ptr::null_mut())
    }

    pub fn pause_end_call(&self, session: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        self.invoke(anchor_pause_end, session, call.0)
    }

    pub fn list(&self, session: impl Into<Vec<u8>>, call: Option<&Call>) -> Outcome {
        self.invoke(anchor_list_recordings, session, call.map_or(ptr::null_mut(), |call| call.0))
    }

    pub fn delete(&self, session: impl Into<Vec<u8>>, recording: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        let (session, recording, mut error) = (c_string(session), c_string(recording), ptr::null_mut());
        // SAFETY: the output points to a live local, and the ids live through the call.
        let status =
            unsafe { anchor_delete_recording(self.0, session.as_ptr(), recording.as_ptr(), call.0, &mut error) };
        outcome(status, error)
    }

    pub fn download(&self, session: impl Into<Vec<u8>>, file: impl Into<Vec<u8>>, call: &Call) -> Outcome {
        let (session, file, mut error) = (c_string(session), c_string(file), ptr::null_mut());
        // SAFETY: the output points to a live local, and the strings live through the call.
        let status = unsafe { anchor_download_recording(self.0, session.as_ptr(), file.as_ptr(), call.0, &mut error) };
        outcome(status, error)
    }

    pub fn request(&self, method: &str, path: impl Into<Vec<u8>>, body: Option<&str>, call: &Call) -> Outcome {
        let (method, path, body) = (c_string(method), c_string(path), body.map(c_string));
        let body = body.as_ref().map_or(ptr::null(), |body| body.as_ptr());
        let mut error = ptr::null_mut();
        // SAFETY: the output points to a live local, and the strings live through the call.
        let status = unsafe { anchor_request(self.0, method.as_ptr(), path.as_ptr(), body, call.0, &mut error) };
        outcome(status, error)
    }

    pub fn connect(&self, call: Option<&Call>) -> Outcome {
        let mut error = ptr::null_mut();
        // SAFETY: the output points to a live local.
        let status = unsafe { anchor_connect(self.0, call.map_or(ptr::null_mut(), |call| call.0), &mut error) };
        outcome(status, error)
    }

    fn invoke(&self, endpoint: Endpoint, session: impl Into<Vec<u8>>, call: *mut anchor_call) -> Outcome {
        let mut error = ptr::null_mut();
        // SAFETY: the output points to a live local, and the id lives through the call.
        let status = unsafe { endpoint(self.0, c_string(session).as_ptr(), call, &mut error) };
        outcome(status, error)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: anchor_free accepts any pointer.
        assert_eq!(unsafe { anchor_free(self.0.cast()) }, 0);
    }
}

type TextGetter = unsafe extern "C" fn(*const anchor_call, *mut *mut c_char) -> i32;

pub struct Call(pub *mut anchor_call);

// SAFETY: the header allows any thread to use a call.
unsafe impl Sync for Call {}

impl Call {
    pub fn new() -> Self {
        let mut call = ptr::null_mut();
        // SAFETY: the output points to a live local.
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
        // SAFETY: the output points to a live local.
        assert_eq!(unsafe { anchor_call_retry_after_ms(self.0, &mut milliseconds) }, 0);
        milliseconds
    }

    /// Sets the progress function, which must outlive every use of the call. It returns whether to
    /// continue.
    pub fn progress<F: Fn(u64, u64) -> bool>(self, should_continue: &F) -> Self {
        unsafe extern "C-unwind" fn invoke<F: Fn(u64, u64) -> bool>(user: *mut c_void, done: u64, total: u64) -> i32 {
            // SAFETY: `user` is the pointer set below.
            i32::from(!unsafe { &*user.cast::<F>() }(done, total))
        }
        let user = ptr::from_ref(should_continue).cast_mut().cast();
        // SAFETY: `invoke` casts the pointer back to the type that it was made from.
        assert_eq!(unsafe { anchor_call_set_progress(self.0, Some(invoke::<F>), user) }, 0);
        self
    }

    pub fn cancel(&self) {
        assert_eq!(anchor_call_cancel(self.0), 0);
    }

    pub fn http_status(&self) -> i32 {
        let mut status = -1;
        // SAFETY: the output points to a live local.
        assert_eq!(unsafe { anchor_call_http_status(self.0, &mut status) }, 0);
        status
    }

    pub fn attempts(&self) -> u32 {
        let mut attempts = u32::MAX;
        // SAFETY: the output points to a live local.
        assert_eq!(unsafe { anchor_call_attempts(self.0, &mut attempts) }, 0);
        attempts
    }

    /// The bytes received so far and the total. The call may still be in flight.
    pub fn transferred(&self) -> (u64, u64) {
        let (mut done, mut total) = (u64::MAX, u64::MAX);
        // SAFETY: the outputs point to live locals.
        assert_eq!(unsafe { anchor_call_transferred(self.0, &mut done, &mut total) }, 0);
        (done, total)
    }

    pub fn request_id(&self) -> Option<String> {
        self.text(anchor_call_request_id)
    }

    pub fn result(&self) -> Option<String> {
        self.text(anchor_call_result)
    }

    fn text(&self, getter: TextGetter) -> Option<String> {
        let mut text = ptr::null_mut();
        // SAFETY: the output points to a live local.
        assert_eq!(unsafe { getter(self.0, &mut text) }, 0);
        take_string(text)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // SAFETY: anchor_free accepts any pointer.
        assert_eq!(unsafe { anchor_free(self.0.cast()) }, 0);
    }
}
