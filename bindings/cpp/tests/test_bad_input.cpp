// Unusable arguments and settings are refused before sending, and the message names them.
#include "anchor.hpp"
#include "test_support.h"

using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr unsigned deadline_s = 60;

void check_refused(const anchor::outcome &done, const char *argument,
                   anchor::errc code = anchor::errc::invalid_argument) {
    CHECK_ROW(argument, done.code == code);
    CHECK_ROW(done.message.c_str(), begins_with(done.message.c_str(), argument));
    CHECK_ROW(argument, is_presentable(done.message.c_str()));
    CHECK_ROW(argument, done.attempts == 0 && done.http_status == 0);
}

// Makes a client with and without exceptions.
void check_refused(const anchor::options &settings, const char *argument) {
    anchor::outcome done;
    CHECK_ROW(argument, !anchor::client::try_make(settings, done));
    check_refused(done, argument);
    bool thrown = false;
    try {
        const anchor::client client(settings);
    } catch (const anchor::error &error) {
        thrown = error.code() == done.code && error.what() == done.message;
    }
    CHECK_ROW(argument, thrown);
}

void test_unusable_ids_are_refused() {
    const anchor::client client;
    const unsigned before = request_count();
    const std::string wrong[] = {"",      ".",      "..",        std::string(257, 'x'),
                                 "a\nb",  "a\x7F",  "a\xC2\x85", "a\xFF",
                                 "a\xC3", "abc\0"s, "abc\0d"s,   "\0"s,
                                 "a\tb",  "a/b",    "/",         "a\\b",
                                 "%2e",   "a%2Fb",  "100%"};
    for (const std::string &session_id : wrong) {
        check_refused(client.pause_recording(session_id, std::nothrow), "session_id ");
    }
    check_refused(client.pause_recording({}, std::nothrow), "session_id ");
    CHECK(request_count() == before);
    CHECK(client.pause_recording(std::string(256, 'x'), std::nothrow).code == anchor::errc::not_found);
    CHECK(request_count() == before + 1);
}

