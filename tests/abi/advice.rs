//! The advice at the end of a message, where it depends on how the client was made, on the answer,
//! or on earlier attempts.

use crate::bad_input::{is_rerun, rerun_with};
use crate::host::{Call, Client, Options, Outcome, expect_failure};
use crate::sandbox::Sandbox;

/// Whatever the message says about the base URL, the key or a delay, it says at the end.
fn assert_ends(result: Outcome, end: &str) {
    let message = expect_failure(result).message;
    assert!(message.ends_with(end), "{message}");
}

#[test]
fn a_path_in_the_base_url_is_a_reason_for_not_found() {
    let sandbox = Sandbox::start();
    let client = Client::new(&format!("{}/api", sandbox.url));
    let end = "; check the base URL too: its path comes before that of the API";
    assert_ends(client.pause("abc"), end);
    assert_ends(client.request("GET", "/v1/sessions", None, &Call::new()), end);
    assert_ends(Client::new(&sandbox.url).pause("nobody"), "; check the id, and that the session has not ended");
}

#[test]
fn a_delay_that_the_server_asks_for_is_named() {
    let sandbox = Sandbox::start();
    let client = Client::without_retries(&sandbox.url);
    assert_ends(
        client.pause("429-long"),
        "; wait 3600 seconds; assume that it is still being recorded, and pause again",
    );
}

#[test]
fn only_what_the_api_would_not_send_is_a_reason_to_look_for_a_proxy() {
    let sandbox = Sandbox::start();
    let client = Client::new(&sandbox.url);
    for (session, is_of_a_proxy) in [
        ("html", true),
        ("garbage", true),
        ("empty", true),
        ("array", false),
        ("error-in-200", false),
        ("no-content", false),
    ] {
        let message = expect_failure(client.pause(session)).message;
        assert_eq!(message.ends_with("; look for a proxy or a captive portal on the way"), is_of_a_proxy, "{message}");
    }
}

#[test]
fn attempts_that_could_not_connect_are_counted() {
    let refused = |retries| Options::for_url("http://127.0.0.1:1").max_retries(retries).client().unwrap().pause("abc");
    let message = |retries| expect_failure(refused(retries)).message;
    assert!(
        message(1).contains("Connection refused (2 attempts); nothing was sent: check the base URL, "),
        "{}",
        message(1)
    );
    assert!(message(0).contains("Connection refused; nothing was sent: check the base URL, "), "{}", message(0));
}

#[test]
fn variables_are_named() {
    const SELF: &str = "advice::variables_are_named";
    if !is_rerun() {
        let sandbox = Sandbox::start();
        let key = ("ANCHORBROWSER_API_KEY", "another");
        let end = ("EXPECTED_END", "; check ANCHORBROWSER_API_KEY");
        rerun_with(SELF, &[key, ("ANCHORBROWSER_BASE_URL", &sandbox.url), end]);
        let end = "nothing was sent: check ANCHORBROWSER_BASE_URL, the network and the proxy; assume that it is still \
                   being recorded, and pause again";
        return rerun_with(SELF, &[key, ("ANCHORBROWSER_BASE_URL", "http://127.0.0.1:1"), ("EXPECTED_END", end)]);
    }
    let client = Options::new().client_with_key_from_environment().unwrap();
    assert_ends(client.pause("abc"), &std::env::var("EXPECTED_END").unwrap());
}
