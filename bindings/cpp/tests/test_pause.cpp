// Pausing: answers, failures, retries, timeouts, TLS, the API key, cancellation and threads.
#include <limits>
#include <thread>
#include <vector>

#include "test_client.hpp"
#include "test_tables.h"

using namespace std::chrono_literals;

namespace {

constexpr unsigned deadline_s = 120;

// Pauses with and without exceptions, and compares the two reports of a failure.
anchor::outcome checked_pause(const anchor::client &client, const std::string &session_id) {
    const char *row = session_id.c_str();
    const unsigned before = request_count();
    anchor::outcome done = client.pause_recording(session_id, std::nothrow);
    CHECK_ROW(row, request_count() - before == done.attempts);
    if (done.ok()) {
        CHECK_ROW(row, !done.code && done.message.empty());
        return done;
    }
    CHECK_ROW(row, is_presentable(done.message.c_str()));
    CHECK_ROW(row, done.message.find(session_id) != std::string::npos);
    bool thrown = false;
    try {
        client.pause_recording(session_id);
    } catch (const anchor::error &error) {
        thrown = true;
        CHECK_ROW(row, error.code() == done.code && error.what() == done.message);
        CHECK_ROW(row, error.http_status() == done.http_status && error.attempts() == done.attempts);
        CHECK_ROW(row,
                  error.request_id().empty() == done.request_id.empty() && error.result() == done.result);
    }
    CHECK_ROW(row, thrown);
    return done;
}

void test_only_a_confirmed_pause_succeeds() {
    const anchor::client client = client_without_retries();
    unsigned rows = 0;
    fault_row row;
    FILE *const table = open_faults();
    for (; next_fault(table, &row) != 0; rows++) {
        const anchor::outcome done = checked_pause(client, row.session_id);
        CHECK_ROW(row.session_id, done.code == static_cast<anchor::errc>(row.status[PAUSE]));
        CHECK_ROW(row.session_id, done.http_status == row.http_status && done.attempts == 1);
        CHECK_ROW(row.session_id, done.request_id.empty() == (row.http_status == 0));
    }
    fclose(table);
    CHECK(rows >= FEWEST_FAULTS && rows == count_rows(open_faults()));
}

void test_settings_of_a_call_can_be_written_in_place() {
    const anchor::client client = client_without_retries();
    CHECK(client.pause_recording("abc", 10s) && client.pause_recording("abc", 10min, std::nothrow));
    CHECK(client.pause_recording("stall", 50ms, std::nothrow).code == anchor::errc::timeout);
    CHECK(client.pause_recording("stall", 1ns, std::nothrow).code == anchor::errc::timeout);
    CHECK(client.pause_recording("abc", 24h, std::nothrow));
    using namespace std::chrono;
    const duration<double> never{std::numeric_limits<double>::infinity()};
    const auto code = [&](auto timeout) { return client.pause_recording("abc", timeout, std::nothrow).code; };
    CHECK(code(0s) == anchor::errc::invalid_argument && code(-1s) == anchor::errc::invalid_argument);
    CHECK(code(24h + 1ns) == anchor::errc::invalid_argument &&
          code(hours::max()) == anchor::errc::invalid_argument);
    CHECK(code(never) == anchor::errc::invalid_argument && code(never * 0) == anchor::errc::invalid_argument);
    const anchor::outcome done =
        client.pause_recording("500", anchor::call().set_timeout(20s).set_max_retries(1), std::nothrow);
    CHECK(!done && done.code == anchor::errc::server_error && done.attempts == 2);
}

void test_the_handles_serve_the_functions_of_anchor_h() {
    anchor::client client = client_without_retries();
    const anchor::call call;
    CHECK(anchor_pause_recording(client.native_handle(), "abc", call.native_handle(), nullptr) == ANCHOR_OK);
    std::uint32_t attempts = 0;
    CHECK(anchor_call_attempts(call.native_handle(), &attempts) == ANCHOR_OK && attempts == 1);
    client.close();
    CHECK(client.native_handle() == nullptr);
}

#ifdef __cpp_lib_expected
void test_a_client_is_expected() {
    anchor::options settings;
    CHECK(anchor::client::make(settings)->pause_recording("abc"));
    settings.base_url = "nowhere";
    const auto made = anchor::client::make(settings);
    CHECK(!made && made.error().code == anchor::errc::invalid_argument && !made.error().message.empty());
}
#endif

void test_an_outcome_has_the_details_of_the_answer() {
    const anchor::client client = client_without_retries();
    const anchor::outcome paused = client.pause_recording("abc");
    CHECK(paused.ok() && paused.http_status == 200 && paused.attempts == 1 && !paused.request_id.empty());
    CHECK_ROW(paused.result.c_str(), paused.result.find(R"("status":"paused")") != std::string::npos);
    const anchor::outcome empty = checked_pause(client, "no-content");
    CHECK(empty.code == anchor::errc::bad_response && empty.http_status == 204);
    CHECK(empty.result.empty());
    const anchor::outcome refused = client.pause_recording("404", std::nothrow);
    CHECK_ROW(refused.result.c_str(), refused.result.find("Session not found.") != std::string::npos);
    CHECK(client.pause_recording("html", std::nothrow).result.empty());
    // A string_view need not end with NUL.
    CHECK(client.pause_recording(std::string_view("abcdef").substr(0, 3), std::nothrow).ok());
}

void test_transient_failures_are_retried() {
    const anchor::client client(settings_for("SANDBOX_URL"));
    for (const char *once : {"500-once", "503-once", "429-once", "429-once-ms", "close-once"}) {
        const anchor::outcome done = checked_pause(client, once);
        CHECK_ROW(once, done.ok() && done.attempts == 2);
    }
    const anchor::outcome limited = client.pause_recording("429", std::nothrow);
    CHECK(limited.code == anchor::errc::rate_limited && limited.attempts == 3);
    const anchor::outcome failed = client.pause_recording("500", std::nothrow);
    CHECK(failed.code == anchor::errc::server_error && failed.attempts == 3);
}

void test_a_call_ends_at_its_timeout() {
    anchor::options settings = settings_for("SANDBOX_URL");
    settings.timeout = 300ms;
    const anchor::client client(settings);
    anchor::outcome done = checked_pause(client, "stall");
    CHECK(done.code == anchor::errc::timeout && done.code == std::errc::timed_out);
    CHECK_ROW(done.message.c_str(), done.message.find("300 ms") != std::string::npos);
    anchor::call call;
    call.set_timeout(200ms);
    done = client.pause_recording("stall", call, std::nothrow);
    CHECK(done.code == anchor::errc::timeout && done.attempts == 1);
    CHECK_ROW(done.message.c_str(), done.message.find("200 ms") != std::string::npos);
    CHECK(client.pause_recording("abc", call).ok());
}

void test_a_refused_connection_is_reported() {
    anchor::options settings = settings_for("SANDBOX_URL", 0);
    settings.base_url = refusing_url();
    const anchor::outcome done = anchor::client(settings).pause_recording("abc", std::nothrow);
    CHECK(done.code == anchor::errc::connect_failed && done.code == std::errc::not_connected);
    CHECK(done.attempts == 1 && done.http_status == 0 && is_presentable(done.message.c_str()));
}

void test_only_a_trusted_certificate_is_accepted() {
    anchor::options settings = settings_for("SANDBOX_TLS_URL");
    const anchor::outcome done = anchor::client(settings).pause_recording("abc", std::nothrow);
    CHECK(done.code == anchor::errc::tls_failed && is_presentable(done.message.c_str()));
    settings.ca_file = from_environment("SANDBOX_CA");
    CHECK(anchor::client(settings).pause_recording("abc").ok());
}

void test_an_answer_may_have_one_level_of_data() {
    const anchor::client client(settings_for("SANDBOX_SINGLE_URL"));
    CHECK(client.pause_recording("abc").ok());
    CHECK(client.pause_recording("nobody", std::nothrow).code == anchor::errc::not_found);
}

void test_a_wrong_key_is_reported() {
    anchor::options settings = settings_for("SANDBOX_URL");
    settings.api_key = "canary";
    CHECK(checked_pause(anchor::client(settings), "abc").code == anchor::errc::unauthorized);
}

// Without the cancellation, the call would end with errc::timeout.
void test_another_thread_cancels_a_call() {
    const anchor::client client = client_without_retries();
    const unsigned before = request_count();
    anchor::call call;
    std::thread canceller([&] {
        while (request_count() == before) {
            std::this_thread::sleep_for(5ms);
        }
        call.cancel();
    });
    anchor::outcome done = client.pause_recording("stall", call, std::nothrow);
    canceller.join();
    CHECK(done.code == anchor::errc::cancelled && done.code == std::errc::operation_canceled);
    CHECK(done.attempts == 1 && is_presentable(done.message.c_str()));
    done = client.pause_recording("abc", call, std::nothrow);
    CHECK(done.code == anchor::errc::cancelled && done.attempts == 0);
    CHECK(request_count() == before + 1);
}

void test_many_threads_use_one_client() {
    constexpr unsigned threads = 4;
    constexpr unsigned pauses = 10;
    const anchor::client client;
    const unsigned before = request_count();
    std::vector<unsigned> paused(threads);
    std::vector<std::thread> running;
    running.reserve(threads);
    for (unsigned &count : paused) {
        running.emplace_back([&client, &count] {
            for (unsigned pause = 0; pause < pauses; pause++) {
                count += client.pause_recording("abc", std::nothrow).ok() ? 1 : 0;
            }
        });
    }
    for (std::thread &thread : running) {
        thread.join();
    }
    CHECK(paused == std::vector<unsigned>(threads, pauses));
    CHECK(request_count() == before + threads * pauses);
}

} // namespace

int main() {
    alarm(deadline_s);
    test_an_outcome_has_the_details_of_the_answer();
    test_settings_of_a_call_can_be_written_in_place();
    test_the_handles_serve_the_functions_of_anchor_h();
#ifdef __cpp_lib_expected
    test_a_client_is_expected();
#endif
    test_only_a_confirmed_pause_succeeds();
    test_transient_failures_are_retried();
    test_a_call_ends_at_its_timeout();
    test_a_refused_connection_is_reported();
    test_only_a_trusted_certificate_is_accepted();
    test_an_answer_may_have_one_level_of_data();
    test_a_wrong_key_is_reported();
    test_another_thread_cancels_a_call();
    test_many_threads_use_one_client();
    return conclude_test("test_pause");
}
