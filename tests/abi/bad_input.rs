//! Bad input fails with a message that names the argument, and no request is sent.

use std::fs;
use std::process::Command;
use std::ptr;

use crate::folder::Folder;
use crate::host::{Call, Client, Failure, Options};
use crate::sandbox::Sandbox;
use anchor::ffi::*;

/// Fails the test unless the result is ANCHOR_INVALID_ARGUMENT with a message that contains
/// `argument`.
fn assert_rejected<T>(result: Result<T, Failure>, argument: &str) {
    let failure = result.err().expect("the value was accepted");
    assert_eq!(failure.status, 1, "{}", failure.message);
    assert!(failure.message.contains(argument), "{argument}: {}", failure.message);
}

#[test]
fn invalid_session_ids_are_rejected() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let long = "x".repeat(257);
    let ids: [&[u8]; 10] =
        [b"", b".", b"..", b"a\nb", b"a\tb", b"\x01", b"\x7f", b"a\xffb", "a\u{85}".as_bytes(), long.as_bytes()];
    for id in ids {
        assert_rejected(client.pause(id), "session_id");
    }
    assert_eq!(sandbox.requests().len(), 0);
    assert_eq!(client.pause(&long.as_bytes()[1..]).unwrap_err().status, 404);
}

#[test]
fn invalid_api_keys_are_rejected() {
    let options = Options::for_url("http://127.0.0.1:9");
    for key in ["", "canary\n", "canary\r\n", "can ary", "canary-ü", "canary\u{1}", &"k".repeat(4097)] {
        assert_rejected(options.client_with_key(key), "api_key");
    }
    options.client_with_key("k".repeat(4096)).unwrap();
}

