// A recording that is paused for a while, and resumed whatever happens.
#include <atomic>
#include <stdexcept>
#include <thread>

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
    int &same = while_paused(shared(), session.id, [&]() -> int & { return number; });
    CHECK(&same == &number);
    const auto only = while_paused(shared(), session.id, [] { return std::make_unique<int>(7); });
    CHECK(*only == 7);
    while_paused(shared(), session.id, [&] { number = 2; });
    CHECK(number == 2);
}

void test_the_body_throws() {
    const test_session session = start_session();
    bool caught = false;
    try {
        while_paused(shared(), session.id, [] { throw std::runtime_error("the body's own"); });
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
        shared(), session.id, [&] { later.cancel(); }, later);
    CHECK(recording_is(session.id, "recording") && one_of_each(session.id));
}

void test_resuming_fails() {
    const test_session first = start_session();
    CHECK(thrown_by([&] { while_paused(shared(), first.id, [&] { end_session(first.id); }); }) ==
          anchor::errc::not_found);

    const test_session second = start_session();
    const auto held = while_paused(
        shared(), second.id,
        [&] {
            end_session(second.id);
            return 5;
        },
        std::nothrow);
    CHECK(held.paused.ok() && held.value == 5 && held.resumed.code == anchor::errc::not_found && !held.ok());

    const test_session third = start_session();
    paused_recording guard(shared(), third.id);
    end_session(third.id);
    CHECK(thrown_by([&] { guard.resume(); }) == anchor::errc::not_found);
    CHECK(!guard.holds() && guard.resume().ok() && requests_to(third.id, "resume") == 1);
}

void test_both_fail() {
    const test_session session = start_session();
    anchor::outcome resumed;
    bool caught = false;
    try {
        paused_recording guard(shared(), session.id);
        guard.report_to(resumed);
        end_session(session.id);
        throw std::runtime_error("the body's own");
    } catch (const std::runtime_error &error) {
        caught = error.what() == std::string("the body's own");
    }
    CHECK(caught && resumed.code == anchor::errc::not_found && is_presentable(resumed.message.c_str()));
    const test_session other = start_session();
    caught = false;
    try {
        while_paused(shared(), other.id, [&] {
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
        const auto inner = while_paused(
            shared(), session.id, [] {}, std::nothrow);
        CHECK(inner.ok() && inner.value && inner.paused.attempts == 0 && inner.resumed.attempts == 0);
        CHECK(recording_is(session.id, "paused"));
    });
    CHECK(recording_is(session.id, "recording") && one_of_each(session.id));
}

void test_moves() {
    const test_session first = start_session();
    const test_session second = start_session();
    {
        paused_recording guard(shared(), first.id);
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
    anchor::client second(std::move(first));
    CHECK(guard.resume().ok() && recording_is(session.id, "recording"));
    paused_recording late(second, session.id);
    second.close();
    CHECK(late.resume(std::nothrow).code == anchor::errc::invalid_handle);
}

void test_two_threads() {
    constexpr int stretches = 10;
    const test_session session = start_session();
    std::atomic<int> exposed{0};
    std::atomic<int> succeeded{0};
    const auto work = [&] {
        for (int stretch = 0; stretch < stretches; stretch++) {
            const auto held = while_paused(
                shared(), session.id, [&] { exposed += recording_is(session.id, "paused") != 0 ? 0 : 1; },
                std::nothrow);
            succeeded += held.ok() ? 1 : 0;
        }
    };
    std::thread one(work);
    std::thread other(work);
    one.join();
    other.join();
    CHECK(exposed == 0 && succeeded == 2 * stretches && recording_is(session.id, "recording"));
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
    test_both_fail();
    test_nested();
    test_moves();
    test_the_client_moves_or_goes();
    test_two_threads();
    return conclude_test("test_paused");
}
