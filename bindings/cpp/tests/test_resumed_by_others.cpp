// Somebody else resumes while a body runs: the next hold is paused all the same.
#include "anchor.hpp"
#include "test_process.h"
#include "test_session.h"

using anchor::paused_recording;
using anchor::while_paused;

namespace {

constexpr unsigned deadline_s = 120;
constexpr int rounds = 5;
const char *program = nullptr;

anchor::client once_only() {
    anchor::options settings;
    settings.max_retries = 0;
    return anchor::client(settings);
}

bool is_paused(const std::string &session_id) {
    return recording_is(session_id.c_str(), "paused") != 0;
}

bool is_recording(const std::string &session_id) {
    return recording_is(session_id.c_str(), "recording") != 0;
}

using resume_function = void (*)(const anchor::client &, const std::string &session_id);

void resume_by_the_same_client(const anchor::client &client, const std::string &session_id) {
    client.resume_recording(session_id);
}

void resume_by_another_client(const anchor::client &, const std::string &session_id) {
    once_only().resume_recording(session_id);
}

void resume_by_hand(const anchor::client &, const std::string &session_id) {
    char answer[2048];
    const std::string path = "/v1/sessions/" + session_id + "/recordings/resume";
    ask_sandbox("POST", path.c_str(), answer, sizeof answer);
}

// What no library can keep paused is the rest of the body; the holds in it are paused.
void test_somebody_resumes(const anchor::client &client, resume_function resume) {
    const std::string id = start_session().id;
    while_paused(client, id, [&] {
        CHECK(is_paused(id));
        resume(client, id);
        CHECK(is_recording(id));
        CHECK(while_paused(client, id, [&] { return is_paused(id); }));
        CHECK(is_paused(id));
        resume(client, id);
        const auto held = while_paused(
            client, id, [&] { return is_paused(id); }, std::nothrow);
        CHECK(held.ok() && held.value == true && is_paused(id));
        resume(client, id);
        const paused_recording guard(client, id);
        CHECK(is_paused(id));
    });
    CHECK(is_recording(id));
    {
        paused_recording first(client, id);
        CHECK(is_paused(id));
        resume(client, id);
        paused_recording second(client, id);
        CHECK(is_paused(id));
        CHECK(first.resume().attempts == 0 && is_paused(id));
        resume(client, id);
        const paused_recording third(client, id);
        CHECK(is_paused(id));
    }
    CHECK(is_recording(id));
    CHECK(while_paused(client, id, [&] { return is_paused(id); }) && is_recording(id));
}

// The other process: a hold, and another one in it when it is continued to.
int run_other(const char *session_id) {
    const anchor::client client = once_only();
    bool as_promised = true;
    while_paused(client, session_id, [&] {
        as_promised = is_paused(session_id) && finish_step() != 0;
        as_promised &= while_paused(client, session_id, [&] { return is_paused(session_id); });
        as_promised &= finish_step() != 0;
    });
    as_promised &= finish_step() != 0;
    return as_promised ? 0 : 1;
}

void test_another_process_ends_first(const anchor::client &client) {
    for (int round = 0; round < rounds; round++) {
        const std::string id = start_session().id;
        while_paused(client, id, [&] {
            CHECK(is_paused(id));
            child_process other = start_child(program, "other", id.c_str());
            CHECK(await_step(other.from) && is_paused(id));
            CHECK(signal_step(other.to) && await_step(other.from) && is_paused(id));
            CHECK(signal_step(other.to) && await_step(other.from) && is_recording(id));
            CHECK(while_paused(client, id, [&] { return is_paused(id); }));
            CHECK(is_paused(id));
            CHECK(signal_step(other.to) && end_child(&other) == 0);
        });
        CHECK(is_recording(id));
    }
}

void test_another_process_goes_on(const anchor::client &client) {
    for (int round = 0; round < rounds; round++) {
        const std::string id = start_session().id;
        child_process other = start_child(program, "other", id.c_str());
        CHECK(await_step(other.from) && is_paused(id));
        CHECK(while_paused(client, id, [&] { return is_paused(id); }));
        CHECK(is_recording(id));
        // Its hold within is paused, and stays so when that ends: its own client counts it.
        CHECK(signal_step(other.to) && await_step(other.from) && is_paused(id));
        CHECK(signal_step(other.to) && await_step(other.from) && is_recording(id));
        CHECK(signal_step(other.to) && end_child(&other) == 0);
    }
}

} // namespace

int main(int count, char **arguments) {
    alarm(deadline_s);
    program = arguments[0];
    if (count == 3) {
        return run_other(arguments[2]);
    }
    const anchor::client client = once_only();
    for (const resume_function resume :
         {resume_by_the_same_client, resume_by_another_client, resume_by_hand}) {
        test_somebody_resumes(client, resume);
    }
    test_another_process_ends_first(client);
    test_another_process_goes_on(client);
    return conclude_test("test_overlap");
}
