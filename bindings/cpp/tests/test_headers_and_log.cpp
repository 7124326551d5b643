// What a client is told beside where the API is: headers, and who hears of its attempts.
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
    for (const line &told : lines) {
        found += told.level == level && told.text.find(one) != std::string::npos &&
                 told.text.find(other) != std::string::npos;
    }
    return found;
}

void test_headers() {
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

void test_log() {
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
    CHECK(count(lines, log_level::info, "/503-once/recordings/pause attempt 1", ": 503, ") == 1);
    CHECK(count(lines, log_level::warning, "/503-once/recordings/pause attempt 1", "503") == 1);
    CHECK(count(lines, log_level::info, "/503-once/recordings/pause attempt 2", ": 200, ") == 1);
    // A client that moved takes it along, and so does a hold.
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
    for (const line &told : lines) {
        CHECK_ROW(told.text.c_str(), is_presentable(told.text.c_str()));
    }
}

void test_a_log_that_throws() {
    int lines = 0;
    anchor::options settings;
    settings.log = [&](anchor::log_level, std::string_view) {
        lines++;
        throw std::runtime_error("the log's own");
    };
    CHECK(anchor::client(settings).pause_recording("500-once").ok() && lines == 3);
}

// Outside of the log functions below, as what these capture may go with them.
std::optional<anchor::client> closing;
std::weak_ptr<int> captured;
int lines_told = 0;
int lines_alive = 0;

// A log that takes its client away at one of its lines, and counts those at which what it captured is still there.
anchor::options with_a_log_that_closes(int at_line) {
    const auto token = std::make_shared<int>(at_line);
    captured = token;
    lines_told = 0;
    lines_alive = 0;
    anchor::options settings;
    settings.log = [token](anchor::log_level, std::string_view) {
        if (++lines_told == *token) {
            closing.reset();
        }
        lines_alive += captured.expired() ? 0 : 1;
    };
    return settings;
}

void test_the_log_outlives_the_call() {
    closing.emplace(with_a_log_that_closes(1));
    CHECK(!captured.expired() && closing->pause_recording("429-once-ms").ok());
    CHECK(!closing && lines_told == 3 && lines_alive == 3 && captured.expired());
}

void test_the_log_outlives_the_hold() {
    const test_session session = start_session();
    closing.emplace(with_a_log_that_closes(2));
    {
        const anchor::paused_recording guard(*closing, session.id);
        CHECK(closing && lines_told == 1 && recording_is(session.id, "paused"));
    }
    CHECK(!closing && lines_told == 2 && lines_alive == 2 && captured.expired());
    CHECK(recording_is(session.id, "recording"));
}

void test_the_client_goes_while_another_thread_calls() {
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
    test_headers();
    test_log();
    test_a_log_that_throws();
    test_the_log_outlives_the_call();
    test_the_log_outlives_the_hold();
    test_the_client_goes_while_another_thread_calls();
    return conclude_test("test_settings");
}
