// The wrapper without exceptions and run-time type information.
#include "anchor.hpp"
#include "scratch_folder.hpp"
#include "test_session.h"

#ifdef __cpp_exceptions
#error "compile this with -fno-exceptions -fno-rtti"
#endif

namespace {

constexpr unsigned deadline_s = 60;

void test_a_pause_returns_its_outcome() {
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
    CHECK(client->connect(std::nothrow).ok());
    CHECK(client->connect(call, std::nothrow).code == anchor::errc::cancelled);
}

void test_guards_and_blocks_return_their_outcomes() {
    anchor::outcome done;
    const std::optional<anchor::client> client = anchor::client::try_make({}, done);
    const test_session session = start_session();
    {
        const auto guard = anchor::paused_recording::try_make(*client, session.id, done);
        CHECK(guard && done.ok() && recording_is(session.id, "paused"));
    }
    CHECK(recording_is(session.id, "recording"));
    const auto body = [&] {
        CHECK(recording_is(session.id, "paused"));
        end_session(session.id);
        return 5;
    };
    auto held = anchor::while_paused(*client, session.id, body, std::nothrow);
    CHECK(held.value == 5 && held.resumed.code == anchor::errc::not_found && !held.ok());
    CHECK_ROW(held.resumed.message.c_str(),
              begins_with(held.resumed.message.c_str(), "the body ran, and the recording of session \""));
    held = anchor::while_paused(*client, session.id, body, std::nothrow);
    CHECK(held.paused.code == anchor::errc::not_found && !held.value);
    CHECK(!anchor::paused_recording::try_make(*client, session.id, done) && !done.ok());
    CHECK(client->list_recordings("abc", std::nothrow).result.find("items") != std::string::npos);
}

void test_downloads_requests_headers_progress_and_log() {
    int lines = 0;
    std::uint64_t most = 0;
    anchor::options settings;
    settings.headers = {{"x-team", "blue"}};
    settings.log = [&](anchor::log_level, std::string_view) { lines++; };
    anchor::outcome done;
    const std::optional<anchor::client> client = anchor::client::try_make(settings, done);
    const scratch_folder folder;
    anchor::call call;
    call.set_progress([&](std::uint64_t so_far, std::uint64_t) {
        most = so_far;
        return true;
    });
    CHECK(client->download_recording("abc", folder.video(), call, std::nothrow).ok() && folder.has_video());
    CHECK(most == VIDEO_BYTES && call.transferred().total == VIDEO_BYTES && lines == 1);
    CHECK_ROW(last_request(), strstr(last_request(), "\"x-team\":\"blue\"") != nullptr);
    call.set_progress([](std::uint64_t, std::uint64_t) { return false; });
    CHECK(client->download_recording("stall", folder.video(), call, std::nothrow).code ==
          anchor::errc::cancelled);
    CHECK(client->download_recording("abc", folder.path(), std::nothrow).code ==
          anchor::errc::invalid_argument);
    done = client->request("GET", "/v1/sessions/abc/recordings", std::nothrow);
    CHECK(done.ok() && done.result.find("items") != std::string::npos);
    CHECK(client->request("GET", "/v1/sessions/nobody/recordings", std::nullopt, std::nothrow).http_status ==
          404);
}

void test_an_unusable_setting_is_named() {
    anchor::options settings;
    settings.base_url = "nowhere";
    anchor::outcome done;
    CHECK(!anchor::client::try_make(settings, done));
    CHECK(done.code == std::errc::invalid_argument && begins_with(done.message.c_str(), "base_url "));
}

} // namespace

int main() {
    alarm(deadline_s);
    test_a_pause_returns_its_outcome();
    test_guards_and_blocks_return_their_outcomes();
    test_downloads_requests_headers_progress_and_log();
    test_an_unusable_setting_is_named();
    return conclude_test("test_no_exceptions");
}
