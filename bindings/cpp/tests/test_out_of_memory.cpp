// No memory at any moment of a hold: the recording is not left paused.
#include "anchor.hpp"
#include "test_session.h"

namespace {

constexpr unsigned deadline_s = 60;
constexpr int unlimited = -1;

/** How many allocations succeed before one fails. */
int left = unlimited;

} // namespace

// GCC takes a pair of which it inlines one half for a mismatch.
[[gnu::noinline]] void *operator new(std::size_t size) {
    if (left == 0) {
        left = unlimited;
        throw std::bad_alloc();
    }
    left -= left > 0 ? 1 : 0;
    void *made = std::malloc(size);
    if (made == nullptr) {
        throw std::bad_alloc();
    }
    return made;
}
[[gnu::noinline]] void operator delete(void *object) noexcept {
    std::free(object);
}
[[gnu::noinline]] void operator delete(void *object, std::size_t) noexcept {
    std::free(object);
}

namespace {

/** Runs it with the first allocation failing, then the second, until none of them does; gives the rounds. */
template <typename Function> int with_each_failure(const char *session_id, Function function) {
    for (int round = 0;; round++) {
        bool failed = false;
        left = round;
        try {
            function();
        } catch (const std::bad_alloc &) {
            failed = true;
        }
        // The destructor may have caught it.
        failed = failed || left == unlimited;
        left = unlimited;
        const std::string row = std::to_string(round);
        CHECK_ROW(row.c_str(), recording_is(session_id, "recording"));
        CHECK_ROW(row.c_str(), requests_to(session_id, "pause") == requests_to(session_id, "resume"));
        if (!failed) {
            return round;
        }
    }
}

void test_guards() {
    const anchor::client client;
    const test_session session = start_session();
    anchor::outcome resumed;
    const int rounds = with_each_failure(session.id, [&] {
        anchor::paused_recording guard(client, session.id);
        guard.report_to(resumed);
        CHECK(recording_is(session.id, "paused"));
    });
    CHECK(rounds > 1 && resumed.ok());
    const auto body = [&] { CHECK(recording_is(session.id, "paused")); };
    CHECK(with_each_failure(session.id, [&] { anchor::while_paused(client, session.id, body); }) > 1);
}

// A failed resume is told, or there was no memory to tell it; the program goes on in either case.
void test_a_failed_resume() {
    const anchor::client client;
    int told = 0;
    int untold = 0;
    for (int round = 0; told == 0; round++) {
        const test_session session = start_session();
        const std::string row = std::to_string(round);
        try {
            anchor::paused_recording guard(client, session.id);
            CHECK_ROW(row.c_str(), recording_is(session.id, "paused"));
            end_session(session.id);
            left = round;
            guard.resume();
            CHECK_ROW(row.c_str(), false);
        } catch (const anchor::not_resumed_error &error) {
            left = unlimited;
            CHECK_ROW(row.c_str(),
                      error.session_id() == session.id && error.code() == anchor::errc::not_found);
            told++;
        } catch (const std::bad_alloc &) {
            untold++;
        }
        left = unlimited;
        CHECK_ROW(row.c_str(), requests_to(session.id, "resume") == 1);
    }
    CHECK(untold > 1);
}

} // namespace

int main() {
    alarm(deadline_s);
    test_guards();
    test_a_failed_resume();
    return conclude_test("test_memory");
}
