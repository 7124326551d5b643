// A program of two objects, of which only this one was compiled with exceptions. Each must get its own
// version of the wrapper's functions: the other one's would let an exception into the library.
#include <stdexcept>

#include "anchor.hpp"
#include "test_session.h"

anchor_progress progress_without_exceptions();
bool pause_without_exceptions(const char *session_id);

namespace {

constexpr unsigned deadline_s = 60;

void test_an_exception_of_a_progress_function_is_caught() {
    const anchor::client client;
    anchor::call call;
    call.set_progress([](std::uint64_t, std::uint64_t) -> bool { throw std::logic_error("of the host"); });
    try {
        client.pause_recording("stall", call);
        CHECK(false);
    } catch (const std::logic_error &error) {
        CHECK(error.what() == std::string("of the host"));
    }
    CHECK(client.pause_recording("abc", call.set_progress(nullptr)).ok());
    // The other version catches nothing, so the exception would unwind the library.
    CHECK(progress_without_exceptions() != anchor::detail::call_progress);
}

void test_both_objects_work() {
    CHECK(pause_without_exceptions("abc"));
    CHECK(anchor::client().pause_recording("abc").ok());
    try {
        anchor::client().pause_recording("404");
        CHECK(false);
    } catch (const anchor::error &error) {
        CHECK(error.code() == anchor::errc::not_found);
    }
}

} // namespace

int main() {
    alarm(deadline_s);
    test_an_exception_of_a_progress_function_is_caught();
    test_both_objects_work();
    return conclude_test("test_mixed_objects");
}
