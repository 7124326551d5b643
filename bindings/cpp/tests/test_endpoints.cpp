// All functions except pausing: effects, answers, failures, retries and settings of one call.
#include "scratch_folder.hpp"
#include "test_client.hpp"
#include "test_session.h"
#include "test_tables.h"

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr unsigned deadline_s = 120;
constexpr std::nothrow_t nothrow = std::nothrow;

using client = anchor::client;
using id = std::string_view;
using call = anchor::call;

client with_retries(std::uint32_t max_retries) {
    return client(settings_for("SANDBOX_URL", max_retries));
}

// The four overloads of a function.
struct endpoint {
    const char *name;
    anchor::outcome (*ask)(const anchor::client &, std::string_view);
    anchor::outcome (*ask_by)(const anchor::client &, std::string_view, anchor::call &);
    anchor::outcome (*try_ask)(const anchor::client &, std::string_view);
    anchor::outcome (*try_ask_by)(const anchor::client &, std::string_view, anchor::call &);
    // The column of faults.tsv.
    int operation;
    // Whether a request is repeated although it may have taken effect.
    bool repeats;
    // A fault that happens once, after which every endpoint repeats its request. No other endpoint
    // uses up the same fault.
    const char *once;
};

// Downloads to a folder, which must contain only the video afterwards, or nothing.
template <typename Ask> anchor::outcome into_folder(Ask ask) {
    const scratch_folder folder;
    try {
        anchor::outcome done = ask(folder.video());
        CHECK(folder.has_video() == done.ok() && folder.files() == (done.ok() ? 1U : 0U));
        return done;
    } catch (...) {
        CHECK(folder.files() == 0);
        throw;
    }
}

std::string list_of(id session_id) {
    return "/v1/sessions/" + std::string(session_id) + "/recordings";
}

const endpoint endpoints[] = {
    {"resume", [](const client &by, id of) { return by.resume_recording(of); },
     [](const client &by, id of, call &own) { return by.resume_recording(of, own); },
     [](const client &by, id of) { return by.resume_recording(of, nothrow); },
     [](const client &by, id of, call &own) { return by.resume_recording(of, own, nothrow); }, RESUME, true,
     "500-once"},
    {"list", [](const client &by, id of) { return by.list_recordings(of); },
     [](const client &by, id of, call &own) { return by.list_recordings(of, own); },
     [](const client &by, id of) { return by.list_recordings(of, nothrow); },
     [](const client &by, id of, call &own) { return by.list_recordings(of, own, nothrow); }, LIST, true,
     "503-once"},
    {"download",
     [](const client &by, id of) {
         return into_folder([&](const std::string &file) { return by.download_recording(of, file); });
     },
     [](const client &by, id of, call &own) {
         return into_folder([&](const std::string &file) { return by.download_recording(of, file, own); });
     },
     [](const client &by, id of) {
         return into_folder(
             [&](const std::string &file) { return by.download_recording(of, file, nothrow); });
     },
     [](const client &by, id of, call &own) {
         return into_folder(
             [&](const std::string &file) { return by.download_recording(of, file, own, nothrow); });
     },
     DOWNLOAD, true, "reset-once"},
    {"delete", [](const client &by, id of) { return by.delete_recording(of, "primary"); },
     [](const client &by, id of, call &own) { return by.delete_recording(of, "primary", own); },
     [](const client &by, id of) { return by.delete_recording(of, "primary", nothrow); },
     [](const client &by, id of, call &own) { return by.delete_recording(of, "primary", own, nothrow); },
     DELETE, false, "429-once-ms"},
    {"request", [](const client &by, id of) { return by.request("GET", list_of(of)); },
     [](const client &by, id of, call &own) { return by.request("GET", list_of(of), std::nullopt, own); },
     [](const client &by, id of) { return by.request("GET", list_of(of), nothrow); },
     [](const client &by, id of, call &own) {
         return by.request("GET", list_of(of), std::nullopt, own, nothrow);
     },
     REQUEST, true, "close-once"},
};

// Makes a call with and without exceptions, which must report the same.
anchor::outcome checked_failure(const endpoint &at, const client &by, const std::string &session_id) {
    const char *row = session_id.c_str();
    anchor::outcome done = at.try_ask(by, session_id);
    bool thrown = false;
    CHECK_ROW(row, is_presentable(done.message.c_str()));
    try {
        at.ask(by, session_id);
    } catch (const anchor::error &error) {
        thrown = error.code() == done.code && error.what() == done.message &&
                 error.http_status() == done.http_status && error.result() == done.result &&
                 error.retry_after() == done.retry_after;
    }
    CHECK_ROW(row, thrown);
    return done;
}

