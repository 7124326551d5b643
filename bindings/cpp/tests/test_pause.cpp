// What the C++ wrapper makes of the API's answers and of the network's failures.
#include <thread>
#include <vector>

#include "anchor.hpp"
#include "test_support.h"

using namespace std::chrono_literals;

namespace {

constexpr unsigned deadline_s = 120;

anchor::options at(const char *variable) {
    anchor::options settings;
    settings.base_url = from_environment(variable);
    return settings;
}

anchor::options without_retries() {
    anchor::options settings = at("SANDBOX_URL");
    settings.max_retries = 0;
    return settings;
}

// Pauses by both ways, which must tell the same, and checks what holds for every failure.
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

// The sandbox's faults, which are the names of its sessions.
void test_answers() {
    const struct {
        const char *session_id;
        int status;
        int http_status;
    } rows[] = {
        {"nobody", 404, 404},
        {"400", 400, 400},
        {"401", 401, 401},
        {"403", 403, 403},
        {"404", 404, 404},
        {"422", 422, 422},
        {"429", 429, 429},
        {"500", 500, 500},
        {"502-page", 502, 502},
        {"301", 301, 301},
        {"302", 302, 302},
        {"303", 303, 303},
        {"307", 307, 307},
        {"308", 308, 308},
        {"html", ANCHOR_BAD_RESPONSE, 200},
        {"empty", ANCHOR_BAD_RESPONSE, 200},
        {"garbage", ANCHOR_BAD_RESPONSE, 200},
        {"array", ANCHOR_BAD_RESPONSE, 200},
        {"error-in-200", ANCHOR_BAD_RESPONSE, 200},
        {"gzip", ANCHOR_BAD_RESPONSE, 200},
        {"long", ANCHOR_BAD_RESPONSE, 200},
        {"deep", ANCHOR_BAD_RESPONSE, 200},
        {"truncated", ANCHOR_CONNECTION_LOST, 200},
        {"truncated-chunk", ANCHOR_CONNECTION_LOST, 200},
        {"close", ANCHOR_CONNECTION_LOST, 0},
        {"reset", ANCHOR_CONNECTION_LOST, 0},
    };
    const anchor::client client(without_retries());
    for (const auto &row : rows) {
        const anchor::outcome done = checked_pause(client, row.session_id);
        CHECK_ROW(row.session_id, done.code == static_cast<anchor::errc>(row.status));
        CHECK_ROW(row.session_id, done.http_status == row.http_status && done.attempts == 1);
        CHECK_ROW(row.session_id, done.request_id.empty() == (row.http_status == 0));
    }
}

void test_what_is_told() {
    const anchor::client client(without_retries());
    const anchor::outcome paused = client.pause_recording("abc");
    CHECK(paused.ok() && paused.http_status == 200 && paused.attempts == 1 && !paused.request_id.empty());
    CHECK_ROW(paused.result.c_str(), paused.result.find(R"("status":"paused")") != std::string::npos);
    const anchor::outcome bodiless = checked_pause(client, "no-content");
    CHECK(bodiless.code == anchor::errc::bad_response && bodiless.http_status == 204);
    CHECK(bodiless.result.empty());
    const anchor::outcome refused = client.pause_recording("404", std::nothrow);
    CHECK_ROW(refused.result.c_str(), refused.result.find("Session not found.") != std::string::npos);
    CHECK(client.pause_recording("html", std::nothrow).result.empty());
    // A part of a longer string, which has no NUL at its end.
    CHECK(client.pause_recording(std::string_view("abcdef").substr(0, 3), std::nothrow).ok());
}

void test_retries() {
    const anchor::client client(at("SANDBOX_URL"));
    for (const char *once : {"500-once", "503-once", "429-once", "429-once-ms", "close-once"}) {
        const anchor::outcome done = checked_pause(client, once);
        CHECK_ROW(once, done.ok() && done.attempts == 2);
    }
    const anchor::outcome limited = client.pause_recording("429", std::nothrow);
    CHECK(limited.code == anchor::errc::rate_limited && limited.attempts == 3);
    const anchor::outcome failed = client.pause_recording("500", std::nothrow);
    CHECK(failed.code == anchor::errc::server_error && failed.attempts == 3);
}

void test_timeouts() {
    anchor::options settings = at("SANDBOX_URL");
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

void test_connection_refused() {
    anchor::options settings = without_retries();
    settings.base_url = refusing_url();
    const anchor::outcome done = anchor::client(settings).pause_recording("abc", std::nothrow);
    CHECK(done.code == anchor::errc::connect_failed && done.code == std::errc::not_connected);
    CHECK(done.attempts == 1 && done.http_status == 0 && is_presentable(done.message.c_str()));
}

void test_tls() {
    anchor::options settings = at("SANDBOX_TLS_URL");
    const anchor::outcome done = anchor::client(settings).pause_recording("abc", std::nothrow);
    CHECK(done.code == anchor::errc::tls_failed && is_presentable(done.message.c_str()));
    settings.ca_file = from_environment("SANDBOX_CA");
    CHECK(anchor::client(settings).pause_recording("abc").ok());
}

void test_answers_nested_once() {
    const anchor::client client(at("SANDBOX_SINGLE_URL"));
    CHECK(client.pause_recording("abc").ok());
    CHECK(client.pause_recording("nobody", std::nothrow).code == anchor::errc::not_found);
}

void test_wrong_key() {
    anchor::options settings = at("SANDBOX_URL");
    settings.api_key = "canary";
    CHECK(checked_pause(anchor::client(settings), "abc").code == anchor::errc::unauthorized);
}

// Without a cancellation this would end by the client's timeout, with another code.
void test_cancel_from_another_thread() {
    const anchor::client client(without_retries());
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

void test_one_client_for_many_threads() {
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
    test_what_is_told();
    test_answers();
    test_retries();
    test_timeouts();
    test_connection_refused();
    test_tls();
    test_answers_nested_once();
    test_wrong_key();
    test_cancel_from_another_thread();
    test_one_client_for_many_threads();
    return conclude_test("test_anchor");
}
