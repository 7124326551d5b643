// Each answer of tests/wrappers/answers.tsv causes its status, in each function of the wrapper.
#include <map>

#include "test_client.hpp"
#include "test_tables.h"

namespace {

constexpr unsigned deadline_s = 120;
constexpr std::nothrow_t nothrow = std::nothrow;

using outcomes = std::vector<anchor::outcome>;

// The outcome of a function that throws on failure.
template <typename Function> anchor::outcome caught(Function function) {
    try {
        return function();
    } catch (const anchor::error &error) {
        anchor::outcome failed;
        failed.code = error.code();
        failed.message = error.what();
        failed.http_status = error.http_status();
        failed.attempts = error.attempts();
        failed.result = error.result();
        return failed;
    }
}

// Pauses with each function and guard. The sandbox keeps no state for the sessions of the table, so
// the bodies cannot check it.
outcomes pause(const anchor::client &client, const answer_row &row) {
    int runs = 0;
    const auto body = [&] { return ++runs; };
    outcomes done;
    done.push_back(client.pause_recording(row.name, nothrow));
    done.push_back(caught([&] { return client.pause_recording(row.name); }));
    const auto held = anchor::while_paused(client, row.name, body, nothrow);
    done.push_back(held.paused);
    CHECK_ROW(row.name, held.value.has_value() == (row.status == ANCHOR_OK));
    anchor::outcome guarded;
    const auto guard = anchor::paused_recording::try_make(client, row.name, guarded);
    CHECK_ROW(row.name, guard.has_value() == (row.status == ANCHOR_OK));
    done.push_back(guarded);
    // The resume may fail, because it receives the answer to a pause. That must not look like a
    // failed pause.
    bool is_failed_pause = false;
    try {
        anchor::while_paused(client, row.name, body);
    } catch (const anchor::not_resumed_error &error) {
        CHECK_ROW(row.name, row.status == ANCHOR_OK && error.session_id() == row.name);
    } catch (const anchor::error &error) {
        is_failed_pause = error.code().value() == row.status;
    }
    CHECK_ROW(row.name, is_failed_pause == (row.status != ANCHOR_OK));
    CHECK_ROW(row.name, runs == (row.status == ANCHOR_OK ? 2 : 0));
    return done;
}

outcomes resume(const anchor::client &client, const answer_row &row) {
    return {client.resume_recording(row.name, nothrow),
            caught([&] { return client.resume_recording(row.name); })};
}

outcomes list(const anchor::client &client, const answer_row &row) {
    outcomes done = {client.list_recordings(row.name, nothrow),
                     caught([&] { return client.list_recordings(row.name); })};
    CHECK_ROW(row.name, row.status != ANCHOR_OK || done[0].result.front() == '{');
    return done;
}

outcomes remove(const anchor::client &client, const answer_row &row) {
    return {client.delete_recording(row.name, "primary", nothrow),
            caught([&] { return client.delete_recording(row.name, "primary"); })};
}

outcomes request(const anchor::client &client, const answer_row &row) {
    const std::string path = std::string("/v1/sessions/") + row.name + "/anything";
    outcomes done = {client.request("POST", path, nothrow),
                     caught([&] { return client.request("POST", path); })};
    CHECK_ROW(row.name, row.status != ANCHOR_OK || row.http_status != 200 || !done[0].result.empty());
    return done;
}

void test_each_answer_causes_its_status() {
    const std::map<std::string, outcomes (*)(const anchor::client &, const answer_row &)> operations = {
        {"pause", pause}, {"resume", resume}, {"list", list}, {"delete", remove}, {"request", request}};
    const anchor::client client = client_without_retries();
    unsigned rows = 0;
    answer_row row;
    FILE *const table = open_answers();
    for (; next_answer(table, &row) != 0; rows++) {
        for (const anchor::outcome &done : operations.at(row.operation)(client, row)) {
            CHECK_ROW(row.name, done.code.value() == row.status && done.ok() == (row.status == ANCHOR_OK));
            CHECK_ROW(row.name, done.message.empty() == done.ok());
            CHECK_ROW(row.name, done.http_status == row.http_status && done.attempts == 1);
        }
    }
    fclose(table);
    CHECK(rows >= FEWEST_ANSWERS && rows == count_rows(open_answers()));
    printf("%u answers\n", rows);
}

void test_null_is_json_and_an_empty_answer_is_not() {
    const anchor::client client = client_without_retries();
    CHECK(client.request("POST", "/v1/sessions/request-3/anything").result == "null");
    CHECK(client.request("POST", "/v1/sessions/request-14/anything").result.empty());
}

} // namespace

int main() {
    alarm(deadline_s);
    test_each_answer_causes_its_status();
    test_null_is_json_and_an_empty_answer_is_not();
    return conclude_test("test_answers");
}
