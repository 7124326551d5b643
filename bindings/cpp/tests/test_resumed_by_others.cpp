// If someone else resumes the recording while a body runs, the next block or guard pauses it again.
#include "test_client.hpp"
#include "test_process.h"
#include "test_session.h"

using anchor::paused_recording;
using anchor::while_paused;

namespace {

constexpr unsigned deadline_s = 120;
constexpr int rounds = 5;
const char *program = nullptr;

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
    client_without_retries().resume_recording(session_id);
}

void resume_without_the_library(const anchor::client &, const std::string &session_id) {
    char answer[2048];
    const std::string path = "/v1/sessions/" + session_id + "/recordings/resume";
    ask_sandbox("POST", path.c_str(), answer, sizeof answer);
}

// The rest of the body is recorded, but the blocks and guards in it are paused.
void test_a_block_pauses_again_after_a_resume(const anchor::client &client, resume_function resume) {
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

// The child runs a block, and in its second step a nested one.
int run_child(const char *session_id) {
    const anchor::client client = client_without_retries();
    bool as_expected = true;
    while_paused(client, session_id, [&] {
        as_expected = is_paused(session_id) && finish_step() != 0;
        as_expected &= while_paused(client, session_id, [&] { return is_paused(session_id); });
        as_expected &= finish_step() != 0;
    });
    as_expected &= finish_step() != 0;
    return as_expected ? 0 : 1;
}

void test_a_block_outlasts_one_of_another_process(const anchor::client &client) {
    for (int round = 0; round < rounds; round++) {
        const std::string id = start_session().id;
        while_paused(client, id, [&] {
            CHECK(is_paused(id));
            child_process child = start_child(program, "child", id.c_str());
            CHECK(await_step(child.from) && is_paused(id));
            CHECK(signal_step(child.to) && await_step(child.from) && is_paused(id));
            CHECK(signal_step(child.to) && await_step(child.from) && is_recording(id));
            CHECK(while_paused(client, id, [&] { return is_paused(id); }));
            CHECK(is_paused(id));
            CHECK(signal_step(child.to) && end_child(&child) == 0);
        });
        CHECK(is_recording(id));
    }
}

void test_a_block_ends_before_one_of_another_process(const anchor::client &client) {
    for (int round = 0; round < rounds; round++) {
        const std::string id = start_session().id;
        child_process child = start_child(program, "child", id.c_str());
        CHECK(await_step(child.from) && is_paused(id));
        CHECK(while_paused(client, id, [&] { return is_paused(id); }));
        CHECK(is_recording(id));
        // The child's nested block pauses. Its end does not resume: the outer block still runs.
        CHECK(signal_step(child.to) && await_step(child.from) && is_paused(id));
        CHECK(signal_step(child.to) && await_step(child.from) && is_recording(id));
        CHECK(signal_step(child.to) && end_child(&child) == 0);
    }
}

} // namespace

int main(int count, char **arguments) {
    alarm(deadline_s);
    program = arguments[0];
    if (count == 3) {
        return run_child(arguments[2]);
    }
    const anchor::client client = client_without_retries();
    for (const resume_function resume :
         {resume_by_the_same_client, resume_by_another_client, resume_without_the_library}) {
        test_a_block_pauses_again_after_a_resume(client, resume);
    }
    test_a_block_outlasts_one_of_another_process(client);
    test_a_block_ends_before_one_of_another_process(client);
    return conclude_test("test_resumed_by_others");
}
