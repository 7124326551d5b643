// Calls that complete through a queue: by handlers, by futures, and on several threads.
#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "scratch_folder.hpp"
#include "test_client.hpp"
#include "test_session.h"

using namespace std::chrono_literals;

namespace {

constexpr unsigned deadline_s = 120;
constexpr auto patience = 60s;

auto pausing(const anchor::client &client, const char *session) {
    return [&client, session](anchor::call &call) {
        return client.pause_recording(session, call, std::nothrow);
    };
}

void test_a_handler_gets_the_outcome(const anchor::client &client) {
    anchor::queue queue;
    anchor::outcome got;
    const std::thread::id here = std::this_thread::get_id();
    std::thread::id there;
    CHECK(queue.begin(pausing(client, "abc"), [&](anchor::outcome done) {
        got = std::move(done);
        there = std::this_thread::get_id();
    }));
    CHECK(queue.next(patience) && got.ok() && there == here && got.http_status == 200 && got.attempts == 1);
    CHECK(got.result.find("paused") != std::string::npos && !got.request_id.empty());
    CHECK(queue.begin(pausing(client, "404"), [&](anchor::outcome done) { got = std::move(done); }).ok());
    CHECK(queue.next(patience) && got.code == anchor::errc::not_found && got.message.rfind("404 ", 0) == 0);
    CHECK(!queue.next() && !queue.next(1ms));
}

void test_a_future_is_ready_when_its_completion_was_taken(const anchor::client &client) {
    anchor::queue queue;
    std::atomic<bool> over(false);
    std::thread taker([&] {
        while (!over) {
            queue.next(10ms);
        }
    });
    std::vector<std::future<anchor::outcome>> futures;
    futures.reserve(50);
    for (int i = 0; i < 50; i++) {
        futures.push_back(queue.begin(pausing(client, i % 2 == 0 ? "abc" : "404")));
    }
    for (std::size_t i = 0; i < futures.size(); i++) {
        CHECK(futures[i].wait_for(patience) == std::future_status::ready);
        CHECK(futures[i].get().code.value() == (i % 2 == 0 ? 0 : 404));
    }
    over = true;
    taker.join();
}

void test_pending_counts_the_calls_that_were_not_taken(const anchor::client &client) {
    anchor::queue queue;
    const char *const sessions[] = {"abc", "", "404", "abc"};
    std::vector<int> values;
    std::vector<std::size_t> left;
    CHECK(queue.pending() == 0);
    for (const char *session : sessions) {
        const auto handler = [&](const anchor::outcome &done) {
            values.push_back(done.code.value());
            left.push_back(queue.pending());
        };
        CHECK_ROW(session, queue.begin(pausing(client, session), handler).ok() == (*session != '\0'));
    }
    CHECK(queue.pending() == 3);
    while (queue.pending() > 0) {
        // Longer than the library waits, so that it waits for a day.
        CHECK(queue.next(left.empty() ? std::chrono::hours::max() : 48h));
    }
    std::sort(values.begin(), values.end());
    CHECK((values == std::vector<int>{0, 0, 404}) && (left == std::vector<std::size_t>{2, 1, 0}));
}

void test_begin_returns_what_the_function_of_a_client_throws(const anchor::client &client) {
    anchor::queue queue;
    bool called = false;
    const auto refused = [&](anchor::call &call) { return client.pause_recording("", call); };
    const auto begun = [&](anchor::call &call) { return client.pause_recording("abc", call); };
    const auto handler = [&](const anchor::outcome &done) { called = done.ok(); };
    const anchor::outcome done = queue.begin(refused, handler);
    CHECK(done.code == anchor::errc::invalid_argument && begins_with(done.message.c_str(), "session_id "));
    CHECK(queue.begin(refused).get().code == anchor::errc::invalid_argument && queue.pending() == 0);
    CHECK(queue.begin(begun, handler).ok() && queue.next(patience) && called);
}

void test_a_call_of_a_queue_has_no_progress_function(const anchor::client &client) {
    anchor::queue queue;
    const scratch_folder folder;
    const anchor::call *running = nullptr;
    bool called = false;
    const auto with_progress = [&](anchor::call &call) {
        call.set_progress([](std::uint64_t, std::uint64_t) { return true; });
        return client.pause_recording("abc", call, std::nothrow);
    };
    const auto download = [&](anchor::call &call) {
        running = &call;
        return client.download_recording("abc", folder.video(), call, std::nothrow);
    };
    const auto handler = [&](const anchor::outcome &) {
        called = running->transferred().done == VIDEO_BYTES;
    };
    CHECK(queue.begin(with_progress, handler).code == anchor::errc::invalid_argument);
    CHECK(queue.begin(download, handler).ok() && queue.next(patience) && called);
}

void test_a_call_that_was_not_begun_has_no_completion(const anchor::client &client) {
    anchor::queue queue(1);
    bool called = false;
    const auto handler = [&](const anchor::outcome &) { called = true; };
    CHECK(queue.begin(pausing(client, ".."), handler).code == anchor::errc::invalid_argument);
    CHECK(queue.begin(pausing(client, "..")).get().code == anchor::errc::invalid_argument);
    CHECK(queue.begin(pausing(client, "abc"), [](const anchor::outcome &) {}).ok());
    CHECK(queue.begin(pausing(client, "abc"), handler).code == anchor::errc::resource_exhausted);
    CHECK(queue.next(patience) && !queue.next() && !called);
    anchor::queue impossible(2000000);
    CHECK(impossible.begin(pausing(client, "abc"), handler).code == anchor::errc::resource_exhausted);
    CHECK(!impossible.next() && impossible.descriptor() == -1 && !called);
}

void test_the_call_object_has_settings(const anchor::client &client) {
    anchor::queue queue;
    anchor::outcome got;
    const auto keep = [&](anchor::outcome done) { got = std::move(done); };
    const auto hasty = [&](anchor::call &call) {
        return client.pause_recording("stall", call.set_timeout(50ms), std::nothrow);
    };
    CHECK(queue.begin(hasty, keep).ok());
    CHECK(queue.next(patience) && got.code == anchor::errc::timeout);
    anchor::call *running = nullptr;
    const auto kept = [&](anchor::call &call) {
        running = &call;
        return client.pause_recording("stall", call, std::nothrow);
    };
    CHECK(queue.begin(kept, keep).ok());
    running->cancel();
    CHECK(queue.next(patience) && got.code == anchor::errc::cancelled);
    const scratch_folder folder;
    const auto download = [&](anchor::call &call) {
        return client.download_recording("abc", folder.video(), call, std::nothrow);
    };
    CHECK(queue.begin(download, keep).ok() && queue.next(patience) && got.ok());
}

void test_an_exception_of_a_handler_passes_through(const anchor::client &client) {
    anchor::queue queue;
    CHECK(queue.begin(pausing(client, "abc"), [](const anchor::outcome &) { throw 7; }).ok());
    int caught = 0;
    try {
        queue.next(patience);
    } catch (int number) {
        caught = number;
    }
    CHECK(caught == 7 && !queue.next());
    // So does one of the function that begins the call, which is then forgotten.
    try {
        (void)queue.begin([](anchor::call &) -> anchor::outcome { throw 8; }, [](const anchor::outcome &) {});
    } catch (int number) {
        caught = number;
    }
    CHECK(caught == 8 && !queue.next());
}

void test_a_handler_may_begin_calls_and_destroy_the_queue(const anchor::client &client) {
    auto queue = std::make_unique<anchor::queue>();
    int taken = 0;
    const auto last = [&](const anchor::outcome &) {
        taken++;
        queue.reset();
    };
    const auto first = [&](const anchor::outcome &) {
        taken++;
        CHECK(queue->begin(pausing(client, "abc"), last).ok());
    };
    CHECK(queue->begin(pausing(client, "abc"), first).ok());
    CHECK(queue->next(patience) && queue->next(patience) && taken == 2 && !queue);
}

void test_the_descriptor_is_readable_while_completions_wait(const anchor::client &client) {
    anchor::queue queue;
    pollfd watched{};
    watched.fd = static_cast<decltype(watched.fd)>(queue.descriptor());
    watched.events = POLLIN;
    CHECK(queue.descriptor() > 2 && poll(&watched, 1, 0) == 0);
    CHECK(queue.begin(pausing(client, "abc"), [](const anchor::outcome &) {}).ok());
    CHECK(poll(&watched, 1, 60000) == 1 && queue.next() && poll(&watched, 1, 0) == 0);
}

void test_destroying_a_queue_drops_its_calls(const anchor::client &client) {
    std::future<anchor::outcome> future;
    bool called = false;
    {
        anchor::queue queue;
        future = queue.begin(pausing(client, "stall"));
        CHECK(queue.begin(pausing(client, "stall"), [&](const anchor::outcome &) { called = true; }).ok());
    }
    CHECK(!called);
    try {
        (void)future.get();
        CHECK(false);
    } catch (const std::future_error &error) {
        CHECK(error.code() == std::future_errc::broken_promise);
    }
}

// Completions may arrive before begin returns, on another thread.
void test_many_threads_share_a_queue(const anchor::client &client) {
    constexpr int each = 100;
    anchor::queue queue;
    std::atomic<int> completed(0);
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; i++) {
        threads.emplace_back([&] {
            for (int j = 0; j < each; j++) {
                const auto count = [&](const anchor::outcome &done) { completed += done.ok() ? 1 : 1000; };
                if (!queue.begin(pausing(client, "abc"), count).ok()) {
                    completed += 1000;
                }
                queue.next(1ms);
            }
            while (completed < 4 * each && queue.next(patience)) {
            }
        });
    }
    // Whoever waits for the last completion must not wait for its whole patience.
    while (completed < 4 * each) {
        queue.next(10ms);
    }
    CHECK(queue.begin(pausing(client, "abc"), [](const anchor::outcome &) {}).ok());
    for (int i = 0; i < 4; i++) {
        CHECK(queue.begin(pausing(client, "abc"), [](const anchor::outcome &) {}).ok());
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(completed == 4 * each);
}

} // namespace

int main() {
    alarm(deadline_s);
    const anchor::client client = client_without_retries();
    test_a_handler_gets_the_outcome(client);
    test_a_future_is_ready_when_its_completion_was_taken(client);
    test_pending_counts_the_calls_that_were_not_taken(client);
    test_begin_returns_what_the_function_of_a_client_throws(client);
    test_a_call_of_a_queue_has_no_progress_function(client);
    test_a_call_that_was_not_begun_has_no_completion(client);
    test_the_call_object_has_settings(client);
    test_an_exception_of_a_handler_passes_through(client);
    test_a_handler_may_begin_calls_and_destroy_the_queue(client);
    test_the_descriptor_is_readable_while_completions_wait(client);
    test_destroying_a_queue_drops_its_calls(client);
    test_many_threads_share_a_queue(client);
    return conclude_test("test_queue");
}
