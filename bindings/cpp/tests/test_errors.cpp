// Error codes, conditions and exceptions. This test needs no sandbox.
#include "anchor.hpp"
#include "test_support.h"

namespace {

static_assert(std::is_error_code_enum_v<anchor::errc>);
static_assert(std::is_base_of_v<std::system_error, anchor::error>);
static_assert(std::is_nothrow_copy_constructible_v<anchor::error>,
              "an exception of the copy would end the program");
static_assert(std::is_base_of_v<anchor::error, anchor::not_resumed_error>);
static_assert(std::is_nothrow_copy_constructible_v<anchor::not_resumed_error>);
static_assert(std::is_nothrow_copy_assignable_v<anchor::not_resumed_error>);
static_assert(std::is_nothrow_move_constructible_v<anchor::client>);
static_assert(std::is_nothrow_move_assignable_v<anchor::client>);
static_assert(!std::is_copy_constructible_v<anchor::client> && !std::is_copy_assignable_v<anchor::client>);
static_assert(!std::is_copy_constructible_v<anchor::call> && !std::is_move_constructible_v<anchor::call>);

void test_a_code_is_a_status_in_its_own_category() {
    const std::error_code code = anchor::errc::not_found;
    CHECK(code && code.value() == ANCHOR_NOT_FOUND && code.category() == anchor::category());
    CHECK(code == anchor::errc::not_found && code != anchor::errc::unauthorized);
    CHECK(code != std::error_code(ANCHOR_NOT_FOUND, std::generic_category()));
    CHECK(anchor::category().name() == std::string("anchor"));
    CHECK(code.message() == "HTTP 404: the session, the recording or the path does not exist");
    CHECK(std::error_code(418, anchor::category()).message() == "HTTP status 418");
    CHECK(std::error_code(99, anchor::category()).message() == "unknown status 99");
    CHECK(static_cast<anchor::errc>(418) == std::error_code(418, anchor::category()));
}

// A shared object that hides its symbols has a category of its own.
void test_a_code_of_another_shared_object_is_the_same() {
    struct named final : std::error_category {
        explicit named(const char *as) : name_(as) {}
        const char *name() const noexcept override { return name_; }
        std::string message(int) const override { return {}; }
        const char *name_;
    };
    const named same("anchor"), other("anchors");
    const std::error_code code(ANCHOR_NOT_FOUND, same), different(ANCHOR_NOT_FOUND, other);
    CHECK(code == anchor::errc::not_found && anchor::errc::not_found == code);
    CHECK(code != anchor::errc::timeout && anchor::errc::timeout != code);
    CHECK(different != anchor::errc::not_found && anchor::errc::not_found != different);
}

void test_success_has_no_code() {
    const anchor::outcome done;
    CHECK(done.ok() && done && !done.code && done.code == std::error_code());
    static_assert(!std::is_convertible_v<anchor::outcome, bool>, "a comparison with true would compile");
}

void test_codes_equal_conditions_of_the_standard_library() {
    const struct {
        anchor::errc code;
        std::errc condition;
    } rows[] = {
        {anchor::errc::invalid_argument, std::errc::invalid_argument},
        {anchor::errc::invalid_handle, std::errc::invalid_argument},
        {anchor::errc::connect_failed, std::errc::not_connected},
        {anchor::errc::connection_lost, std::errc::connection_reset},
        {anchor::errc::timeout, std::errc::timed_out},
        {anchor::errc::cancelled, std::errc::operation_canceled},
        {anchor::errc::bad_response, std::errc::bad_message},
    };
    for (const auto &row : rows) {
        const std::error_code code = row.code;
        CHECK_ROW(code.message().c_str(), code == row.condition);
        // The values are not those of errno: 1 is not EPERM.
        CHECK_ROW(code.message().c_str(),
                  code != std::error_condition(code.value(), std::generic_category()));
    }
    CHECK(make_error_code(anchor::errc::internal).default_error_condition().category() == anchor::category());
}

anchor::outcome failure(anchor::errc code, const char *message, int http_status, unsigned attempts) {
    anchor::outcome done;
    done.code = code;
    done.message = message;
    done.http_status = http_status;
    done.attempts = attempts;
    done.retry_after = std::chrono::seconds(1);
    done.request_id = "req-1";
    done.result = "{}";
    return done;
}

void test_an_exception_has_the_members_of_the_outcome() {
    try {
        throw anchor::error(failure(anchor::errc::rate_limited, "slow down", 429, 3));
    } catch (const std::system_error &error) {
        CHECK(error.what() == std::string("slow down") && error.code() == anchor::errc::rate_limited);
        const auto *own = dynamic_cast<const anchor::error *>(&error);
        CHECK(own != nullptr && own->http_status() == 429 && own->attempts() == 3 &&
              own->request_id() == "req-1");
        CHECK(own->request_id() == "req-1" && own->result() == "{}");
        const anchor::error copy(*own);
        CHECK(copy.what() == std::string("slow down"));
    }
}

void test_a_failed_resume_has_a_session_and_a_cause() {
    const char *const timed_out = "timed out while resuming session \"demo\"";
    const anchor::outcome done = failure(anchor::errc::timeout, timed_out, 504, 2);
    std::optional<anchor::not_resumed_error> kept;
    try {
        throw anchor::not_resumed_error("demo", done);
    } catch (const anchor::error &error) {
        CHECK(error.code() == anchor::errc::timeout && error.code() == std::errc::timed_out);
        CHECK(error.http_status() == 504 && error.attempts() == 2 && error.result() == "{}");
        CHECK(error.retry_after() == std::chrono::seconds(1) && error.request_id() == "req-1");
        kept = dynamic_cast<const anchor::not_resumed_error &>(error);
    }
    CHECK_ROW(
        kept->what(),
        kept->what() ==
            std::string(
                "the body ran, and the recording of session \"demo\" may still be paused; resume it with "
                "client.resume_recording(\"demo\"): ") +
                timed_out);
    CHECK(kept->session_id() == "demo" && kept->cause().what() == std::string(timed_out));
    CHECK(kept->cause().code() == kept->code() && kept->cause().request_id() == "req-1");
}

void test_a_session_is_named_if_the_cause_names_it() {
    const std::pair<const char *, const char *> rows[] = {
        {"demo", R"("demo")"},
        {R"(a"b"")", R"("a\"b\"\"")"},
        {"a\xC3\xBC", "\"a\xC3\xBC\""},
        {"a\xE2\x80\xA8z", "\"a z\""},
        {"\xE2\x80\xAE\xE2\x81\xA6", "\"  \""},
        {"\xE2\x80\xAF\xE2\x82\xAC", "\"\xE2\x80\xAF\xE2\x82\xAC\""},
    };
    for (const auto &[id, quoted] : rows) {
        const std::string cause = std::string("resuming session ") + quoted;
        const anchor::outcome done = failure(anchor::errc::timeout, cause.c_str(), 504, 2);
        const std::string expected = std::string("client.resume_recording(") + quoted + "): resuming";
        CHECK_ROW(id, strstr(anchor::not_resumed_error(id, done).what(), expected.c_str()) != nullptr);
    }
    // The library has hidden the API key in the id, or does not know the client.
    for (const char *cause : {"500 while resuming session \"[api key]\"", "client was freed"}) {
        const anchor::outcome done = failure(anchor::errc::server_error, cause, 500, 1);
        const std::string expected = "the body ran, and the recording may still be paused; resume it with "
                                     "client.resume_recording: ";
        CHECK_ROW(cause, anchor::not_resumed_error("sk-secret", done).what() == expected + cause);
    }
    // Resuming a session that has ended cannot succeed.
    const std::string cause = "404 while resuming session \"demo\"";
    const anchor::outcome ended = failure(anchor::errc::not_found, cause.c_str(), 404, 1);
    const std::string expected = "the body ran, and the recording of session \"demo\" was not resumed: ";
    CHECK(anchor::not_resumed_error("demo", ended).what() == expected + cause);
}

} // namespace

int main() {
    test_a_code_is_a_status_in_its_own_category();
    test_a_code_of_another_shared_object_is_the_same();
    test_success_has_no_code();
    test_codes_equal_conditions_of_the_standard_library();
    test_an_exception_has_the_members_of_the_outcome();
    test_a_failed_resume_has_a_session_and_a_cause();
    test_a_session_is_named_if_the_cause_names_it();
    return conclude_test("test_errors");
}