void check_fault(const endpoint &at, const client &by, const fault_row &row) {
    const char *const name = row.session_id;
    const int status = row.status[at.operation];
    const anchor::outcome done = status == ANCHOR_OK ? at.try_ask(by, name) : checked_failure(at, by, name);
    CHECK_ROW(name, done.code.value() == status);
    CHECK_ROW(name, done.http_status == row.http_status && done.attempts == 1);
    CHECK_ROW(name, done.retry_after == (status == ANCHOR_RATE_LIMITED ? 1000ms : 0ms));
    if (status == ANCHOR_OK) {
        CHECK_ROW(name, done.message.empty() && done.result == (row.http_status == 200 ? "[]" : ""));
    } else {
        CHECK_ROW(name, done.code == static_cast<anchor::errc>(status));
    }
}

void test_only_a_confirmed_answer_succeeds(const endpoint &at) {
    const client by = client_without_retries();
    unsigned rows = 0;
    fault_row row;
    FILE *const table = open_faults();
    for (; next_fault(table, &row) != 0; rows++) {
        check_fault(at, by, row);
    }
    fclose(table);
    CHECK(rows >= FEWEST_FAULTS && rows == count_rows(open_faults()));
    anchor::call own;
    CHECK(at.ask(by, start_session().id).ok());
    CHECK(at.ask_by(by, start_session().id, own).ok());
    CHECK(at.try_ask(by, start_session().id).ok());
    CHECK(at.try_ask_by(by, start_session().id, own).ok());
}

void test_requests_are_repeated_if_that_is_safe(const endpoint &at) {
    const client by = with_retries(1);
    for (const char *row : {at.once, "500", "close"}) {
        const unsigned before = request_count();
        const anchor::outcome done = at.try_ask(by, row);
        CHECK_ROW(row, done.ok() == (row == at.once));
        CHECK_ROW(row, done.attempts == (at.repeats || row == at.once ? 2U : 1U));
        CHECK_ROW(row, request_count() - before == done.attempts);
    }
}

// 429 and x-should-retry: true mean that the request had no effect.
void test_requests_without_effect_are_repeated() {
    const client by = with_retries(1);
    const anchor::outcome deleted = by.delete_recording("400-once-retry", "primary", nothrow);
    CHECK_ROW(deleted.message.c_str(), deleted.ok() && deleted.attempts == 2);
    const anchor::outcome limited = by.request("POST", "/v1/sessions/429-once/recordings/pause", nothrow);
    CHECK_ROW(limited.message.c_str(), limited.ok() && limited.attempts == 2);
    const anchor::outcome conflict = by.request("POST", "/v1/sessions/409-once/recordings/pause", nothrow);
    CHECK_ROW(conflict.message.c_str(), conflict.http_status == 409 && conflict.attempts == 1);
}

void test_a_call_may_have_its_own_settings(const endpoint &at) {
    const client by = with_retries(5);
    anchor::call hasty;
    hasty.set_timeout(200ms);
    anchor::outcome done = at.try_ask_by(by, "stall", hasty);
    CHECK_ROW(at.name, done.code == anchor::errc::timeout && done.attempts == 1);
    CHECK_ROW(done.message.c_str(), done.message.find("200 ms") != std::string::npos);
    anchor::call once;
    once.set_max_retries(0);
    CHECK_ROW(at.name, at.try_ask_by(by, "500", once).attempts == 1);
    anchor::call cancelled;
    cancelled.cancel();
    const unsigned before = request_count();
    done = at.try_ask_by(by, "abc", cancelled);
    CHECK_ROW(at.name, done.code == anchor::errc::cancelled && request_count() == before);
}

void test_a_refused_connection_is_reported(const endpoint &at) {
    anchor::options settings = settings_for("SANDBOX_URL", 0);
    settings.base_url = refusing_url();
    CHECK_ROW(at.name, checked_failure(at, client(settings), "abc").code == anchor::errc::connect_failed);
}

void test_pause_resume_list_and_delete_take_effect() {
    const client by = client_without_retries();
    const test_session session = start_session();
    by.pause_recording(session.id);
    CHECK(recording_is(session.id, "paused"));
    by.resume_recording(session.id);
    CHECK(recording_is(session.id, "recording"));
    const std::string json = by.list_recordings(session.id).result;
    CHECK_ROW(json.c_str(), json.find(session.id) != std::string::npos);
    CHECK_ROW(json.c_str(), json.find(R"("count":1)") != std::string::npos);
    by.delete_recording(session.id, "primary");
    CHECK(recording_is(session.id, "off"));
    CHECK(by.delete_recording(session.id, "a?b", std::nothrow).code == anchor::errc::not_found);
    CHECK_ROW(last_request(), strstr(last_request(), "\"method\":\"DELETE\"") != nullptr);
    CHECK_ROW(last_request(), strstr(last_request(), "/recordings/a%3Fb\"") != nullptr);
}

