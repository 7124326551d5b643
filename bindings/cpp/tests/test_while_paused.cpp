// while_paused and guards pause the recording and resume it, whatever happens in between.
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "test_client.hpp"
#include "test_session.h"

using anchor::paused_recording;
using anchor::while_paused;

namespace {

constexpr unsigned deadline_s = 120;

static_assert(std::is_nothrow_move_constructible_v<paused_recording>);
static_assert(std::is_nothrow_move_assignable_v<paused_recording>);
static_assert(std::is_nothrow_destructible_v<paused_recording>);
static_assert(!std::is_copy_constructible_v<paused_recording>);
static_assert(std::is_constructible_v<paused_recording, const anchor::client &, const char *>);
static_assert(!std::is_constructible_v<paused_recording, anchor::client, const char *>,
              "the client would be destroyed before the guard ends");

const anchor::client &shared_client() {
    static const anchor::client instance = client_without_retries();
    return instance;
}

bool paused_and_resumed_once(const char *session_id) {
    return requests_to(session_id, "pause") == 1 && requests_to(session_id, "resume") == 1;
}

void check_paused(const char *session_id) {
    CHECK_ROW(session_id, recording_is(session_id, "paused"));
}

// The message of a resume that failed because the session has ended.
std::string not_resumed(const std::string &session_id, const std::string &cause) {
    return "the body ran, and the recording of session \"" + session_id + "\" was not resumed: " + cause;
}

bool is_not_resumed_message(const char *message, const std::string &session_id) {
    const std::string expected = not_resumed(
        session_id, "404 the session was not found while resuming session \"" + session_id + "\" ");
    return is_presentable(message) && begins_with(message, expected.c_str());
}

template <typename Function> std::error_code thrown_by(Function function) {
    try {
        function();
    } catch (const anchor::error &error) {
        CHECK(is_presentable(error.what()));
        return error.code();
    }
    return {};
}

void test_the_recording_resumes_when_the_body_or_the_scope_ends() {
    const test_session session = start_session();
    {
        const paused_recording guard(shared_client(), session.id);
        CHECK(guard.holds() && recording_is(session.id, "paused"));
    }
    CHECK(recording_is(session.id, "recording") && paused_and_resumed_once(session.id));
    const test_session other = start_session();
    CHECK(while_paused(shared_client(), other.id, [&] { return recording_is(other.id, "paused"); }) == 1);
    CHECK(recording_is(other.id, "recording") && paused_and_resumed_once(other.id));
}

void test_a_body_may_return_any_type() {
    const test_session session = start_session();
    int number = 1;
    int &same = while_paused(shared_client(), session.id, [&]() -> int & {
        check_paused(session.id);
        return number;
    });
    CHECK(&same == &number);
    const auto only = while_paused(shared_client(), session.id, [&] {
        check_paused(session.id);
        return std::make_unique<int>(7);
    });
    CHECK(*only == 7);
    while_paused(shared_client(), session.id, [&] {
        check_paused(session.id);
        number = 2;
    });
    CHECK(number == 2);
}

void test_the_recording_resumes_if_the_body_throws() {
    const test_session session = start_session();
    bool caught = false;
    try {
        while_paused(shared_client(), session.id, [&] {
            check_paused(session.id);
            throw std::runtime_error("the body's own");
        });
    } catch (const std::runtime_error &error) {
        caught = error.what() == std::string("the body's own");
    }
    CHECK(caught && recording_is(session.id, "recording") && paused_and_resumed_once(session.id));
}

void test_the_body_does_not_run_if_pausing_fails() {
    bool ran = false;
    const unsigned resumes = requests_to("500", "resume");
    const auto body = [&] { ran = true; };
    CHECK(thrown_by([&] { while_paused(shared_client(), "500", body); }) == anchor::errc::server_error);
    CHECK(thrown_by([] { const paused_recording guard(shared_client(), "500"); }) ==
          anchor::errc::server_error);
    const auto held = while_paused(shared_client(), "500", body, std::nothrow);
    CHECK(!held.ok() && held.paused.code == anchor::errc::server_error && !held.value);
    CHECK(held.resumed.ok() && held.resumed.attempts == 0);
    CHECK(!ran && requests_to("500", "resume") == resumes);
}

void test_a_cancelled_call_prevents_the_body_but_not_the_resume() {
    const test_session session = start_session();
    bool ran = false;
    anchor::call cancelled;
    cancelled.cancel();
    const auto body = [&] { ran = true; };
    CHECK(thrown_by([&] { while_paused(shared_client(), session.id, body, cancelled); }) ==
          anchor::errc::cancelled);
    const auto held = while_paused(shared_client(), session.id, body, cancelled, std::nothrow);
    CHECK(held.paused.code == anchor::errc::cancelled && !ran && requests_to(session.id, "pause") == 0);

    // Without the cancellation, the call would end with errc::timeout.
    const unsigned before = request_count();
    anchor::call interrupted;
    std::thread canceller([&] {
        while (request_count() == before) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        interrupted.cancel();
    });
    CHECK(thrown_by([&] { while_paused(shared_client(), "stall", body, interrupted); }) ==
          anchor::errc::cancelled);
    canceller.join();
    CHECK(!ran && requests_to("stall", "resume") == 0);

    anchor::call later;
    while_paused(
        shared_client(), session.id,
        [&] {
            check_paused(session.id);
            later.cancel();
        },
        later);
    CHECK(recording_is(session.id, "recording") && paused_and_resumed_once(session.id));
}

void test_a_failed_resume_reports_that_the_body_ran() {
    const test_session first = start_session();
    bool caught = false;
    try {
        while_paused(shared_client(), first.id, [&] {
            check_paused(first.id);
            end_session(first.id);
        });
    } catch (const anchor::not_resumed_error &error) {
        caught = true;
        const anchor::error &cause = error.cause();
        CHECK(error.session_id() == first.id && error.code() == anchor::errc::not_found);
        CHECK_ROW(error.what(), is_not_resumed_message(error.what(), first.id));
        CHECK_ROW(error.what(), error.what() == not_resumed(first.id, cause.what()));
        CHECK(cause.code() == error.code() && cause.http_status() == 404 && error.http_status() == 404);
        CHECK(error.attempts() == 1 && !error.request_id().empty());
        CHECK(cause.result() == error.result() && !error.result().empty());
    }
    CHECK(caught);

    const test_session second = start_session();
    const auto held = while_paused(
        shared_client(), second.id,
        [&] {
            check_paused(second.id);
            end_session(second.id);
            return 5;
        },
        std::nothrow);
    CHECK(held.paused.ok() && held.value == 5 && held.resumed.code == anchor::errc::not_found && !held.ok());
    CHECK_ROW(held.resumed.message.c_str(), is_not_resumed_message(held.resumed.message.c_str(), second.id));

    const test_session third = start_session();
    paused_recording guard(shared_client(), third.id);
    check_paused(third.id);
    end_session(third.id);
    caught = false;
    try {
        guard.resume();
    } catch (const anchor::not_resumed_error &error) {
        caught = error.session_id() == third.id && is_not_resumed_message(error.what(), third.id);
    }
    CHECK(caught);
    CHECK(!guard.holds() && guard.resume().ok() && requests_to(third.id, "resume") == 1);

    const test_session fourth = start_session();
    paused_recording quiet(shared_client(), fourth.id);
    check_paused(fourth.id);
    end_session(fourth.id);
    const anchor::outcome resumed = quiet.resume(std::nothrow);
    CHECK_ROW(resumed.message.c_str(), is_not_resumed_message(resumed.message.c_str(), fourth.id));
}

void test_a_failed_pause_is_not_reported_as_a_failed_resume() {
    for (const char *session_id : {"404", "500", "html"}) {
        bool as_expected = false;
        try {
            while_paused(shared_client(), session_id, [] { CHECK(false); });
        } catch (const anchor::not_resumed_error &) {
            CHECK_ROW(session_id, false);
        } catch (const anchor::error &error) {
            as_expected = strstr(error.what(), " while pausing ") != nullptr;
        }
        CHECK_ROW(session_id, as_expected);
    }
}

void test_an_exception_of_the_body_wins_over_a_failed_resume() {
    const test_session session = start_session();
    anchor::outcome resumed;
    bool caught = false;
    try {
        paused_recording guard(shared_client(), session.id);
        guard.report_to(resumed);
        check_paused(session.id);
        end_session(session.id);
        throw std::runtime_error("the body's own");
    } catch (const std::runtime_error &error) {
        caught = error.what() == std::string("the body's own");
    }
    CHECK(caught && resumed.code == anchor::errc::not_found);
    CHECK_ROW(resumed.message.c_str(), is_not_resumed_message(resumed.message.c_str(), session.id));
    const test_session other = start_session();
    caught = false;
    try {
        while_paused(shared_client(), other.id, [&] {
            check_paused(other.id);
            end_session(other.id);
            throw 42;
        });
    } catch (int) {
        caught = true;
    }
    CHECK(caught && requests_to(other.id, "resume") == 1);
}

void test_nested_blocks_resume_once() {
    const test_session session = start_session();
    while_paused(shared_client(), session.id, [&] {
        check_paused(session.id);
        const auto inner = while_paused(
            shared_client(), session.id, [&] { check_paused(session.id); }, std::nothrow);
        CHECK(inner.ok() && inner.value && inner.paused.attempts == 1 && inner.resumed.attempts == 0);
        check_paused(session.id);
        {
            paused_recording guard(shared_client(), session.id);
            check_paused(session.id);
        }
        check_paused(session.id);
    });
    CHECK(recording_is(session.id, "recording"));
    CHECK(requests_to(session.id, "pause") == 3 && requests_to(session.id, "resume") == 1);
}

void test_a_guard_can_be_moved() {
    const test_session first = start_session();
    const test_session second = start_session();
    {
        paused_recording guard(shared_client(), first.id);
        check_paused(first.id);
        paused_recording moved(std::move(guard));
        CHECK(!guard.holds() && moved.holds()); // NOLINT(bugprone-use-after-move)
        CHECK(guard.resume().ok() && recording_is(first.id, "paused"));
        moved = paused_recording(shared_client(), second.id);
        CHECK(recording_is(first.id, "recording") && recording_is(second.id, "paused"));
        paused_recording &same = moved;
        moved = std::move(same);
        CHECK(moved.holds() && recording_is(second.id, "paused"));
    }
    CHECK(recording_is(second.id, "recording") && paused_and_resumed_once(first.id) &&
          paused_and_resumed_once(second.id));
}

void test_a_guard_follows_a_moved_client_and_fails_after_a_closed_one() {
    const test_session session = start_session();
    anchor::client first = client_without_retries();
    paused_recording guard(first, session.id);
    check_paused(session.id);
    anchor::client second(std::move(first));
    CHECK(guard.resume().ok() && recording_is(session.id, "recording"));
    paused_recording late(second, session.id);
    check_paused(session.id);
    second.close();
    const anchor::outcome resumed = late.resume(std::nothrow);
    CHECK(resumed.code == anchor::errc::invalid_handle && recording_is(session.id, "paused"));
    CHECK_ROW(resumed.message.c_str(), resumed.message.find(" may still be paused; ") != std::string::npos);
}

void test_blocks_overlap_in_many_threads() {
    constexpr int blocks = 25;
    constexpr int threads = 8;
    const test_session session = start_session();
    std::atomic<int> exposed{0};
    std::atomic<int> succeeded{0};
    std::atomic<int> checks{0};
    const auto check_exposure = [&] {
        checks++;
        exposed += recording_is(session.id, "paused") != 0 ? 0 : 1;
    };
    const auto work = [&] {
        for (int block = 0; block < blocks; block++) {
            const auto held = while_paused(
                shared_client(), session.id,
                [&] {
                    check_exposure();
                    // Every second block contains another one.
                    if (block % 2 != 0) {
                        const auto inner =
                            while_paused(shared_client(), session.id, check_exposure, std::nothrow);
                        succeeded -= inner.ok() ? 0 : 1;
                        check_exposure();
                    }
                },
                std::nothrow);
            succeeded += held.ok() ? 1 : 0;
        }
    };
    std::vector<std::thread> running;
    running.reserve(threads);
    for (int thread = 0; thread < threads; thread++) {
        running.emplace_back(work);
    }
    for (std::thread &thread : running) {
        thread.join();
    }
    CHECK(checks == threads * (blocks + blocks / 2 * 2));
    CHECK(exposed == 0 && succeeded == threads * blocks && recording_is(session.id, "recording"));
}

} // namespace

int main() {
    alarm(deadline_s);
    test_the_recording_resumes_when_the_body_or_the_scope_ends();
    test_a_body_may_return_any_type();
    test_the_recording_resumes_if_the_body_throws();
    test_the_body_does_not_run_if_pausing_fails();
    test_a_cancelled_call_prevents_the_body_but_not_the_resume();
    test_a_failed_resume_reports_that_the_body_ran();
    test_a_failed_pause_is_not_reported_as_a_failed_resume();
    test_an_exception_of_the_body_wins_over_a_failed_resume();
    test_nested_blocks_resume_once();
    test_a_guard_can_be_moved();
    test_a_guard_follows_a_moved_client_and_fails_after_a_closed_one();
    test_blocks_overlap_in_many_threads();
    return conclude_test("test_while_paused");
}
