// The headers and the log function of a client.
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "anchor.hpp"
#include "test_session.h"

using namespace std::chrono_literals;

namespace {

constexpr unsigned deadline_s = 60;
constexpr std::nothrow_t nothrow = std::nothrow;

struct line {
    anchor::log_level level;
    std::string text;
    std::thread::id thread;
};

std::size_t count(const std::vector<line> &lines, anchor::log_level level, const char *one,
                  const char *other) {
    std::size_t found = 0;
    for (const line &entry : lines) {
        found += entry.level == level && entry.text.find(one) != std::string::npos &&
                 entry.text.find(other) != std::string::npos;
    }
    return found;
}

void test_headers_are_sent_with_each_request() {
    anchor::options settings;
    settings.headers = {{"X-Team", "blue"}, {"x-empty", ""}, {"X-Twice", "1"}, {"x-twice", "2"}};
    anchor::client(settings).pause_recording("abc");
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-team\":\"blue\"") != nullptr);
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-empty\":\"\"") != nullptr);
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-twice\":\"2\"") != nullptr);
    CHECK_ROW(last_request(),
              strstr(last_request(), "\"x-anchor-sdk\":\"libanchor-cpp/" ANCHOR_VERSION "\"") != nullptr);
    settings.headers = {{"x-only", "1"}};
    anchor::client(settings).pause_recording("abc");
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-only\":\"1\"") != nullptr);
    settings.headers.clear();
    anchor::client(settings).pause_recording("abc");
    CHECK_ROW(last_request(), strstr(last_request(), "x-only") == nullptr);
}

void test_each_attempt_is_logged_on_the_calling_thread() {
    std::vector<line> lines;
    anchor::options settings;
    settings.log = [&](anchor::log_level level, std::string_view text) {
        lines.push_back({level, std::string(text), std::this_thread::get_id()});
    };
    anchor::client client(settings);
    settings.log = nullptr;
    using anchor::log_level;
    client.pause_recording("abc");
    CHECK(lines.size() == 1 && lines[0].thread == std::this_thread::get_id());
    CHECK(count(lines, log_level::info, "POST /v1/sessions/abc/recordings/pause attempt 1", ": 200, ") == 1);
    client.pause_recording("503-once");
    CHECK(count(lines, log_level::warning, "/503-once/recordings/pause attempt 1", "503") == 1);
    CHECK(count(lines, log_level::info, "/503-once/recordings/pause attempt 2", ": 200, ") == 1);
    // The log function moves with the client, and with a guard.
    anchor::client moved(std::move(client));
    anchor::call hasty;
    hasty.set_timeout(100ms);
    CHECK(moved.pause_recording("stall", hasty, nothrow).code == anchor::errc::timeout);
    CHECK(count(lines, log_level::warning, "/stall/recordings/pause attempt 1", "timed out after 100 ms") ==
          1);
    const test_session session = start_session();
    anchor::paused_recording guard(moved, session.id);
    anchor::paused_recording moved_guard(std::move(guard));
    CHECK(recording_is(session.id, "paused"));
    anchor::client last(std::move(moved));
    moved_guard.resume();
    CHECK(count(lines, log_level::info, session.id, "/resume attempt 1") == 1);
    for (const line &entry : lines) {
        CHECK_ROW(entry.text.c_str(), is_presentable(entry.text.c_str()));
    }
}

void test_exceptions_of_the_log_function_are_ignored() {
    int lines = 0;
    anchor::options settings;
    settings.log = [&](anchor::log_level, std::string_view) {
        lines++;
        throw std::runtime_error("from the log function");
    };
    CHECK(anchor::client(settings).pause_recording("500-once").ok() && lines == 2);
}

// Global, because the captures of the log functions below may be destroyed while these run.
std::optional<anchor::client> logging_client;
std::weak_ptr<int> captured;
int lines_logged = 0;
int lines_alive = 0;

// A log function that destroys its client at one of its lines, and counts the lines during which
// its captures are alive.
anchor::options with_a_log_that_destroys_the_client(int at_line) {
    const auto token = std::make_shared<int>(at_line);
    captured = token;
    lines_logged = 0;
    lines_alive = 0;
    anchor::options settings;
    settings.log = [token](anchor::log_level, std::string_view) {
        if (++lines_logged == *token) {
            logging_client.reset();
        }
        lines_alive += captured.expired() ? 0 : 1;
    };
    return settings;
}

void test_the_log_function_lives_until_the_call_returns() {
    logging_client.emplace(with_a_log_that_destroys_the_client(1));
    CHECK(!captured.expired() && logging_client->pause_recording("429-once-ms").ok());
    CHECK(!logging_client && lines_logged == 2 && lines_alive == 2 && captured.expired());
}

void test_the_log_function_lives_until_the_guard_ends() {
    const test_session session = start_session();
    logging_client.emplace(with_a_log_that_destroys_the_client(2));
    {
        const anchor::paused_recording guard(*logging_client, session.id);
        CHECK(logging_client && lines_logged == 1 && recording_is(session.id, "paused"));
    }
    CHECK(!logging_client && lines_logged == 2 && lines_alive == 2 && captured.expired());
    CHECK(recording_is(session.id, "recording"));
}

void test_the_log_function_outlives_a_client_destroyed_during_a_call() {
    const auto token = std::make_shared<int>(0);
    captured = token;
    anchor::outcome done;
    anchor::call call;
    anchor::options settings;
    settings.max_retries = 0;
    settings.log = [token](anchor::log_level, std::string_view) {
        lines_alive += captured.expired() ? 0 : 1;
    };
    lines_alive = 0;
    std::optional<anchor::client> client(settings);
    settings = {};
    const unsigned before = request_count();
    std::thread caller([&] { done = client->pause_recording("stall", call, nothrow); });
    while (request_count() == before) {
        std::this_thread::sleep_for(5ms);
    }
    client.reset();
    call.cancel();
    caller.join();
    CHECK(done.code == anchor::errc::cancelled && lines_alive == 1);
    CHECK(token.use_count() == 1);
}

} // namespace

int main() {
    alarm(deadline_s);
    test_headers_are_sent_with_each_request();
    test_each_attempt_is_logged_on_the_calling_thread();
    test_exceptions_of_the_log_function_are_ignored();
    test_the_log_function_lives_until_the_call_returns();
    test_the_log_function_lives_until_the_guard_ends();
    test_the_log_function_outlives_a_client_destroyed_during_a_call();
    return conclude_test("test_headers_and_log");
}
