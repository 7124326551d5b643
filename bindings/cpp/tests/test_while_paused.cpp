// A recording that is paused for a while, and resumed whatever happens.
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "anchor.hpp"
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
              "the client would be gone before the hold ends");

anchor::client once_only() {
    anchor::options settings;
    settings.max_retries = 0;
    return anchor::client(settings);
}

const anchor::client &shared() {
    static const anchor::client instance = once_only();
    return instance;
}

bool one_of_each(const char *session_id) {
    return requests_to(session_id, "pause") == 1 && requests_to(session_id, "resume") == 1;
}

// What every body begins with.
void look(const char *session_id) {
    CHECK_ROW(session_id, recording_is(session_id, "paused"));
}

// What a failed resume says, with its cause.
std::string not_resumed(const std::string &session_id, const std::string &cause) {
    return "the body ran, and the recording of session \"" + session_id +
           "\" may still be paused; resume it with client.resume_recording(\"" + session_id + "\"): " + cause;
}

bool says_not_resumed(const char *message, const std::string &session_id) {
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

void test_the_body_ends() {
    const test_session session = start_session();
    {
        const paused_recording guard(shared(), session.id);
        CHECK(guard.holds() && recording_is(session.id, "paused"));
    }
    CHECK(recording_is(session.id, "recording") && one_of_each(session.id));
    const test_session other = start_session();
    CHECK(while_paused(shared(), other.id, [&] { return recording_is(other.id, "paused"); }) == 1);
    CHECK(recording_is(other.id, "recording") && one_of_each(other.id));
}

void test_what_a_body_may_return() {
    const test_session session = start_session();
    int number = 1;
    int &same = while_paused(shared(), session.id, [&]() -> int & {
        look(session.id);
        return number;
    });
    CHECK(&same == &number);
    const auto only = while_paused(shared(), session.id, [&] {
        look(session.id);
        return std::make_unique<int>(7);
    });
    CHECK(*only == 7);
    while_paused(shared(), session.id, [&] {
        look(session.id);
        number = 2;
    });
    CHECK(number == 2);
}

void test_the_body_throws() {
    const test_session session = start_session();
    bool caught = false;
    try {
        while_paused(shared(), session.id, [&] {
            look(session.id);
            throw std::runtime_error("the body's own");
        });
    } catch (const std::runtime_error &error) {
        caught = error.what() == std::string("the body's own");
    }
    CHECK(caught && recording_is(session.id, "recording") && one_of_each(session.id));
}

void test_pausing_fails() {
    bool ran = false;
    const unsigned resumes = requests_to("500", "resume");
    const auto body = [&] { ran = true; };
    CHECK(thrown_by([&] { while_paused(shared(), "500", body); }) == anchor::errc::server_error);
    CHECK(thrown_by([] { const paused_recording guard(shared(), "500"); }) == anchor::errc::server_error);
    const auto held = while_paused(shared(), "500", body, std::nothrow);
    CHECK(!held.ok() && held.paused.code == anchor::errc::server_error && !held.value);
    CHECK(held.resumed.ok() && held.resumed.attempts == 0);
    CHECK(!ran && requests_to("500", "resume") == resumes);
}

void test_a_cancelled_call() {
    const test_session session = start_session();
    bool ran = false;
    anchor::call cancelled;
    cancelled.cancel();
    const auto body = [&] { ran = true; };
    CHECK(thrown_by([&] { while_paused(shared(), session.id, body, cancelled); }) == anchor::errc::cancelled);
    const auto held = while_paused(shared(), session.id, body, cancelled, std::nothrow);
    CHECK(held.paused.code == anchor::errc::cancelled && !ran && requests_to(session.id, "pause") == 0);

    // Without a cancellation this would end by the client's timeout, with another code.
    const unsigned before = request_count();
    anchor::call interrupted;
    std::thread canceller([&] {
        while (request_count() == before) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        interrupted.cancel();
    });
    CHECK(thrown_by([&] { while_paused(shared(), "stall", body, interrupted); }) == anchor::errc::cancelled);
    canceller.join();
    CHECK(!ran && requests_to("stall", "resume") == 0);

    anchor::call later;
    while_paused(
        shared(), session.id,
        [&] {
            look(session.id);
            later.cancel();
        },
        later);
    CHECK(recording_is(session.id, "recording") && one_of_each(session.id));
}

void test_resuming_fails() {
    const test_session first = start_session();
    bool caught = false;
    try {
        while_paused(shared(), first.id, [&] {
            look(first.id);
            end_session(first.id);
        });
    } catch (const anchor::not_resumed_error &error) {
        caught = true;
        const anchor::error &cause = error.cause();
        CHECK(error.session_id() == first.id && error.code() == anchor::errc::not_found);
        CHECK_ROW(error.what(), says_not_resumed(error.what(), first.id));
        CHECK_ROW(error.what(), error.what() == not_resumed(first.id, cause.what()));
        CHECK(cause.code() == error.code() && cause.http_status() == 404 && error.http_status() == 404);
        CHECK(error.attempts() == 1 && !error.request_id().empty());
        CHECK(cause.result() == error.result() && !error.result().empty());
    }
    CHECK(caught);

    const test_session second = start_session();
    const auto held = while_paused(
        shared(), second.id,
        [&] {
            look(second.id);
            end_session(second.id);
            return 5;
        },
        std::nothrow);
    CHECK(held.paused.ok() && held.value == 5 && held.resumed.code == anchor::errc::not_found && !held.ok());
    CHECK_ROW(held.resumed.message.c_str(), says_not_resumed(held.resumed.message.c_str(), second.id));

    const test_session third = start_session();
    paused_recording guard(shared(), third.id);
    look(third.id);
    end_session(third.id);
    caught = false;
    try {
        guard.resume();
    } catch (const anchor::not_resumed_error &error) {
        caught = error.session_id() == third.id && says_not_resumed(error.what(), third.id);
    }
    CHECK(caught);
    CHECK(!guard.holds() && guard.resume().ok() && requests_to(third.id, "resume") == 1);

    const test_session fourth = start_session();
    paused_recording quiet(shared(), fourth.id);
    look(fourth.id);
    end_session(fourth.id);
    const anchor::outcome resumed = quiet.resume(std::nothrow);
    CHECK_ROW(resumed.message.c_str(), says_not_resumed(resumed.message.c_str(), fourth.id));
}

// A failed pause is no failed resume.
void test_a_failed_pause_is_another_error() {
    for (const char *session_id : {"404", "500", "html"}) {
        bool as_expected = false;
        try {
            while_paused(shared(), session_id, [] { CHECK(false); });
        } catch (const anchor::not_resumed_error &) {
            CHECK_ROW(session_id, false);
        } catch (const anchor::error &error) {
            as_expected = strstr(error.what(), " while pausing ") != nullptr;
        }
        CHECK_ROW(session_id, as_expected);
    }
}

void test_both_fail() {
    const test_session session = start_session();
    anchor::outcome resumed;
    bool caught = false;
    try {
        paused_recording guard(shared(), session.id);
        guard.report_to(resumed);
        look(session.id);
        end_session(session.id);
        throw std::runtime_error("the body's own");
    } catch (const std::runtime_error &error) {
        caught = error.what() == std::string("the body's own");
    }
    CHECK(caught && resumed.code == anchor::errc::not_found);
    CHECK_ROW(resumed.message.c_str(), says_not_resumed(resumed.message.c_str(), session.id));
    const test_session other = start_session();
    caught = false;
    try {
        while_paused(shared(), other.id, [&] {
            look(other.id);
            end_session(other.id);
            throw 42;
        });
    } catch (int) {
        caught = true;
    }
    CHECK(caught && requests_to(other.id, "resume") == 1);
}

void test_nested() {
    const test_session session = start_session();
    while_paused(shared(), session.id, [&] {
        look(session.id);
        const auto inner = while_paused(
            shared(), session.id, [&] { look(session.id); }, std::nothrow);
        CHECK(inner.ok() && inner.value && inner.paused.attempts == 1 && inner.resumed.attempts == 0);
        look(session.id);
        {
            paused_recording guard(shared(), session.id);
            look(session.id);
        }
        look(session.id);
    });
    CHECK(recording_is(session.id, "recording"));
    CHECK(requests_to(session.id, "pause") == 3 && requests_to(session.id, "resume") == 1);
}

void test_moves() {
    const test_session first = start_session();
    const test_session second = start_session();
    {
        paused_recording guard(shared(), first.id);
        look(first.id);
        paused_recording moved(std::move(guard));
        CHECK(!guard.holds() && moved.holds()); // NOLINT(bugprone-use-after-move)
        CHECK(guard.resume().ok() && recording_is(first.id, "paused"));
        moved = paused_recording(shared(), second.id);
        CHECK(recording_is(first.id, "recording") && recording_is(second.id, "paused"));
        paused_recording &same = moved;
        moved = std::move(same);
        CHECK(moved.holds() && recording_is(second.id, "paused"));
    }
    CHECK(recording_is(second.id, "recording") && one_of_each(first.id) && one_of_each(second.id));
}

void test_the_client_moves_or_goes() {
    const test_session session = start_session();
    anchor::client first = once_only();
    paused_recording guard(first, session.id);
    look(session.id);
    anchor::client second(std::move(first));
    CHECK(guard.resume().ok() && recording_is(session.id, "recording"));
    paused_recording late(second, session.id);
    look(session.id);
    second.close();
    const anchor::outcome resumed = late.resume(std::nothrow);
    CHECK(resumed.code == anchor::errc::invalid_handle && recording_is(session.id, "paused"));
    CHECK_ROW(resumed.message.c_str(), resumed.message.find(" may still be paused; ") != std::string::npos);
}

void test_threads() {
    constexpr int stretches = 25;
    constexpr int threads = 8;
    const test_session session = start_session();
    std::atomic<int> exposed{0};
    std::atomic<int> succeeded{0};
    std::atomic<int> looks{0};
    const auto note = [&] {
        looks++;
        exposed += recording_is(session.id, "paused") != 0 ? 0 : 1;
    };
    const auto work = [&] {
        for (int stretch = 0; stretch < stretches; stretch++) {
            const auto held = while_paused(
                shared(), session.id,
                [&] {
                    note();
                    // Every other stretch has another one inside.
                    if (stretch % 2 != 0) {
                        const auto inner = while_paused(shared(), session.id, note, std::nothrow);
                        succeeded -= inner.ok() ? 0 : 1;
                        note();
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
    CHECK(looks == threads * (stretches + stretches / 2 * 2));
    CHECK(exposed == 0 && succeeded == threads * stretches && recording_is(session.id, "recording"));
}

} // namespace

int main() {
    alarm(deadline_s);
    test_the_body_ends();
    test_what_a_body_may_return();
    test_the_body_throws();
    test_pausing_fails();
    test_a_cancelled_call();
    test_resuming_fails();
    test_a_failed_pause_is_another_error();
    test_both_fail();
    test_nested();
    test_moves();
    test_the_client_moves_or_goes();
    test_threads();
    return conclude_test("test_paused");
}