void test_a_request_sends_any_method_path_and_body() {
    const client by = client_without_retries();
    const std::string body = R"({"x":1} and more)";
    // A string_view need not end with NUL.
    const std::string json =
        by.request("POST"sv, "/v1/sessions?a=b%20c"sv, std::string_view(body).substr(0, 7)).result;
    CHECK_ROW(json.c_str(), json.find(R"("id":")") != std::string::npos);
    CHECK_ROW(last_request(), strstr(last_request(), "\"method\":\"POST\"") != nullptr);
    CHECK_ROW(last_request(), strstr(last_request(), "\"query\":\"a=b%20c\"") != nullptr);
    CHECK_ROW(last_request(), strstr(last_request(), "\"body_bytes\":7") != nullptr);
    CHECK(by.request("POST", "/v1/sessions", "{}", nothrow).ok());
    // Any JSON is sent unchanged, even if most parsers would refuse it.
    CHECK(by.request("POST", "/v1/sessions/request-1/anything", R"({"x":["\ud83d",1e400]})").ok());
    CHECK_ROW(last_request(), strstr(last_request(), "\"body_bytes\":22") != nullptr);
    const anchor::outcome done = by.request("POST", "/v1/sessions/no-content/recordings/pause");
    CHECK(done.ok() && done.http_status == 204 && done.result.empty());
    const test_session session = start_session();
    CHECK(by.request("DELETE", "/v1/sessions/"s + session.id).ok());
    CHECK(by.resume_recording(session.id, nothrow).code == anchor::errc::not_found);
}

void test_unusable_ids_are_refused() {
    const client by;
    const unsigned before = request_count();
    for (const endpoint &at : endpoints) {
        const bool is_request = at.name == "request"s;
        for (const std::string &session_id : {""s, ".."s, "a\0b"s}) {
            // A request has no session id. An empty segment of its path is not refused.
            if (is_request && session_id.empty()) {
                continue;
            }
            const anchor::outcome done = checked_failure(at, by, session_id);
            CHECK_ROW(at.name, done.code == anchor::errc::invalid_argument);
            CHECK_ROW(done.message.c_str(),
                      begins_with(done.message.c_str(), is_request ? "path " : "session_id "));
        }
    }
    for (const std::string &recording_id : {""s, ".."s, "a\0b"s, "a/b"s, "a\\b"s, "a%2Fb"s, "\n"s}) {
        const anchor::outcome done = by.delete_recording("abc", recording_id, std::nothrow);
        CHECK(done.code == anchor::errc::invalid_argument);
        CHECK_ROW(done.message.c_str(), begins_with(done.message.c_str(), "recording_id "));
    }
    CHECK(request_count() == before);
}

void test_unusable_arguments_of_a_request_are_named() {
    const struct {
        std::string method;
        std::string path;
        std::optional<std::string> body;
        const char *argument;
    } rows[] = {
        {"HEAD", "/v1/sessions", std::nullopt, "method "},
        {"", "/v1/sessions", std::nullopt, "method "},
        {"GET\0"s, "/v1/sessions", std::nullopt, "method contains a NUL"},
        {"GET", "v1/sessions", std::nullopt, "path "},
        {"GET", "//elsewhere/v1", std::nullopt, "path "},
        {"GET", "/v1/a b", std::nullopt, "path "},
        {"GET", "/v1\0"s, std::nullopt, "path contains a NUL"},
        {"POST", "/v1/sessions", "\xFF", "body "},
        {"POST", "/v1/sessions", "{}\0"s, "body contains a NUL"},
    };
    const client by;
    const unsigned before = request_count();
    for (const auto &row : rows) {
        const anchor::outcome done = by.request(row.method, row.path, row.body, nothrow);
        CHECK_ROW(row.argument, done.code == anchor::errc::invalid_argument && done.attempts == 0);
        CHECK_ROW(done.message.c_str(), begins_with(done.message.c_str(), row.argument));
    }
    CHECK(request_count() == before);
}

} // namespace

int main() {
    alarm(deadline_s);
    test_pause_resume_list_and_delete_take_effect();
    test_a_request_sends_any_method_path_and_body();
    test_unusable_ids_are_refused();
    test_unusable_arguments_of_a_request_are_named();
    test_requests_without_effect_are_repeated();
    for (const endpoint &at : endpoints) {
        test_only_a_confirmed_answer_succeeds(at);
        test_requests_are_repeated_if_that_is_safe(at);
        test_a_call_may_have_its_own_settings(at);
        test_a_refused_connection_is_reported(at);
    }
    return conclude_test("test_endpoints");
}