/// Runs one test of this program again in a child process. Of the library's environment variables
/// only the given ones are set.
pub fn rerun_with(test: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env("ANCHOR_TEST_RERUN", "1");
    command.env_remove("ANCHORBROWSER_API_KEY").env_remove("ANCHORBROWSER_BASE_URL");
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

pub fn is_rerun() -> bool {
    std::env::var_os("ANCHOR_TEST_RERUN").is_some()
}

#[test]
fn a_missing_api_key_is_reported() {
    if !is_rerun() {
        rerun_with("bad_input::a_missing_api_key_is_reported", &[]);
        return rerun_with("bad_input::a_missing_api_key_is_reported", &[("ANCHORBROWSER_API_KEY", "")]);
    }
    assert_rejected(Options::new().client_with_key_from_environment(), "ANCHORBROWSER_API_KEY");
}

#[test]
fn errors_name_the_environment_variable() {
    const SELF: &str = "bad_input::errors_name_the_environment_variable";
    let good = ("ANCHORBROWSER_API_KEY", "canary");
    if !is_rerun() {
        rerun_with(SELF, &[("ANCHORBROWSER_API_KEY", "canary\n"), ("EXPECTED_NAME", "ANCHORBROWSER_API_KEY")]);
        for url in ["localhost", "http://localhost/v1"] {
            rerun_with(SELF, &[good, ("ANCHORBROWSER_BASE_URL", url), ("EXPECTED_NAME", "ANCHORBROWSER_BASE_URL")]);
        }
        return rerun_with(SELF, &[good, ("ANCHORBROWSER_BASE_URL", "http://localhost")]);
    }
    match std::env::var("EXPECTED_NAME") {
        Ok(name) => assert_rejected(Options::new().client_with_key_from_environment(), &name),
        Err(_) => drop(Options::new().client_with_key_from_environment().unwrap()),
    }
}

#[test]
fn invalid_base_urls_are_rejected_without_showing_secrets() {
    let urls: [&[u8]; 13] = [
        b"",
        b"127.0.0.1:9",
        b"localhost",
        b"ftp://127.0.0.1",
        b"http://",
        b"http://user@127.0.0.1",
        b"http://user:secret@127.0.0.1",
        b"http://127.0.0.1/?a=secret",
        b"http://127.0.0.1?",
        b"http://127.0.0.1/#",
        b"http://127.0.0.1/\tv1",
        b"http://127.0.0.1/v1/",
        b"http://\xff",
    ];
    for url in urls {
        let failure = Options::new().base_url(url).client().err().expect("the value was accepted");
        assert!(failure.message.starts_with("base_url "), "{}", failure.message);
        assert!(!failure.message.contains("secret"), "{}", failure.message);
        assert_eq!(failure.status, 1);
    }
}

#[test]
fn unusable_ca_files_are_rejected() {
    let folder = Folder::new();
    let file = |name: &str, content: &str| {
        let path = folder.file(name);
        fs::write(&path, content).unwrap();
        path
    };
    let broken = "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n";
    let key = "-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n";
    let files = [file("empty.pem", ""), file("text.pem", "no"), file("key.pem", key), file("broken.pem", broken)];
    let paths = files.iter().map(String::as_str).chain(["/nonexistent/ca.pem", "", "/", "/dev/zero"]);
    for path in paths {
        assert_rejected(Options::new().ca_file(path).client(), "ca_file");
    }
    assert_rejected(Options::new().ca_file(*b"/\xff").client(), "ca_file");
}

#[test]
fn timeouts_out_of_range_are_rejected() {
    let sandbox = Sandbox::start();
    for invalid in [0, 86_400_001, u64::MAX] {
        assert_rejected(Options::new().timeout_ms(invalid).client(), "timeout_ms");
        let client = Client::new(&sandbox.url);
        assert_rejected(client.pause_call("abc", &Call::new().timeout_ms(invalid)), "timeout_ms");
    }
    assert_eq!(sandbox.requests().len(), 0);
    for valid in [1, 86_400_000] {
        Options::new().timeout_ms(valid).client().unwrap();
    }
}

#[test]
fn invalid_proxies_are_rejected_without_showing_secrets() {
    for invalid in ["proxy", "proxy:x", "socks6://proxy", "http://", "http://user:secret@"] {
        let failure = Options::new().proxy(invalid).client().err().expect("the value was accepted");
        assert!(failure.message.starts_with("proxy "), "{}", failure.message);
        assert!(!failure.message.contains("secret"), "{}", failure.message);
    }
    assert_rejected(Options::new().proxy(*b"http://\xff").client(), "proxy");
}

#[test]
#[allow(unsafe_code)]
fn null_and_stale_handles_are_rejected() {
    let options = Options::for_url("http://127.0.0.1:9");
    let client = options.client().unwrap().0;
    // The temporary `Client` has already freed it, so this handle is stale.
    let (null, mut error) = (ptr::null_mut(), ptr::null_mut());
    let mut output = ptr::dangling_mut();
    // SAFETY: every pointer is NULL, points to a live local or is a C string. Handles may have any
    // value.
    unsafe {
        assert_eq!(anchor_pause_recording(null, c"abc".as_ptr(), ptr::null_mut(), ptr::null_mut()), 1);
        assert_eq!(anchor_pause_recording(client, c"abc".as_ptr(), ptr::null_mut(), ptr::null_mut()), 2);
        assert_eq!(anchor_pause_recording(options.0.cast(), c"abc".as_ptr(), ptr::null_mut(), ptr::null_mut()), 2);
        assert_eq!(anchor_free(client.cast()), 2);
        assert_eq!(anchor_free(ptr::null_mut()), 0);
        assert_eq!(anchor_client_new(c"k".as_ptr(), client.cast(), &mut output, &mut error), 2);
        assert!(output.is_null() && !error.is_null());
        assert_eq!(anchor_free(error.cast()), 0);
        assert_eq!(anchor_free(error.cast()), 2);
        assert_eq!(anchor_client_new(c"k".as_ptr(), ptr::null(), ptr::null_mut(), &mut error), 1);
        assert_eq!(anchor_free(error.cast()), 0);
        assert_eq!(anchor_options_new(ptr::null_mut()), 1);
        let live = options.client().unwrap();
        assert_eq!(anchor_pause_recording(live.0, ptr::null(), ptr::null_mut(), &mut error), 1);
        assert_eq!(anchor_free(error.cast()), 0);
        assert_eq!(anchor_pause_recording(live.0, c"abc".as_ptr(), client.cast(), ptr::null_mut()), 2);
    }
}

#[test]
#[allow(unsafe_code)]
fn every_function_accepts_null_arguments() {
    let (none, no_error) = (ptr::null_mut(), ptr::null_mut());
    let (text, object) = (ptr::null(), ptr::null_mut());
    // SAFETY: every pointer is NULL, which the header allows for all arguments.
    unsafe {
        for endpoint in [
            anchor_pause_recording,
            anchor_resume_recording,
            anchor_pause_begin,
            anchor_pause_end,
            anchor_list_recordings,
        ] {
            assert_eq!(endpoint(none, text, ptr::null_mut(), no_error), 1);
        }
        assert_eq!(anchor_delete_recording(none, text, text, ptr::null_mut(), no_error), 1);
        assert_eq!(anchor_download_recording(none, text, text, ptr::null_mut(), no_error), 1);
        assert_eq!(anchor_request(none, text, text, text, ptr::null_mut(), no_error), 1);
        assert_eq!(anchor_call_new(ptr::null_mut()), 1);
        let setters = [
            anchor_options_set_base_url,
            anchor_options_set_ca_file,
            anchor_options_set_client_certificate,
            anchor_options_set_proxy,
        ];
        for setter in setters {
            assert_eq!(setter(ptr::null_mut(), text), 1);
        }
        assert_eq!(anchor_options_set_wrapper(ptr::null_mut(), text), 1);
        assert_eq!(anchor_options_set_header(ptr::null_mut(), text, text), 1);
        assert_eq!(anchor_options_set_log_callback(ptr::null_mut(), None, object), 1);
        assert_eq!(anchor_options_set_timeout_ms(ptr::null_mut(), 1), 1);
        assert_eq!(anchor_options_set_max_retries(ptr::null_mut(), 1), 1);
        assert_eq!(anchor_call_set_timeout_ms(ptr::null_mut(), 1), 1);
        assert_eq!(anchor_call_set_max_retries(ptr::null_mut(), 1), 1);
        assert_eq!(anchor_call_set_progress(ptr::null_mut(), None, object), 1);
        assert_eq!(anchor_call_cancel(ptr::null_mut()), 1);
        assert_eq!(anchor_call_http_status(ptr::null(), ptr::null_mut()), 1);
        assert_eq!(anchor_call_attempts(ptr::null(), ptr::null_mut()), 1);
        assert_eq!(anchor_call_retry_after_ms(ptr::null(), ptr::null_mut()), 1);
        assert_eq!(anchor_call_request_id(ptr::null(), ptr::null_mut()), 1);
        assert_eq!(anchor_call_result(ptr::null(), ptr::null_mut()), 1);
        assert_eq!(anchor_call_transferred(ptr::null(), ptr::null_mut(), ptr::null_mut()), 1);
        assert_eq!(anchor_free(object), 0);
    }
}

#[test]
#[allow(unsafe_code)]
fn messages_name_the_argument_that_is_null() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    let (session, mut error) = (c"abc".as_ptr(), ptr::null_mut());
    let assert_names = |status: i32, error: *mut std::ffi::c_char, name: &str| {
        // SAFETY: the message of a failure is a C string until it is freed.
        let message = unsafe { std::ffi::CStr::from_ptr(error) }.to_str().unwrap().to_owned();
        // SAFETY: anchor_free accepts any pointer.
        assert_eq!((status, unsafe { anchor_free(error.cast()) }), (1, 0));
        assert!(message.starts_with(&format!("{name} is NULL")), "{message}");
    };
    // SAFETY: every pointer is NULL, points to a live local or is a C string.
    unsafe {
        let status = anchor_download_recording(client.0, session, ptr::null(), ptr::null_mut(), &mut error);
        assert_names(status, error, "file");
        let status = anchor_delete_recording(client.0, session, ptr::null(), ptr::null_mut(), &mut error);
        assert_names(status, error, "recording_id");
        let status = anchor_request(client.0, ptr::null(), session, ptr::null(), ptr::null_mut(), &mut error);
        assert_names(status, error, "method");
    }
    assert_eq!(sandbox.requests().len(), 0);
}
