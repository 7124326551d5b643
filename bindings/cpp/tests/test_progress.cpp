// Progress functions may cancel the call, throw, and make other calls.
#include <thread>

#include "scratch_folder.hpp"
#include "test_client.hpp"
#include "test_session.h"

using namespace std::chrono_literals;

namespace {

constexpr unsigned deadline_s = 120;
constexpr std::nothrow_t nothrow = std::nothrow;

struct own_exception {
    int number;
};

// The number of the own_exception that the function throws; 0 without an exception, -1 for another.
template <typename Function> int thrown_by(Function function) {
    try {
        (void)function();
    } catch (const own_exception &thrown) {
        return thrown.number;
    } catch (...) {
        return -1;
    }
    return 0;
}

void test_progress_is_reported_on_the_calling_thread(const anchor::client &client) {
    const scratch_folder folder;
    const std::thread::id here = std::this_thread::get_id();
    anchor::call call;
    std::uint64_t last = 0;
    bool as_documented = true;
    call.set_progress([&](std::uint64_t done, std::uint64_t total) {
        const anchor::transfer so_far = call.transferred();
        as_documented = as_documented && done >= last && std::this_thread::get_id() == here &&
                        (done == 0 || total == VIDEO_BYTES) && so_far.done >= done;
        last = done;
        return true;
    });
    CHECK(client.download_recording("abc", folder.video(), call).ok());
    CHECK(as_documented && last == VIDEO_BYTES);
    CHECK(call.transferred().done == VIDEO_BYTES && call.transferred().total == VIDEO_BYTES);
    client.pause_recording("abc", call);
    CHECK(call.transferred().done < VIDEO_BYTES);
    CHECK(client.download_recording("video-chunked", folder.video(), anchor::call()).ok());
}

void test_progress_cancels_the_call(const anchor::client &client) {
    anchor::call call;
    int asked = 0;
    call.set_progress([&](std::uint64_t, std::uint64_t) { return ++asked < 3; });
    CHECK(client.pause_recording("stall", call, nothrow).code == anchor::errc::cancelled && asked == 3);
    bool caught = false;
    try {
        client.resume_recording("stall", call);
    } catch (const anchor::error &error) {
        caught = error.code() == std::errc::operation_canceled;
    }
    CHECK(caught && asked == 4);
    // Unlike cancel(), this cancels only the running call.
    CHECK(client.pause_recording("abc", call.set_progress(nullptr)).ok() && asked == 4);
}

void test_an_exception_of_progress_is_rethrown(const anchor::client &client) {
    const scratch_folder folder;
    anchor::call call;
    call.set_progress(
        [number = 0](std::uint64_t, std::uint64_t) mutable -> bool { throw own_exception{++number}; });
    CHECK(thrown_by([&] { return client.pause_recording("stall", call); }) == 1);
    CHECK(thrown_by([&] { return client.pause_recording("stall", call, nothrow); }) == 2);
    CHECK(thrown_by([&] { return client.request("GET", "/v1/sessions/stall", std::nullopt, call); }) == 3);
    CHECK(thrown_by([&] { return client.download_recording("video-slow", folder.video(), call); }) == 4);
    // An exception is rethrown only once.
    bool throws = true;
    call.set_progress([&](std::uint64_t, std::uint64_t) {
        if (std::exchange(throws, false)) {
            throw own_exception{5};
        }
        return false;
    });
    CHECK(thrown_by([&] { return client.pause_recording("stall", call); }) == 5);
    CHECK(client.pause_recording("stall", call, nothrow).code == anchor::errc::cancelled);
}

void test_the_body_does_not_run_if_progress_throws(const anchor::client &client) {
    bool ran = false;
    const unsigned resumes = requests_to("stall", "resume");
    anchor::call call;
    call.set_progress([](std::uint64_t, std::uint64_t) -> bool { throw own_exception{7}; });
    const auto body = [&] { ran = true; };
    anchor::outcome done;
    CHECK(thrown_by([&] {
              anchor::while_paused(client, "stall", body, call);
              return 0;
          }) == 7);
    CHECK(thrown_by([&] { return anchor::while_paused(client, "stall", body, call, nothrow).ok(); }) == 7);
    CHECK(thrown_by([&] {
              return anchor::paused_recording::try_make(client, "stall", done, call).has_value();
          }) == 7);
    CHECK(!ran && requests_to("stall", "resume") == resumes);
}

// They may not make them with the call object that is running.
void test_progress_makes_other_calls(const anchor::client &client) {
    anchor::call call;
    anchor::outcome inner;
    anchor::outcome same;
    call.set_progress([&](std::uint64_t, std::uint64_t) {
        inner = client.pause_recording("abc", nothrow);
        same = client.pause_recording("abc", call, nothrow);
        return false;
    });
    CHECK(client.pause_recording("stall", call, nothrow).code == anchor::errc::cancelled);
    CHECK(inner.ok() && same.code == anchor::errc::invalid_argument);
}

void test_a_function_that_is_set_during_a_call_runs_in_the_next(const anchor::client &client) {
    anchor::call call;
    int first = 0;
    int second = 0;
    const auto last = [&](std::uint64_t, std::uint64_t) { return ++second < 2; };
    call.set_max_retries(0).set_timeout(60s).set_progress([&](std::uint64_t, std::uint64_t) {
        call.set_progress(nullptr).set_progress(last);
        (void)client.pause_recording("abc", call, nothrow);
        return ++first < 3;
    });
    CHECK(client.pause_recording("stall", call, nothrow).code == anchor::errc::cancelled);
    CHECK(first == 3 && second == 0);
    CHECK(client.pause_recording("stall", call, nothrow).code == anchor::errc::cancelled);
    CHECK(first == 3 && second == 2);
}

// The log function runs after the progress function has thrown, while the call is still running.
void test_a_refused_call_does_not_take_the_exception(const anchor::client &client) {
    anchor::call call;
    anchor::outcome refused;
    anchor::options settings;
    settings.log = [&](anchor::log_level, std::string_view) {
        refused = client.pause_recording("abc", call, nothrow);
    };
    call.set_progress([](std::uint64_t, std::uint64_t) -> bool { throw own_exception{5}; });
    CHECK(thrown_by([&] { return anchor::client(settings).pause_recording("stall", call); }) == 5);
    CHECK_ROW(refused.message.c_str(), refused.code == anchor::errc::invalid_argument);
}

void test_another_thread_observes_and_cancels_a_call(const anchor::client &client) {
    const scratch_folder folder;
    anchor::call call;
    std::thread canceller([&] {
        while (call.transferred().done == 0) {
            std::this_thread::sleep_for(5ms);
        }
        call.cancel();
    });
    const anchor::outcome done = client.download_recording("video-slow", folder.video(), call, nothrow);
    canceller.join();
    CHECK_ROW(done.message.c_str(),
              done.code == anchor::errc::cancelled && is_presentable(done.message.c_str()));
    CHECK(folder.parts() == KEEPS_PARTS && folder.files() == KEEPS_PARTS);
    const anchor::transfer left = call.transferred();
    CHECK(left.done > 0 && left.done < VIDEO_BYTES && left.total == VIDEO_BYTES);
}

} // namespace

int main() {
    alarm(deadline_s);
    const anchor::client client = client_without_retries();
    test_progress_is_reported_on_the_calling_thread(client);
    test_progress_cancels_the_call(client);
    test_an_exception_of_progress_is_rethrown(client);
    test_the_body_does_not_run_if_progress_throws(client);
    test_progress_makes_other_calls(client);
    test_a_function_that_is_set_during_a_call_runs_in_the_next(client);
    test_a_refused_call_does_not_take_the_exception(client);
    test_another_thread_observes_and_cancels_a_call(client);
    return conclude_test("test_progress");
}
