// If memory runs out at any moment of a block, the recording does not stay paused.
#include "anchor.hpp"
#include "test_session.h"

namespace {

constexpr unsigned deadline_s = 60;
constexpr int unlimited = -1;

/** The number of allocations that succeed before one fails. */
int allocations_left = unlimited;

} // namespace

// If GCC inlines only one function of the pair, it warns about a mismatch.
[[gnu::noinline]] void *operator new(std::size_t size) {
    if (allocations_left == 0) {
        allocations_left = unlimited;
        throw std::bad_alloc();
    }
    allocations_left -= allocations_left > 0 ? 1 : 0;
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

/** Runs the function with a failure of the first allocation, then of the second and so on, until
 * none fails. Returns the number of rounds with a failure. */
template <typename Function> int with_each_failure(const char *session_id, Function function) {
    for (int round = 0;; round++) {
        bool failed = false;
        allocations_left = round;
        try {
            function();
        } catch (const std::bad_alloc &) {
            failed = true;
        }
        // The destructor may have caught the exception.
        failed = failed || allocations_left == unlimited;
        allocations_left = unlimited;
        const std::string row = std::to_string(round);
        CHECK_ROW(row.c_str(), recording_is(session_id, "recording"));
        CHECK_ROW(row.c_str(), requests_to(session_id, "pause") == requests_to(session_id, "resume"));
        if (!failed) {
            return round;
        }
    }
}

void test_the_recording_resumes_after_any_failed_allocation() {
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

// The program survives a failed resume, whether or not there is memory to report it.
void test_a_failed_resume_is_reported_if_there_is_memory() {
    const anchor::client client;
    int reported = 0;
    int unreported = 0;
    for (int round = 0; reported == 0; round++) {
        const test_session session = start_session();
        const std::string row = std::to_string(round);
        try {
            anchor::paused_recording guard(client, session.id);
            CHECK_ROW(row.c_str(), recording_is(session.id, "paused"));
            end_session(session.id);
            allocations_left = round;
            guard.resume();
            CHECK_ROW(row.c_str(), false);
        } catch (const anchor::not_resumed_error &error) {
            allocations_left = unlimited;
            CHECK_ROW(row.c_str(),
                      error.session_id() == session.id && error.code() == anchor::errc::not_found);
            reported++;
        } catch (const std::bad_alloc &) {
            unreported++;
        }
        allocations_left = unlimited;
        CHECK_ROW(row.c_str(), requests_to(session.id, "resume") == 1);
    }
    CHECK(unreported > 1);
}

} // namespace

int main() {
    alarm(deadline_s);
    test_the_recording_resumes_after_any_failed_allocation();
    test_a_failed_resume_is_reported_if_there_is_memory();
    return conclude_test("test_out_of_memory");
}
