// Static guards and functions of atexit resume when the process exits. Other ways to end the
// process leave the recording paused.
#include <cstdlib>
#include <map>

#include "anchor.hpp"
#include "test_process.h"
#include "test_session.h"

using anchor::paused_recording;
using anchor::while_paused;

namespace {

constexpr unsigned deadline_s = 120;
constexpr int rounds = 5;

// The environment variable with the session of the static guard.
constexpr const char *session_variable = "ANCHOR_TEST_HELD_BEFORE_MAIN";

// Ends the process with an exit code that its parent counts as a failure, unless `holds`.
void require(bool holds) {
    if (!holds) {
        _exit(4);
    }
}

// Checks its outcome after every static object that was constructed later is destroyed.
struct late_report {
    late_report() = default;
    late_report(const late_report &) = delete;
    late_report &operator=(const late_report &) = delete;
    ~late_report() {
        if (expected) {
            require(done.code == *expected && done.code.message().find("HTTP 404") == 0);
            require(done.code != std::errc::timed_out && done.message.find("the body ran") == 0);
        }
    }

    std::optional<anchor::errc> expected;
    anchor::outcome done;
};

late_report report;
// Constructed before main. After main the guard is destroyed before its client.
std::optional<anchor::client> static_client;
std::optional<paused_recording> static_guard = [] {
    std::optional<paused_recording> guard;
    if (const char *session_id = getenv(session_variable)) {
        static_client.emplace();
        guard.emplace(*static_client, session_id);
    }
    return guard;
}();

bool is_paused(const char *session_id) {
    return recording_is(session_id, "paused") != 0;
}

void return_from_main(const char *session_id) {
    require(static_guard && static_guard->holds() && is_paused(session_id));
}

void call_exit(const char *session_id) {
    return_from_main(session_id);
    std::exit(0);
}

void hold_in_main(const char *session_id) {
    static const anchor::client client;
    static const paused_recording guard(client, session_id);
    require(is_paused(session_id));
}

void resume_by_atexit(const char *session_id) {
    static const anchor::client client;
    static paused_recording guard(client, session_id);
    require(is_paused(session_id));
    require(std::atexit([] {
                const anchor::outcome done = guard.resume(std::nothrow);
                require(done.ok() && done.attempts == 1);
            }) == 0);
}

void hold_by_atexit(const char *session_id) {
    static const anchor::client client;
    static const std::string id = session_id;
    require(std::atexit([] { while_paused(client, id, [] { require(is_paused(id.c_str())); }); }) == 0);
}

void fail_at_exit(const char *session_id) {
    return_from_main(session_id);
    end_session(session_id);
    report.expected = anchor::errc::not_found;
    static_guard->report_to(report.done);
}

void exit_in_a_body(const char *session_id) {
    static const anchor::client client;
    while_paused(client, session_id, [&] {
        require(is_paused(session_id));
        std::exit(0);
    });
}

void quick_exit_with_a_static_guard(const char *session_id) {
    return_from_main(session_id);
    std::quick_exit(0);
}

void abort_in_a_body(const char *session_id) {
    static const anchor::client client;
    while_paused(client, session_id, [&] {
        require(is_paused(session_id));
        std::abort();
    });
}

struct row {
    void (*run)(const char *session_id);
    bool held_before_main;
    // The exit code; -1 for a signal.
    int code;
    // The state of the recording after the end of the process; nullptr if the session has ended.
    const char *recording;
};

const std::map<std::string, row> rows = {
    {"return from main", {return_from_main, true, 0, "recording"}},
    {"call exit", {call_exit, true, 0, "recording"}},
    {"hold in main", {hold_in_main, false, 0, "recording"}},
    {"resume by atexit", {resume_by_atexit, false, 0, "recording"}},
    {"hold by atexit", {hold_by_atexit, false, 0, "recording"}},
    {"fail at exit", {fail_at_exit, true, 0, nullptr}},
    // As documented, these leave it paused.
    {"exit in a body", {exit_in_a_body, false, 0, "paused"}},
    {"quick_exit with a static guard", {quick_exit_with_a_static_guard, true, 0, "paused"}},
    {"abort in a body", {abort_in_a_body, false, -1, "paused"}},
};

void test_each_way_to_exit_leaves_the_documented_state(const char *program) {
    for (const auto &[name, at] : rows) {
        int as_expected = 0;
        for (int round = 0; round < rounds; round++) {
            const test_session session = start_session();
            if (at.held_before_main) {
                setenv(session_variable, session.id, 1);
            }
            child_process child = start_child(program, name.c_str(), session.id);
            unsetenv(session_variable);
            const bool ended = end_child(&child) == at.code;
            const bool left = at.recording == nullptr || recording_is(session.id, at.recording) != 0;
            as_expected += ended && left ? 1 : 0;
        }
        printf("%s: %d of %d as expected\n", name.c_str(), as_expected, rounds);
        CHECK_ROW(name.c_str(), as_expected == rounds);
    }
}

} // namespace

int main(int count, char **arguments) {
    alarm(deadline_s);
    if (count == 3) {
        rows.at(arguments[1]).run(arguments[2]);
        return 0;
    }
    test_each_way_to_exit_leaves_the_documented_state(arguments[0]);
    return conclude_test("test_process_exit");
}
