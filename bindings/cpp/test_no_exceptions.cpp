// The wrapper as a program without exceptions and run-time type information has it.
#include "anchor.hpp"
#include "test_session.h"

#ifdef __cpp_exceptions
#error "compile this with -fno-exceptions -fno-rtti"
#endif

namespace {

constexpr unsigned deadline_s = 60;

void test_pauses() {
    anchor::options settings;
    settings.max_retries = 0;
    anchor::outcome done;
    const std::optional<anchor::client> client = anchor::client::try_make(settings, done);
    if (!CHECK(client && done.ok())) {
        return;
    }
    done = client->pause_recording("abc", std::nothrow);
    CHECK(done.ok() && done.http_status == 200 && done.attempts == 1);
    done = client->pause_recording("500", std::nothrow);
    CHECK(done.code == anchor::errc::server_error && is_presentable(done.message.c_str()));
    anchor::call call;
    call.cancel();
    CHECK(client->pause_recording("abc", call, std::nothrow).code == anchor::errc::cancelled);
}

void test_while_paused() {
    anchor::outcome done;
    const std::optional<anchor::client> client = anchor::client::try_make({}, done);
    const test_session session = start_session();
    {
        const auto guard = anchor::paused_recording::try_make(*client, session.id, done);
        CHECK(guard && done.ok() && recording_is(session.id, "paused"));
    }
    CHECK(recording_is(session.id, "recording"));
    const auto body = [&] {
        end_session(session.id);
        return 5;
    };
    auto held = anchor::while_paused(*client, session.id, body, std::nothrow);
    CHECK(held.value == 5 && held.resumed.code == anchor::errc::not_found && !held.ok());
    held = anchor::while_paused(*client, session.id, body, std::nothrow);
    CHECK(held.paused.code == anchor::errc::not_found && !held.value);
    CHECK(!anchor::paused_recording::try_make(*client, session.id, done) && !done.ok());
    CHECK(client->list_recordings("abc", std::nothrow).result.find("items") != std::string::npos);
}

void test_a_failure() {
    anchor::options settings;
    settings.base_url = "nowhere";
    anchor::outcome done;
    CHECK(!anchor::client::try_make(settings, done));
    CHECK(done.code == std::errc::invalid_argument && begins_with(done.message.c_str(), "base_url "));
}

} // namespace

int main() {
    alarm(deadline_s);
    test_pauses();
    test_while_paused();
    test_a_failure();
    return conclude_test("test_no_exceptions");
}
