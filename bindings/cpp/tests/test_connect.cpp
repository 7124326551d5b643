// Connecting before a call: what the server sees, failures, cancellation, queues and forks.
#include <thread>

#include "test_client.hpp"
#include "test_connection.h"

using namespace std::chrono_literals;

namespace {

constexpr unsigned deadline_s = 120;
constexpr std::nothrow_t nothrow = std::nothrow;
constexpr std::chrono::milliseconds patience(PATIENCE_MS);
// For a listener that never answers. A slow machine begins the TLS handshake within this time.
constexpr auto hasty = 1000ms;

using anchor::client;

// A listener that is closed at the end of its scope.
class listener {
  public:
    listener() : own_(start_listener()) {}
    listener(const listener &) = delete;
    listener &operator=(const listener &) = delete;
    ~listener() { close_socket(own_.socket); }

    const char *http_url() const { return own_.http_url; }
    const char *https_url() const { return own_.https_url; }
    int accept() const { return accept_connection(&own_, PATIENCE_MS); }
    bool has_connection() const { return accept_connection(&own_, 0) >= 0; }

  private:
    test_listener own_;
};

// Settings of a client of this server, which connects once and trusts the sandbox.
anchor::options settings_of(const char *base_url) {
    anchor::options settings = settings_for("SANDBOX_URL", 0);
    settings.base_url = base_url;
    settings.ca_file = from_environment("SANDBOX_CA");
    settings.proxy = "";
    return settings;
}

client client_of(const char *base_url) {
    return client(settings_of(base_url));
}

// Checks a success. There is no answer, so nothing is known about one.
void check_connected(const anchor::outcome &done) {
    CHECK_ROW(done.message.c_str(), done.ok() && done.message.empty() && done.attempts == 1);
    CHECK(done.http_status == 0 && done.request_id.empty() && done.retry_after == 0ms && done.result.empty());
}

// Connects with and without exceptions, which must report the same.
void check_failed(const client &by, anchor::errc code, std::chrono::milliseconds timeout = patience) {
    const anchor::outcome done = by.connect(timeout, nothrow);
    CHECK_ROW(done.message.c_str(), done.code == code && is_presentable(done.message.c_str()));
    CHECK_ROW(done.message.c_str(), done.message.find("connecting") != std::string::npos);
    CHECK(done.attempts == 1 && done.http_status == 0);
    bool thrown = false;
    try {
        by.connect(timeout);
    } catch (const anchor::error &error) {
        thrown = error.code() == done.code && error.what() == done.message && error.attempts() == 1;
    }
    CHECK_ROW(done.message.c_str(), thrown);
}

void test_the_next_calls_use_the_connection() {
    const unsigned connection = next_connection();
    const unsigned before = request_count();
    const client by = client_without_retries();
    anchor::call own;
    // After the first, it is still free.
    check_connected(by.connect());
    check_connected(by.connect(own));
    check_connected(by.connect(5s));
    check_connected(by.connect(nothrow));
    check_connected(by.connect(own.set_timeout(5s), nothrow));
    CHECK(request_count() == before && next_connection() == connection + 2);
    CHECK(by.pause_recording("abc").ok() && last_connection() == connection);
    CHECK(by.resume_recording("abc", own).ok() && last_connection() == connection);
}

void test_nothing_is_sent_and_the_destructor_closes_the_connection() {
    const listener at;
    int connection = -1;
    {
        const client by = client_of(at.http_url());
        check_connected(by.connect());
        check_connected(by.connect());
        connection = at.accept();
        CHECK(connection >= 0 && !at.has_connection());
    }
    CHECK(drain_connection(connection) == 0);
}

void test_each_failure_is_reported() {
    const listener silent;
    const unsigned before = request_count();
    check_failed(client_of(refusing_url()), anchor::errc::connect_failed);
    check_failed(client_of(UNRESOLVABLE_URL), anchor::errc::connect_failed);
    check_failed(client_of(silent.https_url()), anchor::errc::timeout, hasty);
    anchor::options untrusting = settings_of(from_environment("SANDBOX_TLS_URL"));
    untrusting.ca_file.reset();
    check_failed(client(untrusting), anchor::errc::tls_failed);
    CHECK(request_count() == before);
    // The beginning of each TLS handshake arrived. Then the connection was closed.
    CHECK(drain_connection(silent.accept()) > 0 && drain_connection(silent.accept()) > 0);
}

void test_a_refused_connection_is_retried() {
    anchor::call twice;
    const anchor::outcome done = client_of(refusing_url()).connect(twice.set_max_retries(1), nothrow);
    CHECK_ROW(done.message.c_str(), done.code == anchor::errc::connect_failed && done.attempts == 2);
}

void test_a_pause_uses_a_connection_with_tls() {
    const client by = client_of(from_environment("SANDBOX_TLS_URL"));
    check_connected(by.connect());
    const unsigned connected = open_descriptors();
    CHECK(by.pause_recording("abc").ok() && open_descriptors() == connected);
}

void test_another_thread_cancels() {
    const listener silent;
    const client by = client_of(silent.https_url());
    anchor::call call;
    int connection = -1;
    std::thread canceller([&] {
        connection = silent.accept();
        call.cancel();
    });
    const anchor::outcome done = by.connect(call.set_timeout(patience), nothrow);
    canceller.join();
    CHECK_ROW(done.message.c_str(), done.code == anchor::errc::cancelled && done.attempts == 1);
    CHECK(drain_connection(connection) >= 0);
    // It stays cancelled, so that nothing is begun.
    CHECK(by.connect(call, nothrow).code == anchor::errc::cancelled);
    CHECK(by.connect(call, nothrow).attempts == 0 && !silent.has_connection());
}

void test_a_progress_function_cancels_or_throws() {
    const listener silent;
    const client by = client_of(silent.https_url());
    anchor::call call;
    int caught = 0;
    call.set_progress([](std::uint64_t, std::uint64_t) { return false; });
    CHECK(by.connect(call, nothrow).code == anchor::errc::cancelled);
    call.set_progress([](std::uint64_t, std::uint64_t) -> bool { throw 7; });
    try {
        (void)by.connect(call, nothrow);
    } catch (int number) {
        caught = number;
    }
    CHECK(caught == 7);
}

void test_unusable_arguments_are_refused() {
    const listener at;
    client by = client_of(at.http_url());
    const anchor::outcome never = by.connect(0ms, nothrow);
    CHECK(never.code == anchor::errc::invalid_argument &&
          begins_with(never.message.c_str(), "call: timeout "));
    const client moved(std::move(by));
    const anchor::outcome gone = by.connect(nothrow); // NOLINT(bugprone-use-after-move)
    CHECK(gone.code == anchor::errc::invalid_handle && gone.attempts == 0);
    CHECK(begins_with(gone.message.c_str(), "the client was closed or moved from"));
    by.close();
    CHECK(by.connect(nothrow).code == anchor::errc::invalid_handle && !at.has_connection());
    check_connected(moved.connect());
}

auto connecting(const client &by) {
    return [&by](anchor::call &call) { return by.connect(call, nothrow); };
}

void test_calls_of_a_queue_use_the_connection() {
    const unsigned connection = next_connection();
    const client by = client_without_retries();
    anchor::queue queue;
    anchor::outcome got;
    const auto keep = [&](anchor::outcome done) { got = std::move(done); };
    const auto pausing = [&](anchor::call &call) { return by.pause_recording("abc", call, nothrow); };
    CHECK(queue.begin(connecting(by), keep).ok() && queue.next(patience));
    check_connected(got);
    CHECK(next_connection() == connection + 2);
    for (int round = 0; round < 2; round++) {
        CHECK(queue.begin(pausing, keep).ok() && queue.next(patience));
        CHECK(got.ok() && last_connection() == connection);
    }
    const auto throwing = [&](anchor::call &call) { return by.connect(call); };
    std::future<anchor::outcome> future = queue.begin(throwing);
    CHECK(queue.next(patience));
    check_connected(future.get());
}

void test_a_failure_completes_in_a_queue() {
    const listener silent;
    const client refused = client_of(refusing_url());
    const client stalled = client_of(silent.https_url());
    anchor::queue queue;
    std::future<anchor::outcome> future = queue.begin(connecting(refused));
    CHECK(queue.next(patience) && future.get().code == anchor::errc::connect_failed);
    anchor::call *running = nullptr;
    future = queue.begin([&](anchor::call &call) {
        running = &call;
        return stalled.connect(call, nothrow);
    });
    const int connection = silent.accept();
    running->cancel();
    CHECK(queue.next(patience) && future.get().code == anchor::errc::cancelled);
    CHECK(drain_connection(connection) >= 0 && queue.pending() == 0);
}

void test_destroying_the_queue_ends_the_connection() {
    const listener silent;
    const client by = client_of(silent.https_url());
    int connection = -1;
    bool called = false;
    {
        anchor::queue queue;
        CHECK(queue.begin(connecting(by), [&](const anchor::outcome &) { called = true; }).ok());
        connection = silent.accept();
    }
    CHECK(drain_connection(connection) >= 0 && !called);
}

void test_a_connection_that_the_server_closes_is_replaced() {
    const listener at;
    const client by = client_of(at.http_url());
    for (int round = 0; round < 2; round++) {
        check_connected(by.connect());
        const int connection = at.accept();
        CHECK(connection >= 0);
        close_socket(connection);
    }
    std::thread server([&] {
        const int connection = at.accept();
        CHECK(connection >= 0 && answer_pause(connection));
        close_socket(connection);
    });
    const anchor::outcome done = by.pause_recording("abc", nothrow);
    server.join();
    CHECK_ROW(done.message.c_str(), done.ok() && done.attempts == 1);
}

void test_no_descriptor_is_left() {
    const listener silent;
    const unsigned before = open_descriptors();
    // One after the other, because clients with the same settings share their connections.
    check_connected(client_without_retries().connect());
    {
        const client used = client_without_retries();
        check_connected(used.connect());
        CHECK(used.pause_recording("abc").ok());
    }
    CHECK(client_of(silent.https_url()).connect(hasty, nothrow).code == anchor::errc::timeout);
    CHECK(open_descriptors() == before);
}

#if !defined _WIN32 && !defined EMULATED

void test_a_forked_child_makes_its_own_connection() {
    const unsigned connection = next_connection();
    const client by = client_without_retries();
    check_connected(by.connect());
    const pid_t child = fork();
    if (child == 0) {
        alarm(deadline_s);
        const bool is_connected = by.connect(nothrow).ok();
        const bool is_paused = by.pause_recording("abc", nothrow).ok();
        _exit(is_connected && is_paused && last_connection() == connection + 1 ? 0 : 1);
    }
    CHECK(has_succeeded(child));
    CHECK(by.pause_recording("abc").ok() && last_connection() == connection);
}

void test_a_call_is_over_in_a_child_that_was_forked_meanwhile() {
    const listener silent;
    const client by = client_of(silent.https_url());
    pid_t child = -1;
    anchor::call call;
    // The parent waits for the child, and cancels the call.
    call.set_progress([&](std::uint64_t, std::uint64_t) {
        child = fork();
        if (child == 0) {
            alarm(deadline_s);
            return true;
        }
        CHECK(has_succeeded(child));
        return false;
    });
    const anchor::outcome done = by.connect(call, nothrow);
    if (child == 0) {
        _exit(done.code == anchor::errc::connection_lost && is_presentable(done.message.c_str()) ? 0 : 1);
    }
    CHECK_ROW(done.message.c_str(), done.code == anchor::errc::cancelled);
}

#endif

} // namespace

int main() {
    alarm(deadline_s);
    // First, because the thread of a queue ends later than the queue.
    test_no_descriptor_is_left();
    test_a_pause_uses_a_connection_with_tls();
    test_the_next_calls_use_the_connection();
    test_nothing_is_sent_and_the_destructor_closes_the_connection();
    test_each_failure_is_reported();
    test_a_refused_connection_is_retried();
    test_another_thread_cancels();
    test_a_progress_function_cancels_or_throws();
    test_unusable_arguments_are_refused();
    test_calls_of_a_queue_use_the_connection();
    test_a_failure_completes_in_a_queue();
    test_destroying_the_queue_ends_the_connection();
    test_a_connection_that_the_server_closes_is_replaced();
#if !defined _WIN32 && !defined EMULATED
    test_a_forked_child_makes_its_own_connection();
    test_a_call_is_over_in_a_child_that_was_forked_meanwhile();
#endif
    return conclude_test("test_connect");
}