void test_a_call_may_have_a_timeout_of_up_to_a_day() {
    const anchor::client client;
    const unsigned before = request_count();
    const char *const message = "call: timeout must be 1 ms to 24 h";
    anchor::call call;
    for (const std::chrono::milliseconds wrong :
         {0ms, -1ms, 86'400'001ms, std::chrono::milliseconds::min(), std::chrono::milliseconds::max()}) {
        check_refused(client.pause_recording("abc", call.set_timeout(wrong), std::nothrow), message);
        check_refused(client.pause_recording("abc", wrong, std::nothrow), message);
    }
    check_refused(client.pause_recording("abc", std::chrono::hours::max(), std::nothrow), message);
    // In milliseconds, a number of 64 bits would wrap around to 128.
    const std::chrono::hours wrapping(-117'638'986'234'506'635);
    check_refused(client.pause_recording("abc", wrapping, std::nothrow), message);
    check_refused(client.pause_recording("abc", std::chrono::duration<double>(-0.5), std::nothrow), message);
    CHECK(request_count() == before);
    CHECK(client.pause_recording("abc", call.set_timeout(24h)).ok());
    CHECK(client.pause_recording("abc", call.set_timeout(std::chrono::duration<double>(59.5))).ok());
    call.set_timeout(std::chrono::duration<double>(0.05));
    CHECK(client.pause_recording("stall", call, std::nothrow).code == anchor::errc::timeout);
}

anchor::options with(std::optional<std::string> anchor::options::*field, std::string value) {
    anchor::options settings;
    settings.*field = std::move(value);
    return settings;
}

void test_unusable_settings_are_named() {
    using anchor::options;
    check_refused(with(&options::api_key, ""), "api_key is empty");
    check_refused(with(&options::api_key, "canary-\xC3\xBC"), "api_key ");
    check_refused(with(&options::api_key, "canary\n"), "api_key ends with a newline");
    check_refused(with(&options::api_key, "canary\0x"s), "api_key contains a NUL");
    check_refused(with(&options::base_url, "api.example"), "base_url ");
    check_refused(with(&options::base_url, "http://user:canary@api.example"), "base_url ");
    check_refused(with(&options::base_url, "http://api.example?q=canary"), "base_url ");
    check_refused(with(&options::base_url, "http://api.example/#canary"), "base_url ");
    check_refused(with(&options::base_url, "http://api.example\0x"s), "base_url contains a NUL");
    check_refused(with(&options::ca_file, "/nowhere/ca.pem"), "ca_file ");
    check_refused(with(&options::ca_file, "/nowhere\0x"s), "ca_file contains a NUL");
    check_refused(with(&options::proxy, "socks6://proxy:3128"), "proxy ");
    check_refused(with(&options::client_certificate, "/nowhere/client.pem"), "client_certificate ");
    check_refused(with(&options::client_certificate, "/nowhere\0x"s), "client_certificate contains a NUL");
    check_refused(with(&options::proxy, "\0"s), "proxy contains a NUL");
    const char *no_certificate = file_without_certificate();
    check_refused(with(&options::ca_file, no_certificate), "ca_file ");
    unlink(no_certificate);
    const std::pair<std::pair<std::string, std::string>, const char *> headers[] = {
        {{"anchor-api-key", "canary"}, "header \"anchor-api-key\" "},
        {{"Host", "canary"}, "header \"Host\" "},
        {{"x-one", "canary\n"}, "header \"x-one\" "},
        {{"", "canary"}, "header \"\" "},
        {{"x-one\0"s, "canary"}, "header contains a NUL"},
        {{"x-one", "canary\0"s}, "header contains a NUL"},
    };
    for (const auto &[header, argument] : headers) {
        options settings;
        settings.headers = {{"x-before", "1"}, header};
        check_refused(settings, argument);
    }
    for (const std::chrono::milliseconds wrong : {0ms, -1ms, 86'400'001ms}) {
        options settings;
        settings.timeout = wrong;
        check_refused(settings, "timeout must be 1 ms to 24 h");
    }
}

#if __cplusplus >= 202002L
// This must compile.
[[maybe_unused]] anchor::client client_with_designated_settings() {
    return anchor::client({.timeout = 5s, .max_retries = 0, .headers = {{"x-team", "blue"}}});
}
#endif

void test_the_key_of_the_environment_is_checked() {
    const std::string key = from_environment("ANCHORBROWSER_API_KEY");
    unsetenv("ANCHORBROWSER_API_KEY");
    check_refused(anchor::options{}, "api_key is missing");
    setenv("ANCHORBROWSER_API_KEY", "canary\n", 1);
    check_refused(anchor::options{}, "ANCHORBROWSER_API_KEY ends with a newline");
    setenv("ANCHORBROWSER_API_KEY", key.c_str(), 1);
}

void test_a_client_can_be_moved() {
    anchor::client first;
    anchor::client second(std::move(first));
    CHECK(second.pause_recording("abc").ok());
    const unsigned before = request_count();
    const anchor::client &moved_from = first; // NOLINT(bugprone-use-after-move)
    check_refused(moved_from.pause_recording("abc", std::nothrow), "the client was closed or moved from",
                  anchor::errc::invalid_handle);
    CHECK(request_count() == before);
    first = std::move(second);
    CHECK(first.pause_recording("abc").ok());
    anchor::client &same = first;
    first = std::move(same);
    CHECK(first.pause_recording("abc").ok());
}

void test_a_closed_client_is_refused() {
    anchor::client client;
    const unsigned before = request_count();
    client.close();
    client.close();
    anchor::outcome done;
    const auto check_closed = [](const anchor::outcome &refused) {
        check_refused(refused, "the client was closed or moved from", anchor::errc::invalid_handle);
    };
    check_closed(client.pause_recording("abc", std::nothrow));
    CHECK(!anchor::paused_recording::try_make(client, "abc", done));
    check_closed(done);
    CHECK(request_count() == before);
    client = anchor::client();
    CHECK(client.pause_recording("abc").ok());
}

} // namespace

int main() {
    alarm(deadline_s);
    test_unusable_ids_are_refused();
    test_a_call_may_have_a_timeout_of_up_to_a_day();
    test_unusable_settings_are_named();
    test_the_key_of_the_environment_is_checked();
    test_a_client_can_be_moved();
    test_a_closed_client_is_refused();
    return conclude_test("test_bad_input");
}
