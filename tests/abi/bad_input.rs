//! Bad input gets its status and a message that names the argument, and no request is sent.

use std::fs;
use std::process::Command;
use std::ptr;

use crate::host::{Call, Failure, Options};
use crate::sandbox::Sandbox;
use anchor::ffi::*;

fn refused<T>(result: Result<T, Failure>, argument: &str) {
    let failure = result.err().expect("accepted");
    assert_eq!(failure.status, 1, "{}", failure.message);
    assert!(failure.message.contains(argument), "{argument}: {}", failure.message);
}

#[test]
fn session_ids() {
    let sandbox = Sandbox::start();
    let client = Options::new().base_url(sandbox.url.as_str()).client().unwrap();
    let long = "x".repeat(257);
    let ids: [&[u8]; 10] =
        [b"", b".", b"..", b"a\nb", b"a\tb", b"\x01", b"\x7f", b"a\xffb", "a\u{85}".as_bytes(), long.as_bytes()];
    for id in ids {
        refused(client.pause(id), "session_id");
    }
    assert_eq!(sandbox.requests().len(), 0);
    assert_eq!(client.pause(&long.as_bytes()[1..]).unwrap_err().status, 404);
}

#[test]
fn keys() {
    let options = Options::new().base_url("http://127.0.0.1:9");
    for key in ["", "canary\n", "canary\r\n", "can ary", "canary-ü", "canary\u{1}", &"k".repeat(4097)] {
        refused(options.client_with_key(key), "api_key");
    }
    options.client_with_key("k".repeat(4096)).unwrap();
}

/// Runs one test of this program again with these variables in its environment, and no others of the library's.
fn again_with(test: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env("ANCHOR_TEST_AGAIN", "1");
    command.env_remove("ANCHORBROWSER_API_KEY").env_remove("ANCHORBROWSER_BASE_URL");
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn is_again() -> bool {
    std::env::var_os("ANCHOR_TEST_AGAIN").is_some()
}

#[test]
fn a_key_that_is_nowhere() {
    if !is_again() {
        again_with("bad_input::a_key_that_is_nowhere", &[]);
        return again_with("bad_input::a_key_that_is_nowhere", &[("ANCHORBROWSER_API_KEY", "")]);
    }
    refused(Options::new().client_with_environment(), "ANCHORBROWSER_API_KEY");
}

#[test]
fn values_of_the_environment_are_checked_by_name() {
    const SELF: &str = "bad_input::values_of_the_environment_are_checked_by_name";
    let good = ("ANCHORBROWSER_API_KEY", "canary");
    if !is_again() {
        again_with(SELF, &[("ANCHORBROWSER_API_KEY", "canary\n"), ("NAMED", "ANCHORBROWSER_API_KEY")]);
        again_with(SELF, &[good, ("ANCHORBROWSER_BASE_URL", "localhost"), ("NAMED", "ANCHORBROWSER_BASE_URL")]);
        return again_with(SELF, &[good, ("ANCHORBROWSER_BASE_URL", "http://localhost")]);
    }
    match std::env::var("NAMED") {
        Ok(name) => refused(Options::new().client_with_environment(), &name),
        Err(_) => drop(Options::new().client_with_environment().unwrap()),
    }
}

#[test]
fn base_urls() {
    let urls: [&[u8]; 12] = [
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
        b"http://\xff",
    ];
    for url in urls {
        let failure = Options::new().base_url(url).client().err().expect("accepted");
        assert!(failure.message.starts_with("base_url "), "{}", failure.message);
        assert!(!failure.message.contains("secret"), "{}", failure.message);
        assert_eq!(failure.status, 1);
    }
}

#[test]
fn ca_files() {
    let folder = std::env::temp_dir();
    let file = |name: &str, content: &str| {
        let path = folder.join(format!("anchor-{}-{name}", std::process::id()));
        fs::write(&path, content).unwrap();
        path
    };
    let broken = "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n";
    let key = "-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n";
    let files = [file("empty.pem", ""), file("text.pem", "no"), file("key.pem", key), file("broken.pem", broken)];
    let paths = files.iter().map(|path| path.to_str().unwrap()).chain(["/nonexistent/ca.pem", "", "/"]);
    for path in paths {
        refused(Options::new().ca_file(path).client(), "ca_file");
    }
    refused(Options::new().ca_file(*b"/\xff").client(), "ca_file");
    files.iter().for_each(|path| fs::remove_file(path).unwrap());
}

#[test]
fn timeouts() {
    let sandbox = Sandbox::start();
    for wrong in [0, 86_400_001, u64::MAX] {
        refused(Options::new().timeout_ms(wrong).client(), "timeout_ms");
        let client = Options::new().base_url(sandbox.url.as_str()).client().unwrap();
        refused(client.pause_call("abc", &Call::new().timeout_ms(wrong)), "timeout_ms");
    }
    assert_eq!(sandbox.requests().len(), 0);
    for right in [1, 86_400_000] {
        Options::new().timeout_ms(right).client().unwrap();
    }
}

#[test]
fn proxies() {
    for wrong in ["proxy", "proxy:3128", "socks5://proxy", "http://", "http://user:secret@"] {
        let failure = Options::new().proxy(wrong).client().err().expect("accepted");
        assert!(failure.message.starts_with("proxy "), "{}", failure.message);
        assert!(!failure.message.contains("secret"), "{}", failure.message);
    }
    refused(Options::new().proxy(*b"http://\xff").client(), "proxy");
}

#[test]
#[allow(unsafe_code)]
fn null_and_dead_handles() {
    let options = Options::new().base_url("http://127.0.0.1:9");
    let client = options.client().unwrap().0;
    // The wrapper above has freed it: from here on it is a dead handle.
    let (null, mut error) = (ptr::null_mut(), ptr::null_mut());
    let mut output = ptr::dangling_mut();
    // SAFETY: every pointer is NULL, a live local's or a C string; handles may be anything.
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
fn everything_takes_null() {
    let (none, no_error) = (ptr::null_mut(), ptr::null_mut());
    let (text, object) = (ptr::null(), ptr::null_mut());
    // SAFETY: every pointer is NULL, which the header allows everywhere.
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
        for setter in [anchor_options_set_base_url, anchor_options_set_ca_file, anchor_options_set_proxy] {
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
fn what_a_session_s_function_needs_beside_it_is_named() {
    let sandbox = Sandbox::start();
    let client = Options::new().base_url(sandbox.url.as_str()).client().unwrap();
    let (session, mut error) = (c"abc".as_ptr(), ptr::null_mut());
    let named = |status: i32, error: *mut std::ffi::c_char, name: &str| {
        // SAFETY: a failure's message is a string until it is freed.
        let message = unsafe { std::ffi::CStr::from_ptr(error) }.to_str().unwrap().to_owned();
        // SAFETY: any pointer may be given.
        assert_eq!((status, unsafe { anchor_free(error.cast()) }), (1, 0));
        assert!(message.starts_with(&format!("{name} is NULL")), "{message}");
    };
    // SAFETY: every pointer is NULL, a live local's or a C string.
    unsafe {
        let status = anchor_download_recording(client.0, session, ptr::null(), ptr::null_mut(), &mut error);
        named(status, error, "file");
        let status = anchor_delete_recording(client.0, session, ptr::null(), ptr::null_mut(), &mut error);
        named(status, error, "recording_id");
        let status = anchor_request(client.0, ptr::null(), session, ptr::null(), ptr::null_mut(), &mut error);
        named(status, error, "method");
    }
    assert_eq!(sandbox.requests().len(), 0);
}
