// Every answer of the shared table, and the verdict that the wrapper gives on it.
#include <map>

#include "anchor.hpp"
#include "test_answers.h"

namespace {

constexpr unsigned deadline_s = 120;
constexpr std::nothrow_t nothrow = std::nothrow;

using row_verdicts = std::vector<anchor::outcome>;

anchor::client once_only() {
    anchor::options settings;
    settings.max_retries = 0;
    return anchor::client(settings);
}

// What a throwing function did.
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

// Pauses in every way that there is. The sandbox keeps no state for the sessions of the table, so
// that the bodies cannot look at it.
row_verdicts pause(const anchor::client &client, const answer_row &row) {
    int runs = 0;
    const auto body = [&] { return ++runs; };
    row_verdicts verdicts;
    verdicts.push_back(client.pause_recording(row.name, nothrow));
    verdicts.push_back(caught([&] { return client.pause_recording(row.name); }));
    const auto held = anchor::while_paused(client, row.name, body, nothrow);
    verdicts.push_back(held.paused);
    CHECK_ROW(row.name, held.value.has_value() == (row.status == ANCHOR_OK));
    anchor::outcome guarded;
    const auto guard = anchor::paused_recording::try_make(client, row.name, guarded);
    CHECK_ROW(row.name, guard.has_value() == (row.status == ANCHOR_OK));
    verdicts.push_back(guarded);
    // Resuming may fail, as the answer is the one to a pause. That must not look like a failed
    // pause.
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
    return verdicts;
}

row_verdicts resume(const anchor::client &client, const answer_row &row) {
    return {client.resume_recording(row.name, nothrow),
            caught([&] { return client.resume_recording(row.name); })};
}

row_verdicts list(const anchor::client &client, const answer_row &row) {
    row_verdicts verdicts = {client.list_recordings(row.name, nothrow),
                             caught([&] { return client.list_recordings(row.name); })};
    CHECK_ROW(row.name, row.status != ANCHOR_OK || verdicts[0].result.front() == '{');
    return verdicts;
}

row_verdicts remove(const anchor::client &client, const answer_row &row) {
    return {client.delete_recording(row.name, "primary", nothrow),
            caught([&] { return client.delete_recording(row.name, "primary"); })};
}

row_verdicts request(const anchor::client &client, const answer_row &row) {
    const std::string path = std::string("/v1/sessions/") + row.name + "/anything";
    row_verdicts verdicts = {client.request("POST", path, nothrow),
                             caught([&] { return client.request("POST", path); })};
    CHECK_ROW(row.name, row.status != ANCHOR_OK || row.http_status != 200 || !verdicts[0].result.empty());
    return verdicts;
}

unsigned test_answers() {
    const std::map<std::string, row_verdicts (*)(const anchor::client &, const answer_row &)> operations = {
        {"pause", pause}, {"resume", resume}, {"list", list}, {"delete", remove}, {"request", request}};
    const anchor::client client = once_only();
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
    return rows;
}

void test_what_an_answer_is_told_as() {
    const anchor::client client = once_only();
    CHECK(client.request("POST", "/v1/sessions/request-3/anything").result == "null");
    CHECK(client.request("POST", "/v1/sessions/request-14/anything").result.empty());
}

} // namespace

int main() {
    alarm(deadline_s);
    const unsigned rows = test_answers();
    CHECK(rows >= FEWEST_ANSWERS && rows == count_answers());
    test_what_an_answer_is_told_as();
    printf("%u answers\n", rows);
    return conclude_test("test_answers");
}
